// What the host keeps about each script that runs, and what it puts between the modules of the sandbox: async tests
// are awaited, errors in callbacks are reported once, and every result says what the script changed.
import { apply, create, stringify } from './natives.js';
import { describe } from './errors.js';
import { inspect } from './inspect.js';
import { reportRejections } from './rejections.js';
import { hasImmediates, setImmediate } from './timers.js';

const SCOPES = ['globals', 'environment', 'collectionVariables'];
const RESULT = 'execution.result.';
const ASSERTION = 'execution.assertion.';
const ERROR = 'execution.error.';
const REQUEST = 'execution.request.';
const COOKIES = 'execution.cookies.';
const SKIP = 'execution.skipRequest.';
const VAULT = 'execution.vault.';
const RUN = 'execution.run_collection_request.';
const ASYNC_CONSTRUCT = /\b(?:await|async|Promise|then|set(?:Timeout|Interval|Immediate)|sendRequest|jar|vault|runRequest|queueMicrotask|eval|Function|constructor|require)\b|\\u/;
const NAMES_REQUEST = /request|\[|\beval\b|Function|constructor|\\u|for\s*\(/i;

const RUNNING = 0;
const ENDED = 1; // with nothing left to wait for
const ASYNC = 2; // with timers or answers outstanding

const isThenable = (value) => {
  try {
    return value !== null && (typeof value === 'object' || typeof value === 'function') && typeof value.then === 'function';
  } catch {
    return false;
  }
};
const starts = (text, prefix) => text.length > prefix.length && text.slice(0, prefix.length) === prefix;

class Run {
  assertions = []; // reported in the order of their calls: those behind an async test wait for it
  tests = 0; // async tests that have not ended
  unfinished = []; // names of tests whose `done` was not called
  skipped = false;
  timers = null;
  main = RUNNING; // what became of the script itself, as opposed to its timers and callbacks
  terminated = false;
  requestBefore = null;

  constructor(id, source) {
    this.id = id;
    this.chain = !ASYNC_CONSTRUCT.test(source);
    this.source = source;
    this.lines = source.split('\n').length;
  }
}

function createExecutions(queue, attachments) {
  const runs = create(null);
  const stack = []; // the runs in progress, innermost last
  let bridge;
  let load;
  let locate;
  let parseConsole;
  let starting = null;

  const current = () => stack[stack.length - 1];
  const isBuffer = (value) => load('buffer').Buffer.isBuffer(value);

  // -- messages that leave

  function sendAssertion(run, assertion) {
    const { name, index, skipped, passed, error } = assertion;
    const failure = passed || skipped ? null : describe(error === null ? undefined : error, run.lines);
    queue.push(['assertion', run.id, name, index, failure, Boolean(skipped), Boolean(assertion.async)]);
  }

  function report(run, assertion, pending) {
    run.assertions[run.assertions.length] = { assertion, pending };
    flush(run);
  }

  function flush(run) {
    const list = run.assertions;
    let i = 0;
    for (; i < list.length && !list[i].pending; i++) sendAssertion(run, list[i].assertion);
    if (i) run.assertions = list.slice(i);
  }

  function fail(assertion, error) {
    assertion.passed = false;
    assertion.error = error;
  }

  /** Async tests that can no longer end are failures. */
  function abandon(run, why) {
    for (const entry of run.assertions) {
      if (!entry.pending) continue;
      if (!run.skipped) fail(entry.assertion, new Error(why));
      entry.pending = false;
    }
    if (run.skipped) run.assertions = run.assertions.filter(({ assertion }) => !assertion.async);
    flush(run);
  }

  function sendResult(run, error, execution) {
    reportRejections(unhandled);
    abandon(run, 'The test had not finished when the script ended.');
    for (const assertion of run.unfinished) {
      if (run.skipped) break;
      fail(assertion, new Error('The test never called its callback.'));
      sendAssertion(run, assertion);
    }
    const result = { mutations: [], scopes: {} };
    for (const name of SCOPES) {
      const scope = execution[name];
      const changes = scope.mutations.compacted;
      const keys = Object.keys(changes);
      if (!keys.length) continue;
      for (const key of keys) {
        const [, value, options] = changes[key];
        const change = { scope: name, key, removed: changes[key].length < 2, value };
        if (options && options.type) change.type = options.type;
        result.mutations.push(change);
      }
      result.scopes[name] = scope.values.toJSON();
    }
    const local = execution._variables;
    const rows = local.values.toJSON();
    if (stringify(rows) !== run.localBefore) result.scopes._variables = rows;
    if (run.requestBefore !== null) {
      const request = execution.request.toJSON();
      if (stringify(request) !== run.requestBefore) result.request = request;
    }
    const { nextRequest, visualizer } = execution.return;
    if ('nextRequest' in execution.return) result.nextRequest = nextRequest === undefined ? null : nextRequest;
    if (visualizer) result.visualizer = visualizer;
    if (run.skipped) result.skipRequest = true;
    const at = stack.indexOf(run);
    if (at >= 0) stack.splice(at, 1);
    delete runs[run.id];
    queue.push(['result', run.id, error ? describeError(run, error) : null, result]);
  }

  function describeError(run, error) {
    const described = describe(error, run.lines);
    if (described.name === 'SyntaxError' && !described.stack) {
      const place = locate(run.source);
      if (place) described.stack = `at script:${place.line}:${place.column}`;
    }
    return described;
  }

  const sendError = (run, error) => queue.push(['error', run.id, describe(error, run.lines)]);

  // an error that belongs to no call of the host: the innermost script gets it
  function unhandled(error) {
    const run = current();
    if (run) sendError(run, error);
  }

  // -- what the sandbox dispatches

  function dispatch(args) {
    const name = args[0];
    if (name === 'execution.console') {
      const [, cursor, level, text] = args;
      const values = parseConsole(text);
      const texts = [];
      for (let i = 0; i < values.length; i++) texts[i] = inspect(values[i], isBuffer);
      queue.push(['console', cursor.execution, level, texts]);
      return;
    }
    if (starts(name, ASSERTION)) {
      const run = runs[name.slice(ASSERTION.length)];
      if (!run) return;
      const list = args[2];
      for (let i = 0; i < list.length; i++) report(run, list[i], false);
    } else if (starts(name, ERROR)) {
      const run = runs[name.slice(ERROR.length)];
      if (run && !run.ending) sendError(run, args[2]);
    } else if (starts(name, RESULT)) {
      const run = runs[name.slice(RESULT.length)];
      if (run) sendResult(run, args[1], args[2]);
    } else if (starts(name, REQUEST)) queue.push(['request', args[2], args[3], args[4]]);
    else if (starts(name, COOKIES)) queue.push(['cookies', name.slice(COOKIES.length), args[1], args[3], args[4]]);
    else if (starts(name, SKIP)) skip(runs[name.slice(SKIP.length)]);
    else if (starts(name, RUN)) queue.push(['run', args[2], args[3], args[4], args[5]]);
    else if (starts(name, VAULT)) {
      const eventId = args[1];
      setImmediate(() => bridge.emit(name, eventId, 'Vault access denied'));
    }
  }

  function skip(run) {
    if (run) run.skipped = true;
  }

  // -- what the host puts between the modules

  function trackedExecution(Execution) {
    return class extends Execution {
      constructor(id, ...rest) {
        super(id, ...rest);
        starting = runs[id];
        starting.localBefore = stringify(this._variables.values.toJSON());
        if (this.target === 'prerequest' && this.request && NAMES_REQUEST.test(starting.source)) {
          starting.requestBefore = stringify(this.request.toJSON());
        }
      }
    };
  }

  function trackedTimers(Timers) {
    return function TrackedTimers(...args) {
      const run = starting;
      const onEnd = args[3];
      args[3] = function (...results) {
        // The sandbox ends a script when its last timer has run, even if the script itself, which waited for that timer,
        // goes on (and its errors would be lost). So that counts only once the script itself has ended.
        if (run.main !== ASYNC && !run.terminated) return;
        if (results[0]) run.ending = true; // the error comes with the result
        apply(onEnd, this, results);
      };
      apply(Timers, this, args);
      const { terminate } = this;
      this.terminate = function (...results) {
        run.terminated = true;
        return apply(terminate, this, results);
      };
      run.timers = this;
    };
  }

  function trackedScope(Scope) {
    return class extends Scope {
      static create(options) {
        return new this(options);
      }

      exec(code, options, callback) {
        const run = current();
        if (!run || run.started) {
          super.exec(code, options, callback);
          return;
        }
        run.started = true;
        super.exec(code, options, (error) => {
          run.main = run.timers.queueLength() > 0 ? ASYNC : ENDED;
          callback(error);
        });
      }
    };
  }

  function trackedTests(setup) {
    return (pm, onAssertion) => {
      const run = starting;
      let ended = null; // the test function that has just returned; the next assertion is its
      setup(pm, (assertion) => {
        const call = ended;
        ended = null;
        if (call && isThenable(call.result) && !assertion.error) awaitTest(run, assertion, call.result);
        else onAssertion(assertion);
      });
      const { test } = pm;
      const tracked = function (name, assert) {
        if (typeof assert !== 'function') test(name, assert);
        else if (assert.length) testWithCallback(run, test, name, assert);
        else {
          const call = {};
          test(name, () => {
            try {
              call.result = apply(assert, undefined, []);
            } finally {
              ended = call;
            }
          });
        }
        return run.pm;
      };
      pm.test = Object.assign(tracked, { skip: (name) => { test.skip(name); return run.pm; }, index: test.index });
    };
  }

  function testWithCallback(run, test, name, assert) {
    const entry = { name: String(name), index: test.index(), async: true, skipped: false, passed: true, error: null };
    run.unfinished.push(entry);
    const settled = () => { run.unfinished = run.unfinished.filter((other) => other !== entry); };
    test(name, (done) => {
      const finish = (error) => {
        settled();
        return done(error);
      };
      try {
        const result = apply(assert, undefined, [finish]);
        if (isThenable(result)) result.then(undefined, (error) => finish(error === undefined ? new Error('undefined') : error));
      } catch (error) {
        settled();
        throw error;
      }
    });
  }

  function awaitTest(run, assertion, promise) {
    const entry = { assertion, pending: true };
    assertion.async = true;
    run.assertions[run.assertions.length] = entry;
    run.tests++;
    // an event keeps the sandbox from ending the script
    const event = run.timers.setEvent(() => {});
    const end = (error) => {
      if (!entry.pending) return;
      if (error) fail(assertion, error.reason);
      entry.pending = false;
      run.tests--;
      flush(run);
      run.timers.clearEvent(event);
    };
    entry.end = end;
    promise.then(() => end(null), (reason) => end({ reason }));
  }

  function trackedApi(Api) {
    return function TrackedApi(...args) {
      const run = starting;
      const inner = new Api(...args);
      const properties = Object.getOwnPropertyDescriptors(inner);
      const send = inner.sendRequest;
      if (typeof send === 'function') {
        properties.sendRequest.value = function sendRequest(request, callback) {
          if (typeof callback !== 'function') return apply(send, this, [request]);
          let called = false;
          apply(send, this, [request, function (...results) {
            if (called) return; // the sandbox calls it again with the error that it threw
            called = true;
            try {
              const result = apply(callback, this, results);
              if (isThenable(result)) result.then(undefined, (error) => run.timers.error(error));
            } catch (error) {
              run.timers.error(error);
            }
          }]);
          return run.pm;
        };
      }
      run.pm = Object.create(Api.prototype, properties);
      return run.pm;
    };
  }

  return {
    dispatch,
    connect(theBridge, theLoad, teleport, theLocate) {
      bridge = theBridge;
      load = theLoad;
      parseConsole = (text) => load(teleport).parse(text);
      locate = theLocate;
    },
    overrides: {
      scope: (module) => trackedScope(module()),
      execution: (module) => trackedExecution(module()),
      timers: (module) => trackedTimers(module()),
      tests: (module) => trackedTests(module()),
      api: (module) => trackedApi(module()),
    },
    /** Notes a script that is about to start. */
    expect([, id, event]) {
      const run = new Run(id, event.script.exec);
      runs[id] = run;
      stack.push(run);
    },
    /** Passes a message to the sandbox. */
    receive(message) {
      const [name] = message;
      if (name === 'execute') {
        const { response } = message[3];
        if (response) response.stream = attachments.take(response.stream, load('buffer').Buffer);
      } else if (starts(name, 'execution.response.') || starts(name, 'execution.run_collection_request_response.')) {
        const response = message[3];
        if (response) response.stream = attachments.take(response.stream, load('buffer').Buffer);
        if (response && message[4].cookies) message[4].cookies = cookiesOf(response);
      } else if (starts(name, 'host.')) {
        const run = runs[name.slice('host.'.length)];
        if (run) run.timers.clearEvent(message[1], message[2], message[3]);
        return;
      } else if (starts(name, 'execution.abort.')) {
        const id = name.slice('execution.abort.'.length);
        const at = stack.indexOf(runs[id]);
        if (at >= 0) stack.splice(at, 1);
        delete runs[id];
      }
      apply(bridge.emit, bridge, message);
    },
    unhandled,
    /** Asks Python on behalf of the innermost script, which does not end before the answer. */
    ask: (question) => new Promise((resolve, reject) => {
      const run = current();
      const event = run.timers.setEvent((error, result) => (error ? reject(error) : resolve(result)));
      queue.push(['host', run.id, event, question]);
    }),
    canChain: () => stack.length === 1 && stack[0].chain,
    /** Ends what can no longer end by itself; to be called when no task and no promise callback is left. */
    settle() {
      for (let i = stack.length - 1; i >= 0; i--) {
        const run = stack[i];
        if (!run.timers || hasImmediates()) continue;
        const pending = run.timers.queueLength();
        if (run.tests && pending === run.tests) {
          for (const entry of run.assertions.slice()) {
            if (entry.end) entry.end({ reason: new Error('The test waits for a promise that is never settled.') });
          }
        } else if (pending === 0 && run.main === RUNNING) {
          run.timers.terminate(new Error('The script waits for a promise that is never settled.'));
        }
      }
    },
  };
  function cookiesOf({ header }) {
    const { Cookie } = load('postman-collection');
    return header.filter(({ key }) => key.toLowerCase() === 'set-cookie').map(({ value }) => new Cookie(value));
  }
}

export { createExecutions };
