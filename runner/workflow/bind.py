"""From the names in a workflow file to the requests of its collections."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from runner.errors import InputError, SelectionError
from runner.model.collection import Collection, Folder, Item, Located, Variable, walk
from runner.model.records import dataclass, field, replace
from runner.parse.data import load_data
from runner.parse.nodes import suggestion
from runner.workflow.capture import Capture
from runner.workflow.items import matching
from runner.workflow.load import beside
from runner.workflow.overrides import with_members
from runner.workflow.spec import Step, Workflow, Written

_FORM_MODES = ("urlencoded", "formdata")


@dataclass(frozen=True, slots=True)
class BoundStep:
    """A step with the requests that it runs.

    Attributes:
        items: of a step with ``run``, in order.
        captures: by ``id()`` of the item.
    """

    step: Step
    items: tuple[Located, ...] = ()
    captures: Mapping[int, tuple[Capture, ...]] = field(default_factory=dict)
    steps: tuple[BoundStep, ...] = ()
    branches: tuple[BoundStep, ...] = ()

    def all_items(self) -> Iterator[Located]:
        """Every item that this step or one in it runs."""
        yield from self.items
        for inner in (*self.steps, *self.branches):
            yield from inner.all_items()


@dataclass(frozen=True, slots=True)
class BoundWorkflow:
    """A workflow file and its collections, ready to run."""

    workflow: Workflow
    collection: Collection
    steps: tuple[BoundStep, ...]
    always: tuple[BoundStep, ...]

    def all_items(self) -> Iterator[Located]:
        for step in (*self.steps, *self.always):
            yield from step.all_items()


def bind(workflow: Workflow, read: Callable[[str], Collection]) -> BoundWorkflow:
    """Reads the collections and finds the requests of every step.

    Args:
        read: reads a collection by file, URL or UID.

    Raises:
        InputError: a collection or request is not there, or a name means several; with the line.
    """
    collection = _together(workflow, read)
    places = _Places(collection, workflow.path)
    return BoundWorkflow(
        workflow,
        collection,
        tuple(_bound(step, places) for step in workflow.steps),
        tuple(_bound(step, places) for step in workflow.always),
    )


def chosen(bound: BoundWorkflow, names: Sequence[str]) -> BoundWorkflow:
    """Only the named steps, and those that they need.

    Raises:
        SelectionError: there is no such step.
    """
    if not names:
        return bound
    steps = {one.step.name: one for one in bound.steps}
    wanted: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in steps:
            hint = suggestion(name, steps) or f"; there are: {', '.join(steps)}"
            raise SelectionError(f'there is no step called "{name}" in {bound.workflow.path}{hint}')
        wanted.add(name)
        waiting += [need.text for need in steps[name].step.needs or () if need.text not in wanted]
    kept = tuple(one for one in bound.steps if one.step.name in wanted)
    return replace(bound, steps=kept)


def _together(workflow: Workflow, read: Callable[[str], Collection]) -> Collection:
    """The collection; several become the folders of one, which has the variables of all."""

    def one(written: Written) -> Collection:
        try:
            return read(beside(workflow.path, written.text))
        except InputError as error:
            if error.line is not None or error.path is None:
                raise
            raise InputError(f"the collection {error}", path=workflow.path, line=written.line) from None

    if list(workflow.collections) == [""]:
        return one(workflow.collections[""])
    folders: list[Folder] = []
    variables: dict[str, Variable] = {}
    for name, written in workflow.collections.items():
        part = one(written)
        for row in part.variables:
            other = variables.get(row.key)
            if other and row.enabled and other.value != row.value and row.key not in workflow.variables:
                raise InputError(
                    f'the collections have different values for the variable "{row.key}"; say under "variables" which '
                    f"one counts",
                    path=workflow.path,
                    line=written.line,
                )
            if row.enabled:
                variables[row.key] = row
        folders.append(
            Folder(part.id, name, part.children, part.scripts, part.auth, (), part.description, part.behavior)
        )
    identifier = folders[0].id if len(folders) == 1 else "-".join(folder.id for folder in folders)[:100]
    return Collection(identifier, workflow.name, tuple(folders), variables=tuple(variables.values()))


class _Places:
    """Folders and requests by path."""

    def __init__(self, collection: Collection, path: str) -> None:
        self.path = path
        self.items = tuple(walk(collection))
        self.folders: dict[str, tuple[Located, ...]] = {}
        self.twice: set[str] = set()  #: paths of several folders
        for folder, items in _folders(collection, ()):
            if folder in self.folders:
                self.twice.add(folder)
            self.folders[folder] = items

    def find(self, target: Written) -> tuple[Located, ...]:
        """The requests of a folder or request, by its path, its name if only one has it, its id, or a glob."""
        text = target.text
        if text.strip() == "/":
            return self.items
        wanted = text.strip().strip("/")
        folders = [wanted] if wanted in self.folders else [p for p in self.folders if f"/{p}".endswith(f"/{wanted}")]
        requests = [one for one in self.items if wanted in (one.path, one.item.name, one.item.id) or one.path == text]
        exact = [one for one in requests if one.path in (wanted, text)]
        if folders and not exact and (folders == [wanted] or not requests):
            if len(folders) > 1:
                raise self.error(f'"{text}" means several folders; give the path: {" or ".join(folders[:3])}', target)
            if folders[0] in self.twice:
                raise self.error(f'several folders have the path "{folders[0]}"; name the requests', target)
            return self.folders[folders[0]]
        try:
            return matching(self.items, text, "run")
        except SelectionError as error:
            if requests or "*" in wanted:
                raise self.error(str(error), target) from None
        names = {**{one.item.name: one.path for one in self.items}, **{p.rpartition("/")[2]: p for p in self.folders}}
        paths = {**{one.path: one.path for one in self.items}, **{p: p for p in self.folders}}
        near = suggestion(wanted, paths) or _near_name(wanted, names)
        raise self.error(f'there is no folder or request "{text}" in the collection{near}', target)

    def error(self, message: str, target: Written) -> InputError:
        return InputError(message, path=self.path, line=target.line)


def _near_name(wanted: str, names: Mapping[str, str]) -> str:
    hint = suggestion(wanted.rpartition("/")[2], names)
    return f'; did you mean "{names[hint.split(chr(34))[1]]}"?' if hint else ""


def _folders(folder: Folder, parents: tuple[Folder, ...]) -> Iterator[tuple[str, tuple[Located, ...]]]:
    inside = (*parents, folder)
    for child in folder.children:
        if isinstance(child, Folder):
            path = "/".join(one.name for one in (*inside[1:], child))
            yield path, tuple(walk(child, inside))
            yield from _folders(child, inside)


def _bound(step: Step, places: _Places) -> BoundStep:
    items: list[Located] = []
    for target in step.run:
        found = places.find(target)
        if not found:
            raise places.error(f'the folder "{target.text}" has no requests', target)
        items += found
    if step.poll is not None and len(items) != 1:
        raise places.error(f'"until" belongs to one request, and this step runs {len(items)}', step.poll.until)
    if step.foreach is not None and step.foreach.file is not None and "{{" not in step.foreach.file:
        _check_data(step.foreach.file, Written("", step.foreach.line), places)
    if isinstance(step.overrides.body, (dict, list)):
        for located in items:
            _check_body(located, step, places)
    return BoundStep(
        step,
        tuple(items),
        _captures(step, items, places),
        tuple(_bound(one, places) for one in step.steps),
        tuple(_bound(one, places) for one in step.parallel),
    )


def _captures(step: Step, items: Sequence[Located], places: _Places) -> Mapping[int, tuple[Capture, ...]]:
    found: dict[int, tuple[Capture, ...]] = {}
    for capture, line in step.captures:
        here = Written(capture.items or "", line)
        if capture.items is None and len(items) != 1:
            raise places.error(
                f"the capture of {capture.name} does not say of which of the {len(items)} requests: "
                f'"{capture} @ {items[0].item.name}", for example',
                here,
            )
        try:
            of = matching(items, capture.items, f"the capture of {capture.name}") if capture.items else items
        except SelectionError as error:
            raise places.error(str(error), here) from None
        for located in of:
            found[id(located.item)] = (*found.get(id(located.item), ()), capture)
    return found


def _check_data(file: str, here: Written, places: _Places) -> None:
    """What is wrong with a data file is better said before the first request."""
    try:
        load_data(beside(places.path, file))
    except InputError as error:
        raise places.error(f"the data file {error}", here) from None


def _check_body(located: Located, step: Step, places: _Places) -> None:
    """A mapping is merged into a JSON body or into the fields of a form; a list replaces a JSON body."""
    body = located.item.request.body
    if body is None or not body.mode or isinstance(step.overrides.body, list) or body.mode in _FORM_MODES:
        return
    if body.mode == "raw" and _is_object(located.item):
        return
    raise places.error(
        f"overrides: the body of {located.path} is no JSON object that members could be set in; give it as a text",
        Written("", step.overrides.line),
    )


def _is_object(item: Item) -> bool:
    try:
        with_members(item.request.body.raw if item.request.body else None, {})
    except ValueError:
        return False
    return True
