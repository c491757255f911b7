// One script that has been started, and what is known about it until it ends.

// what became of the script itself, as opposed to its timers and callbacks
const RUNNING = 0;
const ENDED = 1; // with nothing left to wait for
const ASYNC = 2; // with timers or answers outstanding

// without any of these, nothing can happen between the immediates that end a script
const ASYNC_CONSTRUCT = new RegExp('\\b(?:await|async|Promise|then|set(?:Timeout|Interval|Immediate)|sendRequest|jar'
  + '|vault|runRequest|queueMicrotask|eval|Function|constructor|require)\\b|\\\\u');

class Run {
  assertions = []; // {assertion, pending, end}, reported in the order of their calls: async tests hold up later ones

  asyncTests = 0; // that have not ended

  unfinished = []; // assertions of tests whose callback was not called

  main = RUNNING;

  started = false; // the script's code has been given to V8

  terminated = false; // the sandbox was told to end it

  ending = false; // with an error, which comes with the result

  logged = 0; // characters

  checks = 0;

  named = 0; // characters of the names of checks

  skipped = false; // pm.execution.skipRequest

  timers = null; // the sandbox's timers for it

  pm = null;

  localBefore = ''; // JSON

  requestBefore = null; // JSON; null where the script cannot change the request

  constructor(id, source) {
    this.id = id;
    this.source = source;
    this.lines = source.split('\n').length;
    this.chain = !ASYNC_CONSTRUCT.test(source);
  }
}

const isThenable = (value) => {
  try {
    return value !== null && (typeof value === 'object' || typeof value === 'function') && typeof value.then === 'function';
  } catch {
    return false;
  }
};

export { ASYNC, ENDED, RUNNING, Run, isThenable };
