// pm.test, with tests that return a promise awaited. The sandbox takes them for passed at once.
import { apply } from './natives.js';
import { fail } from './report.js';
import { isThenable } from './run.js';

/** Puts itself between the sandbox's pm.test and the script. */
function trackTests(setup, currentRun, report) {
  return (pm, onAssertion) => {
    const run = currentRun();
    let ended = null; // the call of a test function that has just returned: the next assertion is its
    setup(pm, (assertion) => {
      const call = ended;
      ended = null;
      if (call && !assertion.error && isThenable(call.result)) awaitTest(run, assertion, call.result, report);
      else onAssertion(assertion);
    });
    const { test } = pm;
    const tracked = function (name, assert) {
      if (typeof assert !== 'function') test(name, assert);
      else if (assert.length) testWithCallback(run, test, name, assert);
      else {
        const call = { result: undefined };
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
    tracked.skip = (name) => {
      test.skip(name);
      return run.pm;
    };
    tracked.index = test.index;
    pm.test = tracked;
  };
}

function awaitTest(run, assertion, promise, report) {
  assertion.async = true;
  run.asyncTests++;
  const event = run.timers.setEvent(() => {}); // an event keeps the sandbox from ending the script
  const entry = {
    assertion,
    pending: true,
    end(error) {
      if (!entry.pending) return;
      if (error) fail(assertion, error.reason);
      entry.pending = false;
      run.asyncTests--;
      report.flush(run);
      run.timers.clearEvent(event);
    },
  };
  run.assertions[run.assertions.length] = entry;
  promise.then(() => entry.end(null), (reason) => entry.end({ reason }));
}

function testWithCallback(run, test, name, assert) {
  const entry = { name: String(name), index: test.index(), async: true, skipped: false, passed: true, error: null };
  run.unfinished[run.unfinished.length] = entry;
  const settle = () => { run.unfinished = run.unfinished.filter((other) => other !== entry); };
  test(name, (done) => {
    const finish = (error) => {
      settle();
      return done(error);
    };
    try {
      const result = apply(assert, undefined, [finish]);
      if (isThenable(result)) result.then(undefined, (error) => finish(error || new Error('rejected without a reason')));
    } catch (error) {
      settle();
      throw error;
    }
  });
}

export { trackTests };
