// V8 embedded without a host callback reports no unhandled promise rejections, so they are tracked here:
// promises made by `new Promise`, by `then` and by async functions (scripts are rewritten so that theirs pass
// through `watchFunction`) are watched; a rejection that nobody has handled once all promise callbacks have run is
// reported, as Node does. `await` is noticed by its reading of `constructor`.
import {
  NativePromise, NativeProxy, apply, construct, defineProperty, get, nativeThen, root,
} from './natives.js';

const watched = new WeakSet();
const handled = new WeakSet();
const isMember = WeakSet.prototype.has;
const addMember = WeakSet.prototype.add;
let rejected = []; // { promise, reason } of watched promises, in the order of their rejection
let internal = false; // true while the host itself calls `then`

function watch(promise) {
  if (apply(isMember, watched, [promise])) return promise;
  apply(addMember, watched, [promise]);
  const before = internal;
  internal = true;
  try {
    apply(nativeThen, promise, [undefined, (reason) => {
      if (!apply(isMember, handled, [promise])) rejected[rejected.length] = { promise, reason };
    }]);
  } finally {
    internal = before;
  }
  return promise;
}

/** Reports every rejection that is still unhandled. To be called when all promise callbacks have run. */
function reportRejections(report) {
  if (rejected.length === 0) return;
  const found = rejected;
  rejected = [];
  for (let i = 0; i < found.length; i++) {
    if (!apply(isMember, handled, [found[i].promise])) report(found[i].reason);
  }
}

/** Wraps an async function of a script, so that the promises it returns are watched. */
function watchFunction(fn, name) {
  if (name !== undefined && fn.name === '') defineProperty(fn, 'name', { value: name, configurable: true });
  return new NativeProxy(fn, watchedFunction);
}
watchFunction.floating = (value) => (value instanceof NativePromise ? watch(value) : value);
const watchedFunction = {
  __proto__: null, // scripts may add traps to Object.prototype
  apply(target, self, args) {
    const result = apply(target, self, args);
    return result instanceof NativePromise ? watch(result) : result;
  },
};

function install() {
  const { prototype } = NativePromise;
  const then = {
    then(onFulfilled, onRejected) {
      if (internal) return apply(nativeThen, this, [onFulfilled, onRejected]);
      apply(addMember, handled, [this]);
      return watch(apply(nativeThen, this, [onFulfilled, onRejected]));
    },
  }.then;
  defineProperty(prototype, 'then', { value: then, writable: true, configurable: true });
  defineProperty(prototype, 'constructor', {
    get() {
      if (!internal && this !== prototype) {
        try {
          apply(addMember, handled, [this]);
        } catch { /* not an object */ }
      }
      return NativePromise;
    },
    set(value) {
      defineProperty(this, 'constructor', { value, writable: true, configurable: true, enumerable: true });
    },
    configurable: true,
  });
  const statics = {
    resolve(value) {
      const self = this === proxy ? NativePromise : this;
      return apply(NativePromise.resolve, self, [value]);
    },
  };
  const proxy = new NativeProxy(NativePromise, {
    __proto__: null,
    construct(target, args, newTarget) {
      return watch(construct(target, args, newTarget === proxy ? target : newTarget));
    },
    get(target, key, receiver) {
      return key === 'resolve' ? statics.resolve : get(target, key, receiver);
    },
  });
  defineProperty(root, 'Promise', { value: proxy, writable: true, configurable: true });
}

export { install, reportRejections, watchFunction };
