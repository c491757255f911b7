"""The stream of events without secrets: it is changed once, between the engine and everybody who listens.

What holds no secret stays the same object. What is repeated within an item (exchanges, failures, ...) and what items
share (folders, scripts) stays one object, so that listeners may go by identity and equality as before.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar, overload

from runner.engine import events as ev
from runner.model.collection import (
    Auth,
    Collection,
    Folder,
    FormParam,
    Header,
    Item,
    Json,
    Located,
    Param,
    RequestSpec,
    Script,
    UrlAuth,
    Variable,
)
from runner.model.exchange import Cookie, Exchange, Request, Response, Timings
from runner.model.records import replace
from runner.model.result import Assertion, ConsoleLine, Cursor, Failure, RunResult, VariableChange
from runner.reporters.masking.content import MaskedContent, mask_bytes
from runner.reporters.masking.learning import Learner
from runner.reporters.masking.names import COOKIE_HEADERS, auth_param_is_secret, header_is_secret, looks_secret
from runner.reporters.masking.text import MASK, Secrets, is_value, split_credentials

_Record = TypeVar("_Record")

#: Items that are remembered besides those of the collection: they are made as the run goes.
_MAX_MADE = 5_000
#: Rows of data whose secrets are looked for in the collection.
_FIRST_ROWS = 20
#: Events that wait for the end of a script.
_MAX_HELD = 10_000

_COOKIE = re.compile(r"([^=;]+)=([^;]*)")
_SETTING = re.compile(
    r"""(?:\bset|\bset(?:Environment|Global)Variable)\(\s*(?:(["'`])((?:(?!\1).)*)\1|([^\s"'`)]))""", re.DOTALL
)


class Masker:
    """Takes the events of a run and gives them on without secrets.

    It learns as it goes. What a script says before it stores a value under a secret name is secret too, so that the
    events of scripts that may do so are held back until they end.

    Args:
        secret: variables of which the user says that they are secret.
        variables: all others that are there before the run, besides those that ``RunStarted`` tells of.
        data: the rows of the iterations.
    """

    def __init__(
        self,
        secret: Mapping[str, Json] | None = None,
        variables: Iterable[Variable] = (),
        data: Sequence[Mapping[str, Json]] = (),
    ) -> None:
        self.secrets = Secrets()
        self._learner = Learner(self.secrets)
        for name, value in (secret or {}).items():
            self._learner.given(name, value)
        self._given, self._data = tuple(variables), data
        self._collection: dict[int, tuple[object, Any]] = {}
        self._made: dict[int, tuple[object, Any]] | None = None  # None until the collection is known
        self._of_item: dict[int, tuple[object, Any, int]] = {}
        self._sets: dict[str, bool] = {}
        self._held: list[ev.Event] = []
        self._scripts = self._items = 0
        self._rules: dict[type, Callable[[Any], Any]] = {
            str: self.secrets.text,
            tuple: self._tuple,
            list: self._json,
            dict: self._json,
            Cursor: _same,
            Timings: _same,
            Located: self._shared(self._fields),
            Item: self._shared(self._item),
            Folder: self._shared(self._folder),
            Collection: self._shared(self._folder),
            Script: self._shared(self._script),
            Variable: self._variable,
            Header: self._header,
            Param: self._param,
            FormParam: self._param,
            UrlAuth: self._url_auth,
            Auth: self._auth,
            Cookie: self._cookie,
            RequestSpec: self._repeated(self._fields, again=True),
            Exchange: self._repeated(self._fields, again=True),
            Request: self._request,
            Response: self._response,
            Failure: self._repeated(self._fields),
            Assertion: self._repeated(self._fields),
            ConsoleLine: self._repeated(self._fields),
            VariableChange: self._repeated(self._change),
            RunResult: self._run_result,
        }

    def take(self, event: ev.Event) -> Sequence[ev.Event]:
        """The events that may be told now: mostly the one that is given, without secrets."""
        self._learn(event)
        holding = self._holds(event)
        if holding and len(self._held) < _MAX_HELD:
            self._held.append(event)
            return ()
        if not self._held:
            return (self._masked(event),)
        waiting, self._held = [*self._held, event], []
        return [self._masked(one) for one in waiting]

    # -- learning

    def _learn(self, event: ev.Event) -> None:
        match event:
            case ev.RunStarted():
                learner = self._learner
                for row in self._data[:_FIRST_ROWS]:
                    learner.row(row)
                # Twice: what the collection signs with names the variables whose values are secret.
                for _ in range(2):
                    for variables in (
                        self._given,
                        event.collection.variables,
                        event.environment.values,
                        event.globals.values,
                    ):
                        learner.variables(variables)
                    learner.collection(event.collection)
            case ev.IterationStarted():
                if self._data:
                    self._learner.row(self._data[min(event.cursor.iteration, len(self._data) - 1)])
            case ev.ExchangeFinished():
                self._learner.exchange(event.exchange)
            case ev.VariableChanged():
                self._learner.change(event.change)
            case _:
                pass

    def _holds(self, event: ev.Event) -> bool:
        """Whether a script runs that may store a secret."""
        match event:
            case ev.ScriptStarted():
                if self._scripts or self._may_set_secret(event.script.source):
                    self._scripts += 1
            case ev.ScriptFinished():
                self._scripts = max(0, self._scripts - 1)
            case ev.IterationStarted() | ev.IterationFinished() | ev.RunFinished():
                self._scripts = 0
            case _:
                pass
        return self._scripts > 0

    def _may_set_secret(self, source: str) -> bool:
        known = self._sets.get(source)
        if known is None:
            found = (match[3] or match[2] for match in _SETTING.finditer(source))
            known = self._sets[source] = any(self._learner.is_secret(name) for name in found)
        return known

    # -- masking

    def _masked(self, event: ev.Event) -> ev.Event:
        match event:
            case ev.ItemStarted():
                self._items += 1
            case ev.IterationStarted():
                self._items = 0
                self._of_item.clear()
            case _:
                pass
        masked: ev.Event = self._fields(event)
        if self._made is None:
            self._made = {}
        if isinstance(event, ev.ItemFinished):
            self._items -= 1
            if self._items <= 0:
                self._of_item.clear()
        return masked

    def _any(self, value: Any) -> Any:
        kind = value.__class__
        rule = self._rules.get(kind)
        if rule is not None:
            return rule(value)
        if hasattr(kind, "__match_args__"):
            return self._fields(value)
        return self._json(value) if isinstance(value, (Mapping, list)) else value

    def _fields(self, record: Any) -> Any:
        changes = {}
        for name in record.__match_args__:
            value = getattr(record, name)
            if value:
                masked = self._any(value)
                if masked is not value:
                    changes[name] = masked
        return replace(record, **changes) if changes else record

    def _tuple(self, values: tuple[Any, ...]) -> tuple[Any, ...]:
        masked = tuple(map(self._any, values))
        return values if all(map(_is, masked, values)) else masked

    def _shared(self, rule: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def shared(value: Any) -> Any:
            made = self._made
            found = self._collection.get(id(value)) or (made.get(id(value)) if made is not None else None)
            if found is None:
                if made is not None and len(made) >= _MAX_MADE:
                    made.clear()
                masked = rule(value)
                if masked is value and value.__class__ is Script:  # it is quickly looked at again
                    return value
                # The object is kept beside what was made of it: while it lives, no other can have its id().
                found = value, masked
                (self._collection if self._made is None else self._made)[id(value)] = found
            return found[1]

        return shared

    def _repeated(self, rule: Callable[[Any], Any], *, again: bool = False) -> Callable[[Any], Any]:
        """Args: again: whether it is masked anew if more is known to be secret by now. Listeners compare failures."""

        def repeated(value: Any) -> Any:
            found = self._of_item.get(id(value))
            if found is None or (again and found[2] != self.secrets.version):
                masked = rule(value)
                found = self._of_item[id(value)] = value, masked, self.secrets.version
            return found[1]

        return repeated

    # -- rules

    def _item(self, item: Item) -> Item:
        return _changed(
            item,
            name=self.secrets.code(item.name),
            request=self._any(item.request),
            scripts=self._tuple(item.scripts),
            examples=item.examples if item.examples.__class__ is tuple else _Lazily(item.examples, self._any),
            description=item.description and self.secrets.code(item.description),
        )

    def _folder(self, folder: Folder) -> Folder:
        return _changed(
            folder,
            name=self.secrets.code(folder.name),
            children=self._tuple(folder.children),
            scripts=self._tuple(folder.scripts),
            auth=folder.auth and self._auth(folder.auth),
            variables=self._tuple(folder.variables),
            description=folder.description and self.secrets.code(folder.description),
        )

    def _script(self, script: Script) -> Script:
        return _changed(script, source=self.secrets.code(script.source))

    def _variable(self, variable: Variable) -> Variable:
        secret = variable.type == "secret" or self._learner.is_secret(variable.key)
        return _changed(variable, value=self._hidden(variable.value) if secret else self._any(variable.value))

    def _change(self, change: VariableChange) -> VariableChange:
        if change.type == "secret" or self._learner.is_secret(change.key):
            return _changed(change, value=self._hidden(change.value), before=self._hidden(change.before))
        masked: VariableChange = self._fields(change)
        return masked

    def _header(self, header: Header) -> Header:
        name = header.key.lower()
        if not header_is_secret(name):
            return _changed(header, value=self.secrets.text(header.value))
        if not is_value(header.value):
            return header
        if name in COOKIE_HEADERS:
            return _changed(header, value=_masked_cookies(header.value, all_of_them=name == "cookie"))
        scheme, _ = split_credentials(header.value)
        return _changed(header, value=f"{scheme} {MASK}" if scheme else MASK)

    def _param(self, param: Any) -> Any:
        if param.key and param.key != "key" and looks_secret(param.key):
            return _changed(param, value=self._hidden(param.value))
        return self._fields(param)

    def _url_auth(self, auth: UrlAuth) -> UrlAuth:
        return _changed(auth, password=self._hidden(auth.password))

    def _auth(self, auth: Auth) -> Auth:
        params = {
            name: self._hidden(value) if auth_param_is_secret(auth.type, name) else self._any(value)
            for name, value in auth.params.items()
        }
        return auth if params == auth.params else Auth(auth.type, params)

    def _cookie(self, cookie: Cookie) -> Cookie:
        return _changed(cookie, value=self._hidden(cookie.value))

    def _request(self, request: Request) -> Request:
        return _changed(
            request,
            url=self.secrets.text(request.url),
            headers=self._tuple(request.headers),
            body=mask_bytes(request.body, self.secrets) if request.body else request.body,
            spec=self._any(request.spec),
        )

    def _response(self, response: Response) -> Response:
        return _changed(
            response,
            reason=self.secrets.text(response.reason),
            headers=self._tuple(response.headers),
            content=MaskedContent(response.content, self.secrets) if response.content else response.content,
            url=self.secrets.text(response.url),
            cookies=self._tuple(response.cookies),
        )

    def _run_result(self, result: RunResult) -> RunResult:
        return _changed(
            result,
            failures=self._tuple(result.failures),
            error=result.error and self.secrets.text(result.error),
            environment=result.environment and self._fields(result.environment),
            globals=result.globals and self._fields(result.globals),
            collection_variables=result.collection_variables and self._fields(result.collection_variables),
        )

    def _json(self, value: Json, name: str = "") -> Json:
        """Any JSON value; a member with a secret name is hidden."""
        if isinstance(value, str):
            return self._hidden(value) if name and name != "key" and looks_secret(name) else self.secrets.text(value)
        if isinstance(value, Mapping):
            members = {key: self._json(inner, key) for key, inner in value.items()}
            return value if all(map(_is, members.values(), value.values())) else members
        if isinstance(value, list):
            items = [self._json(inner, name) for inner in value]
            return value if all(map(_is, items, value)) else items
        return value

    def _hidden(self, value: Json) -> Json:
        """What is shown of a value with a secret name. Its type stays, if that can be."""
        if isinstance(value, str):
            return MASK if is_value(value) else value
        if isinstance(value, Mapping):
            return {key: self._hidden(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._hidden(inner) for inner in value]
        return MASK if isinstance(value, (int, float)) and not isinstance(value, bool) else value


class _Lazily(Sequence[Any]):
    """Saved answers, which are parsed only if somebody looks at them; they are masked then."""

    def __init__(self, values: Sequence[Any], rule: Callable[[Any], Any]) -> None:
        self._values, self._rule = values, rule

    def __len__(self) -> int:
        return len(self._values)

    @overload
    def __getitem__(self, index: int) -> Any: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Any]: ...

    def __getitem__(self, index: int | slice) -> Any:
        found = self._values[index]
        return tuple(map(self._rule, found)) if isinstance(index, slice) else self._rule(found)


def _same(value: Any) -> Any:
    return value


def _is(one: object, other: object) -> bool:
    return one is other


def _changed(record: _Record, **values: Any) -> _Record:
    changes = {name: value for name, value in values.items() if value is not getattr(record, name)}
    changed: Any = record
    return replace(changed, **changes) if changes else record


def _masked_cookies(value: str, *, all_of_them: bool) -> str:
    """``name=value`` pairs without the values; of ``Set-Cookie`` only the first is a cookie."""
    return _COOKIE.sub(
        lambda match: f"{match[1]}={MASK}" if match[2] else match[0], value, count=0 if all_of_them else 1
    )
