"""``--strict``: what a run passes over in silence becomes a failure.

These are: a variable that nothing defines, a file that was not sent, a 5xx answer that nothing checks, TLS that is not
verified, and a run without any request or any check. An unknown name in setNextRequest is a failure in any run.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator

from runner.engine import events as ev
from runner.engine.needs import credentials
from runner.engine.session import Session
from runner.engine.tally import Tally
from runner.model.collection import Body, Json, Located, RequestSpec
from runner.model.exchange import Exchange
from runner.model.records import replace
from runner.model.result import ErrorInfo, Failure, ItemResult
from runner.parse.url import render_url
from runner.templating import has_blocks, names_in
from runner.transport.bodies import FILE_ERROR, METHODS_WITHOUT_BODY

#: What fails a script without a ``pm.test`` around it.
_THROWS = re.compile(r"\bpm\s*\.\s*expect\b|\bresponse\s*\.\s*to\b|\bthrow\b|\bassert\b")


class Strict:
    """Watches one run. With ``--bail`` it ends at the first failure that is found here, too."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._unresolved: set[str] = set()
        self._signing: set[str] = set()  # names that auths use: they may not be seen in what is sent
        # by the id() of the item: files that were not sent; the same while its request is being sent
        self._unsent: dict[int, list[str]] = {}
        self._sending: dict[int, list[str]] = {}
        self._unverified = False
        self._threw = False  # a script that has no pm.test checked an answer all the same

    def watch(self, stream: Generator[ev.Event, None, None]) -> Generator[ev.Event, None, None]:
        """The events, with more failures in ``ItemFinished``."""
        try:
            for event in stream:
                match event:
                    case ev.RequestStarted(located=located):
                        self._sending[id(located.item)] = self._unsent[id(located.item)] = []
                    case ev.ConsoleLogged(line, located):
                        texts = self._sending.get(id(located.item))
                        if texts is not None:
                            texts += [text for text in line.messages if FILE_ERROR in text]
                    case ev.ExchangeFinished(located=located):
                        self._sending.pop(id(located.item), None)  # what follows is said by scripts
                    case ev.ItemFinished(result):
                        added = tuple(self._failures(result))
                        yield ev.ItemFinished(replace(result, failures=(*result.failures, *added)))
                        if added and self._session.options.bail:
                            return
                        continue
                    case _:
                        pass
                yield event
        finally:
            stream.close()

    def of_run(self, tally: Tally, *, whole: bool) -> Iterator[Failure]:
        """What is wrong with the run as a whole.

        Args:
            whole: it was not ended early.
        """
        name = self._session.collection.name
        for variable, path in self._session.unresolved.items():
            if variable in self._signing - self._unresolved:
                yield _of_run(f'nothing defines the variable "{variable}", which {path} uses')
        if not whole:
            return
        if not tally.items.total:
            yield _of_run(f'no request of "{name}" was run')
        elif tally.assertions.total == tally.skipped_assertions and not self._threw:
            yield _of_run(f'"{name}" was run without a check: it passes whatever the server answers')

    def _failures(self, result: ItemResult) -> Iterator[Failure]:
        for at, sentence in self._sentences(result):
            yield Failure("strict", ErrorInfo("StrictError", sentence), at, result.located, result.cursor)

    def _sentences(self, result: ItemResult) -> Iterator[tuple[str, str]]:
        """What is wrong with an item: where, and a sentence about it."""
        exchange = result.exchange
        self._signing.update(credentials(self._session.inherited(result.located)))
        for name in _unresolved(exchange.request.spec) if exchange is not None else ():
            self._unresolved.add(name)
            yield f'variable "{name}"', f'nothing defines the variable "{name}": it was sent as {{{{{name}}}}}'
        for text in self._unsent.pop(id(result.item), ()):
            yield "body", f"a file was not sent: {text}"
        if exchange is None:
            return
        if _lacks_file(exchange.request.spec):
            yield "body", "a file was not sent: none is chosen for the body"
        throws = self._throws(result.located)
        self._threw = self._threw or throws
        response = exchange.response
        checked = result.failures or throws or any(not one.skipped for one in result.assertions)
        if response is not None and response.code >= 500 and not checked:
            status = f"{response.code} {response.reason}".rstrip()
            yield "answer", f"the server answered {status}, and nothing checks the answer"
        if not self._unverified and self._is_unverified(result.located, exchange):
            self._unverified = True
            sentence = "the certificate of the server was not verified (--insecure, or strictSSL of the request)"
            yield "certificate", sentence

    def _throws(self, located: Located) -> bool:
        """Whether a test script checks by throwing. One that has ``pm.test`` is known by its assertions: what it
        would throw may stand in one that is skipped."""
        sources = (owned.script.source for owned in self._session.inherited(located).test)
        return any("pm.test" not in source and _THROWS.search(source) for source in sources)

    def _is_unverified(self, located: Located, exchange: Exchange) -> bool:
        if not exchange.request.url.lower().startswith("https:"):
            return False
        own = self._session.inherited(located).behavior.get("strictSSL")
        return not (self._session.options.strict_ssl if own is None else own)


def _of_run(sentence: str) -> Failure:
    return Failure("strict", ErrorInfo("StrictError", sentence), "run", None)


def _unresolved(spec: RequestSpec) -> dict[str, None]:
    """The names of templates that were sent as they are, without those of texts that are templates for a server."""
    texts = (tuple(names_in((text,))) for text in _texts(spec) if "{{" in text)
    return dict.fromkeys(name for names in texts if not has_blocks(names) for name in names)


def _texts(spec: RequestSpec) -> Iterator[str]:
    yield render_url(spec.url)
    for header in spec.headers:
        if header.enabled:
            yield header.key
            yield header.value
    if spec.body is not None and spec.body.enabled:
        for value in _values(spec.body):
            if isinstance(value, str):
                yield value


def _values(body: Body) -> Iterator[Json]:
    match body.mode:
        case "urlencoded":
            yield from (value for row in body.urlencoded if row.enabled for value in (row.key, row.value))
        case "formdata":
            yield from (value for part in body.formdata if part.enabled for value in (part.key, part.value, part.src))
        case "graphql" if body.graphql is not None:
            yield from (body.graphql.query, body.graphql.variables)
        case "file":
            yield body.file.src if body.file is not None else None
        case _:
            yield body.raw


def _lacks_file(spec: RequestSpec) -> bool:
    body = spec.body
    if body is None or not body.enabled or body.mode != "file" or spec.method.upper() in METHODS_WITHOUT_BODY:
        return False
    return body.file is None or not (body.file.src or body.file.content)
