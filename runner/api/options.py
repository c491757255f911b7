"""What a run can be told from Python, and what that means for the engine."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypedDict

from runner.engine.events import Event
from runner.engine.session import RunOptions as EngineOptions
from runner.errors import HtrunError, UsageError
from runner.model.collection import Json, Located, VariableSet
from runner.model.exchange import Exchange, Request, Response
from runner.model.result import ItemResult
from runner.opening.asked import Asked, Selection
from runner.transport.cookies import CookieJar
from runner.transport.interface import Transport

if TYPE_CHECKING:
    from runner.auth.interface import Scheme
    from runner.reporters.interface import Reporter
    from runner.transport.tls import ClientCertificate

Path: TypeAlias = "str | os.PathLike[str]"
Variables: TypeAlias = "Path | VariableSet | Mapping[str, Json]"
#: Milliseconds, or a ``datetime.timedelta``.
Duration: TypeAlias = "float | timedelta"
BeforeRequest: TypeAlias = Callable[[Request, Located], "Request | None"]
AfterResponse: TypeAlias = Callable[[Exchange, Located], None]
Check: TypeAlias = Callable[[ItemResult], "str | bool | None"]
#: Signs a request with the parameters of its auth, and returns it with other headers or another query.
Sign: TypeAlias = Callable[[Request, Mapping[str, Any]], Request]
Listener: TypeAlias = Callable[[Event], object]
Answer: TypeAlias = Callable[[Request], Response]

#: ``--secret key=...``, and what stands beside it for the command alone
_ASSIGNMENT = re.compile(r"(?<![\w-])--(var|secret) ([^\s=]+)=\.\.\.(?: or HTRUN_[A-Z]+_[^\s=]+=\.\.\.)?")
_OPTION = re.compile(r"(?<![\w-])--([a-z][a-z-]*[a-z])(?![\w-])")


class RunOptions(TypedDict, total=False):
    """The options of ``runner.run`` and ``runner.stream``. Times are milliseconds or a ``datetime.timedelta``.

    Variables:
        environment, globals: a file or URL, a ``VariableSet``, or names and values.
        variables: set in the collection scope, and they win over the environment (``--var``). Any JSON value.
        secrets: like ``variables``, and reporters hide their values.
        environment_variables, global_variables: set in these scopes.
        data: a file or URL, or rows: one for each iteration.
    What runs:
        iterations: how often; otherwise once for each row of data.
        folder: names or ids of folders and requests, of a workflow file names of steps.
        select, exclude: paths, names, globs or ``#tags`` (docs/selection.md).
        with_deps: also the earlier requests whose values those need.
        capture: values to take from responses, ``name=expression @ request``, or ``auto`` (docs/captures.md).
        parallel: iterations that may run side by side.
        bail: stop at the first failure; ``"error"``: only at errors of scripts and of the network.
        strict: fail for what a run passes over (undefined variables, 5xx that nothing checks, ...).
        delay_request: pause before each request. timeout, timeout_request, timeout_script: limits.
        max_response_size: bytes of a body beyond which a request fails.
        snapshot: keep the shape of each response, and fail when a later one breaks it (docs/snapshots.md): in a file
            beside the collection, or in the one that is named. update_snapshots: keep the shapes as they are now.
    Where requests go:
        simulate: run against this built-in simulator. mock: against the collection's saved examples.
        transport: sends the requests: an object like ``Transport``, or a callable from ``Request`` to ``Response``.
        cookies: a jar to start with, which is changed by the run, or its file.
        follow_redirects, insecure (verify no TLS certificate), client_certificates, extra_ca_certs.
        deny_private_addresses: send nothing to loopback, private and link-local addresses.
        working_dir: where file names in bodies start. insecure_file_read: True: anywhere; False: only there;
            None: there and in the folder of the collection.
        postman_api_key: to get collections and environments by UID.
    Hooks:
        before_request: gets each request as it would be sent, signed, and may return another one.
        after_response: gets each exchange, before its test scripts run.
        checks: get the result of each item that has a response; by name, or just callables.
        auth: further auth types: by name a callable or an object like ``runner.auth.Scheme``.
    Who is told:
        on: callables that get every event, as it is.
        reporters: names, objects like ``Reporter``, or callables; they get events without secrets.
        show_secrets: with them.
    """

    environment: Variables | None
    globals: Variables | None
    variables: Mapping[str, Json]
    secrets: Mapping[str, Json]
    environment_variables: Mapping[str, Json]
    global_variables: Mapping[str, Json]
    data: Path | Iterable[Mapping[str, Json]] | None
    iterations: int | None
    folder: str | Sequence[str]
    select: str | Sequence[str]
    exclude: str | Sequence[str]
    with_deps: bool
    capture: str | Sequence[str]
    parallel: int
    bail: bool | Literal["error"]
    strict: bool
    delay_request: Duration
    timeout: Duration | None
    timeout_request: Duration | None
    timeout_script: Duration | None
    simulate: str | None
    mock: bool
    transport: Transport | Answer | None
    cookies: Path | CookieJar | None
    max_response_size: int | None
    snapshot: bool | Path
    update_snapshots: bool
    deny_private_addresses: bool
    follow_redirects: bool
    insecure: bool
    client_certificates: Sequence[ClientCertificate]
    extra_ca_certs: Path | None
    working_dir: Path | None
    insecure_file_read: bool | None
    postman_api_key: str | None
    before_request: BeforeRequest | Sequence[BeforeRequest]
    after_response: AfterResponse | Sequence[AfterResponse]
    checks: Check | Sequence[Check] | Mapping[str, Check]
    auth: Mapping[str, Sign | Scheme]
    on: Listener | Sequence[Listener]
    reporters: Sequence[str | Reporter | Listener]
    show_secrets: bool


def require_known(options: Mapping[str, Any], caller: str) -> None:
    """Raises TypeError, as Python does for an unknown keyword."""
    for name in options:
        if name not in RunOptions.__annotations__:
            import difflib

            near = difflib.get_close_matches(name, RunOptions.__annotations__, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise TypeError(f"{caller}() got an unexpected keyword argument {name!r}{hint}")


@contextmanager
def python_names() -> Iterator[None]:
    """Errors name the options of the command; those that leave this block have the names of Python."""
    try:
        yield
    except HtrunError as error:
        error.args = (in_python(str(error)), *error.args[1:])
        raise


def in_python(text: str) -> str:
    """A sentence that names options of the command ``htrun``, with those of ``RunOptions``."""
    text = _ASSIGNMENT.sub(lambda found: f'{found[1]}s={{"{found[2]}": ...}}'.replace("vars=", "variables="), text)
    return _OPTION.sub(lambda found: _known(found[1].replace("-", "_")) or found[0], text)


def _known(name: str) -> str | None:
    return name if name in RunOptions.__annotations__ else None


def asked_of(options: RunOptions, warn: Callable[[str], None], say: Callable[[str], None]) -> Asked:
    """What the options ask for, but for hooks and listeners.

    Raises:
        UsageError: a value makes no sense.
    """
    bail = options.get("bail", False)
    if bail not in (True, False, "error"):
        raise UsageError(f'bail is True, False or "error", not {bail!r}')
    iterations, size = options.get("iterations"), options.get("max_response_size")
    cookies = options.get("cookies")
    return Asked(
        options=EngineOptions(
            iterations=None if iterations is None else at_least_one(iterations, "iterations"),
            select=texts(options.get("folder", ())),
            delay_request=milliseconds(options.get("delay_request"), "delay_request") or 0,
            timeout=milliseconds(options.get("timeout"), "timeout"),
            timeout_request=milliseconds(options.get("timeout_request"), "timeout_request"),
            timeout_script=milliseconds(options.get("timeout_script"), "timeout_script"),
            max_response_size=None if size is None else at_least_one(size, "max_response_size"),
            deny_private_addresses=options.get("deny_private_addresses", False),
            bail=bail is True,
            bail_on_error=bail == "error",
            follow_redirects=options.get("follow_redirects", True),
            strict_ssl=not options.get("insecure", False),
            parallel=at_least_one(options.get("parallel", 1), "parallel"),
            strict=options.get("strict", False),
        ),
        environment=variable_set(options.get("environment"), "environment"),
        globals=variable_set(options.get("globals"), "globals"),
        variables=values(options.get("variables", {}), "variables"),
        secrets=values(options.get("secrets", {}), "secrets"),
        environment_variables=values(options.get("environment_variables", {}), "environment_variables"),
        global_variables=values(options.get("global_variables", {}), "global_variables"),
        data=rows(options.get("data"), iterations),
        selection=selection_of(options),
        captures=texts(options.get("capture", ())),
        cookies=cookies if cookies is None or isinstance(cookies, CookieJar) else os.fspath(cookies),
        working_dir=path(options.get("working_dir")),
        insecure_file_read=options.get("insecure_file_read"),
        client_certificates=tuple(options.get("client_certificates", ())),
        extra_ca=path(options.get("extra_ca_certs")),
        api_key=options.get("postman_api_key"),
        simulate=options.get("simulate"),
        mock=options.get("mock", False),
        warn=warn,
        say=say,
    )


def selection_of(options: RunOptions) -> Selection:
    select, exclude = texts(options.get("select", ())), texts(options.get("exclude", ()))
    with_deps = options.get("with_deps", False)
    if not select and not exclude:
        return Selection(with_deps=with_deps)
    from runner.engine.selectors import Selectors

    return Selection(Selectors(select=select, exclude=exclude), with_deps=with_deps)


def path(given: Path | None) -> str | None:
    return None if given is None else os.fspath(given)


def texts(given: str | Sequence[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


def at_least_one(given: int, name: str) -> int:
    if isinstance(given, bool) or not isinstance(given, int) or given < 1:
        raise UsageError(f"{name} is a whole number from 1, not {given!r}")
    return given


def milliseconds(given: Duration | None, name: str) -> int | None:
    """Whole milliseconds; None for no limit."""
    if given is None:
        return None
    number = given.total_seconds() * 1000 if isinstance(given, timedelta) else given
    if isinstance(number, bool) or not isinstance(number, (int, float)) or not 0 <= number < math.inf:
        raise UsageError(f"{name} is a number of milliseconds or a timedelta, and not below 0, not {given!r}")
    return math.ceil(number) or None


def variable_set(given: Variables | None, name: str) -> str | VariableSet | None:
    if given is None or isinstance(given, VariableSet):
        return given
    if isinstance(given, Mapping):
        import uuid

        from runner.model.collection import Variable

        made = tuple(Variable(key, value) for key, value in values(given, name).items())
        return VariableSet(str(uuid.uuid4()), name, made)
    return os.fspath(given)


def values(given: Mapping[str, Json], name: str) -> dict[str, Json]:
    """Names and values; of objects and lists the text is JSON.

    Raises:
        UsageError: one is no JSON value.
    """
    from runner.model.written import written

    if not isinstance(given, Mapping):
        raise UsageError(f"{name} are names and values (a mapping), not {given!r}")
    return {_name(key, name): written(json_value(value, f"{name}[{key!r}]")) for key, value in given.items()}


def _name(key: object, where: str) -> str:
    if not isinstance(key, str) or not key:
        raise UsageError(f"the names of {where} are texts, and {key!r} is none")
    return key


def json_value(value: Json, name: str) -> Json:
    """The value with plain lists and objects.

    Raises:
        UsageError: it cannot be written as JSON.
    """
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    if isinstance(value, Mapping):
        return {str(key): json_value(item, f"{name}[{key!r}]") for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [json_value(item, f"{name}[{at}]") for at, item in enumerate(value)]
    shown = value if isinstance(value, float) else f"of the type {type(value).__name__}"
    raise UsageError(f"{name} is {shown}, which JSON does not have: give a text, number, list or dict")


def rows(
    given: Path | Iterable[Mapping[str, Json]] | None, iterations: int | None
) -> str | list[Mapping[str, Json]] | None:
    if given is None or isinstance(given, str):
        return given
    if isinstance(given, os.PathLike):
        return os.fspath(given)
    if isinstance(given, Mapping):
        raise UsageError("data is a list of rows: put the mapping in [ ]")
    found = [values(row, f"data[{at}]") for at, row in enumerate(islice(given, iterations))]
    if not found:
        raise UsageError("data has no rows; for a run without data leave it out")
    return list(found)
