// The data blocks of the page. The details of an item are parsed when it is opened.

const COLUMNS = ['number', 'parent', 'item', 'iteration', 'status', 'method', 'url', 'code', 'ms', 'size', 'passed',
  'failed', 'skipped', 'attempts', 'note', 'bars'];

function block(id) {
  const element = byId(id);
  return element ? JSON.parse(element.textContent) : null;
}

const run = block('run');
const rows = block('rows').map(toRow).sort((one, other) => one.number - other.number);
const byNumber = new Map(rows.map((row) => [row.number, row]));
for (const row of rows) row.depth = row.parent < 0 ? 0 : (byNumber.get(row.parent)?.depth ?? 0) + 1;

function toRow(values) {
  const row = {};
  COLUMNS.forEach((name, column) => { row[name] = values[column]; });
  const item = run.items[row.item];
  row.name = item.name;
  row.folder = item.folders.join(' / ');
  row.bars = row.bars.map(([origin, start, total, code, dns, connect, tls, wait, transfer]) => (
    { origin, start, total, code, dns, connect, tls, wait, transfer }));
  row.start = row.bars.reduce((start, bar) => (bar.start === null ? start : Math.min(start ?? bar.start, bar.start)), null);
  row.end = row.bars.reduce((end, bar) => Math.max(end, (bar.start ?? 0) + bar.total), row.start ?? 0);
  row.key = `${row.method} ${row.name} ${row.folder} ${row.url} ${row.code || ''} ${row.note}`.toLowerCase();
  return row;
}

/** The details of an item; null where they were left out, undefined while the page is still being read. */
function detailsOf(row) {
  const found = block(`d${row.number}`);
  return found ?? (document.readyState === 'loading' ? undefined : null);
}

/** Whether the details hold a text, anywhere; they are searched as they stand, without being parsed. */
function detailsHave(row, text) {
  const element = byId(`d${row.number}`);
  return Boolean(element) && element.textContent.toLowerCase().includes(text);
}

/** A text as it stands in a data block. */
function asInBlock(text) {
  return JSON.stringify(text).slice(1, -1).replace(/[<>&\x7f-\x9f\u2028\u2029\ufeff]/g, (mark) => (
    `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`));
}

/** The value below which the given share of the sorted numbers lies, by linear interpolation. */
function quantile(sorted, share) {
  if (!sorted.length) return null;
  const at = (sorted.length - 1) * share;
  const low = Math.floor(at);
  return sorted[low] + (sorted[Math.min(low + 1, sorted.length - 1)] - sorted[low]) * (at - low);
}

const ascending = (values) => Float64Array.from(values).sort();
const timesOf = (some) => ascending(some.filter((row) => row.code).map((row) => row.ms));
const answered = timesOf(rows);
const totals = { passed: 0, failed: 0, skipped: 0 };
for (const row of rows) totals[row.status] += 1;
const runEnd = rows.reduce((end, row) => Math.max(end, row.end), 0);
const PHASES = [['dns', 'DNS'], ['connect', 'Connect'], ['tls', 'TLS'], ['wait', 'Wait'], ['transfer', 'Transfer']];
const ORIGINS = { item: 'Request', redirect: 'Redirect', auth: 'Authentication', script: 'Sent by a script', attempt: 'Earlier attempt' };
