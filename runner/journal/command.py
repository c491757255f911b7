"""The command line of a run, kept so that it can be taken up again; what is secret in it is encrypted."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from runner.journal.codec import dumps
from runner.journal.sealing import Sealer
from runner.model.records import dataclass
from runner.reporters.masking import MASK, looks_secret

#: Options whose value is NAME=VALUE.
_ASSIGNMENTS = frozenset({"--var", "--secret", "--env-var", "--global-var"})
_SECRET_OPTIONS = frozenset({"--postman-api-key", "--ssl-client-passphrase"})


@dataclass(frozen=True, slots=True)
class Command:
    """Arguments, and the variables of the process environment. ``missing``: what could not be decrypted, by the name
    of the variable or option; it is left out."""

    arguments: tuple[str, ...]
    variables: Mapping[str, str]
    missing: tuple[str, ...] = ()


def kept(arguments: Sequence[str], variables: Mapping[str, str], sealer: Sealer) -> str:
    """The command as JSON for ``runs.command``.

    Args:
        arguments: of ``htrun run``.
        variables: given as HTRUN_VAR_<name>.
    """
    found: list[Any] = []
    before = ""
    for word in arguments:
        option, equals, value = word.partition("=") if word.startswith("--") else ("", "", word)
        if option and not equals:
            found.append(word)
            before = word
            continue
        written, hidden, name = _split(option or before, value)
        if hidden is None:
            found.append(word)
        else:
            found.append(
                {
                    "before": f"{option}{equals}{written}",
                    "sealed": sealer.seal(hidden),
                    "name": name or option or before,
                }
            )
        before = word if word.startswith("-") and len(word) == 2 else ""
    hidden_variables = {
        name: {"sealed": sealer.seal(value)} if looks_secret(name) else value for name, value in variables.items()
    }
    return dumps({"arguments": found, "variables": hidden_variables})


def _split(option: str, value: str) -> tuple[str, str | None, str]:
    """What of a value is open and what is secret, and the name of the variable."""
    if option in _ASSIGNMENTS:
        name, equals, assigned = value.partition("=")
        if equals and (option == "--secret" or looks_secret(name)):
            return f"{name}=", assigned, name
        if equals and _is_secret_url(assigned):
            return f"{name}=", assigned, name
        return value, None, name
    if option in _SECRET_OPTIONS or (option.startswith("--") and looks_secret(option[2:])):
        return "", value, ""
    return ("", value, "") if _is_secret_url(value) else (value, None, "")


def _is_secret_url(value: str) -> bool:
    """Whether it is an address that may hold a password or token."""
    _, scheme, rest = value.partition("://")
    return bool(scheme) and ("@" in rest or "?" in rest)


def opened(command: str, sealer: Sealer) -> Command:
    """The command, decrypted as far as that is possible."""
    data = json.loads(command)
    missing: list[str] = []
    arguments: list[str] = []
    for word in data["arguments"]:
        if isinstance(word, str):
            arguments.append(word)
            continue
        text = sealer.open(word["sealed"])
        if text is not None:
            arguments.append(word["before"] + text)
            continue
        missing.append(word["name"])
        if "=" not in word["before"].partition("=")[0] and not word["before"].startswith("--") and arguments:
            arguments.pop()  # its option
    variables: dict[str, str] = {}
    for name, value in data["variables"].items():
        text = value if isinstance(value, str) else sealer.open(value["sealed"])
        if text is None:
            missing.append(name)
        else:
            variables[name] = text
    return Command(tuple(arguments), variables, tuple(missing))


def shown(command: str) -> list[str]:
    """The arguments as anybody may see them."""
    return [word if isinstance(word, str) else word["before"] + MASK for word in json.loads(command)["arguments"]]
