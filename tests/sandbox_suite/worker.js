// Takes the place of uvm's worker thread: what the context sends goes to `driver.py`, which runs it in htrun's sandbox,
// and what comes back is given to uvm as if it had come from the worker. So upstream's host side stays as it is.
'use strict';
const { spawn } = require('node:child_process');
const { EventEmitter } = require('node:events');
const Module = require('node:module');
const readline = require('node:readline');

// how htrun names what its host reports without the sandbox having dispatched it
const UPSTREAM = { assertion: 'execution.assertion', error: 'execution.error' };

let driver; // the process, shared by all contexts
const workers = new Map(); // id -> ours
const open = new Set(); // of either kind, in the order of their creation

function send(message) {
  driver.stdin.write(`${JSON.stringify(message)}\n`);
}

function start(command) {
  driver = spawn(command[0], command.slice(1), { stdio: ['pipe', 'pipe', 'inherit'] });
  driver.on('exit', () => process.exit(1)); // it has said why
  readline.createInterface({ input: driver.stdout }).on('line', (line) => {
    const { context, kind, value } = JSON.parse(line);
    const worker = workers.get(context);
    if (worker) worker.receive(kind, value);
  });
}

/** A response with a list of headers and its body in base64. */
function asFromHtrun(response) {
  if (!response) return;
  response.header ||= [];
  const { stream } = response;
  if (stream) response.stream = Buffer.from(stream.data, stream.type === 'Base64' ? 'base64' : undefined).toString('base64');
}

/** htrun passes on no history: its host reads the cookies from the response. */
function asHeaders({ cookies = [] } = {}) {
  return cookies.map(({ name, value, domain, path }) => (
    { key: 'Set-Cookie', value: `${name}=${value}; Domain=${domain}; Path=${path}` }));
}

/** A message as htrun's engine would send it: always complete, the script one text. */
function complete(message) {
  const [name, ...args] = message;
  if (name === 'execute' && typeof args[0] === 'string') {
    const event = args[1] ||= {};
    const script = typeof event.script === 'string' || Array.isArray(event.script) ? { exec: event.script } : event.script;
    event.script = { ...script, exec: [].concat(script?.exec ?? '').join('\n') };
    args[2] ||= {};
    asFromHtrun(args[2].response);
  } else if (/^execution\.(run_collection_request_)?response\./.test(name)) {
    asFromHtrun(args[2]);
    args[2]?.header.push(...asHeaders(args[3]));
    args[3] ||= {};
  }
  return [name, ...args];
}

function createWorkerClass(Flatted) {
  return class Worker extends EventEmitter {
    static count = 0;

    static __self = '0';

    static __bootCodeExecutor = () => '0';

    static __exceptionHandler = '';

    constructor(firmware) {
      super();
      this.id = ++Worker.count;
      this.uvm = /__id_uvm: "(__id_uvm_-?\d+)"/.exec(firmware)[1];
      this.cursors = new Map(); // of the executions
      this.dispatched = new Set(); // assertions and errors that the sandbox itself has dispatched
      workers.set(this.id, this);
      send({ context: this.id, kind: 'open' });
    }

    postMessage({ __emit_uvm: text }) {
      const message = complete(Flatted.parse(text));
      if (message[0] === 'execute') this.cursors.set(message[1], message[4]?.cursor);
      send({ context: this.id, kind: 'message', value: message });
    }

    async terminate() {
      if (workers.delete(this.id)) send({ context: this.id, kind: 'close' });
    }

    event(...args) {
      this.emit('message', { __id_uvm: this.uvm, __emit_uvm: Flatted.stringify(args) });
    }

    receive(kind, value) {
      if (kind === 'ready') this.event(`load.${this.uvm}`);
      else if (kind === 'broken') this.emit('error', new Error(value));
      else if (kind === 'dispatched') this.dispatch(value);
      else this.report(value);
    }

    dispatch(args) {
      const [, event, id] = /^execution\.([a-z]+)\.(.+)$/.exec(args[0]) || [];
      if (event === 'assertion') for (const { index } of args[2]) this.dispatched.add(`${id} assertion ${index}`);
      if (event === 'error') this.lastError = id;
      this.event(...args);
    }

    /** A message of htrun's host. Most only repeat what the sandbox has dispatched just before. */
    report([kind, id, ...args]) {
      const repeated = kind === 'assertion' ? this.dispatched.has(`${id} assertion ${args[1]}`) : this.lastError === id;
      if (kind === 'error') this.lastError = undefined;
      if (!(kind in UPSTREAM) || repeated) return;
      let value = args[0];
      if (kind === 'assertion') {
        const [name, index, error, skipped, isAsync] = args;
        value = [{ name, index, error, skipped, async: isAsync, passed: !error }];
      }
      this.event(`${UPSTREAM[kind]}.${id}`, this.cursors.get(id), value);
      this.event(UPSTREAM[kind], this.cursors.get(id), value);
    }
  };
}

/** Notes which workers are open. Upstream's tests leave most of theirs open, which costs memory. */
function noted(Worker) {
  return class extends Worker {
    constructor(...args) {
      super(...args);
      open.add(this);
    }

    terminate() {
      open.delete(this);
      return super.terminate();
    }
  };
}

/** Closes the workers that have been opened since `before` (see `opened`). */
function closeSince(before) {
  for (const worker of open) if (!before.has(worker)) worker.terminate();
}

const opened = () => new Set(open);

/** Has uvm use the worker above if `command`, which starts driver.py, is given. */
function install(command) {
  if (command) start(command);
  const load = Module._load;
  let used;
  Module._load = function (request, parent, ...rest) {
    const loaded = () => load.call(this, request, parent, ...rest);
    if (request !== './worker' || !/[\\/]uvm[\\/]lib[\\/]bridge\.js$/.test(parent?.filename)) return loaded();
    return used ||= noted(command ? createWorkerClass(parent.require('flatted')) : loaded());
  };
}

module.exports = { closeSince, install, opened };
