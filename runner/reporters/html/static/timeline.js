// The waterfall of the run.

const ROW = 28;
let waterfall = null;
let axis = null;
let strip = null;
let whole = false;
let range = [0, Math.max(runEnd, 1)];

function timelineRow(row) {
  return h('div', { class: 'cells' }, statusMark(row.status), methodMark(row.method), h('span', { class: 'what', text: visible(row.name), title: visible(`${row.folder} ${row.url}`) }),
    h('span', { class: 'track' }, thread(row), row.bars.map((one) => bar(one, range[0], range[1]))), h('span', { class: 'n', text: row.bars.length ? time(row.ms) : '–' }));
}

/** A line through all exchanges of a request: what lies between them is waiting, or the work of scripts. */
function thread(row) {
  if (row.bars.length < 2) return null;
  const share = (ms) => `${(ms / (range[1] - range[0])) * 100}%`;
  return h('span', { class: 'thread', style: { left: share(row.start - range[0]), width: share(row.end - row.start) } });
}

function showTimeline() {
  if (!waterfall) {
    waterfall = new VirtualList({ label: 'Timeline', height: ROW, make: timelineRow, open: openRow, scrolled: follow });
    waterfall.element.classList.add('waterfall');
    axis = h('div', { class: 'axis', 'aria-hidden': 'true' });
    strip = h('canvas', { class: 'strip', role: 'img', 'aria-label': 'When requests were sent during the run' });
    strip.addEventListener('pointerdown', (event) => { strip.setPointerCapture(event.pointerId); seek(event); });
    strip.addEventListener('pointermove', (event) => { if (event.buttons) seek(event); });
    new ResizeObserver(framed(drawStrip)).observe(strip);
    const scope = h('div', { class: 'segments small', role: 'group', 'aria-label': 'Time axis' }, [[false, 'What is in view'], [true, 'Whole run']].map(([value, label]) => (
      h('button', { type: 'button', 'aria-pressed': String(value === whole), text: label, on: { click: (event) => {
        whole = value;
        for (const button of scope.children) button.setAttribute('aria-pressed', String(button === event.currentTarget));
        waterfall.render();
        waterfall.redraw();
      } } }))));
    byId('timeline').append(h('div', { class: 'panel wide' }, h('div', { class: 'bar-head' }, phaseLegend(), scope), strip, axis, waterfall.element, waterfall.empty));
    if (rows.length < 40) scope.lastChild.click();
    waterfall.set(passing);
    listeners.push(() => { waterfall.set(passing); drawStrip(); });
  }
  waterfall.render();
}

/** Keeps the axis on what can be seen. */
function follow(first, shown) {
  const some = waterfall.rows.slice(Math.floor(first), Math.ceil(first + shown)).filter((row) => row.start !== null);
  let [from, to] = [0, Math.max(runEnd, 1) * 1.01];
  if (!whole && some.length) {
    from = Math.min(...some.map((row) => row.start));
    to = Math.max(...some.map((row) => row.end));
    const room = Math.max(0.5, (to - from) * 0.02);
    [from, to] = [Math.max(0, from - room), to + room];
  }
  const moved = from !== range[0] || to !== range[1];
  range = [from, to];
  if (moved || !axis.childElementCount) {
    axis.replaceChildren(...linearTicks(from, to, Math.max(2, Math.floor(axis.clientWidth / 110))).map((tick) => h('span', { style: { left: `${((tick - from) / (to - from)) * 100}%` }, text: axisTime(tick, to - from) })));
    waterfall.redraw();
  }
  drawStrip();
}

/** Whole numbers, with as many decimals as the axis needs. */
function axisTime(ms, span) {
  if (span > 5000) return `${(ms / 1000).toFixed(span > 50_000 ? 0 : 1)} s`;
  return `${ms.toFixed(span < 5 ? 1 : 0)} ms`;
}

function drawStrip() {
  const { clientWidth: width, clientHeight: height } = strip;
  if (!width) return;
  const ratio = window.devicePixelRatio || 1;
  strip.width = width * ratio;
  strip.height = height * ratio;
  const pen = strip.getContext('2d');
  pen.scale(ratio, ratio);
  const [plain, bad, frame] = ['--wait', '--red', '--accent'].map(colour);
  const load = new Float32Array(width);
  const failed = new Uint8Array(width);
  const end = Math.max(runEnd, 1);
  for (const row of waterfall.rows) {
    for (const { start, total } of row.bars) {
      if (start === null) continue;
      const [from, to] = [Math.floor((start / end) * (width - 1)), Math.floor(((start + total) / end) * (width - 1))];
      for (let at = from; at <= to; at++) load[at] += 1;
      if (row.status === 'failed') failed.fill(1, from, to + 1);
    }
  }
  const most = Math.max(...load, 1);
  for (let at = 0; at < width; at++) {
    if (!load[at]) continue;
    const high = 4 + (Math.sqrt(load[at] / most)) * (height - 8);
    pen.fillStyle = failed[at] ? bad : plain;
    pen.fillRect(at, height - high, 1, high);
  }
  if (whole) return;
  const [from, to] = range.map((ms) => (ms / end) * width);
  pen.strokeStyle = frame;
  pen.lineWidth = 2;
  pen.strokeRect(Math.max(1, from), 1, Math.max(4, to - from - 2), height - 2);
}

/** Scrolls to what happened at the place that was pointed at. */
function seek(event) {
  const at = (event.offsetX / strip.clientWidth) * Math.max(runEnd, 1);
  let best = 0;
  waterfall.rows.forEach((row, index) => {
    if (row.start !== null && Math.abs(row.start - at) < Math.abs((waterfall.rows[best].start ?? Infinity) - at)) best = index;
  });
  waterfall.element.scrollTop = best * ROW - waterfall.element.clientHeight / 2;
}
