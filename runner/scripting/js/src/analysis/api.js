// What a call of Postman's API means for the flow of data. Paths are canonical: pm.environment.set.
import { UNKNOWN, api, readFrom, texts } from './values.js';

const SCOPES = {
  environment: 'environment', globals: 'globals', collectionVariables: 'collection', variables: 'local', iterationData: 'data',
};
// objects with one member for each variable: the legacy ones, and what toObject() returns
const OBJECTS = {
  environment: 'environment', globals: 'globals', data: 'data', '@collection': 'collection', '@all': null,
};
const MODERN = /^pm\.(environment|globals|collectionVariables|variables|iterationData|\*)\.(\w+)$/;
// The list behind a scope. What a script changes in it is kept of `pm.variables` only: of the others the sandbox tells
// what was done with set, unset and clear.
const LIST = /^pm\.(environment|globals|collectionVariables|variables)\.values\.(\w+)$/;
const LEGACY = /^postman\.(set|get|clear)(Environment|Global)Variable(s?)$/;
const NEXT = /^(?:postman|pm|pm\.execution)\.setNextRequest$/;
const TEMPLATE = /\{\{([^{}]*?)\}\}/g;

/** Every scope is meant by `pm.variables`, and nothing says which one by a scope that is not known. */
const lookedUpIn = (member) => (member === 'variables' || member === '*' ? null : SCOPES[member]);

/** Names of templates in texts: they are resolved when the text is sent or looked up. */
function templates(emit, values, node) {
  for (const value of values) {
    for (const found of texts(value)) {
      for (const [, name] of found.matchAll(TEMPLATE)) if (!name.includes('*')) emit('use', node, { name, scope: null });
    }
  }
}

/** One fact for each name that the argument may be; of what cannot be told, a `computed` one for what is written. */
function named(emit, kind, node, value, scope, stored = []) {
  for (const one of value) {
    if (one.is === 'text') emit(kind, node, { name: one.text, scope }, stored);
    else if (kind === 'define') {
      emit('computed', node, { name: one.is === 'pattern' ? one.text : '*', scope, code: node.arguments?.[0] ?? node });
    }
  }
}

function modern(emit, member, method, args, node) {
  const scope = lookedUpIn(member);
  const first = args[0] ?? [];
  const stored = member === '*' ? 'unknown' : SCOPES[member];
  switch (method) {
    case 'set':
      named(emit, 'define', node, first, stored, args[1]);
      templates(emit, args.slice(1, 2), node);
      return UNKNOWN;
    case 'get':
    case 'has':
      named(emit, 'use', node, first, scope);
      return first.length === 1 && first[0].is === 'text' ? readFrom(first[0].text) : UNKNOWN;
    case 'unset':
      named(emit, 'remove', node, first, stored);
      return UNKNOWN;
    case 'clear':
      emit('clear', node, { name: '*', scope: stored });
      return UNKNOWN;
    case 'replaceIn':
      templates(emit, [first], node);
      return first;
    case 'toObject':
      return api({ environment: 'environment', globals: 'globals', collectionVariables: '@collection', iterationData: 'data' }[member]
        ?? '@all');
    default:
      return UNKNOWN;
  }
}

/** One row or several of a scope's list, each as `{key, value}`; of others nothing is known. */
function rows(value) {
  return value.flatMap((one) => {
    if (one.is === 'array') return one.items.flatMap(rows);
    const member = (name) => (one.is === 'object' ? one.members.get(name) : null) ?? UNKNOWN;
    return [[member('key'), member('value')]];
  });
}

function list(emit, member, method, args, node) {
  const first = args[0] ?? [];
  switch (method) {
    case 'add':
    case 'append':
    case 'prepend':
    case 'insert':
    case 'insertAfter':
    case 'upsert':
    case 'populate':
    case 'assimilate':
      if (member !== 'variables') return UNKNOWN;
      for (const [key, value] of rows(first)) {
        named(emit, 'define', node, key, 'local', value);
        templates(emit, [value], node);
      }
      return UNKNOWN;
    case 'get':
    case 'has':
    case 'one':
      named(emit, 'use', node, first, lookedUpIn(member));
      return UNKNOWN;
    default:
      return null;
  }
}

function legacy(emit, [, verb, place, several], args, node) {
  const scope = place === 'Global' ? 'globals' : 'environment';
  if (several) emit('clear', node, { name: '*', scope });
  else if (verb === 'set') {
    named(emit, 'define', node, args[0] ?? [], scope, args[1]);
    templates(emit, args.slice(1, 2), node);
  } else named(emit, verb === 'get' ? 'use' : 'remove', node, args[0] ?? [], scope);
  return verb === 'get' && args[0]?.length === 1 && args[0][0].is === 'text' ? readFrom(args[0][0].text) : UNKNOWN;
}

/** Takes down what a call of `path` does; its value, or null if it is none of Postman's calls about variables. */
function call(emit, path, args, node) {
  const found = MODERN.exec(path);
  if (found) return modern(emit, found[1], found[2], args, node);
  const listed = LIST.exec(path);
  if (listed) return list(emit, listed[1], listed[2], args, node);
  const old = LEGACY.exec(path);
  if (old) return legacy(emit, old, args, node);
  if (NEXT.test(path)) {
    for (const one of args[0] ?? []) if (one.is === 'text') emit('next', node, { name: one.text, scope: null });
    return UNKNOWN;
  }
  if (path === 'pm.execution.runRequest') {
    for (const one of args[0] ?? []) if (one.is === 'text') emit('run', node, { name: one.text, scope: null });
    return UNKNOWN;
  }
  if (path === 'pm.sendRequest' || path.startsWith('pm.request.')) templates(emit, args, node);
  return null;
}

/** A member of an API object: reading one that stands for a variable uses it. */
function read(emit, path, name, node) {
  if (!Object.hasOwn(OBJECTS, path)) return null;
  if (name === 'hasOwnProperty' || name === '*') return UNKNOWN;
  emit('use', node, { name, scope: OBJECTS[path] });
  return readFrom(name);
}

/** Assigning to a part of the request: its templates are resolved afterwards. */
function assign(emit, path, value, node) {
  if (path === 'pm.request' || path.startsWith('pm.request.') || path.startsWith('request.')) templates(emit, [value], node);
}

export { assign, call, read };
