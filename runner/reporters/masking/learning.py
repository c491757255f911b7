"""Finds out what is secret: from what the run is given, and from what happens in it."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from urllib.parse import unquote, unquote_plus, urlsplit

from runner.model.collection import Auth, Collection, Header, Item, Json, RequestSpec, Variable, walk
from runner.model.exchange import Content, Exchange, Request, Response
from runner.model.records import dataclass, field
from runner.model.result import VariableChange
from runner.reporters.masking.names import (
    COOKIE_HEADERS,
    CREDENTIAL_HEADERS,
    auth_param_is_secret,
    header_is_secret,
    looks_secret,
)
from runner.reporters.masking.text import Secrets, split_credentials

#: Bytes of a response in which tokens are looked for.
_LOOK = 65_536
_TOKEN = re.compile(
    rb'"([^"\\]{0,60}(?:secret|token|passw|apikey|api_key|jwt|auth|key|signature)[^"\\]{0,60})"\s*:\s*'
    rb'"((?:[^"\\]|\\.){4,16384})"',
    re.IGNORECASE,
)
_TOKEN_WORDS = (b"secret", b"oken", b"OKEN", b"assw", b"ey", b"jwt", b"auth", b"ignature")
_TEMPLATE = re.compile(r"\{\{\s*([^{}]+?)\s*\}\}")
#: ``pm.environment.set("api_key", "...")`` in a script.
_SETS = re.compile(
    r"""(?:\bset|\bset(?:Environment|Global)Variable)\(\s*(["'`])((?:(?!\1).){1,80})\1\s*,\s*"""
    r"""(["'`])((?:(?!\3)[^\\\n]){4,4096})\3"""
)


@dataclass(slots=True)
class Learner:
    """Tells ``secrets`` what is secret. ``names``: variables whose values are secret whatever they are called."""

    secrets: Secrets
    names: set[str] = field(default_factory=set)

    def variables(self, variables: Iterable[Variable]) -> None:
        """Variables that are there before the run."""
        for variable in variables:
            if variable.type == "secret":
                self.names.add(variable.key)
                self._give(variable.value)
            elif self.is_secret(variable.key):
                self._found(variable.key, variable.value, lasting=True)

    def given(self, name: str, value: Json) -> None:
        """A variable of which the user says that it is secret."""
        self.names.add(name)
        self._give(value)

    def is_secret(self, variable: str) -> bool:
        return variable in self.names or looks_secret(variable)

    def row(self, row: Mapping[str, Json]) -> None:
        """The data of an iteration."""
        for name, value in row.items():
            if self.is_secret(name):
                self._found(name, value)

    def change(self, change: VariableChange) -> None:
        if change.type == "secret":
            self.names.add(change.key)
        if not change.removed and self.is_secret(change.key):
            self._found(change.key, change.value)

    def collection(self, collection: Collection) -> None:
        """What is written into a collection, and the names of the variables that stand for secrets in it."""
        nodes = {id(collection): collection.auth}
        sources = {script.source: None for script in collection.scripts}
        for located in walk(collection):
            for folder in located.parents:
                if id(folder) not in nodes:
                    nodes[id(folder)] = folder.auth
                    sources.update((script.source, None) for script in folder.scripts)
            self._item(located.item)
            sources.update((script.source, None) for script in located.item.scripts)
        for auth in nodes.values():
            self._auth(auth, lasting=True)
        for source in sources:
            if "et" in source:
                for match in _SETS.finditer(source):
                    if self.is_secret(match[2]):
                        self.secrets.find(match[4], match[2], lasting=True)

    def exchange(self, exchange: Exchange) -> None:
        for one in (*exchange.redirects, exchange):
            self._request(one.request)
            if one.response is not None:
                self._response(one.response)

    def _item(self, item: Item) -> None:
        self._spec(item.request, lasting=True)

    def _spec(self, spec: RequestSpec, *, lasting: bool = False) -> None:
        self._auth(spec.auth, lasting=lasting)
        self._headers(spec.headers, lasting=lasting)
        for param in spec.url.query:
            if isinstance(param.key, str) and looks_secret(param.key):
                self._found(param.key, param.value, lasting=lasting)
        if spec.url.auth is not None and spec.url.auth.password:
            self._found("password", spec.url.auth.password, lasting=lasting)

    def _auth(self, auth: Auth | None, *, lasting: bool = False) -> None:
        if auth is None:
            return
        for name, value in auth.params.items():
            if auth_param_is_secret(auth.type, name):
                self._found(name, value, lasting=lasting)

    def _headers(self, headers: Sequence[Header], *, lasting: bool = False) -> None:
        for header in headers:
            name = header.key.lower()
            if name in CREDENTIAL_HEADERS:
                self._credentials(header.value, lasting)
            elif name not in COOKIE_HEADERS and header_is_secret(name):
                self._found(name, header.value, lasting=lasting)

    def _credentials(self, value: str, lasting: bool) -> None:
        scheme, rest = split_credentials(value)
        if scheme.lower() == "basic":
            try:
                _, _, password = base64.b64decode(rest.strip(), validate=True).decode("utf-8").partition(":")
            except (binascii.Error, UnicodeDecodeError):
                password = ""
            self._found("password", password, lasting=lasting)
        self._found("authorization", rest.strip(), lasting=lasting)

    def _request(self, request: Request) -> None:
        self._spec(request.spec)
        self._headers(request.headers)
        if "?" in request.url or "@" in request.url:
            self._url(request.url)

    def _url(self, url: str) -> None:
        for name, value in _query(url):
            if looks_secret(name):
                self._found(name, value)
        _, _, password = url.partition("://")[2].partition("/")[0].rpartition("@")[0].partition(":")
        if password:
            self._found("password", unquote(password))

    def _response(self, response: Response) -> None:
        for header in response.headers:
            name = header.key.lower()
            if name not in COOKIE_HEADERS and header_is_secret(name):
                self._credentials(header.value, False)
            elif name == "location":
                self._url(header.value)
        for cookie in response.cookies:
            if len(cookie.value) >= 8:
                self._found(f"cookie {cookie.name}", cookie.value)
        for name, value in _tokens(response.content):
            self._found(name, value)

    def _give(self, value: Json) -> None:
        for text in _texts(value):
            self.secrets.give(text)

    def _found(self, name: str, value: Json, *, lasting: bool = False) -> None:
        for text in _texts(value):
            if "{{" in text:
                self.names.update(_TEMPLATE.findall(text))
            else:
                self.secrets.find(text, name, lasting=lasting)


def _texts(value: Json) -> Iterator[str]:
    """The texts in a value; long numbers, too, may be secrets."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _texts(inner)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield str(value)


def _query(url: str) -> Iterator[tuple[str, str]]:
    try:
        parts = urlsplit(url)
    except ValueError:
        return
    for pair in (parts.query + "&" + parts.fragment).split("&"):
        name, _, value = pair.partition("=")
        if value:
            yield unquote_plus(name), unquote(value)
            if "+" in value:
                yield unquote_plus(name), unquote_plus(value)


def _tokens(content: Content) -> Iterator[tuple[str, str]]:
    """Members of a JSON text that are called like secrets."""
    head = content[:_LOOK] if content else b""
    if not any(word in head for word in _TOKEN_WORDS):
        return
    for match in _TOKEN.finditer(head):
        name = match[1].decode("utf-8", "replace")
        if name.lower() != "key" and looks_secret(name):
            yield name, _unescaped(match[2])


def _unescaped(raw: bytes) -> str:
    import json

    text = raw.decode("utf-8", "replace")
    try:
        return str(json.loads(f'"{text}"')) if "\\" in text else text
    except ValueError:
        return text
