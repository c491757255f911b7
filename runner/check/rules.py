"""The table of all rules. Each has a section in docs/rules.md; a code is never used again for something else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

from runner.check import requests, scripts, secrets, structure, variables
from runner.check.model import Finding, Rule
from runner.check.subject import Subject

Family: TypeAlias = Callable[[Subject], Iterator[Finding]]

RULES: tuple[Rule, ...] = (
    Rule("HT001", "unreadable-file", "error", "The file is no collection that can be run."),
    Rule("HT101", "unset-variable", "warning", "Nothing sets a variable that a request uses."),
    Rule("HT102", "misspelt-variable", "error", "Nothing sets a variable, and another one has nearly its name."),
    Rule("HT103", "used-before-set", "warning", "Only a later request sets a variable."),
    Rule("HT104", "empty-variable", "note", "A variable that a request uses is declared without a value."),
    Rule(
        "HT105", "wrong-scope", "warning", "A script reads a variable from a scope that does not have it; another has."
    ),
    Rule("HT106", "unknown-dynamic-variable", "error", "There is no dynamic variable of that name."),
    Rule("HT107", "folder-variable", "warning", "A folder declares variables, which a run does not look at."),
    Rule("HT201", "syntax-error", "error", "A script is no JavaScript."),
    Rule("HT202", "unknown-call", "error", "A script calls something that Postman's API does not have."),
    Rule("HT203", "unknown-member", "warning", "A script reads something that Postman's API does not have."),
    Rule("HT204", "unknown-next-request", "error", "setNextRequest names no request of the collection."),
    Rule("HT205", "deprecated-api", "note", "A script uses the old API.", fixable=True),
    Rule("HT206", "unfinished-assertion", "error", "An assertion does not check anything."),
    Rule("HT207", "no-response-yet", "error", "A prerequest script uses the response."),
    Rule("HT208", "lost-variable", "warning", "A script changes the list of a scope, which a run does not keep."),
    Rule("HT301", "missing-file", "warning", "A file that a request sends is not there."),
    Rule("HT302", "missing-certificate", "warning", "A client certificate, key or authority is not there."),
    Rule("HT303", "unsigned-auth", "warning", "The auth of a request cannot sign it."),
    Rule("HT304", "no-url", "error", "A request has no URL."),
    Rule("HT401", "duplicate-name", "note", "Requests of one folder have the same name."),
    Rule("HT402", "ambiguous-next-request", "warning", "setNextRequest names several requests; the last one runs."),
    Rule("HT403", "duplicate-id", "warning", "Two requests or folders have the same id."),
    Rule("HT404", "no-check", "note", "Nothing checks the answer to a request."),
    Rule("HT405", "unreachable-request", "warning", "No run of the whole collection gets to a request."),
    Rule("HT501", "hard-coded-secret", "warning", "A secret is written into the collection."),
)

BY_CODE: Mapping[str, Rule] = {rule.code: rule for rule in RULES}

FAMILIES: tuple[Family, ...] = (
    variables.check,
    scripts.check,
    requests.check,
    structure.check,
    secrets.check,
)
