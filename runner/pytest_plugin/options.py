"""The options of the plugin: each on the command line and, mostly, in the ini file."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import pytest

#: What ``htrun_collect`` may be: what the command line names, whatever is found, nothing.
COLLECT = ("named", "all", "none")


class Option(NamedTuple):
    """``kind``: of the ini value. A ``path`` in the ini file is relative to that file's folder, one on the command line
    to where pytest was started."""

    name: str
    kind: str
    help: str
    metavar: str | None = None
    ini: bool = True


OPTIONS = (
    Option("environment", "path", "Environment file of the collections.", "PATH"),
    Option("globals", "path", "Globals file of the collections.", "PATH"),
    Option("data", "path", "JSON or CSV file: the collections run once for each row.", "PATH"),
    Option("var", "list", "Set a variable of the collections; repeatable.", "NAME=VALUE"),
    Option("secret", "list", "Like --htrun-var, and the value is hidden in reports; repeatable.", "NAME=VALUE", False),
    Option("capture", "list", "Take a variable from a response: NAME=EXPRESSION @ REQUEST, or auto.", "CAPTURE"),
    Option("simulate", "string", "Run against a built-in simulator: hypertrack.", "NAME"),
    Option("mock", "bool", "Run against the examples that the collections have saved."),
    Option("strict", "bool", "Fail for what a run passes over, e.g. undefined variables; as htrun run --strict."),
    Option("insecure", "bool", "Do not verify TLS certificates."),
    Option("deny-private-addresses", "bool", "Send nothing to loopback, private and link-local addresses."),
    Option("max-response-size", "size", "Fail requests whose response body is larger, e.g. 10MB.", "SIZE"),
    Option("snapshot", "bool", "Keep the shape of each response, and fail when a later one breaks it."),
    Option("update-snapshots", "bool", "Keep the shapes as they are now.", ini=False),
    Option("working-dir", "path", "Where relative file paths in bodies start.", "PATH"),
    Option("timeout", "ms", "Time limit for the run of a collection.", "MS"),
    Option("timeout-request", "ms", "Time without an answer after which a request is given up.", "MS"),
    Option("timeout-script", "ms", "Time limit for each script.", "MS"),
)


def add_options(parser: pytest.Parser) -> None:
    group = parser.getgroup("htrun", "Postman collections (htrun)")
    for option in OPTIONS:
        extra: dict[str, Any] = {"metavar": option.metavar}
        if option.kind == "bool":
            extra = {"action": "store_true"}
        elif option.kind == "list":
            extra |= {"action": "append"}
        group.addoption(f"--htrun-{option.name}", dest=_dest(option), default=None, help=option.help, **extra)
        if option.ini:
            kind: Any = {"list": "linelist", "bool": "bool"}.get(option.kind, "string")
            parser.addini(ini_name(option), option.help, type=kind, default=None)
    parser.addini(
        "htrun_collect",
        "Which collections and workflow files are tests: named (those in files and folders that the command line "
        "names), all, none.",
        default=COLLECT[0],
    )
    parser.addini(
        "htrun_with_deps",
        "If only some requests of a collection are selected, first run the earlier ones whose values they need.",
        type="bool",
        default=True,
    )


def check_options(config: pytest.Config) -> None:
    """Refuses values that make no sense.

    Raises:
        pytest.UsageError: says which.
    """
    mode = config.getini("htrun_collect")
    if mode not in COLLECT:
        raise pytest.UsageError(f"htrun_collect is {' or '.join(COLLECT)}, not {mode!r}")
    _check_truth(config, "htrun_with_deps")
    for option in OPTIONS:
        if option.kind == "bool" and option.ini:
            _check_truth(config, ini_name(option))
        elif option.kind == "ms":
            given = value(config, option.name)
            if given and not str(given).isdecimal():
                raise pytest.UsageError(f"{_said(config, option)} takes milliseconds, not {given!r}")
        elif option.kind == "size":
            size(config, option.name)
        elif option.metavar == "NAME=VALUE":
            _check_assignments(config, option)


def _check_truth(config: pytest.Config, name: str) -> None:
    try:
        config.getini(name)
    except (ValueError, pytest.UsageError) as error:  # which of them depends on the version of pytest
        raise pytest.UsageError(f"{name} is true or false: {error}") from None


def _check_assignments(config: pytest.Config, option: Option) -> None:
    """As ``runner.cli.options.assignments`` does, which starting pytest does not load."""
    written = config.getini(ini_name(option)) if option.ini else None
    for given, said in ((config.getoption(_dest(option)), f"--htrun-{option.name}"), (written, ini_name(option))):
        for text in given or ():
            if text.find("=") < 1:
                shown = "" if option.name == "secret" else f", not {text!r}"
                raise pytest.UsageError(f"{said} takes NAME=VALUE{shown}")


def _said(config: pytest.Config, option: Option) -> str:
    """How the user has said it: on the command line, or in the ini file."""
    return ini_name(option) if config.getoption(_dest(option)) is None else f"--htrun-{option.name}"


def ini_name(option: Option) -> str:
    """``htrun_vars`` for ``--htrun-var``."""
    name = option.name.replace("-", "_")
    return f"htrun_{name}s" if option.kind == "list" else f"htrun_{name}"


def value(config: pytest.Config, name: str) -> Any:
    """What an option is set to: on the command line, else in the ini file; of a list both, the command line last.

    Returns:
        None if it is not set; a path absolute.
    """
    option = next(one for one in OPTIONS if one.name == name)
    given = config.getoption(_dest(option))
    written = config.getini(ini_name(option)) if option.ini else None
    if option.kind == "list":
        return [*(written or ()), *(given or ())]
    if option.kind == "path":
        if given:
            return given if "://" in given else str(config.invocation_params.dir / given)
        folder = config.inipath.parent if config.inipath is not None else config.rootpath
        return written if not written or "://" in written else str(folder / written)
    return written if given is None else given


def size(config: pytest.Config, name: str) -> int | None:
    """An option that is a number of bytes; None if it is not set.

    Raises:
        pytest.UsageError: it is no size.
    """
    given = value(config, name)
    if not given:
        return None
    from runner.cli.sizes import size_of
    from runner.errors import UsageError

    try:
        return size_of(given)
    except UsageError as error:
        option = next(one for one in OPTIONS if one.name == name)
        raise pytest.UsageError(f"{_said(config, option)}: {error}") from None


def named_here(text: str) -> str:
    """A sentence that names options of the command ``htrun``, with those of pytest."""
    names = "|".join(re.escape(option.name) for option in sorted(OPTIONS, key=lambda one: -len(one.name)))
    text = re.sub(rf"(?<![\w-])--({names})(?![\w-])", r"--htrun-\1", text)
    return text.replace("--with-deps", "htrun_with_deps")


def _dest(option: Option) -> str:
    return f"htrun_{option.name.replace('-', '_')}"
