"""Reading what a run is given: collections, environments, iteration data, cookies."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

from runner.errors import InputError
from runner.model.collection import Collection, Json, VariableSet
from runner.model.records import dataclass
from runner.parse.collection import collection_from
from runner.parse.data import load_data
from runner.parse.environment import variable_set_from_json
from runner.parse.remote import Get, Kind, is_folder, is_remote, read_resource
from runner.transport.cookies import CookieJar

#: What the names of workflow files end with.
WORKFLOW_FILES = (".workflow.yaml", ".workflow.yml", ".workflow.json")


def nobody(text: str | os.PathLike[str]) -> None:
    """Tells nobody."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where inputs come from: files, URLs, Postman's cloud."""

    get: Get
    api_key: str | None = None
    seen: Callable[[str], None] = nobody  #: told about each file that is about to be read
    warn: Callable[[str], None] = nobody  #: told what is passed over in a collection v3

    def collection(self, location: str) -> Collection:
        """A collection of any format.

        Raises:
            InputError: it cannot be read, or is none.
            FetchError: it cannot be fetched.
        """
        if is_folder(location):
            from runner.parse.v3 import load_v3

            return load_v3(location, seen=self.seen, warn=self.warn)
        self._tell("collection", location)

        def read(location: str) -> Json:
            return read_resource("collection", location, get=self.get, api_key=self.api_key)

        return collection_from(location, read)

    def environment(self, location: str | None) -> VariableSet | None:
        return self._variables("environment", location)

    def globals(self, location: str | None) -> VariableSet | None:
        return self._variables("globals", location)

    def data(self, location: str | None) -> tuple[Mapping[str, Json], ...]:
        if not location:
            return ()
        self._tell("data", location)
        return load_data(location, self.get)

    def _variables(self, kind: Kind, location: str | None) -> VariableSet | None:
        if not location:
            return None
        self._tell(kind, location)
        data = read_resource(kind, location, get=self.get, api_key=self.api_key)
        return variable_set_from_json(data, location, kind)

    def _tell(self, kind: Kind, location: str) -> None:
        if not is_remote(kind, location, self.api_key):
            self.seen(location)


def read_cookies(path: str | None) -> CookieJar:
    """The cookies of a jar file, or none.

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
