// What is known about a value without running the script: a list of alternatives, each one of
//   {is: 'text', text, number}        a string, or another primitive as a string
//   {is: 'pattern', text}             a string of which only parts are known; `*` stands for the others
//   {is: 'unknown', variable}         anything; `variable` if it was read from that variable
//   {is: 'api', path}                 a part of Postman's API, by its canonical path: pm.environment.set
//   {is: 'function', node, scope, self, script, code}   `code()` is its text
//   {is: 'object', members, prototype}
//   {is: 'array', items}
// An empty list is undefined.

const MOST = 64; // alternatives; with more nothing is known
const LONGEST = 200_000; // characters of a text that are kept
const LARGEST = 500; // items of an array that are kept

const UNDEFINED = Object.freeze([]);
const UNKNOWN = Object.freeze([Object.freeze({ is: 'unknown' })]);

const text = (value) => [{ is: 'text', text: String(value), number: typeof value === 'number' }];
const api = (path) => [{ is: 'api', path }];
const object = (members = new Map(), prototype = null) => [{ is: 'object', members, prototype }];
const array = (items) => [{ is: 'array', items: items.slice(0, LARGEST) }];
const readFrom = (variable) => [{ is: 'unknown', variable }];

const same = (a, b) => {
  if (a === b) return true;
  if (a.is !== b.is) return false;
  if (a.is === 'text' || a.is === 'pattern') return a.text === b.text;
  if (a.is === 'unknown') return a.variable === b.variable;
  if (a.is === 'api') return a.path === b.path;
  if (a.is === 'function') return a.node === b.node && a.scope === b.scope;
  return false;
};

/** One of the alternatives of all of them. */
const join = (...values) => {
  const all = [];
  for (const value of values) {
    for (const one of value) if (!all.some((other) => same(one, other))) all.push(one);
    if (all.length > MOST) return UNKNOWN;
  }
  return all;
};

/** As a part of a string: what is not known is `*`. */
const parts = (value) => (value.length ? value.map((one) => {
  if (one.is === 'text' || one.is === 'pattern') return one;
  return one.code ? { is: 'text', text: one.code() } : { is: 'pattern', text: '*' };
}) : text('undefined'));

/** Strings put together, in every combination. */
const concat = (values) => {
  let whole = [{ is: 'text', text: '' }];
  for (const value of values) {
    const next = [];
    const added = parts(value);
    if (whole.length * added.length > MOST) return UNKNOWN;
    for (const left of whole) {
      for (const right of added) {
        if (left.text.length + right.text.length > LONGEST) return UNKNOWN;
        const pattern = left.is === 'pattern' || right.is === 'pattern';
        next.push({ is: pattern ? 'pattern' : 'text', text: (left.text + right.text).replace(/\*+/g, pattern ? '*' : '$&') });
      }
    }
    whole = join(next);
  }
  return whole;
};

/** The members of objects and the items of arrays in it, as `[key, value]`; null if it may be something else. */
const entries = (value) => {
  const found = [];
  for (const one of value) {
    if (one.is === 'object' && one.members) found.push(...[...one.members].map(([key, member]) => [text(key), member]));
    else if (one.is === 'array') found.push(...one.items.map((item, index) => [text(index), item]));
    else return null;
  }
  return found;
};

/** Every known string inside a value. */
function* texts(value, depth = 0) {
  if (depth > 6) return;
  for (const one of value) {
    if (one.is === 'text' || one.is === 'pattern') yield one.text;
    else if (one.is === 'object') for (const member of one.members.values()) yield* texts(member, depth + 1);
    else if (one.is === 'array') for (const item of one.items) yield* texts(item, depth + 1);
  }
}

/** Every function inside a value. */
function* functions(value, depth = 0) {
  if (depth > 4) return;
  for (const one of value) {
    if (one.is === 'function') yield one;
    else if (one.is === 'object') for (const member of one.members.values()) yield* functions(member, depth + 1);
    else if (one.is === 'array') for (const item of one.items) yield* functions(item, depth + 1);
  }
}

export {
  UNDEFINED, UNKNOWN, api, array, concat, entries, functions, join, object, readFrom, text, texts,
};
