// The scripts that run: what the sandbox dispatches for them goes to Python, and what the host puts between the modules
// of the sandbox sees to it that no error is lost.
import { apply, create, stringify } from './natives.js';
import { inspect } from './inspect.js';
import { reportRejections } from './rejections.js';
import { createReport } from './report.js';
import { ASYNC, ENDED, RUNNING, Run, isThenable } from './run.js';
import { trackTests } from './tests.js';
import { hasBackgroundTimers, hasImmediates, setImmediate } from './timers.js';

const CONSOLE = 'execution.console';
// what one script may say, in characters, and how many checks it may make: all of it is kept, here and by reports
const MOST_CONSOLE = 16 * 1024 * 1024;
const MOST_NAMES = 16 * 1024 * 1024;
const MOST_CHECKS = 100_000;
// what can give a prerequest script access to its request
const NAMES_REQUEST = /request|\[|\beval\b|Function|constructor|\\u|for\s*\(/i;

const DISPATCHED = ['assertion', 'error', 'result', 'request', 'cookies', 'skipRequest', 'vault', 'run_collection_request'];

/** 'execution.error.5' -> ['error', '5'], or null for what is of no interest. */
function parseName(name) {
  for (let i = 0; i < DISPATCHED.length; i++) {
    const prefix = `execution.${DISPATCHED[i]}.`;
    if (name.length > prefix.length && name.slice(0, prefix.length) === prefix) {
      return [DISPATCHED[i], name.slice(prefix.length)];
    }
  }
  return null;
}

/**
 * @param services {bridge, load, parseConsole, locate}: the sandbox's emitter and loader, the decoder of console arguments,
 *   and what finds syntax errors; filled in after this has been made
 */
function createExecutions(queue, attachments, services) {
  const runs = create(null);
  const stack = []; // the runs in progress, innermost last
  const report = createReport(queue, (source) => services.locate(source));
  let starting = null;

  const current = () => stack[stack.length - 1];
  const isBuffer = (value) => services.load('buffer').Buffer.isBuffer(value);

  // an error that belongs to no call of the host: the innermost script gets it
  function unhandled(error) {
    const run = current();
    if (run) report.sendError(run, error);
  }

  function forget(run) {
    const at = stack.indexOf(run);
    if (at >= 0) stack.splice(at, 1);
    delete runs[run.id];
  }

  // -- what the sandbox dispatches

  function log([, cursor, level, text]) {
    const values = services.parseConsole(text);
    const run = runs[cursor.execution];
    if (run && run.logged > MOST_CONSOLE) return;
    const texts = [];
    for (let i = 0; i < values.length; i++) {
      texts[i] = inspect(values[i], isBuffer);
      if (run) run.logged += texts[i].length;
    }
    if (run && run.logged > MOST_CONSOLE) {
      queue.push(['console', cursor.execution, 'warn', ["'The script has written more than 16 MiB: no more of it is shown.'"]]);
      return;
    }
    queue.push(['console', cursor.execution, level, texts]);
  }

  function dispatch(args) {
    if (args[0] === CONSOLE) {
      log(args);
      return;
    }
    const parsed = parseName(args[0]);
    const run = parsed && runs[parsed[1]];
    if (!run) return;
    switch (parsed[0]) {
      case 'assertion':
        for (let i = 0; i < args[2].length; i++) {
          run.named += `${args[2][i].name}`.length;
          run.checks++;
          if (run.named > MOST_NAMES || run.checks > MOST_CHECKS) throw new Error('The script makes too many checks.');
          report.add(run, args[2][i]);
        }
        break;
      case 'error':
        if (!run.ending) report.sendError(run, args[2]);
        break;
      case 'result':
        reportRejections(unhandled);
        report.sendResult(run, args[1], args[2]);
        forget(run);
        break;
      case 'request':
        // nothing leaves a script that has skipped its request
        if (!run.skipped) queue.push(['request', run.id, args[3], args[4]]);
        break;
      case 'cookies': queue.push(['cookies', run.id, args[1], args[3], args[4]]); break;
      case 'run_collection_request': queue.push(['run', run.id, args[3], args[4], args[5]]); break;
      case 'skipRequest': run.skipped = true; break;
      case 'vault': setImmediate(() => services.bridge.emit(args[0], args[1], 'Vault access denied')); break;
      default:
    }
  }

  // -- what the host puts between the modules

  function trackExecution(Execution) {
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

  function trackTimers(Timers) {
    return function TrackedTimers(...args) {
      const run = starting;
      const onEnd = args[3];
      args[3] = function (...results) {
        // The sandbox ends a script when its last timer has run, even if the script itself, which waited for that timer,
        // goes on (and its errors would be lost). So that counts only once the script itself has ended.
        if (run.main !== ASYNC && !run.terminated) return;
        if (results[0]) run.ending = true;
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

  // the sandbox asks whether the error is truthy
  function tellingFalsyErrors(code) {
    const end = '.catch(__exitscope);';
    if (!code.endsWith(end)) return code;
    return `${code.slice(0, -end.length)}.catch((e) => __exitscope(e || new Error(\`The script threw \${e === '' ? 'an empty text' : String(e)}.\`)));`;
  }

  function trackScope(Scope) {
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
        super.exec(tellingFalsyErrors(code), options, (error) => {
          run.main = run.timers.queueLength() > 0 ? ASYNC : ENDED;
          callback(error);
        });
      }
    };
  }

  /** pm.sendRequest calls its callback once, and what the callback throws or rejects with is an error of the script. */
  function onceReported(run, callback) {
    let called = false;
    return function (...results) {
      if (called) return; // the sandbox calls it again with the error that it threw
      called = true;
      try {
        const result = apply(callback, this, results);
        if (isThenable(result)) result.then(undefined, (error) => run.timers.error(error));
      } catch (error) {
        run.timers.error(error);
      }
    };
  }

  function trackApi(Api) {
    return function TrackedApi(...args) {
      const run = starting;
      const properties = Object.getOwnPropertyDescriptors(new Api(...args));
      const send = properties.sendRequest.value;
      properties.sendRequest.value = function sendRequest(request, callback) {
        if (typeof callback !== 'function') return apply(send, this, [request]);
        apply(send, this, [request, onceReported(run, callback)]);
        return run.pm;
      };
      run.pm = Object.create(Api.prototype, properties);
      return run.pm;
    };
  }

  // -- messages from Python

  const cookiesOf = ({ header }) => header.filter(({ key }) => key.toLowerCase() === 'set-cookie')
    .map(({ value }) => new (services.load('postman-collection').Cookie)(value));

  function receive(message) {
    const [name, ...args] = message;
    const [, kind, id] = /^(?:execution\.)?([^.]+)\.?(.*)$/s.exec(name);
    const response = kind === 'execute' ? args[2].response : args[2];
    switch (kind) {
      case 'host':
        if (runs[id]) runs[id].timers.clearEvent(...args);
        return;
      case 'abort':
        if (runs[id]) forget(runs[id]);
        break;
      case 'execute':
      case 'response':
      case 'run_collection_request_response':
        if (response) response.stream = attachments.take(response.stream, services.load('buffer').Buffer);
        if (response && kind === 'response') args[3].cookies = cookiesOf(response);
        break;
      default:
    }
    services.bridge.emit(name, ...args);
  }

  return {
    dispatch,
    receive,
    unhandled,
    overrides: {
      scope: (module) => trackScope(module()),
      execution: (module) => trackExecution(module()),
      timers: (module) => trackTimers(module()),
      tests: (module) => trackTests(module(), () => starting, report),
      api: (module) => trackApi(module()),
    },
    /** Notes a script that is about to start. */
    expect(id, source) {
      runs[id] = new Run(id, source);
      stack[stack.length] = runs[id];
    },
    /** Asks Python on behalf of the innermost script, which does not end before the answer. */
    ask: (question) => new Promise((resolve, reject) => {
      const run = current();
      const event = run.timers.setEvent((error, result) => (error ? reject(error) : resolve(result)));
      queue.push(['host', run.id, event, question]);
    }),
    isIdle: () => stack.length === 0,
    canChain: () => stack.length === 1 && stack[0].chain,
    /** Ends what can no longer end by itself; to be called when no promise callback is left. */
    settle() {
      for (let i = stack.length - 1; i >= 0 && !hasImmediates() && !hasBackgroundTimers(); i--) {
        const run = stack[i];
        const pending = run.timers ? run.timers.queueLength() : -1;
        if (run.asyncTests && pending === run.asyncTests) {
          const error = { reason: new Error('The test waits for a promise that is never settled.') };
          run.assertions.slice().forEach((entry) => entry.end && entry.end(error));
        } else if (pending === 0 && run.main === RUNNING) {
          run.timers.terminate(new Error('The script waits for a promise that is never settled.'));
        }
      }
    },
  };
}

export { createExecutions };
