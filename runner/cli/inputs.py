"""Reading what a run is given: collection, variables, data, cookies."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any

from runner.cli.options import assignments, environment_assignments
from runner.engine.assemble import Given
from runner.errors import InputError
from runner.model.collection import Collection, Json, VariableSet
from runner.model.records import dataclass
from runner.parse.collection import collection_from_json
from runner.parse.data import load_data
from runner.parse.environment import variable_set_from_json
from runner.parse.remote import Get, Kind, is_folder, is_remote, read_resource
from runner.transport.cookies import CookieJar
from runner.transport.interface import Transport


def _nobody(location: str) -> None:
    """Tells nobody."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where inputs come from: files, URLs, Postman's cloud."""

    get: Get
    api_key: str | None = None
    seen: Callable[[str], None] = _nobody  #: told about each file that is about to be read

    def collection(self, location: str) -> Collection:
        if is_folder(location):
            from runner.cli.reporting import warn
            from runner.parse.v3 import load_v3

            return load_v3(location, seen=self.seen, warn=warn)
        self._tell("collection", location)
        data = read_resource("collection", location, get=self.get, api_key=self.api_key)
        return collection_from_json(data, location)

    def environment(self, location: str | None) -> VariableSet | None:
        if not location:
            return None
        self._tell("environment", location)
        data = read_resource("environment", location, get=self.get, api_key=self.api_key)
        return variable_set_from_json(data, location)

    def globals(self, location: str | None) -> VariableSet | None:
        if not location:
            return None
        self._tell("globals", location)
        data = read_resource("globals", location, get=self.get, api_key=self.api_key)
        return variable_set_from_json(data, location, "globals")

    def data(self, location: str | None) -> tuple[Mapping[str, Json], ...]:
        if not location:
            return ()
        self._tell("data", location)
        return load_data(location, self.get)

    def _tell(self, kind: Kind, location: str) -> None:
        if not is_remote(kind, location, self.api_key):
            self.seen(location)


def reading(stack: ExitStack, api_key: str | None) -> tuple[Source, Transport]:
    """For commands that read inputs and send nothing else; the transport is closed with the stack."""
    from runner.transport.fetch import fetcher
    from runner.transport.requests_transport import RequestsTransport

    transport = RequestsTransport()
    stack.callback(transport.close)
    return Source(fetcher(transport, strict_ssl=True), api_key), transport


def given_variables(options: Mapping[str, Any], source: Source, stack: ExitStack, warn: Callable[[str], None]) -> Given:
    """All variables from outside of the collection; those of a simulator, which is started here,
    give way to what the user says."""
    variables = {
        **environment_assignments(),
        **assignments(options["var"], "--var"),
        **assignments(options.get("secret", ()), "--secret", hidden=True),
    }
    if options["simulate"]:
        from runner.cli.simulate import simulated

        variables = {**stack.enter_context(simulated(options["simulate"])), **variables}
    return Given(
        environment=source.environment(options["environment"]),
        globals=source.globals(options["globals_"]),
        variables=variables,
        environment_variables=assignments(options["env_var"], "--env-var", warn),
        global_variables=assignments(options["global_var"], "--global-var", warn),
    )


def cookie_jar(path: str | None) -> CookieJar:
    """The cookies of ``--cookie-jar``, or none.

    Raises:
        InputError: it cannot be read.
    """
    if not path:
        return CookieJar()
    try:
        return CookieJar.load(path)
    except (OSError, ValueError, TypeError, KeyError) as error:
        reason = getattr(error, "strerror", None) or "it is not a cookie jar in tough-cookie's JSON"
        raise InputError(f"cannot be used as cookie jar: {reason}", path=path) from None
