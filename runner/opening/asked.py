"""What a run is asked for, whoever asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from runner.engine.session import RunOptions
from runner.model.collection import Collection, Json, VariableSet
from runner.model.records import dataclass, field
from runner.opening.source import nobody
from runner.transport.cookies import CookieJar
from runner.transport.interface import Transport

if TYPE_CHECKING:
    from runner.engine.selectors import Selectors
    from runner.transport.tls import ClientCertificate


@dataclass(frozen=True, slots=True)
class Selection:
    """Which requests run, besides ``RunOptions.select``; see docs/selection.md.

    Attributes:
        selectors: None: all.
        only_failed: report of an earlier run.
        failed_before: gives the addresses of what failed in the last run of a collection; see
            ``runner.engine.addresses``.
        changed_since: a commit or branch.
        shard: ``I/N``.
        shard_times: report of an earlier run.
        with_deps: also the earlier requests whose values they need.
    """

    selectors: Selectors | None = None
    only_failed: str | None = None
    failed_before: Callable[[Collection], frozenset[str]] | None = None
    changed_since: str | None = None
    shard: str | None = None
    shard_times: str | None = None
    with_deps: bool = False

    @property
    def any(self) -> bool:
        found = self.selectors or self.only_failed or self.failed_before or self.changed_since
        return bool(found or self.shard or self.shard_times)


@dataclass(frozen=True, slots=True)
class Asked:
    """All that can be asked of a run. Paths may be URLs where the command line takes them.

    Attributes:
        options: ``data`` of it is set from ``data``.
        variables: as ``--var``; ``secrets`` likewise, and their values are hidden.
        captures: as ``--capture``.
        insecure_file_read: see ``FileReader``.
        interactive: a person is there who can log in with a browser.
        transport: sends the requests of the run, and stays open after it; None: the real one.
        warn: told what is wrong, but not wrong enough to stop.
        say: told what was done beyond what was asked.
        seen: told about each file that is about to be read.
    """

    options: RunOptions = field(default_factory=RunOptions)
    environment: str | VariableSet | None = None
    globals: str | VariableSet | None = None
    variables: Mapping[str, Json] = field(default_factory=dict)
    secrets: Mapping[str, Json] = field(default_factory=dict)
    environment_variables: Mapping[str, Json] = field(default_factory=dict)
    global_variables: Mapping[str, Json] = field(default_factory=dict)
    data: str | Sequence[Mapping[str, Json]] | None = None
    selection: Selection = field(default_factory=Selection)
    captures: tuple[str, ...] = ()
    cookies: str | CookieJar | None = None
    working_dir: str | None = None
    insecure_file_read: bool | None = None
    client_certificates: tuple[ClientCertificate, ...] = ()
    extra_ca: str | None = None
    api_key: str | None = None
    simulate: str | None = None
    mock: bool = False
    interactive: bool = False
    transport: Transport | None = None
    warn: Callable[[str], None] = nobody
    say: Callable[[str], None] = nobody
    seen: Callable[[str | Path], None] = nobody
