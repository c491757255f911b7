// Expected against actual: what an assertion says, taken apart and laid side by side.

const COMPARISONS = [
  [/expected ([^]+) to (?:deeply |strictly |loosely )*(?:equal|eql) ([^]+)$/, 1, 2],
  [/expected response to have status code (\S+) but got (\S+)$/, 2, 1],
  [/expected response to have status reason ([^]+) but got ([^]+)$/, 2, 1],
  [/expected ([^]+) to (?:include|contain|match|have|be) ([^]+)$/, 1, 2],
];

/** `{expected, actual}` as text, or null if the message compares nothing. */
function comparison(error) {
  const { details, message } = error;
  if (details && 'expected' in details && 'actual' in details) return { expected: details.expected ?? 'undefined', actual: details.actual ?? 'undefined' };
  for (const [pattern, actual, expected] of COMPARISONS) {
    const found = pattern.exec(message);
    if (found && found[actual].length < 20_000) return { expected: found[expected], actual: found[actual] };
  }
  return null;
}

/** One line for each member of what looks like an object or array, as the messages of checks write them. */
function broken(text) {
  if (!/^[[{(]/.test(text.trim()) || text.includes('\n')) return text.split('\n');
  let depth = 0;
  let quote = '';
  let made = '';
  const line = () => { made = `${made.trimEnd()}\n${'  '.repeat(depth)}`; };
  for (let i = 0; i < text.length; i++) {
    const letter = text[i];
    if (quote) {
      made += letter;
      if (letter === '\\') made += text[++i] ?? '';
      else if (letter === quote) quote = '';
    } else if (letter === "'" || letter === '"') {
      quote = letter;
      made += letter;
    } else if (letter === '{' || letter === '[') {
      const close = /^\s*[}\]]/.exec(text.slice(i + 1));
      made += letter;
      if (close) {
        made += close[0].trim();
        i += close[0].length;
      } else {
        depth += 1;
        line();
      }
    } else if (letter === '}' || letter === ']') {
      depth = Math.max(0, depth - 1);
      line();
      made += letter;
    } else if (letter === ',') {
      made += letter;
      line();
    } else if (letter === ':' && text[i + 1] !== ' ') made += ': ';
    else if (letter !== ' ' || !/\s$/.test(made)) made += letter;
  }
  return made.split('\n');
}

/** Rows of `[kind, text]`, kind being same, gone (expected, not there) or new (there, not expected). */
function lineDiff(expected, actual) {
  const same = (i, j) => expected[i].replace(/,$/, '') === actual[j].replace(/,$/, '');
  if (expected.length * actual.length > 250_000) return [...expected.map((text) => ['gone', text]), ...actual.map((text) => ['new', text])];
  const lengths = Array.from({ length: expected.length + 1 }, () => new Uint16Array(actual.length + 1));
  for (let i = expected.length - 1; i >= 0; i--) {
    for (let j = actual.length - 1; j >= 0; j--) {
      lengths[i][j] = same(i, j) ? lengths[i + 1][j + 1] + 1 : Math.max(lengths[i + 1][j], lengths[i][j + 1]);
    }
  }
  const found = [];
  let i = 0;
  let j = 0;
  while (i < expected.length || j < actual.length) {
    if (i < expected.length && j < actual.length && same(i, j)) {
      found.push(['same', actual[j]]);
      i += 1;
      j += 1;
    } else if (j >= actual.length || (i < expected.length && lengths[i + 1][j] >= lengths[i][j + 1])) found.push(['gone', expected[i++]]);
    else found.push(['new', actual[j++]]);
  }
  return found;
}

/** The part that differs is marked, if both begin or end alike. */
function marked(text, other) {
  let head = 0;
  while (head < text.length && text[head] === other[head]) head += 1;
  let tail = 0;
  while (tail < text.length - head && tail < other.length - head && text[text.length - 1 - tail] === other[other.length - 1 - tail]) tail += 1;
  if (!head && !tail) return [visible(text)];
  return [visible(text.slice(0, head)), h('mark', { text: visible(text.slice(head, text.length - tail)) }), visible(text.slice(text.length - tail))];
}

function diffView(error) {
  const found = comparison(error);
  if (!found) return null;
  const expected = broken(found.expected);
  const actual = broken(found.actual);
  const single = expected.length === 1 && actual.length === 1;
  const lines = single ? [['gone', expected[0]], ['new', actual[0]]] : lineDiff(expected, actual);
  const signs = { same: ' ', gone: '−', new: '+' };
  return h('div', { class: 'diff' },
    h('p', { class: 'legend' }, h('span', { class: 'gone', text: '− expected' }), ' ', h('span', { class: 'new', text: '+ actual' })),
    h('pre', { class: 'code', tabindex: '0' }, lines.map(([kind, text]) => h('span', { class: `line ${kind}` },
      h('span', { class: 'sign', text: signs[kind] }),
      ...(single ? marked(text, kind === 'gone' ? actual[0] : expected[0]) : [visible(text)])))));
}
