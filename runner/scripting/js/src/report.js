// What Python is told about a script: its assertions, its errors, and what it changed.
import { keys, stringify } from './natives.js';
import { describe } from './errors.js';

const SCOPES = ['globals', 'environment', 'collectionVariables'];

function fail(assertion, error) {
  assertion.passed = false;
  assertion.error = error;
}

/** @param locate finds the place of a syntax error */
function createReport(queue, locate) {
  function sendAssertion(run, { name, index, skipped, passed, error, async }) {
    const failure = passed || skipped ? null : describe(error === null ? undefined : error, run.lines);
    queue.push(['assertion', run.id, name, index, failure, Boolean(skipped), Boolean(async)]);
  }

  /** Sends the assertions that wait for no async test. */
  function flush(run) {
    const list = run.assertions;
    let i = 0;
    for (; i < list.length && !list[i].pending; i++) sendAssertion(run, list[i].assertion);
    if (i) run.assertions = list.slice(i);
  }

  function add(run, assertion) {
    run.assertions[run.assertions.length] = { assertion, pending: false };
    flush(run);
  }

  const sendError = (run, error) => queue.push(['error', run.id, describe(error, run.lines)]);

  /** Tests that can no longer end are failures, unless the script skipped the request and with it its own rest. */
  function abandonTests(run) {
    if (run.skipped) run.assertions = run.assertions.filter(({ pending }) => !pending);
    for (let i = 0; i < run.assertions.length; i++) {
      const entry = run.assertions[i];
      if (entry.pending) fail(entry.assertion, new Error('The test had not finished when the script ended.'));
      entry.pending = false;
    }
    flush(run);
    for (let i = 0; i < run.unfinished.length && !run.skipped; i++) {
      fail(run.unfinished[i], new Error('The test never called its callback.'));
      sendAssertion(run, run.unfinished[i]);
    }
  }

  function changes(run, execution) {
    const result = { mutations: [], scopes: {} };
    for (let i = 0; i < SCOPES.length; i++) {
      const scope = execution[SCOPES[i]];
      const { compacted } = scope.mutations;
      const names = keys(compacted);
      for (let j = 0; j < names.length; j++) {
        const mutation = compacted[names[j]];
        result.mutations[result.mutations.length] = {
          scope: SCOPES[i], key: names[j], removed: mutation.length < 2, value: mutation[1],
        };
      }
      if (names.length) result.scopes[SCOPES[i]] = scope.values.toJSON();
    }
    const local = execution._variables.values.toJSON();
    if (stringify(local) !== run.localBefore) result.scopes._variables = local;
    if (run.requestBefore !== null) {
      const request = execution.request.toJSON();
      if (stringify(request) !== run.requestBefore) result.request = request;
    }
    const { nextRequest, visualizer } = execution.return;
    if (nextRequest !== undefined) result.nextRequest = nextRequest; // without a name the call does nothing
    if (visualizer) result.visualizer = visualizer;
    if (run.skipped) result.skipRequest = true;
    return result;
  }

  function describeEnd(run, error) {
    const described = describe(error, run.lines);
    if (described.name === 'SyntaxError' && !described.stack) {
      const place = locate(run.source);
      if (place) described.stack = `at script:${place.line}:${place.column}`;
    }
    return described;
  }

  function sendResult(run, error, execution) {
    abandonTests(run);
    try {
      queue.push(['result', run.id, error ? describeEnd(run, error) : null, changes(run, execution)]);
    } catch (thrown) { // by a toJSON or a getter of the script
      queue.push(['result', run.id, describe(error || thrown, run.lines), { mutations: [], scopes: {} }]);
    }
  }

  return { add, flush, sendError, sendResult };
}

export { createReport, fail };
