"""Why an item failed, as lines of text: what reports print below a failure."""

from __future__ import annotations

from collections.abc import Iterator

from runner.engine.inherit import inherit
from runner.model.collection import Collection, Located
from runner.model.exchange import Exchange, Response
from runner.model.records import dataclass
from runner.model.result import Failure, ItemResult
from runner.parse.url import render_url
from runner.reporters.curl import curl_command
from runner.reporters.explain.difference import compared, difference
from runner.reporters.explain.guide import meaning
from runner.reporters.explain.network import explained
from runner.reporters.explain.origins import names, origin, unresolved
from runner.reporters.explain.script_line import script_line
from runner.reporters.explain.value import Searchable
from runner.reporters.history import History
from runner.reporters.terminal.request import excerpt, request_line, response_line
from runner.reporters.text import body_text, clean, clean_line, shorten

#: Bytes of each body that are shown.
EXCERPT_LIMIT = 1024
_LINE = 200  #: characters of a line
_MAX_NAMES = 20
#: Statuses that have to do with who asks.
_ABOUT_AUTH = (401, 403, 407)
#: What a script did to a response says more than the response when the script itself broke.
_CHECKS = ("assertion", "capture")


@dataclass(slots=True)
class Explainer:
    """Explains the failures of one run. Every line is safe to print and has no line feed."""

    history: History  #: of the run
    curl: bool = False  #: add the ``curl`` command of each failed request
    _last: tuple[ItemResult, list[str]] | None = None  # each failure of an item may ask for the same

    def failure(self, failure: Failure) -> list[str]:
        """What is known of one failure beside its message: the line of the script, the difference."""
        lines = []
        place = script_line(failure)
        if place is not None:
            lines += [f"at {place.place}:", f"  {place.text.strip()}"]
        return self._safe([*lines, *difference(failure.error)])

    def item(self, result: ItemResult) -> list[str]:
        """What was sent and what came back, for all failures of an item."""
        exchange = result.exchange
        if exchange is None:
            return []
        if self._last is None or self._last[0] is not result:
            lines = [
                f"{request_line(exchange)} [{response_line(exchange)}]",
                *(explained(exchange.error) if exchange.error is not None else ()),
                *self.background(result.located, exchange),
                *self._bodies(result, exchange),
                *self._command(exchange),
            ]
            self._last = result, lines
        return self._last[1]

    def background(self, located: Located, exchange: Exchange) -> list[str]:
        """Where the values in a request come from, who asked, and what its answer means for this API."""
        return self._safe([*self._sources(located, exchange), *_told(located, exchange.response)])

    def exchange(self, exchange: Exchange) -> list[str]:
        """The same for a request that a script sent."""
        told = explained(exchange.error) if exchange.error is not None else ()
        return [*excerpt(exchange, EXCERPT_LIMIT), *told, *self._command(exchange)]

    def _sources(self, located: Located, exchange: Exchange) -> Iterator[str]:
        written, code = located.item.request, exchange.response.code if exchange.response else 0
        inherited = inherit(located)
        auth = inherited.auth if code in _ABOUT_AUTH else None
        missing = unresolved(exchange.request.spec)
        used = [name for name in names(written, auth) if name not in missing]
        if used and "{{" in render_url(written.url):
            yield f"written as {render_url(written.url)}"
        for name in used[:_MAX_NAMES]:
            yield f"  {{{{{name}}}}}: {origin(name, self.history) or 'given to the run'}"
        for name in missing[:_MAX_NAMES]:
            yield f"  {{{{{name}}}}}: no value, sent as it stands"
        if code in _ABOUT_AUTH:
            if auth is None or auth.type == "noauth":
                yield "auth: none"
            else:
                yield f"auth: {auth.type}, {_owner(located, inherited.auth_owner)}"

    def _bodies(self, result: ItemResult, exchange: Exchange) -> list[str]:
        response = exchange.response
        if response is not None:
            body = Searchable(response.content)
            for failure in result.failures:
                found = _around(failure, body) if failure.kind in _CHECKS else []
                if found:
                    sent = body_text(exchange.request.body, EXCERPT_LIMIT).split("\n") if exchange.request.body else []
                    lines = ["sent:", *(f"  {line}" for line in sent)] if sent else []
                    return self._safe([*lines, "received, around the value:", *(f"  {line}" for line in found)])
        return excerpt(exchange, EXCERPT_LIMIT)[1:]

    def _command(self, exchange: Exchange) -> list[str]:
        if not self.curl:
            return []
        command = curl_command(exchange.request)
        return ["to try it again:", *(f"  {line}" for line in clean(command).split("\n"))]

    def _safe(self, lines: list[str]) -> list[str]:
        if not lines:
            return []
        return [clean_line(shorten(line, _LINE)) for line in clean("\n".join(lines)).split("\n")]


def _around(failure: Failure, body: Searchable) -> list[str]:
    values = compared(failure.error)
    if values is None:
        return []
    place = script_line(failure)
    return body.around(values[1], place.text if place else "")


def _told(located: Located, response: Response | None) -> Iterator[str]:
    told = meaning(response.code, located) if response is not None and response.code >= 300 else None
    if response is not None and told is not None:
        yield f"{response.code} means here: {told}"


def _owner(located: Located, owner: str) -> str:
    """Where an auth stands. ``owner``: id of its folder, empty if it is the item's own."""
    folder = next((folder for folder in located.parents if owner and folder.id == owner), None)
    if folder is None:
        return "of the request itself"
    return (
        "inherited from the collection" if isinstance(folder, Collection) else f'inherited from folder "{folder.name}"'
    )
