"""``--capture auto``: running items with the values that answers before them gave."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from urllib.parse import unquote, urlsplit

from runner.engine.draft import Draft
from runner.engine.events import ConsoleLogged, Event, ItemStarted, VariableChanged
from runner.engine.item import run_item
from runner.engine.session import Session
from runner.model.collection import Collection, Located
from runner.model.exchange import Request, Response
from runner.model.records import dataclass, field, replace
from runner.model.result import ConsoleLine, Cursor, ErrorInfo
from runner.parse.url import render_url
from runner.variables import Scopes, to_text
from runner.workflow.capture import Capture
from runner.workflow.capturing import store
from runner.workflow.infer import Binding, Plan, plan
from runner.workflow.infer_explain import explain
from runner.workflow.infer_needs import Need, is_placeholder
from runner.workflow.infer_origins import Origin, by_name, deletes
from runner.workflow.infer_take import Said, Taken, Untaken, readable, take
from runner.workflow.infer_words import is_id, is_token
from runner.workflow.templates import strings

#: Iterations that run side by side, at most; what is known of older ones is dropped.
_REMEMBERED = 256


@dataclass(slots=True)
class Memory:
    """What one iteration knows of its values."""

    ranks: dict[str, int] = field(default_factory=dict)
    #: variable -> request that should have given it and why it did not
    misses: dict[str, list[tuple[str, Untaken]]] = field(default_factory=dict)
    ran: set[int] = field(default_factory=set)
    warned: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Inferred:
    """A capture that was inferred: of which request, and which variable it sets."""

    located: Located
    capture: Capture


class Inference:
    """The plan of a run, and what came of it."""

    def __init__(self, planned: Plan, collection: Collection, items: Sequence[Located]) -> None:
        self.plan = planned
        self.inferred: dict[tuple[int, str], Inferred] = {}
        self.taken_by_scripts: set[str] = set()
        self.collection, self.items = collection, items
        self._origins: dict[int, list[tuple[Binding, Origin]]] = {}
        self._needs: dict[int, list[tuple[Binding, Need]]] = {}
        self._memories: OrderedDict[int, Memory] = OrderedDict()
        self._positions = {id(call.located.item): at for at, call in enumerate(planned.calls)}
        self._named = [
            # A request that was given the value itself only repeats it, unless it is a token: those are renewed.
            (one, frozenset() if is_token(one.needs[0].words) else {id(need.located.item) for need in one.needs})
            for one in planned.bindings
            if one.named_until
        ]
        for binding in planned.bindings:
            for origin in binding.origins:
                self._origins.setdefault(id(origin.call.located.item), []).append((binding, origin))
            for need in binding.needs:
                self._needs.setdefault(id(need.located.item), []).append((binding, need))

    @property
    def variables(self) -> frozenset[str]:
        """Those that may get a value."""
        return frozenset(one.variable for one in self.plan.bindings if one.origins or one.named_until)

    def run_item(self, located: Located, cursor: Cursor, session: Session) -> Generator[Event, None, Draft]:
        """An ``ItemRunner``: gives the item what it needs, runs it, and takes what later ones need."""
        memory = self._memory(cursor)
        key = id(located.item)
        aliases = self.plan.local.get(key, {})
        missing = [
            (binding, need)
            for binding, need in self._needs.get(key, ())
            if (binding.ambiguous and need.name not in self.taken_by_scripts)
            or not has_value(session.scopes, aliases.get(need.name, need.name), need)
            or self._is_old(binding.variable, memory)
        ]
        refused = [(binding, need) for binding, need in missing if need.in_address]
        if refused:
            draft = Draft(located, cursor, session.inherited(located), located.item.request)
            yield ItemStarted(located, cursor)
            for binding, need in refused:
                text = explain(binding, need, memory, self.collection, self.items)
                draft.fail("setup", ErrorInfo("MissingValue", text), "request")
            return draft
        return (yield from self._run(located, cursor, session, aliases, memory))

    def _is_old(self, variable: str, memory: Memory) -> bool:
        """Whether its value was taken in an iteration before, and this one should have given a new one."""
        failed = variable in memory.misses and variable not in memory.ranks and variable not in self.taken_by_scripts
        return failed and any(taken == variable for _, taken in self.inferred)

    def _run(
        self, located: Located, cursor: Cursor, session: Session, aliases: Mapping[str, str], memory: Memory
    ) -> Generator[Event, None, Draft]:
        scopes = session.scopes
        rewritten = self.plan.rewritten.get(id(located.item))
        stream = run_item(located, cursor, session, request=rewritten.located.item.request if rewritten else None)
        yield next(stream)
        before = {name: scopes.local.find(name) for name in aliases}
        for name, variable in aliases.items():
            found = scopes.find(variable)
            if found is not None:
                scopes.local.set(name, found[1])
        draft = yield from self._watched(stream)
        for name, row in before.items():
            if row is None:
                scopes.local.unset(name)
        memory.ran.add(id(located.item))
        yield from self._take(located, draft, scopes, memory)
        return draft

    def _watched(self, stream: Generator[Event, None, Draft]) -> Generator[Event, None, Draft]:
        """The same events; what a script sets is no longer ours to set."""
        while True:
            try:
                event = next(stream)
            except StopIteration as stop:
                draft: Draft = stop.value
                return draft
            if isinstance(event, VariableChanged) and not event.change.removed:
                self.taken_by_scripts.add(event.change.key)
            yield event

    def _take(self, located: Located, draft: Draft, scopes: Scopes, memory: Memory) -> Generator[Event, None, None]:
        exchange = draft.exchange
        if exchange is None or exchange.response is None:
            for binding, origin in self._origins.get(id(located.item), ()):
                if origin.how != "name":
                    miss = Untaken("which was skipped" if draft.skipped else "which got no answer")
                    memory.misses.setdefault(binding.variable, []).append((located.path, miss))
            return
        self._forget_deleted(located, exchange.response, memory)
        for variable, found in self.found_in(located, exchange.response, memory, exchange.request):
            if isinstance(found, Taken):
                place = f"{found.capture} of {located.path} (inferred)"
                yield VariableChanged(replace(store(scopes, variable, found.value), origin=place), located)
            else:
                line = f"{variable} was not inferred from {located.path}, {found.reason}"
                yield ConsoleLogged(ConsoleLine("warn", (line,)), located)

    def _forget_deleted(self, located: Located, response: Response, memory: Memory) -> None:
        """What has been deleted gives way to what is created next; not to a field that has but the name."""
        if 200 <= response.code < 300:
            for binding, need in self._needs.get(id(located.item), ()):
                if deletes(need) and binding.variable in memory.ranks:
                    memory.ranks[binding.variable] = 1

    def found_in(
        self, located: Located, response: Response, memory: Memory, sent: Request | None = None
    ) -> Iterator[tuple[str, Taken | Untaken]]:
        """The variables that an answer gives, and those that it could give in several ways, each of those once."""
        origins = [*self._origins.get(id(located.item), ()), *self._by_name(located, memory)]
        if not origins:
            return
        fields = readable(response)
        path = frozenset(unquote(urlsplit(sent.url).path).split("/")) if sent else frozenset()
        said = Said("\n".join(_texts(located)), path)
        for binding, origin in origins:
            variable = binding.variable
            rank = memory.ranks.get(variable, 0)
            best = origin.rank + (1 if origin.how == "token" else 0)  # if the field has the variable's name
            worse = rank > best or (rank == origin.rank and origin.first_counts) or (rank and origin.how == "name")
            if worse or variable in self.taken_by_scripts:
                continue
            in_url = not any(need.where.startswith("body") for need in binding.needs)
            found = take(origin, variable, response, fields, said, in_url=in_url)
            if isinstance(found, Taken):
                if origin.how == "name" and to_text(found.value) in said.written:
                    continue  # the answer only repeats what the collection says
                sure = origin.rank + (1 if found.exact and origin.how == "token" else 0)
                if sure < rank:
                    continue
                memory.ranks[variable] = sure
                self.inferred.setdefault((id(located.item), variable), Inferred(located, found.capture))
                yield variable, found
            elif origin.how != "name" or found.ambiguous:
                memory.misses.setdefault(variable, []).append((located.path, found))
                if found.ambiguous and variable not in memory.warned:
                    memory.warned.add(variable)
                    yield variable, found

    def _by_name(self, located: Located, memory: Memory) -> Iterator[tuple[Binding, Origin]]:
        """The variables that have no value yet and may get one from any answer that has such a field."""
        at = self._positions.get(id(located.item), 0)
        for binding, users in self._named:
            if at < binding.named_until and binding.variable not in memory.ranks and id(located.item) not in users:
                yield from ((binding, origin) for origin in by_name(binding.variable, at, self.plan.calls[at]))

    def _memory(self, cursor: Cursor) -> Memory:
        if cursor.position == 0:
            self._memories.pop(cursor.iteration, None)
        memory = self._memories.setdefault(cursor.iteration, Memory())
        while len(self._memories) > _REMEMBERED:
            self._memories.popitem(last=False)
        return memory


def _texts(located: Located) -> Iterator[str]:
    """The URL and the body of a request as they are written."""
    request = located.item.request
    yield render_url(request.url)
    if request.body is not None:
        body = request.body
        sent = [*(field.value for field in body.urlencoded), *(field.value for field in body.formdata)]
        yield from strings([body.raw, sent, body.graphql.variables if body.graphql else None])


def has_value(scopes: Scopes, variable: str, need: Need) -> bool:
    """Whether the variable has a value that can be used for the need; an empty id or token is none."""
    return given(scopes.text(variable), is_id(need.words) or is_token(need.words) or not need.where.startswith("body"))


def given(text: str | None, empty_is_none: bool) -> bool:
    """Whether a variable's text counts as a value."""
    if text is None or is_placeholder(text):
        return False
    return not (empty_is_none and text in ("", "null"))


def infer(session: Session, items: Sequence[Located], captured: Iterable[str] = ()) -> Inference:
    """Plans what can be inferred in a run.

    Args:
        captured: variables that written captures set.

    Raises:
        ScriptEngineError: the collection has scripts and V8, which reads them, cannot be started.
    """
    return Inference(plan(items, _is_given(session, items, captured)), session.collection, items)


def _is_given(session: Session, items: Sequence[Located], captured: Iterable[str]) -> Callable[[str, bool], bool]:
    from runner.engine.inherit import inherit

    taken = set(captured) | {name for row in session.options.data for name in row}
    patterns: set[str] = set()  # of names that scripts put together
    if any(inherit(located).prerequest or inherit(located).test for located in items):
        from runner.workflow.dataflow import flow_of

        flow = flow_of(session.collection, items, scopes=session.scopes)
        taken |= {define.name for item in flow.items for define in item.defines}
        patterns = {computed.pattern for item in flow.items for computed in item.computed} - {"*"}
    texts: dict[str, str | None] = {}

    def is_given(name: str, empty_is_none: bool) -> bool:
        if name in taken or any(fnmatchcase(name, pattern) for pattern in patterns):
            return True
        if name not in texts:
            texts[name] = session.scopes.text(name)
        return given(texts[name], empty_is_none)

    return is_given
