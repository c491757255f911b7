"""Changing a request before it is sent: a part at a time, or all of it in an editor."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from runner.model.collection import RequestSpec
from runner.walk.asking import Asker, choose
from runner.walk.screen import Screen
from runner.walk.written import (
    EditError,
    body_text,
    header_lines,
    parsed_request,
    request_text,
    url_text,
    with_body,
    with_header,
    with_member,
    with_method,
    with_url,
)

_CHOICES: Mapping[str, str] = {
    "d": "done",
    "m": "method",
    "u": "URL",
    "h": "headers",
    "b": "body",
    "x": "everything in your editor",
    "z": "as it was",
}


def edited(
    spec: RequestSpec,
    original: RequestSpec,
    asker: Asker,
    screen: Screen,
    *,
    hide: Callable[[str], str],
    long: bool,
) -> RequestSpec:
    """The request as the person wants it.

    Args:
        spec: as it is now.
        original: as the collection has it.
        hide: takes secrets out of a text.
        long: explain the choices at once.
    """

    def show(one: RequestSpec) -> None:
        screen.code(hide(request_text(one).rstrip("\n")), "")

    parts: dict[str, Callable[[RequestSpec], RequestSpec]] = {
        "m": lambda one: with_method(one, asker.text("Method: ", one.method) or one.method),
        "u": lambda one: with_url(one, asker.text("URL: ", url_text(one.url)) or url_text(one.url)),
        "h": lambda one: _headers(one, asker, screen),
        "b": lambda one: _body(one, asker, screen),
        "x": in_editor,
        "z": lambda one: original,
    }
    show(spec)
    while True:
        key = choose(asker, screen, "Change what?", _CHOICES, long=long)
        long = False
        if key == "d":
            return spec
        try:
            changed = parts[key](spec)
        except EditError as error:
            screen.line(f"Not changed: {error}.", "yellow")
            continue
        if changed != spec:
            spec = changed
            show(spec)


def in_editor(spec: RequestSpec, environ: Mapping[str, str] = os.environ) -> RequestSpec:
    """Lets the person change the whole text in ``$VISUAL`` or ``$EDITOR``.

    Raises:
        EditError: there is no editor, it failed, or what it left is no request.
    """
    command = environ.get("VISUAL") or environ.get("EDITOR") or ("notepad" if os.name == "nt" else "vi")
    handle, name = tempfile.mkstemp(suffix=".http", text=True)  # nobody else can read it
    path = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(request_text(spec))
        try:
            done = subprocess.run([*shlex.split(command), name], check=False)
        except (OSError, ValueError) as error:
            raise EditError(f"the editor {command} cannot be started ({error}); set EDITOR to another one") from None
        if done.returncode:
            raise EditError(f"the editor {command} ended with {done.returncode}")
        text = path.read_text("utf-8", "replace")
    finally:
        path.unlink(missing_ok=True)
    return parsed_request(text, spec)


def _headers(spec: RequestSpec, asker: Asker, screen: Screen) -> RequestSpec:
    screen.line("Write Name: value to set a header, Name: to remove it, Enter when done.", "dim")
    while True:
        screen.lines(header_lines(spec) or ["(no headers of its own)"])
        line = asker.text("Header: ")
        if not line.strip():
            return spec
        try:
            spec = with_header(spec, line)
        except EditError as error:
            screen.line(f"Not changed: {error}.", "yellow")


def _body(spec: RequestSpec, asker: Asker, screen: Screen) -> RequestSpec:
    if body_text(spec.body):
        screen.line("Write name=value to set one member, or a whole new body and a line with a dot.", "dim")
    else:
        screen.line("Write the body, and a line with a dot at its end.", "dim")
    first = asker.text("Body: ")
    if not first.strip():
        return spec
    changed = with_member(spec, first)
    if changed is not None:
        return changed
    lines = [first]
    while first.strip() != ".":
        line = asker.text("... ")
        if line.strip() == ".":
            return with_body(spec, "\n".join(lines))
        lines.append(line)
    return with_body(spec, "")
