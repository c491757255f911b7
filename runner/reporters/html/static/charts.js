// Drawings: the histogram, and the bars of the waterfall.

/** 1, 2, 5, 10 ... from `low` to `high`. */
function logTicks(low, high) {
  const ticks = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
    for (const digit of [1, 2, 5]) {
      const tick = digit * 10 ** power;
      if (tick >= low && tick <= high) ticks.push(tick);
    }
  }
  return ticks;
}

/** About `wanted` round steps up to `high`. */
function linearTicks(low, high, wanted) {
  const rough = (high - low) / wanted || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((digit) => digit * power).find((one) => one >= rough);
  const ticks = [];
  for (let tick = Math.ceil(low / step) * step; tick <= high; tick += step) ticks.push(tick);
  return ticks;
}

/** A scale from values to 0..1, logarithmic where the values span much. */
function scaleOf(low, high) {
  if (low > 0 && high / low > 8) {
    const [from, to] = [Math.log(low), Math.log(high)];
    return { at: (value) => (Math.log(value) - from) / (to - from), ticks: logTicks(low, high), value: (share) => Math.exp(from + share * (to - from)), log: true };
  }
  const span = high - low || 1;
  return { at: (value) => (value - low) / span, ticks: linearTicks(low, high, 6), value: (share) => low + share * span, log: false };
}

/** How many responses took how long, with the percentiles. `times` are sorted, in ms. */
function histogram(times, label, widest) {
  const width = Math.max(300, Math.min(widest, document.documentElement.clientWidth - 70));
  const [height, left, bottom, top] = [width > 1000 ? 230 : 250, 44, 24, 22];
  if (!times.length) return h('p', { class: 'empty', text: 'No responses.' });
  let [low, high] = [Math.max(0.01, times[0]), times[times.length - 1]];
  if (high < low * 1.1) [low, high] = [low * 0.9, low * 1.2];
  const scale = scaleOf(low, high);
  const bins = Math.max(1, Math.min(48, Math.ceil(Math.sqrt(times.length)) + 6));
  const counts = new Array(bins).fill(0);
  for (const value of times) counts[Math.min(bins - 1, Math.max(0, Math.floor(scale.at(Math.max(value, low)) * bins)))] += 1;
  const most = Math.max(...counts);
  const x = (share) => left + share * (width - left - 8);
  const y = (number) => height - bottom - (number / most) * (height - bottom - top);
  const svg = s('svg', { viewBox: `0 0 ${width} ${height}`, class: 'histogram', role: 'img', 'aria-label': label });
  for (const tick of linearTicks(0, most, 3)) {
    if (tick % 1) continue;
    svg.append(s('line', { class: 'grid', x1: left, x2: width - 8, y1: y(tick), y2: y(tick) }), s('text', { class: 'tick', x: left - 6, y: y(tick) + 4, 'text-anchor': 'end' }, tick < 10_000 ? count(tick) : `${count(tick / 1000)}k`));
  }
  counts.forEach((number, bin) => {
    if (!number) return;
    const [from, to] = [x(bin / bins), x((bin + 1) / bins)];
    svg.append(s('rect', { class: 'bin', x: from + 0.75, width: Math.max(1, to - from - 1.5), y: y(number), height: height - bottom - y(number), rx: 2 },
      s('title', {}, `${time(scale.value(bin / bins))} to ${time(scale.value((bin + 1) / bins))}: ${plural(number, 'response')}`)));
  });
  let last = -100;
  for (const tick of scale.ticks) {
    const at = x(scale.at(tick));
    if (at - last < 48 || at > width - 14) continue;
    svg.append(s('text', { class: 'tick', x: at, y: height - 7, 'text-anchor': 'middle' }, time(tick).replace('.0 ', ' ')));
    last = at;
  }
  let row = -100;
  for (const [share, name] of [[0.5, 'p50'], [0.95, 'p95'], [0.99, 'p99']]) {
    const at = x(scale.at(Math.max(low, quantile(times, share))));
    svg.append(s('line', { class: 'mark', x1: at, x2: at, y1: top - 6, y2: height - bottom }));
    if (at - row > 30) svg.append(s('text', { class: 'mark', x: Math.min(at, width - 16), y: top - 9, 'text-anchor': 'middle' }, name));
    row = at;
  }
  return svg;
}

/** The distribution of one request in the table: same scale for all. */
function spark(times, scale) {
  const [bins, width, height] = [24, 120, 18];
  const counts = new Array(bins).fill(0);
  for (const value of times) counts[Math.min(bins - 1, Math.max(0, Math.floor(scale.at(Math.max(value, 0.01)) * bins)))] += 1;
  const most = Math.max(...counts, 1);
  return s('svg', { viewBox: `0 0 ${width} ${height}`, class: 'spark', 'aria-hidden': 'true' }, counts.map((number, bin) => (
    number ? s('rect', { x: bin * (width / bins), width: width / bins - 1, y: height - Math.max(2, (number / most) * height), height: Math.max(2, (number / most) * height) }) : null)));
}

/** One exchange as a bar; `from` and `to` are the ms that the full width stands for. */
function bar(one, from, to) {
  if (one.start === null) return null;
  const share = (ms) => `${(ms / (to - from)) * 100}%`;
  const known = PHASES.reduce((sum, [phase]) => sum + (one[phase] ?? 0), 0);
  const parts = [['other', Math.max(0, one.total - known)], ...PHASES.map(([phase]) => [phase, one[phase] ?? 0])].filter(([, ms]) => ms > 0);
  return h('span', { class: `bar ${one.code ? '' : 'failed'} ${one.origin}`, style: { left: share(one.start - from), width: share(one.total) } },
    parts.map(([phase, ms]) => h('i', { class: phase, style: { flexGrow: String(ms) } })));
}

function phaseLegend() {
  return h('p', { class: 'legend phases' }, PHASES.map(([phase, label]) => h('span', {}, h('i', { class: phase }), label)), h('span', {}, h('i', { class: 'other' }), 'Other'));
}
