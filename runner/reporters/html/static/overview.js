// The first view: every request as a tile, what failed, how long things took.

function panel(title, wide, ...content) {
  return h('div', { class: `panel ${wide ? 'wide' : ''}` }, h('h2', { text: title }), ...content);
}

/** The same failure of the same request in several iterations is told once. */
function alike(failed) {
  const groups = new Map();
  for (const row of failed) {
    const key = `${row.item} ${row.note}`;
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(row);
  }
  return [...groups.values()];
}

function failureLink(group) {
  const [row] = group;
  const where = group.length > 1 ? ` ${count(group.length)} times, first in iteration ${row.iteration + 1}` : run.iterations > 1 ? ` iteration ${row.iteration + 1}` : '';
  return h('button', { type: 'button', class: 'link line-link', on: { click: () => openRow(row) } },
    statusMark(row.status), methodMark(row.method), h('span', { class: 'what' }, h('b', { text: visible(row.name) }),
      h('span', { class: 'quiet', text: where }), h('span', { class: 'note', text: visible(row.note) })));
}

const MAX_TILES = 24_000;

/** A map of the run: one tile for each request, in order. */
class TileMap {
  constructor() {
    this.canvas = h('canvas', { class: 'tiles', role: 'img', 'aria-label': `Map of the run: ${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped` });
    this.per = Math.max(1, Math.ceil(rows.length / MAX_TILES));
    this.canvas.addEventListener('pointermove', (event) => {
      const row = this.at(event);
      this.canvas.title = row ? `${row.method} ${visible(row.name)}\n${row.code || row.status}, ${time(row.ms)}` : '';
      this.canvas.style.cursor = row ? 'pointer' : 'default';
    });
    this.canvas.addEventListener('click', (event) => {
      const row = this.at(event);
      if (row) openRow(row);
    });
    new ResizeObserver(framed(() => this.draw())).observe(this.canvas);
    this.slow = quantile(answered, 0.95) || 1;
  }

  layout() {
    const width = this.canvas.clientWidth;
    const tiles = Math.ceil(rows.length / this.per);
    let step = 20;
    while (step > 4 && Math.ceil(tiles / Math.floor(width / step)) * step > 170) step -= 1;
    this.step = step;
    this.columns = Math.max(1, Math.floor(width / step));
    return Math.ceil(tiles / this.columns) * step;
  }

  draw() {
    if (!this.canvas.clientWidth) return;
    const ratio = window.devicePixelRatio || 1;
    const height = this.layout();
    this.canvas.style.height = `${height}px`;
    this.canvas.width = this.canvas.clientWidth * ratio;
    this.canvas.height = height * ratio;
    const pen = this.canvas.getContext('2d');
    const [red, grey] = [colour('--tile-failed'), colour('--tile-skipped')];
    const greens = [1, 2, 3, 4].map((level) => colour(`--tile-${level}`));
    pen.scale(ratio, ratio);
    const side = this.step - (this.step > 8 ? 3 : 1);
    for (let at = 0; at * this.per < rows.length; at++) {
      const some = rows.slice(at * this.per, (at + 1) * this.per);
      const worst = some.find((row) => row.status === 'failed') || some[0];
      const slow = Math.max(...some.map((row) => row.ms)) / this.slow;
      pen.fillStyle = worst.status === 'failed' ? red : worst.status === 'skipped' ? grey : greens[Math.min(3, Math.floor(slow * 3.2))];
      pen.beginPath();
      pen.roundRect((at % this.columns) * this.step, Math.floor(at / this.columns) * this.step, side, side, side > 8 ? 3 : 1);
      pen.fill();
    }
  }

  at(event) {
    const [column, line] = [Math.floor(event.offsetX / this.step), Math.floor(event.offsetY / this.step)];
    return column < this.columns ? rows[(line * this.columns + column) * this.per] : undefined;
  }
}

const FAILURES_SHOWN = 50;
let tiles = null;

function showOverview() {
  const place = byId('overview');
  if (place.childElementCount) {
    tiles?.draw();
    return;
  }
  if (!rows.length && !run.failures.length) {
    place.append(h('p', { class: 'empty', text: 'No request was run: the collection, or what was chosen of it, has none.' }));
    return;
  }
  const failed = alike(rows.filter((row) => row.status === 'failed'));
  const slowest = rows.filter((row) => row.code).sort((one, other) => other.ms - one.ms).slice(0, 8);
  const most = slowest[0]?.ms || 1;
  tiles = new TileMap();
  const more = failed.length - FAILURES_SHOWN;
  const views = [
    panel('The run', true, tiles.canvas, h('p', { class: 'legend' }, h('span', {}, h('i', { class: 't1' }), 'fast'), h('span', {}, h('i', { class: 't4' }), 'slow'),
      h('span', {}, h('i', { class: 'tf' }), `${count(totals.failed)} failed`), totals.skipped ? h('span', {}, h('i', { class: 'ts' }), `${count(totals.skipped)} skipped`) : null)),
    failed.length || run.failures.length ? panel('What failed', true,
      run.failures.map((one) => h('p', { class: 'notice bad', text: visible(`${one.title}: ${one.message}`) })),
      h('div', { class: 'lines' }, failed.slice(0, FAILURES_SHOWN).map(failureLink)),
      more > 0 ? h('button', { type: 'button', class: 'small', text: `${count(more)} more`, on: { click: () => { changeFilter({ status: 'failed' }); showTab('requests'); } } }) : null) : null,
    run.inputs.length ? panel('Inputs', true, inputsTable()) : null,
    run.unresolved.length ? panel('Variables without a value', true, unresolvedTable()) : null,
    panel('Response times', false, histogram(answered, `Response times of ${plural(answered.length, 'response')}`, 760)),
    slowest.length ? panel('Slowest', false, h('div', { class: 'lines' }, slowest.map((row) => h('button', { type: 'button', class: 'link slow', on: { click: () => openRow(row) } },
      methodMark(row.method), h('span', { class: 'what', text: visible(row.name) }), h('span', { class: 'track' }, h('i', { style: { width: `${(row.ms / most) * 100}%` } })), h('span', { class: 'n', text: time(row.ms) }))))) : null,
  ];
  place.append(...views.filter(Boolean));
  tiles.draw();
}

function inputsTable() {
  const open = (name) => { changeFilter({ folder: String(foldersFound.indexOf(name)) }); showTab('requests'); };
  return h('table', { class: 'changes' }, h('thead', {}, h('tr', {}, ['Input', 'Read from', 'Requests', 'Checks', 'Outcome'].map((name) => h('th', { scope: 'col', text: name })))),
    h('tbody', {}, run.inputs.map((one) => h('tr', {},
      h('th', { scope: 'row' }, foldersFound.includes(one.name) ? h('button', { type: 'button', class: 'small', text: visible(one.name), on: { click: () => open(one.name) } }) : visible(one.name)),
      h('td', { text: visible(one.location) }), h('td', { text: count(one.requests) }), h('td', { text: count(one.checks) }), h('td', { text: visible(one.outcome) })))));
}

function unresolvedTable() {
  return h('table', { class: 'changes' }, h('thead', {}, h('tr', {}, ['Variable', 'First used by', 'What would help'].map((name) => h('th', { scope: 'col', text: name })))),
    h('tbody', {}, run.unresolved.map(([name, path, advice]) => h('tr', {}, h('th', { scope: 'row' }, h('code', { text: visible(name) })), h('td', { text: visible(path) }), h('td', { text: visible(advice) })))));
}
