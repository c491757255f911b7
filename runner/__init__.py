"""htrun: runs Postman collections from the command line and from Python, without Node.

The Python API (docs/python.md) is what this module exports::

    import runner

    result = runner.run("users.postman_collection.json", variables={"base_url": "http://127.0.0.1:8000"})
    assert result.passed, result.failures
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from runner.api.apps import ASGITransport, WSGITransport
    from runner.api.listeners import reporter
    from runner.api.options import RunOptions
    from runner.api.run import load, load_workflow, run, stream
    from runner.api.transports import make_response
    from runner.engine.events import (
        AssertionChecked,
        ConsoleLogged,
        Event,
        ExchangeFinished,
        InputFinished,
        InputStarted,
        ItemFinished,
        ItemRetried,
        ItemStarted,
        IterationFinished,
        IterationStarted,
        RequestStarted,
        RunFinished,
        RunStarted,
        ScriptFinished,
        ScriptStarted,
        VariableChanged,
    )
    from runner.errors import (
        FetchError,
        HtrunError,
        InputError,
        ScriptEngineError,
        SelectionError,
        SetupError,
        UsageError,
    )
    from runner.model.collection import Collection, Header, Item, Located, VariableSet
    from runner.model.exchange import Exchange, NetworkError, Request, Response
    from runner.model.result import Assertion, Failure, ItemResult, RunResult
    from runner.reporters.interface import Reporter
    from runner.transport.cookies import CookieJar
    from runner.transport.interface import SendOptions, Transport
    from runner.transport.tls import ClientCertificate
    from runner.workflow.bind import BoundWorkflow as Workflow

#: Where each name comes from; nothing is imported before it is asked for.
_NAMES = {
    "runner.api.apps": ("ASGITransport", "WSGITransport"),
    "runner.api.listeners": ("reporter",),
    "runner.api.options": ("RunOptions",),
    "runner.api.run": ("load", "load_workflow", "run", "stream"),
    "runner.api.transports": ("make_response",),
    "runner.engine.events": (
        "AssertionChecked", "ConsoleLogged", "Event", "ExchangeFinished", "InputFinished", "InputStarted",
        "ItemFinished", "ItemRetried", "ItemStarted", "IterationFinished", "IterationStarted", "RequestStarted",
        "RunFinished", "RunStarted", "ScriptFinished", "ScriptStarted", "VariableChanged",
    ),
    "runner.errors": (
        "FetchError", "HtrunError", "InputError", "ScriptEngineError", "SelectionError", "SetupError", "UsageError",
    ),
    "runner.model.collection": ("Collection", "Header", "Item", "Located", "VariableSet"),
    "runner.model.exchange": ("Exchange", "NetworkError", "Request", "Response"),
    "runner.model.result": ("Assertion", "Failure", "ItemResult", "RunResult"),
    "runner.reporters.interface": ("Reporter",),
    "runner.transport.cookies": ("CookieJar",),
    "runner.transport.interface": ("SendOptions", "Transport"),
    "runner.transport.tls": ("ClientCertificate",),
    "runner.workflow.bind": ("Workflow",),
}  # fmt: skip
_MODULES = {name: module for module, names in _NAMES.items() for name in names}
#: What is called otherwise where it comes from.
_OTHERWISE = {"Workflow": "BoundWorkflow"}

__all__ = [
    "ASGITransport",
    "Assertion",
    "AssertionChecked",
    "ClientCertificate",
    "Collection",
    "ConsoleLogged",
    "CookieJar",
    "Event",
    "Exchange",
    "ExchangeFinished",
    "Failure",
    "FetchError",
    "Header",
    "HtrunError",
    "InputError",
    "InputFinished",
    "InputStarted",
    "Item",
    "ItemFinished",
    "ItemResult",
    "ItemRetried",
    "ItemStarted",
    "IterationFinished",
    "IterationStarted",
    "Located",
    "NetworkError",
    "Reporter",
    "Request",
    "RequestStarted",
    "Response",
    "RunFinished",
    "RunOptions",
    "RunResult",
    "RunStarted",
    "ScriptEngineError",
    "ScriptFinished",
    "ScriptStarted",
    "SelectionError",
    "SendOptions",
    "SetupError",
    "Transport",
    "UsageError",
    "VariableChanged",
    "VariableSet",
    "WSGITransport",
    "Workflow",
    "__version__",
    "load",
    "load_workflow",
    "make_response",
    "reporter",
    "run",
    "stream",
]


if not TYPE_CHECKING:  # for type checkers there are the names above and no others

    def __getattr__(name: str) -> Any:
        module = _MODULES.get(name)
        if module is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        value = getattr(import_module(module), _OTHERWISE.get(name, name))
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
