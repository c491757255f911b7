// The host of postman-sandbox in a V8 without Node or a browser: it starts the sandbox, passes messages between it and
// Python as JSON, and runs timers. Python calls the function that `boot` returns:
//   entry.call('')                one turn: the next macrotask
//   entry.call('D')               nothing but the messages so far (after a script was stopped)
//   entry.call('M' + JSON)        a message for the sandbox: [name, ...args]
//   entry.call('P' + JSON)        loads what the scripts [source, ...] mention
//   entry.call('A' + n)           returns an ArrayBuffer of n bytes, which Python fills: an attachment
//   entry.call('T' + text)        the text of the attachment before
//   entry.call('R' + seed)        random bytes (hex digits)
//   entry.call('I')               from now on no script sees what earlier ones have left in undeclared variables
//   entry.call(text)              the lazily compiled modules, the whole of lazy.txt: it begins with L
// and gets `<ms until the next turn, 0 = now, -1 = nothing to do>\n[message, ...]`, each message [name, id, ...].
import { create, defineProperty, freeze, keys, matches, parse, root, stringify } from './natives.js';
import { createBridge } from './bridge.js';
import { createExecutions } from './executions.js';
import { installGlobals } from './globals.js';
import { createAttachments } from './attachments.js';
import { libraries, preload } from './libraries.js';
import { compile, createRequire, feed } from './loader.js';
import { install as installRejections, reportRejections, watchFunction } from './rejections.js';
import * as clock from './timers.js';

const ASYNC_WORD = /\basync\b/;

function createQueue() {
  let events = '';
  return {
    push(message) {
      let text;
      try {
        text = stringify(message);
      } catch {
        text = stringify(message, safely());
      }
      events = events ? `${events},${text}` : text;
    },
    take() {
      const taken = events;
      events = '';
      return taken;
    },
  };
}

// for what JSON cannot hold: cycles and bigints
function safely() {
  const path = [];
  return function replace(key, value) {
    if (typeof value === 'bigint') return `${value}`;
    if (value === null || typeof value !== 'object') return value;
    while (path.length && path[path.length - 1] !== this) path.length--;
    for (let i = 0; i < path.length; i++) if (path[i] === value) return '[Circular]';
    path[path.length] = value;
    return value;
  };
}

/**
 * @param sandbox {modules, edges, entries, teleport}: see build.mjs
 * @param watchName how rewritten scripts call the function `watch` that this returns
 * @param log see createRequire
 */
function boot({ modules, edges, entries, teleport }, watchName, log) {
  const queue = createQueue();
  const attachments = createAttachments();
  const lazy = create(null);
  const library = (name) => lazy[name] || (lazy[name] = compile(`+${name}`)(root, root, root, root));
  let seed = '';

  for (const name of ['setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearImmediate']) {
    root[name] = clock[name];
  }
  root.clearInterval = clock.clearTimeout;
  installRejections();
  const services = { locate: (source) => library('rewrite').syntaxError(source) };
  const executions = createExecutions(queue, attachments, services);
  const prepareGlobals = installGlobals(library, {
    ask: executions.ask, seed: () => seed, setBackgroundTimeout: clock.setBackgroundTimeout,
  });
  const bridge = createBridge((...args) => executions.dispatch(args));
  const { load, globalRequire, lazily } = createRequire(modules, edges, { ...executions.overrides, ...libraries }, log);
  Object.assign(services, { bridge, load, parseConsole: (text) => load(teleport).parse(text) });
  root.bridge = bridge;
  root.require = globalRequire;
  for (let i = 0; i < entries.length; i++) load(entries[i]);
  bridge.emit('initialize', {});

  // Python makes a constant of it at once: no script may replace it for later ones, and properties of the global object
  // that the sandbox does not know are hidden from scripts
  const watch = freeze(watchFunction);
  defineProperty(root, watchName, {
    get() {
      delete root[watchName];
      return watch;
    },
    configurable: true,
  });
  let own = null; // enumerable globals that are no script's, if scripts are kept apart
  const keepApart = () => {
    own = create(null);
    for (const name of keys(root)) own[name] = true;
  };
  // what the host adds later is not enumerable
  const forgetGlobals = () => {
    for (const name of keys(root)) if (!own[name]) delete root[name];
  };

  const receive = (message) => {
    if (message[0] === 'execute') {
      if (own && executions.isIdle()) forgetGlobals();
      const { script } = message[2];
      prepareGlobals(script.exec);
      executions.expect(message[1], script.exec);
      if (matches(ASYNC_WORD, script.exec)) script.exec = library('rewrite').rewrite(script.exec, watchName);
    }
    executions.receive(message);
  };

  const prefetch = (sources) => {
    for (let i = 0; i < sources.length; i++) {
      prepareGlobals(sources[i]);
      if (matches(ASYNC_WORD, sources[i])) library('rewrite');
      preload(sources[i], globalRequire, lazily);
    }
  };

  const turn = () => {
    // V8 has run all promise callbacks of the previous call by now
    reportRejections(executions.unhandled);
    if (!clock.hasImmediates()) executions.settle();
    let ran = false;
    try {
      do ran = clock.runOne() || ran;
      while (executions.canChain() && clock.hasImmediates());
    } catch (error) {
      executions.unhandled(error);
      ran = true;
    }
    return ran ? 0 : clock.delay();
  };

  function entry() {
    'use strict';
    const call = `${this}`;
    let delay = 0;
    switch (call[0]) {
      case undefined: delay = turn(); break;
      case 'D': delay = -1; break;
      case 'M': receive(parse(call.slice(1))); break;
      case 'P': prefetch(parse(call.slice(1))); break;
      case 'A': return attachments.add(+call.slice(1));
      case 'T': attachments.text(call.slice(1)); break;
      case 'R': seed = call.slice(1); break;
      case 'I': keepApart(); break;
      case 'L': feed(call.slice(1)); break;
      default: throw new Error(`Unknown call: ${call[0]}`);
    }
    return `${delay}\n[${queue.take()}]`;
  }
  defineProperty(root, 'bridge', { value: undefined, configurable: true });
  delete root.bridge;
  return entry;
}

export { boot };
