// The list of requests, with the details of one beside it.

let listed = null;
let detailPlace = null;
let chosen = null;

function requestRow(row) {
  const checks = row.failed ? h('span', { class: 'bad', text: `${row.failed} of ${row.passed + row.failed} failed` }) : row.passed ? h('span', { class: 'quiet', text: plural(row.passed, 'check') }) : null;
  return h('div', { class: 'cells', style: { paddingLeft: `${12 + row.depth * 18}px` } },
    statusMark(row.status), methodMark(row.method),
    h('span', { class: 'what' }, h('b', { text: visible(row.name) }), h('span', { class: 'note', text: visible(row.status === 'failed' ? row.note : row.folder || row.url) })),
    row.attempts > 1 ? h('span', { class: 'chip', text: `×${row.attempts}`, title: plural(row.attempts, 'attempt') }) : null,
    run.iterations > 1 ? h('span', { class: 'chip', text: `#${row.iteration + 1}`, title: `iteration ${row.iteration + 1}` }) : null,
    h('span', { class: 'checks-cell' }, checks),
    h('span', { class: 'code-cell' }, row.status === 'skipped' ? null : codeBadge(row.code)),
    h('span', { class: 'n', text: row.bars.length ? time(row.ms) : '–' }));
}

function showRequests() {
  if (!listed) {
    listed = new VirtualList({ label: 'Requests', height: 48, make: requestRow, open: showDetail });
    detailPlace = h('aside', { class: 'side', 'aria-label': 'Details', tabindex: '-1' });
    closeDetail(false);
    byId('requests').append(h('div', { class: 'split' }, h('div', { class: 'listing' }, listed.element, listed.empty), detailPlace));
    listed.set(passing, chosen);
    listeners.push(() => listed.set(passing, chosen));
  }
  listed.render();
}

function showDetail(row) {
  chosen = row;
  detailPlace.replaceChildren(detailView(row, { close: () => closeDetail(true), step: stepRequest }));
  detailPlace.scrollTop = 0;
  detailPlace.classList.add('open');
  history.replaceState(null, '', `#/request/${row.number + 1}`);
}

function closeDetail(focus) {
  chosen = null;
  detailPlace.classList.remove('open');
  detailPlace.replaceChildren(h('p', { class: 'empty', text: 'Choose a request to see what was sent and what came back.' }));
  if (focus) {
    history.replaceState(null, '', '#/requests');
    listed.element.focus();
  }
}

function stepRequest(by) {
  listed.choose(Math.min(listed.rows.length - 1, Math.max(0, listed.current + by)), true);
}

/** Goes to the next or previous one that failed. */
function stepFailure(by) {
  let at = listed.current;
  do at += by; while (listed.rows[at] && listed.rows[at].status !== 'failed');
  listed.choose(at, true);
}

/** Opens the details of a request from anywhere; filters that hide it are dropped. */
function openRow(row) {
  showTab('requests');
  if (!passing.includes(row)) changeFilter({ text: '', status: '', folder: '', iteration: '', item: -1 });
  listed.chooseRow(row);
  showDetail(row);
  listed.element.focus({ preventScroll: true });
}
