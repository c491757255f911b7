// The functions that the host goes on using after scripts have run: a script may replace the global ones.
const root = globalThis; // the sandbox deletes the name
const { apply, construct, deleteProperty, get, has, ownKeys, set } = Reflect;
const { create, defineProperty, freeze, getOwnPropertyDescriptor, getPrototypeOf, keys } = Object;
const { parse, stringify } = JSON;
const NativePromise = Promise;
const NativeProxy = Proxy;
const nativeThen = Promise.prototype.then;
const now = Date.now;
const indirectEval = eval;
const toText = String;

const execPattern = RegExp.prototype.exec;
const matches = (pattern, text) => {
  pattern.lastIndex = 0;
  return apply(execPattern, pattern, [text]) !== null;
};

export {
  NativePromise, NativeProxy, apply, construct, create, defineProperty, deleteProperty, execPattern, freeze, get,
  getOwnPropertyDescriptor, getPrototypeOf, has, indirectEval, keys, matches, nativeThen, now, ownKeys, parse, root, set,
  stringify, toText,
};
