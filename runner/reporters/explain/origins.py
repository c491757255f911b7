"""Where the variables of a request came from: the scope, and who wrote them there."""

from __future__ import annotations

from collections.abc import Iterator

from runner.model.collection import Auth, Json, RequestSpec
from runner.parse.url import render_url
from runner.reporters.history import History
from runner.templating import names_in

_LONGEST = 100_000  #: characters of a body that are looked at
#: In the order in which they are asked (runner/variables.py), with what people call them.
_SCOPES = {
    "local": "local variable",
    "environment": "environment",
    "collection": "collection variable",
    "globals": "globals",
}


def origin(name: str, history: History) -> str | None:
    """``environment, set by "Users/Create user"``, or None if no scope was seen to have it: it may come from
    the command line or from iteration data, which no event tells."""
    for scope, called in _SCOPES.items():
        change, path = history.written.get((scope, name), (None, ""))
        if change is not None:
            if change.removed:
                continue
            found = f", {change.origin}" if change.origin else ""
            return f'{called}, set by "{path}"{found}'
        if any(variable.key == name and variable.enabled for variable in history.given(scope)):
            return called
    return None


def names(spec: RequestSpec, auth: Auth | None = None) -> tuple[str, ...]:
    """The names in the templates of a request's URL and of its auth, each once."""
    texts = [render_url(spec.url), *(_strings(auth.params) if auth else ())]
    return tuple(dict.fromkeys(name for name in names_in(texts) if not name.startswith("$")))


def unresolved(sent: RequestSpec) -> tuple[str, ...]:
    """The names that were sent as they stand, anywhere in a request."""
    texts = [sent.method, render_url(sent.url), *(text for h in sent.headers for text in (h.key, h.value))]
    if sent.body is not None:
        texts += [(sent.body.raw or "")[:_LONGEST]]
        texts += [text for row in sent.body.urlencoded for text in _strings([row.key, row.value])]
        texts += [text for row in sent.body.formdata for text in _strings([row.key, row.value, row.src])]
        if sent.body.graphql is not None:
            texts += [text[:_LONGEST] for text in _strings([sent.body.graphql.query, sent.body.graphql.variables])]
    if sent.auth is not None:
        texts += _strings(sent.auth.params)
    return tuple(dict.fromkeys(names_in(texts)))


def _strings(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif hasattr(value, "values"):
        for member in value.values():
            yield from _strings(member)
    elif isinstance(value, (list, tuple)):
        for element in value:
            yield from _strings(element)
