"""What goes wrong later: in timers, callbacks and promises; and what Newman's older sandbox does not know."""

from __future__ import annotations

from conformance.case import Case, case, item
from conformance.harness import Compare

AFTER = item("after", "@BASE@/after", test="pm.test('still runs');")

CASES = [
    # -- errors after the script's end
    case("async-throw-in-timer", item(test="setTimeout(() => { throw new Error('late'); }, 5);"), AFTER),
    case("async-expect-in-timer", item(test="setTimeout(() => { pm.expect(1).to.eql(2); }, 5);"), AFTER),
    case("async-throw-in-callback", item(test="pm.sendRequest('@BASE@/x', () => { throw new Error('late'); });"), AFTER),
    case("async-expect-in-callback", item(test="pm.sendRequest('@BASE@/x', (e, r) => { pm.expect(r.code).to.eql(404); });"), AFTER),
    case("async-throw-in-pre-timer", item(pre="setTimeout(() => { throw new Error('late'); }, 5);", test="pm.test('t');"), AFTER),
    case("async-throw-after-a-timer-was-set", item(test="setTimeout(() => {}, 5); throw new Error('now');"), AFTER),
    case("async-test-in-timer-fails", item(test="setTimeout(() => pm.test('late', () => pm.expect(1).to.eql(2)), 5);"), AFTER),
    case("async-test-in-callback-fails", item(test="pm.sendRequest('@BASE@/x', (e, r) => pm.test('late', () => pm.expect(r.code).to.eql(404)));"), AFTER),
    # -- promises
    case("async-test-function-passes", item(test="pm.test('async', async () => { await null; });"), AFTER),
    case("async-test-function-rejects", item(test="pm.test('async', async () => { await null; throw new Error('late'); });"), AFTER),
    case("async-test-promise-rejects", item(test="pm.test('promise', () => Promise.reject(new Error('late')));"), AFTER),
    case("async-unhandled-rejection", item(test="Promise.reject(new Error('late'));"), AFTER),
    case("async-handled-rejection", item(test="Promise.reject(new Error('late')).catch((e) => pm.test('caught ' + e.message));"), AFTER),
    case("async-top-level-await", item(test="await Promise.resolve(); pm.test('awaited');"), AFTER),
    case("async-send-request-promise", item(test="const r = await pm.sendRequest('@BASE@/x'); pm.test('code ' + r.code);"), AFTER),
    case("async-cookie-jar-promise", item(test="const v = await pm.cookies.jar().get('@BASE@', 'x'); pm.test('value ' + v);"), AFTER),
    # -- done
    case("async-done-never-called", item(test="pm.test('never', (done) => {});"), AFTER),
    case("async-done-in-two-timers", item(test="pm.test('a', (done) => setTimeout(done, 20)); pm.test('b', (done) => setTimeout(done, 5));"), AFTER),
    case("async-done-throws-before", item(test="pm.test('a', (done) => { throw new Error('sync'); });"), AFTER),
    # -- what the newer sandbox has
    case("sandbox-url", item(test="pm.test(typeof URL);")),
    case("sandbox-text-encoder", item(test="pm.test(typeof TextEncoder);")),
    case("sandbox-crypto", item(test="pm.test(typeof crypto);")),
    case("sandbox-structured-clone", item(test="pm.test(typeof structuredClone);")),
    case("sandbox-require-of-packages", item(test="pm.test(typeof pm.require);")),
    case("sandbox-vault", item(test="pm.test(typeof pm.vault);")),
    case("sandbox-run-request", item(test="pm.test(typeof pm.execution.runRequest);")),
    case("sandbox-collection-version", item(test="pm.test(typeof require('postman-collection').Collection);")),
]  # fmt: skip


def test_as_newman(case: Case, compare: Compare) -> None:
    compare(case)
