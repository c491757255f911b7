// The globals that Postman's sandbox offers and bare V8 lacks. Small ones are made at once, the others when a script
// first mentions one of their names.
import { NativePromise, apply, create, defineProperty, execPattern, keys, nativeThen, root } from './natives.js';
import { atob, btoa } from './base64.js';
import { Blob, File } from './blob.js';
import { setImmediate } from './timers.js';

const LIBRARIES = {
  url: ['URL', 'URLSearchParams'],
  clone: ['structuredClone', 'DOMException'],
  text: ['TextEncoder', 'TextDecoder'],
  streams: [
    'ByteLengthQueuingStrategy', 'CountQueuingStrategy', 'ReadableByteStreamController', 'ReadableStream',
    'ReadableStreamBYOBReader', 'ReadableStreamBYOBRequest', 'ReadableStreamDefaultController',
    'ReadableStreamDefaultReader', 'TransformStream', 'TransformStreamDefaultController', 'WritableStream',
    'WritableStreamDefaultController', 'WritableStreamDefaultWriter', 'TextEncoderStream', 'TextDecoderStream',
    'CompressionStream', 'DecompressionStream',
  ],
  events: ['Event', 'EventTarget', 'AbortController', 'AbortSignal'],
  crypto: ['crypto', 'Crypto', 'CryptoKey', 'SubtleCrypto'],
};
// names that a library uses itself
const NEEDS = { streams: ['text', 'events', 'clone'], events: ['clone'], crypto: ['clone', 'text'] };
// a script that can name things in other ways gets everything
const ANYTHING = /\beval\b|\bFunction\b|\bconstructor\b|\\u|\bthis\b(?!\s*\.\s*[A-Za-z_$])/;
const BLOB_STREAM = /\.stream\s*\(/;

const owner = create(null);
for (const library of keys(LIBRARIES)) for (const name of LIBRARIES[library]) owner[name] = library;

/**
 * Installs what every script has; returns a function that installs what a script's text mentions.
 *
 * @param library loads one of our lazy libraries
 * @param services {ask, seed, setBackgroundTimeout} for those that need them
 */
function installGlobals(library, services) {
  const expose = (name, value) => defineProperty(root, name, { value, writable: true, configurable: true });
  const installed = create(null);

  function queueMicrotask(task) {
    if (typeof task !== 'function') throw new TypeError('The "callback" argument must be of type function.');
    // outside of promises, so that what it throws is an uncaught error
    apply(nativeThen, NativePromise.resolve(), [() => {
      try {
        task();
      } catch (error) {
        setImmediate(() => { throw error; });
      }
    }]);
  }

  expose('queueMicrotask', queueMicrotask);
  expose('atob', atob);
  expose('btoa', btoa);
  expose('Blob', Blob);
  expose('File', File);

  function install(name) {
    if (installed[name]) return;
    installed[name] = true;
    const needed = NEEDS[name] || [];
    for (let i = 0; i < needed.length; i++) install(needed[i]);
    const exports = library(name);
    if (exports.connect) exports.connect(services);
    for (const key of LIBRARIES[name]) if (exports[key] !== undefined) expose(key, exports[key]);
  }

  const seen = create(null);
  return (source) => {
    if (seen[source]) return;
    seen[source] = true;
    if (apply(execPattern, ANYTHING, [source])) {
      for (const name of keys(LIBRARIES)) install(name);
      return;
    }
    if (apply(execPattern, BLOB_STREAM, [source])) install('streams');
    const words = /[A-Za-z_$][\w$]*/g;
    for (let found; (found = apply(execPattern, words, [source]));) {
      const name = owner[found[0]];
      if (name && !installed[name]) install(name);
    }
  };
}

export { installGlobals };
