// Loads the modules of postman-sandbox: those that every boot needs are functions already, the others are
// text until they are first required.
import { apply, construct, create, get, has, indirectEval, ownKeys } from './natives.js';

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

/** Stands in for what `load()` returns until it is first used. */
function standIn(load) {
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
  const proxy = new Proxy((function () {}).bind(), {
    apply: (_, self, args) => apply(real(), self === proxy ? real() : self, args),
    construct: (_, args, target) => construct(real(), args, target === proxy ? real() : target),
    get: (_, key) => get(real(), key),
    set: (_, key, value) => { real()[key] = value; return true; },
    has: (_, key) => has(real(), key),
    deleteProperty: (_, key) => delete real()[key],
    ownKeys: () => ownKeys(real()),
    getOwnPropertyDescriptor: (_, key) => {
      const found = Object.getOwnPropertyDescriptor(real(), key);
      if (found) found.configurable = true;
      return found;
    },
    getPrototypeOf: () => Object.getPrototypeOf(real()),
  });
  standIns.set(proxy, { real, isLoaded: () => loaded });
  return proxy;
}
const standIns = new Map();

/**
 * Builds the `require` of the sandbox.
 *
 * @param modules {name: [function or 0, {dependency: name}]}
 * @param lazyEdges {'parent:dependency': true}: dependencies that are loaded at first use
 * @param overrides {'parent:dependency': exports => exports}: what the host puts in between
 * @param log called with the name of each module when it is first run (the build uses it)
 */
function createRequire(modules, lazyEdges, overrides, log) {
  const cache = create(null);

  function load(name) {
    const cached = cache[name];
    if (cached) return cached.exports;
    const [ready, dependencies] = modules[name];
    const module = cache[name] = { exports: {} };
    const edges = create(null);
    const local = (dependency) => {
      if (dependency in edges) return edges[dependency];
      const target = dependencies[dependency];
      if (target === undefined) return globalRequire(dependency);
      const edge = `${name}:${dependency}`;
      let exports;
      if (lazyEdges[edge]) exports = overrides[edge] ? overrides[edge](() => load(target)) : standIn(() => load(target));
      else {
        exports = load(target);
        if (overrides[edge]) exports = overrides[edge](exports);
      }
      if (lazyEdges[edge] || overrides[edge]) edges[dependency] = exports;
      return exports;
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
  return { load, globalRequire };
}

export { compile, createRequire, feed, standIn, standIns };
