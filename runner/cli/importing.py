"""``htrun import``: other tools' files as a collection."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from runner.cli.command import PATH, Command
from runner.cli.saying import print_json, say
from runner.errors import UsageError
from runner.export import write_json
from runner.importing.build import Imported, Members
from runner.importing.detect import import_text
from runner.parse.remote import is_url, read_location
from runner.parse.text import decode
from runner.transport.fetch import fetcher
from runner.transport.requests_transport import RequestsTransport, TransportSettings


@click.command("import", cls=Command)
@click.argument("source", type=PATH)
@click.option("-o", "--output", type=PATH, metavar="FILE", help="The collection file; otherwise it is printed.")
@click.option("--force", is_flag=True, help="Replace the file if it exists.")
def command(source: str, output: str | None, force: bool) -> None:
    """Make a collection of an .http file, cURL commands, a HAR recording or an OpenAPI 3 description.

    SOURCE is a file, a URL, `-` for the standard input, or a curl command in quotes.
    """
    if output and Path(output).is_file() and not force:
        raise UsageError(f"{output} exists; choose another name with -o, or replace it with --force")
    imported = import_text(*_text(source))
    for note in imported.notes:
        say(f"htrun: warning: {note}")
    if output is None:
        print_json(json.dumps(imported.collection, indent=2, ensure_ascii=False))
        return
    path = write_json("collection", output, imported.collection)
    say(f"htrun: {_counted(imported)} written to {path}")


def _text(source: str) -> tuple[str, str | None]:
    """The text to import, and the name of where it is from."""
    if source == "-":
        return decode(sys.stdin.buffer.read()), None
    if source.startswith("curl ") and not Path(source).exists():
        return source, None
    if not is_url(source):
        return decode(read_location("data", source)), source
    transport = RequestsTransport(TransportSettings())
    try:
        return decode(read_location("data", source, get=fetcher(transport, strict_ssl=True))), source
    finally:
        transport.close()


def _counted(imported: Imported) -> str:
    requests = list(_requests(imported.collection["item"]))
    examples = sum(len(item["response"]) for item in requests)
    counts = [f"{len(requests)} request{'s' if len(requests) != 1 else ''}"]
    if examples:
        counts.append(f"{examples} saved example{'s' if examples != 1 else ''}")
    return f"{' and '.join(counts)} from {imported.format}"


def _requests(items: list[Members]) -> Iterator[Members]:
    for item in items:
        if "item" in item:
            yield from _requests(item["item"])
        else:
            yield item
