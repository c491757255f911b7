// Loads the modules of postman-sandbox: those that every boot needs are functions already, the others are
// text until they are first required.
import {
  apply, construct, create, deleteProperty, get, getOwnPropertyDescriptor, getPrototypeOf, has, indirectEval, ownKeys, set,
} from './natives.js';

const source = { table: create(null), text: '' };

/** Takes the text of the lazy modules: one line of JSON (`{name: [start, end]}`), then the text. */
function feed(text) {
  const end = text.indexOf('\n');
  source.table = JSON.parse(text.slice(0, end));
  source.text = text.slice(end + 1);
}

function compile(name) {
  const range = source.table[name];
  if (!range) throw new Error(`Cannot find module '${name}'`);
  return indirectEval(`(${source.text.slice(range[0], range[1])})`);
}

/** Stands in for the object or function that `load()` returns until it is first used. */
function standIn(kind, load) {
  let loaded = false;
  let value;
  const real = () => {
    if (!loaded) {
      value = load();
      loaded = true;
    }
    return value;
  };
  // a bound function can be called and constructed and has no property that a proxy would have to show
  const target = kind === 'function' ? (function () {}).bind() : {};
  const proxy = new Proxy(target, {
    apply: (_, self, args) => apply(real(), self === proxy ? real() : self, args),
    construct: (_, args, newTarget) => construct(real(), args, newTarget === proxy ? real() : newTarget),
    get: (_, key) => get(real(), key),
    set: (_, key, item) => set(real(), key, item),
    has: (_, key) => has(real(), key),
    deleteProperty: (_, key) => deleteProperty(real(), key),
    ownKeys: () => ownKeys(real()),
    getOwnPropertyDescriptor: (_, key) => {
      const found = getOwnPropertyDescriptor(real(), key);
      if (found) found.configurable = true;
      return found;
    },
    getPrototypeOf: () => getPrototypeOf(real()),
  });
  return proxy;
}

/**
 * Builds the `require` of the sandbox.
 *
 * @param modules {name: [function or 0, {dependency: name}]}
 * @param edges {'parent:dependency': role}: dependencies that are not simply loaded. The role 'object' or 'function' has
 *   them loaded at first use; others are names of overrides
 * @param overrides {role: load => exports}: what the host puts in between; `load(name)` gives the exports of the
 *   dependency, or of another module that the dependency itself depends on
 * @returns {load, globalRequire, lazily}: loads any module; what scripts call; {dependency: load} of the edges
 * @param log called with the name of each module when it is first run (the build uses it)
 */
function createRequire(modules, edges, overrides, log) {
  const cache = create(null);
  const lazily = create(null); // dependency -> loads what is otherwise loaded at first use

  function load(name) {
    const cached = cache[name];
    if (cached) return cached.exports;
    const [ready, dependencies] = modules[name];
    const module = cache[name] = { exports: {} };
    const replaced = create(null);
    const local = (dependency) => {
      const target = dependencies[dependency];
      if (target === undefined) return globalRequire(dependency);
      const role = edges[`${name}:${dependency}`];
      if (!role) return load(target);
      if (!(dependency in replaced)) {
        lazily[dependency] = () => load(target);
        replaced[dependency] = role === 'object' || role === 'function'
          ? standIn(role, () => load(target))
          : overrides[role]((inner) => load(inner ? modules[target][1][inner] : target));
      }
      return replaced[dependency];
    };
    if (log) log(name);
    apply(ready || compile(name), module.exports, [local, module, module.exports]);
    return module.exports;
  }

  /** The `require` that scripts call: named modules only. */
  function globalRequire(name) {
    if (typeof name === 'string' && Object.hasOwn(modules, name) && !/^\d+$/.test(name)) return load(name);
    const error = new Error(`Cannot find module '${name}'`);
    error.code = 'MODULE_NOT_FOUND';
    throw error;
  }
  return { load, globalRequire, lazily };
}

export { compile, createRequire, feed, standIn };
