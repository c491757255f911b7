// The functions that the host goes on using after scripts have run: a script may replace the global ones.
const root = globalThis; // the sandbox deletes the name
const { apply, construct, ownKeys, get, has } = Reflect;
const { create, defineProperty, freeze, getPrototypeOf, keys } = Object;
const { parse, stringify } = JSON;
const NativePromise = Promise;
const nativeThen = Promise.prototype.then;
const NativeError = Error;
const now = Date.now;
const indirectEval = eval;
const toText = String;

/** Calls `fn` with `self` as its `this`, whatever has become of Function.prototype. */
const call = (fn, self, ...args) => apply(fn, self, args);

const execPattern = RegExp.prototype.exec;
const matches = (pattern, text) => {
  pattern.lastIndex = 0;
  return apply(execPattern, pattern, [text]) !== null;
};

export {
  NativeError, NativePromise, apply, call, construct, create, defineProperty, execPattern, freeze, get,
  getPrototypeOf, has, indirectEval, keys, matches, nativeThen, now, ownKeys, parse, root, stringify, toText,
};
