"""Flow: setNextRequest, skipRequest, --folder, iterations, --bail."""

from __future__ import annotations

from conformance.case import Case, case, folder, item
from conformance.harness import Compare

FAIL = "pm.test('fails', () => pm.expect(1).to.eql(2));"
THROW = "throw new Error('oops');"
IDS = [f"{n}{n}{n}{n}{n}{n}{n}{n}-0000-4000-8000-000000000000" for n in range(1, 5)]


def jump(target: object) -> str:
    text = "null" if target is None else f"'{target}'"
    return f"pm.execution.setNextRequest({text});"


def once(target: object) -> str:
    return f"if (!pm.globals.get('jumped')) {{ pm.globals.set('jumped', 1); {jump(target)} }}"


ABC = [item(name, f"@BASE@/{name}") for name in "abc"]

CASES = [
    # -- setNextRequest
    case("next-forward", item("a", test=jump("c")), item("b"), item("c")),
    case("next-backward", item("a", "@BASE@/a"), item("b", "@BASE@/b", test=once("a")), item("c", "@BASE@/c")),
    case("next-itself", item("a", test=once("a")), item("b")),
    case("next-null", item("a", test=jump(None)), item("b"), args=("-n", "2")),
    case("next-unknown", item("a", test=jump("nowhere")), item("b"), args=("-n", "2")),
    case("next-by-id", item("a", test=jump(IDS[2])), item("b"), item("c", extra={"id": IDS[2]})),
    case("next-duplicate-names", item("a", "@BASE@/1", test=jump("x")), item("x", "@BASE@/2"), item("x", "@BASE@/3"), item("end", "@BASE@/4")),
    case("next-into-a-folder", item("a", test=jump("inside")), item("b"), folder("f", item("first"), item("inside"))),
    case("next-to-a-folder-name", item("a", test=jump("f")), item("b"), folder("f", item("inside"))),
    case("next-in-pre", item("a", pre=jump("c")), item("b"), item("c")),
    case("next-last-call-wins", item("a", pre=jump("b"), test=jump("c") + jump("d")), item("b"), item("c"), item("d")),
    case("next-from-collection-script", item("a"), item("b"), item("c"), test="if (pm.info.requestName === 'a') pm.execution.setNextRequest('c');"),
    case("next-legacy", item("a", test="postman.setNextRequest('c');"), item("b"), item("c")),
    case("next-legacy-null", item("a", test="postman.setNextRequest(null);"), item("b")),
    case("next-empty-text", item("a", test=jump("")), item("b")),
    case("next-undefined", item("a", test="pm.execution.setNextRequest(undefined);"), item("b")),
    case("next-without-argument", item("a", test="pm.execution.setNextRequest();"), item("b")),
    case("next-in-a-failing-script", item("a", test=jump("c") + THROW), item("b"), item("c")),
    case("next-after-request-error", item("a", url="http://127.0.0.1:1/", test=jump("c")), item("b"), item("c")),
    case("next-loop-with-a-counter", item("a", test="const n = (pm.globals.get('n') || 0) + 1; pm.globals.set('n', n); if (n < 5) pm.execution.setNextRequest('a');"), args=("-n", "2")),
    case("next-in-a-callback", item("a", test="setTimeout(() => pm.execution.setNextRequest('c'), 5);"), item("b"), item("c")),
    case("next-outside-of-the-selection", folder("f", item("a", test=jump("z")), item("b")), folder("g", item("z")), args=("--folder", "f")),
    case("next-from-last", item("a", "@BASE@/a"), item("b", "@BASE@/b", test=once("a"))),
    # -- skipRequest
    case("skip", item("a", pre="pm.test('before'); pm.execution.skipRequest(); pm.test('after');", test="pm.test('never');"), item("b")),
    case("skip-from-folder", folder("f", item("a", pre="pm.test('own pre');", test="pm.test('t');"), pre="pm.execution.skipRequest();"), item("b")),
    case("skip-with-next", item("a", pre=jump("c") + "pm.execution.skipRequest();"), item("b"), item("c")),
    case("skip-with-variables", item("a", pre="pm.environment.set('x', 1); pm.execution.skipRequest();"), item("b", "@BASE@/{{x}}")),
    case("skip-in-test-script", item("a", test="pm.execution.skipRequest();"), item("b")),
    case("skip-every-other", item("a"), item("b"), item("c"), pre="if (pm.info.requestName === 'b') pm.execution.skipRequest();", args=("-n", "2")),
    case("skip-with-failing-test", item("a", pre=FAIL + "pm.execution.skipRequest();"), item("b")),
    # -- iterations
    case("iterations", *ABC, args=("-n", "3")),
    case("iterations-of-nothing", args=("-n", "2")),
    case("iterations-of-empty-folders", folder("f"), folder("g", folder("h"))),
    case("iterations-more-than-data", *ABC[:1], data=[{"x": 1}, {"x": 2}], args=("-n", "4"), test="pm.test(String(pm.iterationData.get('x')));"),
    case("iterations-less-than-data", *ABC[:1], data=[{"x": 1}, {"x": 2}, {"x": 3}], args=("-n", "2"), test="pm.test(String(pm.iterationData.get('x')));"),
    # -- folders
    case("folder", folder("f", *ABC[:2]), folder("g", *ABC[2:]), args=("--folder", "g")),
    case("folder-by-id", folder("f", *ABC[:2]), folder("g", *ABC[2:], id=IDS[0]), args=("--folder", IDS[0])),
    case("folder-is-a-request", *ABC, args=("--folder", "b")),
    case("folder-request-by-id", item("a"), item("b", extra={"id": IDS[1]}), args=("--folder", IDS[1])),
    case("folder-unknown", *ABC, args=("--folder", "nope")),
    case("folder-several", folder("f", ABC[0]), folder("g", ABC[1]), folder("h", ABC[2]), args=("--folder", "h", "--folder", "f")),
    case("folder-several-one-unknown", folder("f", ABC[0]), args=("--folder", "f", "--folder", "nope")),
    case("folder-twice", folder("f", ABC[0]), item("z"), args=("--folder", "f", "--folder", "f")),
    case("folder-parent-and-child", folder("f", folder("g", ABC[0]), ABC[1]), args=("--folder", "f", "--folder", "g")),
    case("folder-parent-and-grandchild", folder("f", folder("g", folder("h", ABC[0])), ABC[1]), args=("--folder", "f", "--folder", "h")),
    case("folder-nested", folder("f", folder("g", ABC[0]), ABC[1]), ABC[2], args=("--folder", "g")),
    case("folder-same-name-deeper", folder("x", folder("f", ABC[0])), folder("f", ABC[1]), args=("--folder", "f")),
    case("folder-same-name-twice", folder("f", ABC[0]), folder("f", ABC[1]), args=("--folder", "f")),
    case("folder-request-and-folder-of-one-name", item("f", "@BASE@/request"), folder("f", ABC[1]), args=("--folder", "f")),
    case("folder-requests-of-one-name-several", item("a", "@BASE@/1"), item("a", "@BASE@/2"), item("b"), args=("--folder", "a", "--folder", "b")),
    case("folder-empty", folder("f"), ABC[0], args=("--folder", "f")),
    case("folder-parents-scripts-and-auth", folder("outer", folder("f", item("a", test="pm.test('own');")), pre="pm.test('outer');", auth={"type": "bearer", "bearer": [{"key": "token", "value": "T"}]}), test="pm.test('collection');", args=("--folder", "f")),
    case("folder-collection-name", *ABC, args=("--folder", "folder-collection-name")),
    case("folder-empty-text", *ABC, args=("--folder", "")),
    case("folder-case", folder("F", *ABC), args=("--folder", "f")),
    case("folder-deep-nesting", folder("1", folder("2", folder("3", folder("4", ABC[0], test="pm.test('4');"), test="pm.test('3');"), test="pm.test('2');"), test="pm.test('1');")),
    case("folder-slash-in-name", folder("a/b", ABC[0]), ABC[1], args=("--folder", "a/b")),
    # -- bail
    *(case(f"bail-{how}-{name}", item("a", **bad), item("b", test="pm.test('ok');"), args=args)
      for how, args in (("plain", ("--bail",)), ("failure", ("--bail", "failure")), ("folder", ("--bail", "folder")), ("both", ("--bail", "folder,failure")), ("unknown", ("--bail", "other")))
      for name, bad in (("assertion", {"test": FAIL + "pm.test('after');"}), ("script", {"test": THROW}), ("pre", {"pre": THROW, "test": "pm.test('t');"}), ("request", {"url": "http://127.0.0.1:1/", "test": "pm.test('t');"}))),
    case("bail-later-scripts-of-the-item", item("a", test=[FAIL, "pm.test('second script');"]), item("b"), args=("--bail",)),
    case("bail-in-pre-test", item("a", pre=FAIL, test="pm.test('t');"), item("b"), args=("--bail",)),
    case("bail-second-iteration", item("a", test="pm.test('x', () => pm.expect(pm.info.iteration).to.eql(0));"), args=("--bail", "-n", "4")),
    case("bail-with-unknown-folder", *ABC, args=("--bail", "folder", "--folder", "nope")),
    case("bail-nothing-wrong", *ABC, args=("--bail",)),
    case("bail-with-next", item("a", test=FAIL + jump("c")), item("b"), item("c"), args=("--bail",)),
    case("exit-code-suppressed", item("a", test=FAIL), args=("-x",)),
    case("exit-code-of-status-500", item("a", "@BASE@/respond?status=500")),
    case("exit-code-of-a-skipped-test", item("a", test="pm.test.skip('s');")),
]  # fmt: skip


def test_as_newman(case: Case, compare: Compare) -> None:
    compare(case)
