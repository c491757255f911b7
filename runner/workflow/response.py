"""A response as expressions see it: ``response.status``, ``response.headers['Location']``, ``json.id``."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from runner.expressions import ExpressionError, Lookup
from runner.model.exchange import Exchange, Response
from runner.variables import Scopes
from runner.workflow.extract import body_json, body_text
from runner.workflow.texts import lookup_in


class Headers(Mapping[str, str]):
    """Headers by name, in any case; of several the last."""

    def __init__(self, response: Response) -> None:
        self._response = response

    def __getitem__(self, name: str) -> str:
        value = self._response.header(name)
        if value is None:
            raise KeyError(name)
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(header.key for header in self._response.headers))

    def __len__(self) -> int:
        return len(list(iter(self)))


class ResponseView:
    """The members of ``response``: status, reason, headers, cookies, body (text), size (bytes), time (ms), url."""

    def __init__(self, response: Response, exchange: Exchange) -> None:
        self.status = response.code
        self.reason = response.reason
        self.headers = Headers(response)
        self.cookies = {cookie.name: cookie.value for cookie in response.cookies}
        self.size = len(response.content)
        self.time = math.ceil(exchange.timings.total)
        self.url = response.url
        self._response = response

    @property
    def body(self) -> str:
        return body_text(self._response)


def lookup_of(exchange: Exchange, response: Response, scopes: Scopes) -> Lookup:
    """Finds ``response``, ``json`` (the body, read when asked for) and all variables."""
    variables = lookup_in(scopes, response=ResponseView(response, exchange))
    parsed: list[Any] = []

    def find(name: str) -> Any:
        if name != "json":
            return variables(name)
        if not parsed:
            try:
                parsed.append(body_json(response))
            except ValueError:
                kind = response.header("content-type") or "no Content-Type" if response.content else "it is empty"
                raise ExpressionError(f"the body is no JSON ({kind})") from None
        return parsed[0]

    return find
