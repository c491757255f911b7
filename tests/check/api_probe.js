// Runs in the sandbox: writes down the names of Postman's API as they are there, by kind of script.
const DEPTH = 3;

function namesOf(object) {
  const names = new Set();
  for (let at = object; at && at !== Object.prototype && at !== Function.prototype && at !== Array.prototype; at = Object.getPrototypeOf(at)) {
    Object.getOwnPropertyNames(at).forEach((name) => names.add(name));
  }
  return [...names].filter((name) => /^[A-Za-z$]\w*$/.test(name) && name !== 'constructor');
}

function isAssertion(value) {
  return value !== null && typeof value === 'object' && Object.getPrototypeOf(value) === assertionPrototype;
}

function shape(value, depth, above) {
  if (value === null || value === undefined || (typeof value !== 'object' && typeof value !== 'function')) return 'value';
  if (isAssertion(value)) return 'assertion';
  if (Array.isArray(value) || value instanceof Date || above.includes(value) || !depth) return 'value';
  const own = typeof value === 'function'
    ? Object.getOwnPropertyNames(value).filter((name) => !['length', 'name', 'prototype', 'arguments', 'caller'].includes(name))
    : namesOf(value);
  if (typeof value === 'function' && (value.prototype && Object.getOwnPropertyNames(value.prototype).length > 1)) return 'function';
  if (typeof value === 'function' && !own.length) return 'function';
  const members = {};
  for (const name of own.sort()) {
    let inner;
    try { inner = value[name]; } catch (error) { inner = undefined; }
    members[name] = shape(inner, depth - 1, [...above, value]);
  }
  return typeof value === 'function' ? { '()': 'value', ...members } : members;
}

const assertionPrototype = Object.getPrototypeOf(pm.expect([1]));

function assertionMembers() {
  const members = {};
  for (const name of namesOf(assertionPrototype)) {
    const { value, get } = Object.getOwnPropertyDescriptor(assertionPrototype, name) ?? {};
    if (typeof value === 'function') members[name] = 'method';
    else if (get) {
      let made;
      try { made = pm.expect([1])[name]; } catch (error) { made = null; }
      members[name] = typeof made === 'function' ? 'chain' : 'property';
    }
  }
  return members;
}

const tree = shape(pm, DEPTH, []);
tree.expect = { ...tree.expect, '()': 'assertion' };
const found = { pm: tree, postman: shape(postman, 2, []), assertion: assertionMembers() };
pm.variables.set('found', JSON.stringify(found));
