"""Reading a workflow file: from YAML to ``Workflow``, with one sentence and the line for whatever is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

from runner.errors import InputError
from runner.model.collection import Json
from runner.model.records import replace
from runner.parse.nodes import Spot, read_yaml
from runner.parse.text import decode
from runner.workflow.checks import read_expect
from runner.workflow.order import ordered
from runner.workflow.parts import (
    read_captures,
    read_expression,
    read_foreach,
    read_overrides,
    read_poll,
    read_retry,
)
from runner.workflow.spec import (
    ON_FAILURE,
    Check,
    OnFailure,
    Step,
    Workflow,
    Written,
)
from runner.workflow.texts import check_templates

TOP = ("name", "description", "collection", "collections", "variables", "secrets", "on_failure", "steps", "always")
STEP = (
    "name", "description", "run", "steps", "parallel", "when", "foreach", "variables", "overrides", "capture",
    "expect", "retry", "until", "every", "timeout", "needs", "on_failure",
)  # fmt: skip
KINDS = ("run", "steps", "parallel")
_OF_REQUESTS = ("overrides", "capture", "expect", "retry", "until")


def load_workflow(path: str) -> Workflow:
    """Reads and checks a workflow file as far as that is possible without its collections.

    Raises:
        InputError: it cannot be read, or something in it is wrong: one sentence, with the line.
    """
    try:
        text = decode(Path(path).read_bytes())
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", path=path) from None
    try:
        return _workflow(read_yaml(text, path, "a workflow"))
    except RecursionError:
        raise InputError("is nested too deeply", path=path) from None


def beside(path: str, name: str) -> str:
    """A file named in a workflow file: relative to it. URLs and what is no file there stay as they are."""
    if "://" in name or Path(name).is_absolute():
        return name
    there = Path(path).parent / name
    return str(there) if there.exists() or not _is_uid(name) else name


def _is_uid(name: str) -> bool:
    """Postman's ids are numbers and hyphens without a suffix."""
    return "." not in name and "/" not in name and "-" in name


def _workflow(spot: Spot) -> Workflow:
    known = [*TOP, *(name for name in spot.members() if name.startswith("x-"))]
    found = spot.fields(known, required=("steps",))
    default = _on_failure(found.get("on_failure"), "stop")
    workflow = Workflow(
        path=spot.path,
        name=found["name"].text() if "name" in found else Path(spot.path).name.partition(".")[0],
        collections=_collections(spot, found),
        steps=_steps(found["steps"], default),
        always=_steps(found["always"], "continue") if "always" in found else (),
        variables=_values(found.get("variables")),
        secrets=tuple(_written(one) for one in found["secrets"].one_or_more()) if "secrets" in found else (),
        lines={name: one.line for name, one in found["variables"].members().items()} if "variables" in found else {},
    )
    if not workflow.steps:
        raise found["steps"].error("steps is empty; a workflow needs at least one")
    return workflow


def _collections(spot: Spot, found: Mapping[str, Spot]) -> Mapping[str, Written]:
    if ("collection" in found) == ("collections" in found):
        what = "has both" if "collection" in found else "lacks"
        raise spot.error(f'a workflow {what} "collection" (one file) {"and" if what == "has both" else "or"} '
                         f'"collections" (name: file)')  # fmt: skip
    if "collection" in found:
        return {"": _written(found["collection"])}
    members = found["collections"].members()
    if not members:
        raise found["collections"].error("collections is empty")
    for name, member in members.items():
        if "/" in name or not name:
            raise member.error(f'the name of a collection cannot be "{name}": paths of requests start with it')
    return {name: _written(member) for name, member in members.items()}


def _steps(spot: Spot, default: OnFailure) -> tuple[Step, ...]:
    steps: list[Step] = []
    taken: dict[str, int] = {}
    for element in spot.elements():
        step = _step(Spot(spot.path, "a step", element.node), default)
        if step.name in taken and "name" in element.members():
            raise element.error(
                f'there are two steps called "{step.name}"; the other one is in line {taken[step.name]}'
            )
        name, count = step.name, 1
        while name in taken:
            count += 1
            name = f"{step.name} ({count})"
        taken[name] = step.line
        steps.append(replace(step, name=name))
    return ordered(tuple(steps), spot.path)


def _step(spot: Spot, default: OnFailure) -> Step:
    found = spot.fields(STEP)
    kinds = [kind for kind in KINDS if kind in found]
    if len(kinds) != 1:
        what = "lacks" if not kinds else "has more than one of"
        raise spot.error(f'a step {what} "run" (folder or request), "steps" (a group) or "parallel" (branches)')
    if kinds != ["run"]:
        for name in _OF_REQUESTS:
            if name in found:
                raise found[name].error(f'"{name}" belongs to a step with "run", not to one with "{kinds[0]}"')
    if "run" in found and not (run := tuple(_written(one) for one in found["run"].one_or_more())):
        raise found["run"].error("run is empty; it names a folder or a request")
    run = tuple(_written(one) for one in found["run"].one_or_more()) if "run" in found else ()
    on_failure = _on_failure(found.get("on_failure"), default)
    return Step(
        name=found["name"].text() if "name" in found else _default_name(run, kinds[0], spot.line),
        line=spot.line,
        title=found["name"].text() if "name" in found else None,
        run=run,
        steps=_steps(found["steps"], default) if "steps" in found else (),
        parallel=_branches(found["parallel"], default) if "parallel" in found else (),
        when=read_expression(found.get("when")),
        variables=_values(found.get("variables")),
        overrides=read_overrides(found.get("overrides")),
        captures=read_captures(found.get("capture")),
        checks=_checks(found.get("expect")),
        retry=read_retry(found.get("retry")),
        poll=read_poll(found),
        foreach=read_foreach(found.get("foreach")),
        needs=tuple(_written(one) for one in found["needs"].one_or_more()) if "needs" in found else None,
        on_failure=on_failure,
    )


def _default_name(run: Sequence[Written], kind: str, line: int) -> str:
    return ", ".join(one.text for one in run) if run else f"{kind} in line {line}"


def _branches(spot: Spot, default: OnFailure) -> tuple[Step, ...]:
    """Branches are steps; a list of steps is a branch too, and so is a named one (``name: [steps]``)."""
    branches: list[Step] = []
    if spot.is_mapping:
        named = [(name, Spot(spot.path, "a branch", member.node)) for name, member in spot.members().items()]
    else:
        named = [("", Spot(spot.path, "a branch", element.node)) for element in spot.elements()]
    for number, (name, branch) in enumerate(named, 1):
        if branch.is_list:
            steps = _steps(branch, default)
            branches.append(Step(name=name or f"branch {number}", line=branch.line, steps=steps, on_failure=default))
            continue
        step = _step(branch, default)
        if step.needs:
            raise branch.error("a branch cannot need another one: they run side by side")
        branches.append(step if not name else Step(name=name, line=branch.line, steps=(step,), on_failure=default))
    if not branches:
        raise spot.error("parallel is empty; it is a list of steps, or of lists of steps")
    return tuple(branches)


def _written(spot: Spot) -> Written:
    return Written(spot.text(), spot.line)


def _on_failure(spot: Spot | None, default: OnFailure) -> OnFailure:
    return cast(OnFailure, spot.choice(ON_FAILURE)) if spot is not None else default


def _values(spot: Spot | None) -> Mapping[str, Json]:
    if spot is None:
        return {}
    check_templates(spot)
    return {name: member.plain() for name, member in spot.members().items()}


def _checks(spot: Spot | None) -> tuple[Check, ...]:
    return read_expect(spot) if spot is not None else ()
