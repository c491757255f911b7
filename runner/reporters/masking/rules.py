"""What becomes of each kind of thing in an event: the rules by which secrets are taken out of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import is_
from typing import Any

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
from runner.reporters.masking.named import MASK, is_value
from runner.reporters.masking.names import COOKIE_HEADERS, auth_param_is_secret, header_is_secret, looks_secret
from runner.reporters.masking.parts import Lazily, changed, hidden, is_sent_whole, without_cookies
from runner.reporters.masking.text import Secrets, split_credentials

#: Items that are remembered besides those of the collection: they are made as the run goes.
_MAX_MADE = 5_000
#: Types of values that hold no text.
_NO_TEXT = frozenset({int, float, bool, Cursor, Timings})


class Rules:
    """Takes what ``secrets`` knows out of events.

    What holds no secret stays the same object; so does what is made of an object that is shared or repeated.

    Args:
        is_secret: whether the values of the variable of that name are secret.
    """

    def __init__(self, secrets: Secrets, is_secret: Callable[[str], bool]) -> None:
        self.secrets, self._is_secret = secrets, is_secret
        self._collection: dict[int, tuple[object, Any]] = {}
        self._made: dict[int, tuple[object, Any]] | None = None  # None until the collection is known
        self._of_item: dict[int, tuple[object, Any, int]] = {}
        self._items = 0
        self._rules: dict[type, Callable[[Any], Any]] = {
            str: self.secrets.text,
            tuple: self._tuple,
            list: self._json,
            dict: self._json,
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
            RequestSpec: self._spec,
            Exchange: self._repeated(self._fields, again=True),
            Request: self._request,
            Response: self._response,
            Failure: self._repeated(self._fields),
            Assertion: self._repeated(self._fields),
            ConsoleLine: self._repeated(self._fields),
            VariableChange: self._repeated(self._change),
            RunResult: self._run_result,
        }

    def masked(self, event: ev.Event) -> ev.Event:
        """The event without secrets."""
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
        changes = None
        for name in record.__match_args__:
            value = getattr(record, name)
            # Most fields are empty, numbers or short texts.
            if value and value.__class__ not in _NO_TEXT:
                masked = self._any(value)
                if masked is not value:
                    changes = changes or {}
                    changes[name] = masked
        return replace(record, **changes) if changes else record

    def _tuple(self, values: tuple[Any, ...]) -> tuple[Any, ...]:
        masked = [self._any(value) for value in values]
        for one, other in zip(masked, values, strict=True):
            if one is not other:
                return tuple(masked)
        return values

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

    def _spec(self, spec: RequestSpec) -> RequestSpec:
        found = self._collection.get(id(spec))
        if found is None:
            masked: RequestSpec = self._fields(spec)
            if self._made is not None:
                return masked
            found = self._collection[id(spec)] = spec, masked
        return found[1]

    def _item(self, item: Item) -> Item:
        return changed(
            item,
            name=self.secrets.code(item.name),
            request=self._any(item.request),
            scripts=self._tuple(item.scripts),
            examples=item.examples if item.examples.__class__ is tuple else Lazily(item.examples, self._any),
            description=item.description and self.secrets.code(item.description),
        )

    def _folder(self, folder: Folder) -> Folder:
        return changed(
            folder,
            name=self.secrets.code(folder.name),
            children=self._tuple(folder.children),
            scripts=self._tuple(folder.scripts),
            auth=folder.auth and self._auth(folder.auth),
            variables=self._tuple(folder.variables),
            description=folder.description and self.secrets.code(folder.description),
        )

    def _script(self, script: Script) -> Script:
        return changed(script, source=self.secrets.code(script.source))

    def _variable(self, variable: Variable) -> Variable:
        secret = variable.type == "secret" or self._is_secret(variable.key)
        return changed(variable, value=hidden(variable.value) if secret else self._any(variable.value))

    def _change(self, change: VariableChange) -> VariableChange:
        if change.type == "secret" or self._is_secret(change.key):
            return changed(change, value=hidden(change.value), before=hidden(change.before))
        masked: VariableChange = self._fields(change)
        return masked

    def _header(self, header: Header) -> Header:
        if not header_is_secret(header.key):
            value = self.secrets.text(header.value)
            return header if value is header.value else replace(header, value=value)
        name = header.key.lower()
        if not is_value(header.value):
            return header
        if name in COOKIE_HEADERS:
            return changed(header, value=without_cookies(header.value, all_of_them=name == "cookie"))
        scheme, _ = split_credentials(header.value)
        return changed(header, value=f"{scheme} {MASK}" if scheme else MASK)

    def _param(self, param: Any) -> Any:
        if isinstance(param.key, str) and param.key != "key" and looks_secret(param.key):
            return changed(param, value=hidden(param.value))
        return self._fields(param)

    def _url_auth(self, auth: UrlAuth) -> UrlAuth:
        return changed(auth, user=self._any(auth.user), password=hidden(auth.password))

    def _auth(self, auth: Auth) -> Auth:
        params = {
            name: hidden(value) if auth_param_is_secret(auth.type, name) else self._any(value)
            for name, value in auth.params.items()
        }
        return auth if params == auth.params else Auth(auth.type, params)

    def _cookie(self, cookie: Cookie) -> Cookie:
        return changed(cookie, value=hidden(cookie.value))

    def _request(self, request: Request) -> Request:
        url, headers = self.secrets.text(request.url), self._tuple(request.headers)
        body = mask_bytes(request.body, self.secrets) if request.body else request.body
        same = url is request.url and headers is request.headers and body is request.body
        if same and is_sent_whole(request.spec):
            return request
        return changed(request, url=url, headers=headers, body=body, spec=self._any(request.spec))

    def _response(self, response: Response) -> Response:
        return changed(
            response,
            reason=self.secrets.text(response.reason),
            headers=self._tuple(response.headers),
            content=MaskedContent(response.content, self.secrets) if response.content else response.content,
            url=self.secrets.text(response.url),
            cookies=self._tuple(response.cookies),
        )

    def _run_result(self, result: RunResult) -> RunResult:
        return changed(
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
            return hidden(value) if name and name != "key" and looks_secret(name) else self.secrets.text(value)
        if isinstance(value, Mapping):
            members = {key: self._json(inner, key) for key, inner in value.items()}
            return value if all(map(is_, members.values(), value.values())) else members
        if isinstance(value, list):
            items = [self._json(inner, name) for inner in value]
            return value if all(map(is_, items, value)) else items
        return value
