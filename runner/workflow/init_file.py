"""Writing what was inferred down as a workflow file, so that later runs infer nothing."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from runner.model.collection import Example, Located, walk
from runner.model.exchange import Response
from runner.model.records import dataclass, field
from runner.workflow.infer import Binding
from runner.workflow.inferring import Inference, Memory
from runner.workflow.items import addresses

_PLAIN = re.compile(r"[A-Za-z_$./][\w$./<>()+-]*(?: [\w$./<>()+-]+)*")
_NO_TEXT = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n", "~"})


@dataclass(slots=True)
class Part:
    """What is written for one request."""

    located: Located
    address: str
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
            deque(inference.found_in(located, response, memory), maxlen=0)  # the inference keeps what it finds
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
    names = [child.name for child in inference.collection.children]
    for (_, folder), found in groupby(_parts(inference), key=lambda part: _top(part.located)):
        parts = list(found)
        outermost = parts[0].located.parents[1:2]
        whole = bool(outermost) and len(parts) == sum(1 for _ in walk(outermost[0]))
        plain = whole and names.count(folder[0]) == 1 and 0 < len(folder[0]) == len(folder[0].strip("/ "))
        lines += _steps(folder, parts, plain)
    return "\n".join(lines) + "\n"


def _top(located: Located) -> tuple[int, tuple[str, ...]]:
    """The outermost folder of a request; two folders may have the same name."""
    return (id(located.parents[1]) if len(located.parents) > 1 else 0), located.folders[:1]


def _parts(inference: Inference) -> list[Part]:
    used = {variable for _, variable in inference.inferred}
    names = addresses(walk(inference.collection))
    parts = {id(located.item): Part(located, names[id(located.item)]) for located in inference.items}
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


def _steps(folder: tuple[str, ...], parts: list[Part], whole: bool) -> Iterator[str]:
    """A folder is one step, unless one of its requests needs a step of its own.

    Args:
        whole: all requests of the folder are here, and its name means nothing else.
    """
    captures = _captures(parts)
    if folder and whole and captures is not None and not any(part.alone for part in parts):
        yield f"  - run: {_scalar(folder[0])}"
        yield from _block("capture", captures)
        return
    for part in parts:
        yield f"  - run: {_scalar(part.address)}"
        yield from _mapping("variables", part.variables, 4)
        if part.path or part.query:
            yield "    overrides:"
            yield from _mapping("path", part.path, 6)
            yield from _mapping("query", part.query, 6)
        yield from _mapping("capture", part.captures, 4)


def _captures(parts: list[Part]) -> list[str] | None:
    """The captures of a folder, one line each; None if the requests have to be told apart by steps."""
    paths = [part.located.path for part in parts]
    givers: dict[str, list[Part]] = {}
    for part in parts:
        for variable in part.captures:
            givers.setdefault(variable, []).append(part)
    lines = []
    for variable, found in givers.items():
        names = {part.located.path for part in found}
        expressions = {part.captures[variable] for part in found}
        path = found[0].located.path
        short = path.partition("/")[2]
        if len(names) > 1 or len(expressions) > 1 or paths.count(path) != len(found):
            return None
        if len(found) > 1:
            short = f"**/{found[0].located.item.name}"
            if "*" in path or sum(one.endswith(short[2:]) for one in paths) != len(found):
                return None
        elif sum(f"/{one}".endswith(f"/{short}") for one in paths) > 1:
            short = path
        lines.append(f"{_scalar(variable)}: {{from: {_quoted(expressions.pop())}, of: {_quoted(short)}}}")
    return lines


def _block(name: str, lines: list[str]) -> Iterator[str]:
    if lines:
        yield f"    {name}:"
        yield from (f"      {line}" for line in lines)


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
