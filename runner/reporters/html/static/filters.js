// The filters above the list and the timeline, and the rows that pass them.

const STATUSES = [['', 'All'], ['failed', 'Failed'], ['passed', 'Passed'], ['skipped', 'Skipped']];
const SORTS = {
  run: ['In run order', null],
  slow: ['Slowest first', (one, other) => other.ms - one.ms],
  large: ['Largest first', (one, other) => other.size - one.size],
  code: ['By status code', (one, other) => other.code - one.code],
};
const filter = { text: '', deep: false, status: '', folder: '', iteration: '', sort: 'run', item: -1 };
const listeners = [];
let passing = rows;

function matching() {
  const wanted = filter.text.trim().toLowerCase();
  const words = wanted.split(/\s+/).filter(Boolean);
  const inDetails = wanted ? asInBlock(wanted).toLowerCase() : '';
  const inFolder = filter.folder === '' ? null : foldersFound[Number(filter.folder)];
  const found = rows.filter((row) => (
    (!filter.status || row.status === filter.status)
    && (filter.iteration === '' || row.iteration === Number(filter.iteration))
    && (filter.item < 0 || row.item === filter.item)
    && (inFolder === null || row.folder === inFolder || row.folder.startsWith(`${inFolder} / `))
    && (words.every((word) => row.key.includes(word)) || (filter.deep && detailsHave(row, inDetails)))));
  const order = SORTS[filter.sort][1];
  return order ? found.slice().sort(order) : found;
}

const foldersFound = (() => {
  const found = new Set();
  for (const { folders } of run.items) folders.forEach((_, depth) => found.add(folders.slice(0, depth + 1).join(' / ')));
  return [...found];
})();

function changeFilter(changes) {
  Object.assign(filter, changes);
  passing = matching();
  showFilter();
  listeners.forEach((listen) => listen());
  say(`${plural(passing.length, 'request')} shown`);
}

const search = h('input', {
  type: 'search', id: 'search', placeholder: 'Search name, URL, status, failure', 'aria-label': 'Search requests', autocomplete: 'off', spellcheck: 'false',
  on: { input: calmed(() => changeFilter({ text: search.value }), 120) },
});
const deep = h('input', { type: 'checkbox', id: 'deep', on: { change: () => changeFilter({ deep: deep.checked }) } });
const statusButtons = STATUSES.map(([status, label]) => h('button', {
  type: 'button', 'aria-pressed': String(status === ''), data: { status }, on: { click: () => changeFilter({ status }) },
}, label, h('span', { class: 'n', text: count(status ? totals[status] : rows.length) })));
const matches = h('span', { class: 'matches' });
const only = h('button', { type: 'button', class: 'small', hidden: true, on: { click: () => changeFilter({ item: -1 }) } });

function choice(label, name, options) {
  return h('select', { 'aria-label': label, id: `filter-${name}`, on: { change: (event) => changeFilter({ [name]: event.target.value }) } },
    options.map(([value, text]) => h('option', { value, text: visible(text) })));
}

const folderChoice = choice('Folder', 'folder', [['', 'All folders'], ...foldersFound.map((name, at) => [String(at), name])]);
/** A list of so many would be no help, and slow. */
const MAX_LISTED = 300;
const iterationsFound = [...new Set(rows.map((row) => row.iteration))].sort((one, other) => one - other);
const iterationChoice = iterationsFound.length > MAX_LISTED
  ? h('input', {
    type: 'number', id: 'filter-iteration', min: 1, max: run.iterations, placeholder: 'Iteration', 'aria-label': 'Iteration',
    on: { input: calmed((event) => changeFilter({ iteration: event.target.value && String(event.target.value - 1) }), 120) },
  })
  : choice('Iteration', 'iteration', [['', 'All iterations'], ...iterationsFound.map((n) => [String(n), `Iteration ${n + 1}`])]);
const sortChoice = choice('Order', 'sort', Object.entries(SORTS).map(([name, [label]]) => [name, label]));

function showFilter() {
  for (const button of statusButtons) button.setAttribute('aria-pressed', String(button.dataset.status === filter.status));
  if (search.value !== filter.text) search.value = filter.text;
  folderChoice.value = filter.folder;
  iterationChoice.value = filter.iteration && iterationsFound.length > MAX_LISTED ? Number(filter.iteration) + 1 : filter.iteration;
  sortChoice.value = filter.sort;
  only.hidden = filter.item < 0;
  only.textContent = filter.item < 0 ? '' : `Only ${visible(run.items[filter.item].name)} ✕`;
  matches.textContent = passing.length === rows.length ? plural(rows.length, 'request') : `${count(passing.length)} of ${count(rows.length)}`;
}

byId('filters').append(
  h('div', { class: 'search' }, search, h('label', { class: 'check', title: 'Also search headers, bodies, console and variables' }, deep, 'everywhere')),
  h('div', { class: 'segments', role: 'group', 'aria-label': 'Status' }, statusButtons),
  foldersFound.length ? folderChoice : '', iterationsFound.length > 1 ? iterationChoice : '', sortChoice, only, matches);
showFilter();
