// Percentiles of each request.

const STATISTICS = [
  ['name', 'Request', (one) => one.name, null], ['count', 'Count', (one) => one.rows.length, count], ['failed', 'Failed', (one) => one.failed, count],
  ['min', 'Min', (one) => one.times[0] ?? null, time], ['mean', 'Mean', (one) => one.mean, time],
  ['p50', 'p50', (one) => quantile(one.times, 0.5), time], ['p90', 'p90', (one) => quantile(one.times, 0.9), time],
  ['p95', 'p95', (one) => quantile(one.times, 0.95), time], ['p99', 'p99', (one) => quantile(one.times, 0.99), time],
  ['max', 'Max', (one) => one.times[one.times.length - 1] ?? null, time], ['size', 'Received', (one) => one.size, size],
];
const STATISTICS_SHOWN = 200;

function statisticsOf() {
  const groups = new Map();
  for (const row of rows) {
    if (!groups.has(row.item)) groups.set(row.item, []);
    groups.get(row.item).push(row);
  }
  return [...groups].map(([item, some]) => {
    const times = timesOf(some);
    const { name, folders } = run.items[item];
    return {
      item, name, folder: folders.join(' / '), method: some[0].method, rows: some, times, failed: some.filter((row) => row.status === 'failed').length,
      mean: times.length ? times.reduce((sum, value) => sum + value, 0) / times.length : null, size: some.reduce((sum, row) => sum + row.size, 0),
    };
  });
}

function showStatistics() {
  const place = byId('statistics');
  if (place.childElementCount) return;
  const groups = statisticsOf();
  const scale = scaleOf(Math.max(0.01, answered[0] ?? 1), Math.max(answered[answered.length - 1] ?? 1, 0.02));
  const picture = h('div', { class: 'panel wide' });
  const drawn = (title, times) => picture.replaceChildren(h('h2', { text: visible(title) }), histogram(times, title, 1400), summaryLine(times));
  const body = h('tbody', {});
  const heads = new Map();
  let [sorted, up, shown] = ['', false, STATISTICS_SHOWN];
  const more = h('button', { type: 'button', class: 'small', on: { click: () => { shown += 1000; draw(); } } });
  function draw() {
    const key = STATISTICS.find(([name]) => name === sorted)?.[2];
    const order = key ? groups.slice().sort((one, other) => {
      const [left, right] = [key(one), key(other)];
      return (typeof left === 'string' ? left.localeCompare(right) : (left ?? -1) - (right ?? -1)) * (up ? 1 : -1);
    }) : groups;
    body.replaceChildren(...order.slice(0, shown).map((group) => h('tr', {}, STATISTICS.map(([name, , value, format]) => (name === 'name'
      ? h('th', { scope: 'row' }, h('button', { type: 'button', class: 'link', title: 'Show its requests', on: { click: () => { changeFilter({ ...EVERYTHING, item: group.item }); showTab('requests'); } } },
        methodMark(group.method), ' ', visible(group.name)), h('span', { class: 'quiet', text: visible(group.folder) }))
      : h('td', { class: name === 'failed' && group.failed ? 'bad' : undefined, text: format(value(group)) }))),
    h('td', {}, group.times.length > 1 ? h('button', { type: 'button', class: 'link', 'aria-label': `Distribution of ${group.name}`, on: { click: () => { drawn(group.name, group.times); place.scrollIntoView(); } } }, spark(group.times, scale)) : null))));
    more.hidden = groups.length <= shown;
    more.textContent = `Show more (${count(groups.length - shown)})`;
    for (const [name, head] of heads) head.setAttribute('aria-sort', name === sorted ? (up ? 'ascending' : 'descending') : 'none');
  }
  const head = h('tr', {}, STATISTICS.map(([name, label]) => {
    const cell = h('th', { scope: 'col' }, h('button', { type: 'button', class: 'link', text: label, on: { click: () => {
      up = sorted === name ? !up : name === 'name';
      sorted = name;
      draw();
    } } }));
    heads.set(name, cell);
    return cell;
  }), h('th', { scope: 'col', text: 'Distribution' }));
  drawn('All responses', answered);
  draw();
  place.append(picture, h('div', { class: 'panel wide table-box', tabindex: '0', role: 'group', 'aria-label': 'Percentiles' }, h('table', { class: 'statistics' }, h('thead', {}, head), body), more));
}

function summaryLine(times) {
  const facts = [['responses', count(times.length)], ['min', time(times[0] ?? null)], ['p50', time(quantile(times, 0.5))], ['p90', time(quantile(times, 0.9))],
    ['p95', time(quantile(times, 0.95))], ['p99', time(quantile(times, 0.99))], ['max', time(times[times.length - 1] ?? null)]];
  return h('dl', { class: 'facts-row' }, facts.map(([name, value]) => h('div', {}, h('dt', { text: name }), h('dd', { text: value }))));
}
