"""Options from configuration files: ``.htrunrc`` or, where there is none, Newman's ``.newmanrc``.

Read are, each over the next: the file in the current directory, the one of the user (``~/.htrunrc``,
else ``~/.postman/newmanrc``), and ``/etc/postman/newmanrc``. A file is a JSON object whose keys are the
long names of options in camelCase, at the top or under ``"run"`` (newman, lib/config/rc-file.js); those of
``htrun check`` stand under ``"check"``. The command line wins over all of them, and, unlike in Newman, no option's
default does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from runner.cli.options import ReporterArguments
from runner.errors import UsageError
from runner.model.collection import Json
from runner.model.records import dataclass, field
from runner.parse.text import read_json
from runner.variables import to_text

SYSTEM_FILE = Path("/etc/postman/newmanrc")

#: Keys for the options of one command; all others are those of ``htrun run``.
_SECTIONS = frozenset({"run", "check"})
_ASSIGNMENTS = frozenset({"var", "env_var", "global_var", "secret"})
_LISTS = frozenset({"reporters", "bail"})  # on the command line they are separated by commas
_BAIL_MODES = {True: "failure", False: ""}
_COLORS = {True: "on", False: "off"}


@dataclass(frozen=True, slots=True)
class Config:
    """What the files say.

    Attributes:
        defaults: values by parameter name, for click's ``default_map``.
        reporter: options of single reporters, ``{"json": {"export": ...}}``, in snake_case.
        reporter_options: options for all reporters.
    """

    defaults: Mapping[str, Any] = field(default_factory=dict)
    reporter: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    reporter_options: Mapping[str, Any] = field(default_factory=dict)

    def under(self, arguments: ReporterArguments, reporters: Sequence[str]) -> ReporterArguments:
        """The reporters' options of the command line, with these where it says nothing."""
        specific = {
            name: {**self.reporter.get(name, {}), **self.reporter_options, **arguments.specific.get(name, {})}
            for name in reporters
        }
        return ReporterArguments(specific, dict(arguments.generic))


def load_config(
    command: click.Command,
    *,
    folder: Path | None = None,
    home: Path | None = None,
    system: Path = SYSTEM_FILE,
    section: str = "run",
) -> Config:
    """Reads the configuration files for a command.

    Args:
        command: whose options the files may set.
        folder: the current directory, by default.
        home: the user's, by default.
        section: the key under which the files may keep the options of this command.

    Raises:
        InputError: a file is not JSON.
        UsageError: a key is no option, or its value does not fit.
    """
    keys = _keys(command)
    defaults: dict[str, Any] = {}
    reporter: dict[str, dict[str, Any]] = {}
    reporter_options: dict[str, Any] = {}
    for path in _files(folder, home, system):
        for key, value in _content(path, section, keys).items():
            where = f'{path}: "{key}"'
            if key == "reporter":
                for name, options in _mapping(value, where).items():
                    reporter.setdefault(name, {}).update(_options(options, f'{path}: "reporter.{name}"'))
            elif key == "reporterOptions":
                reporter_options.update(_options(value, where))
            elif key not in keys:
                raise UsageError(f"{path}: there is no option {key!r}{_hint(key, keys)}")
            else:
                parameter, negated = keys[key]
                if value is not None:  # null leaves the option as it is
                    defaults[parameter.name or key] = _value(parameter, value, negated, where)
    return Config(defaults, reporter, reporter_options)


def _home() -> Path | None:
    try:
        return Path.home()
    except RuntimeError:
        return None


def config_places(
    folder: Path | None = None, home: Path | None = None, system: Path = SYSTEM_FILE
) -> Iterator[Sequence[Path]]:
    """Where configuration files may be, the farthest first. Of those that belong together the first one counts."""
    yield [system]
    home = home or _home()
    if home is not None:
        yield [home / ".htrunrc", home / ".postman" / "newmanrc"]
    folder = folder or Path.cwd()
    yield [folder / ".htrunrc", folder / ".newmanrc"]


def _files(folder: Path | None, home: Path | None, system: Path) -> Iterator[Path]:
    """The files that are there, the farthest first."""
    for names in config_places(folder, home, system):
        yield from [path for path in names if path.is_file()][:1]


def _content(path: Path, section: str, keys: Mapping[str, object]) -> Mapping[str, Json]:
    """What a file says for a command. What it says for runs, other commands take where they have the same option."""
    data = _mapping(read_json(str(path)), str(path))
    run = _mapping(data["run"], f'{path}: "run"') if "run" in data else data
    own = {key: value for key, value in run.items() if run is not data or key not in _SECTIONS}
    if section == "run":
        return own
    more = _mapping(data.get(section, {}), f'{path}: "{section}"')
    return {**{key: value for key, value in own.items() if key in keys}, **more}


def _keys(command: click.Command) -> dict[str, tuple[click.Parameter, bool]]:
    """Key to parameter; ``--no-x`` may also be said as ``"x": false``."""
    keys: dict[str, tuple[click.Parameter, bool]] = {}
    for parameter in command.params:
        if isinstance(parameter, click.Argument):
            keys[parameter.name or ""] = parameter, False
        for option in parameter.opts if isinstance(parameter, click.Option) else ():
            if option.startswith("--"):
                keys[_camel(option)] = parameter, False
            if option.startswith("--no-"):
                keys[_camel(option.replace("no-", "", 1))] = parameter, True
        for option in parameter.secondary_opts if isinstance(parameter, click.Option) else ():
            keys[_camel(option)] = parameter, True
    return keys


def _camel(option: str) -> str:
    first, *rest = option.lstrip("-").split("-")
    return first + "".join(word.capitalize() for word in rest)


def _value(parameter: click.Parameter, value: Json, negated: bool, where: str) -> Any:
    """A value as click wants it."""
    name = parameter.name or ""
    if isinstance(parameter, click.Option) and parameter.is_flag:
        if not isinstance(value, bool):
            raise UsageError(f"{where} is true or false, not {_shown(value)}")
        return value != negated
    if name in _ASSIGNMENTS:
        return list(_assignments(value, where))
    if parameter.multiple or parameter.nargs == -1:
        return [_scalar(item, where) for item in (value if isinstance(value, list) else [value])]
    if name == "bail" and isinstance(value, (bool, Mapping)):
        value = _BAIL_MODES[value] if isinstance(value, bool) else [mode for mode, on in value.items() if on]
    if name == "color" and isinstance(value, bool):
        value = _COLORS[value]
    if name in _LISTS and isinstance(value, list):
        value = ",".join(_scalar(item, where) for item in value)
    return _converted(parameter, _scalar(value, where), where)


def _converted(parameter: click.Parameter, text: str, where: str) -> Any:
    try:
        return parameter.type.convert(text, parameter, None)
    except click.BadParameter as error:
        raise UsageError(f"{where}: {error.message.rstrip('.')}") from None


def _scalar(value: Json, where: str) -> str:
    if isinstance(value, (str, int, float)) and not isinstance(value, bool):
        return to_text(value)
    raise UsageError(f"{where} is not what the option takes on the command line: {_shown(value)}")


def _assignments(value: Json, where: str) -> Iterator[str]:
    """``NAME=VALUE``, ``{"key": ..., "value": ...}`` (Newman's), or one object of names and values."""
    if isinstance(value, Mapping):
        value = [{"key": key, "value": item} for key, item in value.items()]
    for row in value if isinstance(value, list) else [value]:
        if isinstance(row, Mapping) and isinstance(row.get("key"), str) and not isinstance(row.get("value"), dict):
            yield f"{row['key']}={to_text(row.get('value', ''))}"
        elif isinstance(row, str):
            yield row
        else:
            raise UsageError(f'{where} is a list of "NAME=VALUE", not {_shown(row)}')


def _options(value: Json, where: str) -> dict[str, Any]:
    """A reporter's options, ``showTimestamps`` as ``show_timestamps``."""
    return {
        "".join(f"_{char.lower()}" if char.isupper() else char for char in key).replace("-", "_"): item
        for key, item in _mapping(value, where).items()
    }


def _mapping(value: Json, where: str) -> Mapping[str, Json]:
    if not isinstance(value, Mapping):
        raise UsageError(f"{where} is an object of options, not {_shown(value)}")
    return value


def _hint(key: str, keys: Mapping[str, object]) -> str:
    import difflib

    folded: Callable[[str], str] = str.lower
    known = {folded(name): name for name in keys}
    near = difflib.get_close_matches(folded(_camel(key)), known, n=1, cutoff=0.75)
    return f"; did you mean {known[near[0]]!r}?" if near else ""


def _shown(value: Json) -> str:
    kinds = {dict: "an object", list: "a list", type(None): "null"}
    return kinds.get(type(value)) or (repr(value) if isinstance(value, str) else to_text(value))
