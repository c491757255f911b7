// Functions of JavaScript and lodash that pass names on: iteration, and whatever makes strings out of strings.
import { UNDEFINED, UNKNOWN, array, concat, entries, join, object, text, texts } from './values.js';

const LONGEST = 10_000;
const MOST_TIMES = 100;
const TEXT_METHODS = new Set([
  'at', 'charAt', 'concat', 'endsWith', 'includes', 'indexOf', 'replace', 'replaceAll', 'slice', 'split', 'startsWith', 'substr',
  'substring', 'toLowerCase', 'toString', 'toUpperCase', 'trim', 'trimEnd', 'trimStart', 'valueOf',
]);
const EACH = new Set(['forEach', 'map', 'filter', 'find', 'findIndex', 'some', 'every', 'flatMap', 'each']);
const SAME = new Set(['filter', 'slice', 'reverse', 'sort', 'toSorted', 'toReversed', 'values', 'flat']);

const native = (one) => (one.number ? Number(one.text) : one.text);

function lifted(result) {
  if (Array.isArray(result)) return array(result.map((item) => text(item)));
  if (result?.length > LONGEST) return UNKNOWN;
  return result === undefined ? UNDEFINED : text(result);
}

/** 0, 1, ... for a small number that is known; null for all else. */
function counted(value) {
  const count = value.length === 1 && value[0].number ? Number(value[0].text) : NaN;
  return count >= 0 && count <= MOST_TIMES ? Array.from({ length: count }, (_, index) => text(index)) : null;
}

/** A method of a known string with known arguments. */
function textMethod(one, name, args) {
  const known = args.map((value) => (value.length === 1 && value[0].is === 'text' ? native(value[0]) : undefined));
  if (!TEXT_METHODS.has(name) || known.includes(undefined) || one.text.length > LONGEST) return null;
  if (known.some((argument) => argument.length > 100 && name === 'replaceAll')) return null;
  return lifted(String.prototype[name].apply(one.text, known));
}

/** A method of a known array; null if it is none of those that matter. `run` calls a function value. */
function arrayMethod(one, name, args, run) {
  const { items } = one;
  if (EACH.has(name)) {
    const results = [...items].map((item, index) => run(args[0] ?? [], [item, text(index), [one]]));
    if (name === 'map') return array(results);
    if (name === 'find') return join(...items);
    return name === 'filter' ? [one] : UNKNOWN;
  }
  if (SAME.has(name)) return [one];
  switch (name) {
    case 'push':
    case 'unshift':
      if (items.length < 200) items.push(...args);
      return UNKNOWN;
    case 'concat':
      return array([...items, ...args.flatMap((value) => value.flatMap((more) => (more.is === 'array' ? more.items : [[more]])))]);
    case 'join':
      return concat(items.flatMap((item, index) => (index ? [args[0]?.length ? args[0] : text(','), item] : [item])));
    case 'entries':
      return array(items.map((item, index) => array([text(index), item])));
    case 'keys':
      return array(items.map((_, index) => text(index)));
    case 'at':
    case 'pop':
    case 'shift':
      return join(...items);
    case 'reduce':
      return items.reduce((left, item, index) => run(args[0] ?? [], [left, item, text(index), [one]]), args[1] ?? UNKNOWN);
    default:
      return null;
  }
}

/** `Object.keys`, `String`, `_.each` and their like; null for all others. */
function builtin(path, args, run) {
  const first = args[0] ?? [];
  const rows = entries(first);
  switch (path) {
    case 'Object.keys':
    case '_.keys':
      return rows ? array(rows.map(([key]) => key)) : UNKNOWN;
    case 'Object.values':
    case '_.values':
      return rows ? array(rows.map(([, value]) => value)) : UNKNOWN;
    case 'Object.entries':
    case '_.toPairs':
    case '_.entries':
      return rows ? array(rows.map(([key, value]) => array([key, value]))) : UNKNOWN;
    case 'Object.assign':
    case '_.assign':
    case '_.extend':
    case '_.merge': {
      const members = new Map();
      for (const value of args) for (const [key, member] of entries(value) ?? []) members.set(key[0].text, member);
      for (const one of first) if (one.is === 'object') for (const [key, member] of members) one.members.set(key, member);
      return first.length ? first : object(members);
    }
    case 'Array.from': {
      const length = first.find(({ is }) => is === 'object')?.members.get('length');
      const items = length ? counted(length) : first.find(({ is }) => is === 'array')?.items;
      if (!items) return first;
      return array(args[1] ? items.map((item, index) => run(args[1], [length ? UNDEFINED : item, text(index)])) : items);
    }
    case '_.range':
      return args.length === 1 && counted(first) ? array(counted(first)) : null;
    case '_.times':
      return counted(first) ? array(counted(first).map((index) => run(args[1] ?? [], [index]))) : null;
    case 'Object.freeze':
    case 'Object.seal':
    case 'Promise.resolve':
    case '_.clone':
    case '_.cloneDeep':
      return first;
    case 'String':
      return concat([first]);
    case 'JSON.stringify':
      return rows ? [{ is: 'pattern', text: `*${[...texts(first)].join('*')}*` }] : first;
    case '_.each':
    case '_.forEach':
    case '_.forIn':
    case '_.forOwn':
    case '_.map':
    case '_.mapValues':
      if (!rows) return null;
      return array(rows.map(([key, value]) => run(args[1] ?? [], [value, key, first])));
    default:
      return null;
  }
}

export { arrayMethod, builtin, textMethod };
