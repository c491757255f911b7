"""Writing what was inferred down as a workflow file, so that later runs infer nothing."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from runner.model.collection import Example, Located
from runner.model.exchange import Response
from runner.model.records import dataclass, field
from runner.workflow.infer import Binding
from runner.workflow.inferring import Inference, Memory

_PLAIN = re.compile(r"[A-Za-z_$./][\w$./<>()+-]*(?: [\w$./<>()+-]+)*")
_NO_TEXT = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n", "~"})


@dataclass(slots=True)
class Part:
    """What is written for one request."""

    located: Located
    captures: dict[str, str] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    path: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)

    @property
    def alone(self) -> bool:
        """Whether it needs a step of its own."""
        return bool(self.variables or self.path or self.query)


def learn_from_examples(inference: Inference) -> tuple[str, ...]:
    """Infers from the saved examples instead of a run. Returns the paths of the requests that would have been asked
    and have no usable example."""
    memory = Memory()
    without: dict[str, None] = {}
    surest = {b.variable: max((o.rank for o in b.origins), default=0) for b in inference.plan.bindings}
    asked = {
        id(origin.call.located.item)
        for binding in inference.plan.bindings
        for origin in binding.origins
        if origin.how != "name" and origin.rank == surest[binding.variable]
    }
    for located in inference.items:
        responses = [_response(example) for example in located.item.examples if 200 <= (example.code or 0) < 300]
        if not responses and id(located.item) in asked:
            without.setdefault(located.path)
        for response in responses[:1]:
            deque(inference.found_in(located, None, response, memory), maxlen=0)  # the inference keeps what it finds
    return tuple(without)


def workflow_text(inference: Inference, *, name: str, collection: str, missing: Sequence[str] = ()) -> str:
    """The workflow file. It runs the whole collection in its order, with the captures written out.

    Args:
        collection: its file, as it is to be named in the workflow file.
        missing: requests whose answers would be needed to say more.
    """
    lines = ["# Written by htrun init. What is captured from which answer was inferred: look it over."]
    lines += [f"name: {_scalar(name)}", f"collection: {_scalar(collection)}", "on_failure: continue"]
    lines += [f"# no saved example: {path}" for path in missing]
    lines += [f"# {line}" for line in _open_needs(inference)]
    lines.append("steps:")
    parts = _parts(inference)
    for folder, found in groupby(parts, key=lambda part: part.located.folders[:1]):
        lines += _steps(folder, list(found))
    return "\n".join(lines) + "\n"


def _parts(inference: Inference) -> list[Part]:
    used = {variable for _, variable in inference.inferred}
    parts = {id(located.item): Part(located) for located in inference.items}
    for (key, variable), one in inference.inferred.items():
        parts[key].captures[variable] = str(one.capture)
    for key, part in parts.items():
        aliases = inference.plan.local.get(key, {})
        part.variables = {name: f"{{{{ {alias} }}}}" for name, alias in aliases.items() if alias in used}
        rewritten = inference.plan.rewritten.get(key)
        if rewritten:
            part.path = _templates(rewritten.path, used)
            part.query = _templates(rewritten.query, used)
    return list(parts.values())


def _templates(places: Mapping[str, str], used: Iterable[str]) -> dict[str, str]:
    return {place: f"{{{{ {variable} }}}}" for place, variable in places.items() if variable in used}


def _steps(folder: tuple[str, ...], parts: list[Part]) -> Iterator[str]:
    """A folder is one step, unless one of its requests needs a step of its own."""
    names = [name for part in parts for name in part.captures]
    paths = [part.located.path for part in parts]
    whole = folder and not any(part.alone for part in parts) and len(set(names)) == len(names)
    if not whole or len(set(paths)) < len(paths):
        for part in parts:
            yield from _step(part.located.path, [part])
        return
    yield from _step(folder[0], parts)


def _step(target: str, parts: list[Part]) -> Iterator[str]:
    first = parts[0]
    yield f"  - run: {_scalar(target)}"
    yield from _mapping("variables", first.variables, 4)
    if first.path or first.query:
        yield "    overrides:"
        yield from _mapping("path", first.path, 6)
        yield from _mapping("query", first.query, 6)
    captures = [(part, variable, expression) for part in parts for variable, expression in part.captures.items()]
    if captures:
        yield "    capture:"
    for part, variable, expression in captures:
        if len(parts) == 1:
            yield f"      {_scalar(variable)}: {_scalar(expression)}"
        else:
            of = part.located.path.partition("/")[2]
            yield f"      {_scalar(variable)}: {{from: {_quoted(expression)}, of: {_quoted(of)}}}"


def _mapping(name: str, members: Mapping[str, str], indent: int) -> Iterator[str]:
    if members:
        yield f"{' ' * indent}{name}:"
        for key, value in members.items():
            yield f"{' ' * indent}  {_scalar(key)}: {_scalar(value)}"


def _open_needs(inference: Inference) -> Iterator[str]:
    """The variables that somebody still has to give, once each."""
    known = {variable for _, variable in inference.inferred}
    for binding in inference.plan.bindings:
        if binding.variable not in known:
            known.add(binding.variable)
            yield f"to be given: {binding.variable}{_candidates(binding)}"


def _candidates(binding: Binding) -> str:
    paths = [call.located.path for call in binding.ambiguous]
    return f" (could come from {' or '.join(paths[:3])})" if paths else ""


def _response(example: Example) -> Response:
    body = (example.body or "").encode()
    return Response(example.code or 0, example.status or "", example.headers, body, "")


def _scalar(text: str) -> str:
    """A text as YAML, quoted where YAML would read it as something else."""
    return text if _PLAIN.fullmatch(text) and text.lower() not in _NO_TEXT else _quoted(text)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
