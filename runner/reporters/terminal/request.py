"""How one exchange looks on the terminal: a line, or with ``--verbose`` a paragraph."""

from __future__ import annotations

from runner.model.exchange import Content, Exchange, Response, Timings
from runner.reporters.terminal.writer import Writer
from runner.reporters.text import body_text, clean, clean_line, duration, filesize, shorten, wrap
from runner.reporters.wire import content_kind, first_request, request_size, response_size, response_time

#: Bytes of a body that ``--verbose`` shows, as in Newman.
BODY_LIMIT = 2048
_URL_LIMIT = 2000


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
    if request.body:
        mode = request.spec.body.mode if request.spec.body and request.spec.body.mode else "raw"
        title = f"{marks.up} {clean_line(mode)}{star}{filesize(len(request.body))}"
        _show_body(title, request.body, writer)
    kind = star.join(clean_line(part) for part in content_kind(response.header("content-type")))
    if response.content:
        _show_body(f"{marks.down} {kind}{star}{filesize(len(response.content))}", response.content, writer)
    else:
        writer.line(f"  {marks.down} {kind}")
    _show_timings(exchange.timings, writer)


def _show_body(title: str, body: Content, writer: Writer) -> None:
    marks, paint = writer.style.symbols, writer.style.paint
    writer.line(f"  {paint(marks.box_top, 'white')} {title}")
    text = body_text(body, BODY_LIMIT)
    for line in wrap(clean(text), writer.text_width):
        writer.line(f"  {paint(marks.box_side, 'white')} {paint(line, 'grey')}")
    writer.line(f"  {paint(marks.box_bottom, 'white')}")


def _show_timings(timings: Timings, writer: Writer) -> None:
    columns: list[tuple[str, float | None]] = [
        ("dns-lookup", timings.dns),
        ("tcp-handshake", timings.connect),
        ("transfer-start", timings.first_byte),
        ("download", timings.download),
        ("total", timings.total),
    ]
    if timings.tls is not None:
        columns.insert(2, ("ssl-handshake", timings.tls))
    cells = [(name, duration(value) if value is not None else "(cache)") for name, value in columns]
    widths = [max(len(name), len(value)) for name, value in cells]
    paint = writer.style.paint
    writer.line()
    names = (paint(name.ljust(width), "white") for (name, _), width in zip(cells, widths, strict=True))
    values = (paint(value.ljust(width), "grey") for (_, value), width in zip(cells, widths, strict=True))
    writer.line("  " + "   ".join(names).rstrip())
    writer.line("  " + "   ".join(values).rstrip())
    writer.line()


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
