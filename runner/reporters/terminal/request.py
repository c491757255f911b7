"""How one exchange looks on the terminal: a line, or with ``--verbose`` a paragraph."""

from __future__ import annotations

from collections.abc import Sequence

from runner.model.collection import Header
from runner.model.exchange import Content, Exchange, Request, Response, Timings
from runner.reporters.terminal.writer import Writer
from runner.reporters.text import body_text, clean, clean_line, duration, filesize, shorten, wrap
from runner.reporters.wire import content_kind, first_request, request_size, response_size, response_time

#: Bytes of a body that ``--verbose`` shows, as in Newman.
BODY_LIMIT = 2048
_URL_LIMIT = 2000
#: Characters of a header, and headers, that it shows.
_HEADER_LIMIT, _MAX_HEADERS = 1000, 100


def request_line(exchange: Exchange) -> str:
    """``GET http://host/path``: the request as it was made, before redirects."""
    request = first_request(exchange)
    url = shorten(request.url, _URL_LIMIT)
    return f"{clean_line(request.method)} {clean_line(url)}"


def response_line(exchange: Exchange) -> str:
    """``200 OK, 666B, 24ms``, or ``errored``."""
    response = exchange.response
    if response is None:
        return "errored"
    status = clean_line(f"{response.code} {shorten(response.reason, 100)}".rstrip())
    return f"{status}, {filesize(response_size(exchange, response))}, {duration(response_time(exchange))}"


def show_exchange(exchange: Exchange, prefix: str, writer: Writer, verbose: bool) -> None:
    """Prints what was sent and what came back. ``prefix`` is a time stamp or empty."""
    paint = writer.style.paint
    head = f"  {paint(prefix, 'grey')}{paint(request_line(exchange), 'grey')}"
    if exchange.response is None:
        reason = exchange.error.message if exchange.error else "the request could not be sent"
        writer.line(f"{head} {paint('[errored]', 'red')}")
        writer.line(f"     {paint(clean_line(shorten(reason, 1000)), 'red')}")
        if verbose:
            _show_headers(exchange.request.headers, writer.style.symbols.up, writer)
            _show_sent(exchange.request, writer)
    elif verbose:
        writer.line(head)
        _show_details(exchange, exchange.response, writer)
    else:
        writer.line(f"{head} {paint(f'[{response_line(exchange)}]', 'grey')}")


def _show_details(exchange: Exchange, response: Response, writer: Writer) -> None:
    style = writer.style
    paint, marks = style.paint, style.symbols
    request = exchange.request
    star = f" {paint(marks.star, 'grey')} "
    writer.line(
        "  "
        + star.join(
            (
                clean_line(f"{response.code} {response.reason}".rstrip()),
                f"{duration(response_time(exchange))} {paint('time', 'grey')}",
                f"{filesize(request_size(request))}{paint(marks.up, 'grey')} "
                f"{filesize(response_size(exchange, response))}{paint(marks.down, 'grey')} {paint('size', 'grey')}",
                f"{len(request.headers)}{paint(marks.up, 'grey')} "
                f"{len(response.headers)}{paint(marks.down, 'grey')} {paint('headers', 'grey')}",
                f"{len(response.cookies)} {paint('cookies', 'grey')}",
            )
        )
    )
    _show_way(exchange, response, writer)
    _show_headers(request.headers, marks.up, writer)
    _show_headers(response.headers, marks.down, writer)
    _show_sent(request, writer)
    kind = star.join(clean_line(part) for part in content_kind(response.header("content-type")))
    if response.content:
        _show_body(f"{marks.down} {kind}{star}{filesize(len(response.content))}", response.content, writer)
    else:
        writer.line(f"  {marks.down} {kind}")
    _show_timings(exchange.timings, writer)


def _show_way(exchange: Exchange, response: Response, writer: Writer) -> None:
    """Redirects, the connection, and how it was secured: what Newman does not tell."""
    paint, tls = writer.style.paint, exchange.tls
    star = f" {paint(writer.style.symbols.star, 'grey')} "
    for hop in exchange.redirects:
        target = (hop.response.header("location") if hop.response else None) or ""
        writer.line(f"  {paint('redirected:', 'grey')} {response_line(hop)}{star}{clean_line(shorten(target, 1000))}")
    if exchange.address is not None:
        facts = [exchange.address, f"HTTP/{response.http_version}", *((tls.version, tls.cipher) if tls else ())]
        if exchange.timings.connect is None:
            facts.append("connection used again")
        writer.line("  " + star.join(clean_line(fact) for fact in facts))
    if tls is not None:
        told = (("of", tls.subject), ("by", tls.issuer), ("valid until", tls.expires))
        facts = [f"{what} {clean_line(shorten(fact, 200))}" for what, fact in told if fact]
        writer.line(f"  {paint('certificate', 'grey')} {star.join(facts) if facts else 'not verified'}")


def _show_headers(headers: Sequence[Header], mark: str, writer: Writer) -> None:
    paint = writer.style.paint
    for header in headers[:_MAX_HEADERS]:
        value = clean_line(shorten(header.value, _HEADER_LIMIT))
        writer.line(f"  {mark} {paint(f'{clean_line(shorten(header.key, _HEADER_LIMIT))}:', 'grey')} {value}".rstrip())
    if len(headers) > _MAX_HEADERS:
        writer.line(f"  {mark} {paint(f'and {len(headers) - _MAX_HEADERS} more', 'grey')}")


def _show_sent(request: Request, writer: Writer) -> None:
    if request.body:
        marks, paint = writer.style.symbols, writer.style.paint
        mode = request.spec.body.mode if request.spec.body and request.spec.body.mode else "raw"
        title = f"{marks.up} {clean_line(mode)} {paint(marks.star, 'grey')} {filesize(len(request.body))}"
        _show_body(title, request.body, writer)


def _show_body(title: str, body: Content, writer: Writer) -> None:
    marks, paint = writer.style.symbols, writer.style.paint
    writer.line(f"  {paint(marks.box_top, 'white')} {title}")
    text = body_text(body, BODY_LIMIT)
    for line in wrap(clean(text), writer.text_width):
        writer.line(f"  {paint(marks.box_side, 'white')} {paint(line, 'grey')}")
    writer.line(f"  {paint(marks.box_bottom, 'white')}")


def _show_timings(timings: Timings, writer: Writer) -> None:
    columns: list[tuple[str, float | None]] = [
        *_measured(("prepare", timings.prepare), ("wait", timings.wait)),
        ("dns-lookup", timings.dns),
        ("tcp-handshake", timings.connect),
        *_measured(("ssl-handshake", timings.tls)),
        ("transfer-start", timings.first_byte),
        ("download", timings.download),
        *_measured(("process", timings.process)),
        ("total", timings.total),
    ]
    cells = [(name, duration(value) if value is not None else "(cache)") for name, value in columns]
    widths = [max(len(name), len(value)) for name, value in cells]
    paint = writer.style.paint
    writer.line()
    names = (paint(name.ljust(width), "white") for (name, _), width in zip(cells, widths, strict=True))
    values = (paint(value.ljust(width), "grey") for (_, value), width in zip(cells, widths, strict=True))
    writer.line("  " + "   ".join(names).rstrip())
    writer.line("  " + "   ".join(values).rstrip())
    writer.line()


def _measured(*columns: tuple[str, float | None]) -> list[tuple[str, float | None]]:
    return [(name, value) for name, value in columns if value is not None]


def excerpt(exchange: Exchange, limit: int) -> list[str]:
    """Lines that show a failed request: what was sent, what came back, and the start of both bodies.

    ``limit``: bytes of each body.
    """
    lines = [f"{request_line(exchange)} [{response_line(exchange)}]"]
    request, response = exchange.request, exchange.response
    for title, body in (("sent", request.body), ("received", response.content if response else None)):
        text = clean(body_text(body, limit))
        if text.strip():
            lines.append(f"{title}:")
            lines.extend(f"  {line}" for line in wrap(text, None))
    return lines
