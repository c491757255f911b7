// Views, keys, theme and print.

const EVERYTHING = { text: '', deep: false, status: '', folder: '', iteration: '', item: -1 };
const SHOW = { overview: showOverview, requests: showRequests, timeline: showTimeline, statistics: showStatistics, flow: showFlow, about: showAbout };
const tabs = [...document.querySelectorAll('[role=tab]')];
let current = '';

function showTab(name) {
  if (name === current) return;
  current = name;
  for (const tab of tabs) {
    const active = tab.id === `tab-${name}`;
    tab.setAttribute('aria-selected', String(active));
    tab.tabIndex = active ? 0 : -1;
    byId(tab.getAttribute('aria-controls')).hidden = !active;
  }
  document.body.dataset.view = name;
  byId('filters').hidden = !['requests', 'timeline'].includes(name);
  SHOW[name]();
  history.replaceState(null, '', `#/${name}`);
}

function showFlow() {
  const place = byId('flow-picture');
  // in a tree of its own: the styles of the picture are for the picture
  if (!place.shadowRoot) place.attachShadow({ mode: 'open' }).append(byId('flow-svg').content.cloneNode(true));
}

function showAbout() {
  const place = byId('about');
  if (place.dataset.done) return;
  place.dataset.done = '1';
  for (const { path, html } of run.folders) place.append(h('div', { class: 'panel' }, h('h2', { text: visible(path.join(' / ')) }), prose(html)));
  if (run.variables.length) {
    const value = (text) => (text === null || text === undefined ? h('i', { class: 'quiet', text: 'none' }) : h('code', { text: visible(text) }));
    place.append(panel('Variables', true, h('table', { class: 'changes' }, h('thead', {}, h('tr', {}, ['Variable', 'At the start', 'At the end'].map((name) => h('th', { scope: 'col', text: name })))),
      h('tbody', {}, run.variables.map(([scope, key, before, after]) => h('tr', { class: before === after ? '' : 'changed' }, h('th', { scope: 'row' }, visible(key), h('span', { class: 'quiet', text: scope })), h('td', {}, value(before)), h('td', {}, value(after))))))));
  }
}

for (const tab of tabs) tab.addEventListener('click', () => showTab(tab.id.slice(4)));
document.querySelector('[role=tablist]').addEventListener('keydown', (event) => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  const next = tabs[(tabs.findIndex((tab) => tab.id === `tab-${current}`) + step + tabs.length) % tabs.length];
  next.focus();
  next.click();
});

// -- theme

const THEMES = ['system', 'light', 'dark'];
let theme = 'system';
try {
  theme = localStorage.getItem('htrun-theme') || theme;
} catch { /* a page from a file may have no storage */ }

function showTheme() {
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  byId('theme').textContent = `Theme: ${theme}`;
  try {
    localStorage.setItem('htrun-theme', theme);
  } catch { /* as above */ }
  tiles?.draw();
  if (strip) drawStrip();
}

function nextTheme() {
  theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
  showTheme();
}

byId('theme').addEventListener('click', nextTheme);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', showTheme);

// -- keys

const KEYS = [['/', 'Search'], ['j  k', 'Next and previous request'], ['n  p', 'Next and previous failure'], ['f', 'Failures only, or all'],
  ['c', 'Copy the request as cURL'], ['Esc', 'Close the details, leave the search'], ['1 … 6', 'Views'], ['t', 'Theme'], ['?', 'These keys']];
const dialog = h('dialog', { class: 'keys', 'aria-label': 'Keys' }, h('h2', { text: 'Keys' }), h('dl', {}, KEYS.map(([key, label]) => h('div', {}, h('dt', {}, key.split('  ').map((one) => h('kbd', { text: one }))), h('dd', { text: label })))),
  h('form', { method: 'dialog' }, h('button', { type: 'submit', text: 'Close' })));
document.body.append(dialog);
byId('help').addEventListener('click', () => dialog.showModal());

/** The list is what these keys are about: it is shown first. */
function inList(work) {
  return () => {
    showTab('requests');
    listed.element.focus({ preventScroll: true });
    work();
  };
}

const ACTIONS = {
  '/': () => { if (byId('filters').hidden) showTab('requests'); search.focus(); search.select(); },
  j: inList(() => stepRequest(1)), k: inList(() => stepRequest(-1)), n: inList(() => stepFailure(1)), p: inList(() => stepFailure(-1)),
  f: () => { if (byId('filters').hidden) showTab('requests'); changeFilter({ status: filter.status === 'failed' ? '' : 'failed' }); },
  c: () => [...document.querySelectorAll('.detail > header button')].find((button) => button.textContent === 'Copy as cURL')?.click(),
  t: nextTheme,
  '?': () => dialog.showModal(),
  Escape: () => { if (chosen && current === 'requests') closeDetail(true); },
};
tabs.forEach((tab, at) => {
  ACTIONS[String(at + 1)] = () => {
    tab.click();
    ({ requests: listed, timeline: waterfall })[current]?.element.focus({ preventScroll: true });
  };
});

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || dialog.open) return;
  if (/^(?:INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) {
    if (event.key === 'Escape' && event.target === search) {
      changeFilter({ text: '' });
      search.blur();
    }
    return;
  }
  const action = ACTIONS[event.key];
  if (!action) return;
  event.preventDefault();
  action();
});

// -- print

const PRINTED = 2000;
addEventListener('beforeprint', () => {
  const some = passing.slice(0, PRINTED);
  const left = passing.length - some.length;
  byId('printed').replaceChildren(h('h2', { text: `Requests (${count(passing.length)})` }),
    h('table', { class: 'print-table' }, h('thead', {}, h('tr', {}, ['', 'Request', 'Status', 'Time', 'Checks'].map((name) => h('th', { text: name })))),
      h('tbody', {}, some.map((row) => h('tr', {}, h('td', { text: { passed: '✓', failed: '✗', skipped: '–' }[row.status] }), h('td', {}, h('b', { text: visible(`${row.method} ${row.name}`) }), h('br'), visible(row.note || row.url)),
        h('td', { text: row.code || '' }), h('td', { text: time(row.ms) }), h('td', { text: row.failed ? `${row.failed} failed` : row.passed || '' }))))),
    left ? h('p', { text: `${count(left)} more are not printed: filter the list first.` }) : '');
});
addEventListener('afterprint', () => byId('printed').replaceChildren());
byId('print').addEventListener('click', () => print());

// -- start

byId('when').textContent = `${new Date(run.started * 1000).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' })}`;
if (answered.length) {
  byId('p50').textContent = time(quantile(answered, 0.5));
  byId('p95').textContent = `median · p95 ${time(quantile(answered, 0.95))}`;
}
byId('received').textContent = size(run.received);
if (run.ended) byId('duration').textContent = time((run.ended - run.started) * 1000);
byId('tab-requests').append(h('span', { class: 'n', text: count(rows.length) }));
showTheme();

function goTo(hash) {
  const request = /^#\/request\/(\d+)$/.exec(hash);
  const row = request && byNumber.get(Number(request[1]) - 1);
  if (row) openRow(row);
  else showTab(tabs.some((tab) => `#/${tab.id.slice(4)}` === hash) ? hash.slice(2) : 'overview');
}

goTo(location.hash);
addEventListener('hashchange', () => goTo(location.hash));
// the details stand below the program: one that was asked for by the address can be shown once they are read
addEventListener('DOMContentLoaded', () => { if (chosen) showDetail(chosen); });
