// Formats console arguments as Node's util.inspect does with Newman's options: depth 25, at most 100
// elements, lines of at most 64 characters. Values arrive through teleport-javascript, so that there are
// only plain objects, arrays, primitives, dates, patterns, maps, sets, buffers and typed arrays.
const MAX_DEPTH = 25;
const MAX_ITEMS = 100;
const MAX_STRING = 10000;
const BREAK = 64; // Newman: columns (80 where it is no terminal) less 16
const COMPACT = 3;
const PLAIN_KEY = /^[a-zA-Z_][a-zA-Z_0-9]*$/;
const NUMBER_LIKE = /^(0|[1-9]\d*)$/;

const ESCAPES = { '\b': '\\b', '\t': '\\t', '\n': '\\n', '\f': '\\f', '\r': '\\r', '\\': '\\\\' };
function escape(text, quote) {
  let out = '';
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    const code = text.charCodeAt(i);
    if (char === quote) out += `\\${char}`;
    else if (ESCAPES[char]) out += ESCAPES[char];
    else if (code < 32 || (code > 126 && code < 160)) out += `\\x${code.toString(16).toUpperCase().padStart(2, '0')}`;
    else if (code >= 0xd800 && code <= 0xdfff) {
      const next = text.charCodeAt(i + 1);
      if (code <= 0xdbff && next >= 0xdc00 && next <= 0xdfff) {
        out += char + text[++i];
      } else out += `\\u${code.toString(16).toUpperCase()}`;
    } else out += char;
  }
  return out;
}

function quoted(text) {
  let quote = "'";
  if (text.includes("'")) {
    if (!text.includes('"')) quote = '"';
    else if (!text.includes('`') && !text.includes('${')) quote = '`';
  }
  return quote + escape(text, quote) + quote;
}

const number = (value) => (Object.is(value, -0) ? '-0' : `${value}`);
const symbolText = (value) => Symbol.prototype.toString.call(value);

function primitive(value, context) {
  switch (typeof value) {
    case 'string': {
      if (value.length > MAX_STRING) {
        const left = value.length - MAX_STRING;
        return `${primitive(value.slice(0, MAX_STRING), context)}... ${left} more character${left > 1 ? 's' : ''}`;
      }
      if (context && value.length > 16 && value.length > BREAK - context.indent - 4) {
        const lines = value.split(/(?<=\n)/);
        if (lines.length > 1) return lines.map(quoted).join(` +\n${' '.repeat(context.indent + 2)}`);
      }
      return quoted(value);
    }
    case 'number': return number(value);
    case 'bigint': return `${value}n`;
    case 'symbol': return symbolText(value);
    default: return `${value}`;
  }
}

const more = (count) => `... ${count} more item${count > 1 ? 's' : ''}`;

function property(holder, key, context, label) {
  context.indent += 2;
  const value = format(holder[key], context);
  context.indent -= 2;
  if (label === undefined) return value;
  return `${label}:${value.startsWith('\n') ? '' : ' '}${value}`;
}

function keyText(key) {
  if (typeof key === 'symbol') return `[${symbolText(key)}]`;
  return PLAIN_KEY.test(key) ? key : quoted(key);
}

function extraKeys(value, skip) {
  return Object.keys(value).filter((key) => !skip || !NUMBER_LIKE.test(key));
}

function arrayEntries(value, context) {
  const out = [];
  const shown = Math.min(MAX_ITEMS, value.length);
  let left = value.length - shown;
  for (let i = 0; out.length < shown && i < value.length; i++) {
    if (Object.hasOwn(value, i)) {
      out.push(property(value, i, context));
      continue;
    }
    let end = i;
    while (end < value.length && !Object.hasOwn(value, end)) end++;
    out.push(`<${end - i} empty item${end - i > 1 ? 's' : ''}>`);
    left = value.length - end;
    i = end - 1;
  }
  if (left > 0 && out.length >= shown && value.length > MAX_ITEMS) out.push(more(value.length - shown));
  return out;
}

function listEntries(items, total) {
  const out = items.slice(0, MAX_ITEMS);
  if (total > MAX_ITEMS) out.push(more(total - MAX_ITEMS));
  return out;
}

function describeObject(value, context) {
  const indented = (item) => {
    context.indent += 2;
    const out = format(item, context);
    context.indent -= 2;
    return out;
  };
  if (Array.isArray(value)) {
    return { braces: ['[', ']'], entries: arrayEntries(value, context), keys: extraKeys(value, true), isArray: true };
  }
  if (value instanceof Map) {
    const all = Array.from(value, ([k, v]) => `${indented(k)} => ${indented(v)}`);
    return { braces: [`Map(${value.size}) {`, '}'], entries: listEntries(all, value.size), keys: extraKeys(value) };
  }
  if (value instanceof Set) {
    const all = Array.from(value, indented);
    return { braces: [`Set(${value.size}) {`, '}'], entries: listEntries(all, value.size), keys: extraKeys(value) };
  }
  if (value instanceof Date) {
    return { whole: Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString() };
  }
  if (value instanceof RegExp) return { whole: `${value}` };
  if (ArrayBuffer.isView(value)) {
    if (context.isBuffer(value)) {
      const bytes = Array.from(value.subarray(0, 50), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
      const rest = value.length - 50;
      return { whole: `<Buffer ${bytes}${rest > 0 ? ` ... ${rest} more byte${rest > 1 ? 's' : ''}` : ''}>` };
    }
    const items = Array.from(value.subarray(0, MAX_ITEMS), (item) => primitive(item));
    if (value.length > MAX_ITEMS) items.push(more(value.length - MAX_ITEMS));
    return { braces: [`${value.constructor.name}(${value.length}) [`, ']'], entries: items, keys: [], isArray: true };
  }
  const bare = Object.getPrototypeOf(value) === null;
  return { braces: [`${bare ? '[Object: null prototype] ' : ''}{`, '}'], entries: [], keys: Object.keys(value) };
}

function format(value, context) {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return primitive(value, context);
  if (typeof value === 'function') return `[Function${value.name ? `: ${value.name}` : ' (anonymous)'}]`;
  if (context.seen.includes(value)) {
    let index = context.circular.get(value);
    if (index === undefined) {
      index = context.circular.size + 1;
      context.circular.set(value, index);
    }
    return `[Circular *${index}]`;
  }
  if (context.seen.length > MAX_DEPTH) return Array.isArray(value) ? '[Array]' : '[Object]';
  context.seen.push(value);
  const level = context.seen.length - 1;
  const last = context.depth;
  context.depth = level;
  const { braces, entries, keys, whole, isArray } = describeObject(value, context);
  const output = entries || [];
  for (const key of keys || []) output.push(property(value, key, context, keyText(key)));
  context.seen.pop();
  const index = context.circular.get(value);
  const mark = index === undefined ? '' : `<ref *${index}> `;
  if (whole !== undefined || output.length === 0) {
    context.depth = last; // like Node: what is shown as one word does not count as a level
    return mark + (whole === undefined ? braces[0] + braces[1] : whole);
  }
  return join(output, [mark + braces[0], braces[1]], isArray, context, level, value);
}

/** Puts the entries of one object on one line if they are short and not deep, else on a line each. */
function join(entries, braces, isArray, context, level, value) {
  const output = isArray && entries.length > 6 ? columns(entries, context, value) : entries;
  if (context.depth - level < COMPACT && output === entries) {
    let width = 2 * output.length + context.indent + braces[0].length + 10;
    let fits = width + output.length <= BREAK;
    for (let i = 0; fits && i < output.length; i++) {
      width += output[i].length;
      fits = width <= BREAK && !output[i].includes('\n');
    }
    if (fits) return `${braces[0]} ${output.join(', ')} ${braces[1]}`;
  }
  const newLine = `\n${' '.repeat(context.indent)}`;
  return `${braces[0]}${newLine}  ${output.join(`,${newLine}  `)}${newLine}${braces[1]}`;
}

/** Lays the entries of a long array out in columns if they are of similar width; numbers are aligned right. */
function columns(entries, context, value) {
  const shown = entries.length > MAX_ITEMS ? entries.length - 1 : entries.length; // not the "... more items"
  const widths = entries.slice(0, shown).map((entry) => entry.length + 2);
  const total = widths.reduce((sum, width) => sum + width, 0);
  const widest = Math.max(...widths);
  const similar = total / widest > 5 || widest <= 8;
  if (widest * 3 + context.indent >= BREAK || !similar) return entries;
  const typical = Math.max(widest - 3 - Math.sqrt(widest - total / entries.length), 1);
  const count = Math.min(
    Math.round(Math.sqrt(2.5 * typical * shown) / typical), // about two and a half times as wide as high
    Math.floor((BREAK - context.indent) / widest),
    COMPACT * 4,
    15,
  );
  if (count <= 1) return entries;
  const columnWidths = [];
  for (let i = 0; i < shown; i++) columnWidths[i % count] = Math.max(columnWidths[i % count] || 0, widths[i]);
  let numbers = true;
  for (let i = 0; i < entries.length && numbers; i++) numbers = typeof value[i] === 'number' || typeof value[i] === 'bigint';
  const rows = [];
  for (let start = 0; start < shown; start += count) {
    const end = Math.min(start + count, shown) - 1;
    let row = '';
    for (let i = start; i < end; i++) {
      const cell = `${entries[i]}, `;
      row += numbers ? cell.padStart(columnWidths[i - start]) : cell.padEnd(columnWidths[i - start]);
    }
    rows.push(row + (numbers ? entries[end].padStart(columnWidths[end - start] - 2) : entries[end]));
  }
  return shown < entries.length ? [...rows, entries[shown]] : rows;
}

/** Text of one console argument. */
function inspect(value, isBuffer) {
  return format(value, { indent: 0, seen: [], circular: new Map(), isBuffer, depth: 0 });
}

export { inspect };
