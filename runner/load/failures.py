"""What a failed request is called in Locust's statistics: texts without secrets, and not too many of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from runner.engine.events import ExchangeFinished, RunStarted, VariableChanged
from runner.engine.session import Session
from runner.model.collection import Json
from runner.model.result import Failure, ItemResult, VariableChange
from runner.reporters.masking import Masker

#: Different texts for each request; Locust keeps each of them, and workers send them to the master. A check that
#: quotes what it got has another one every time.
MOST = 50
#: characters of one message that are shown, and that are looked at
_LENGTH, _LOOK = 200, 4000


class RequestFailed(Exception):
    """The exception that Locust shows: its text, and nothing of Python around it."""

    def __repr__(self) -> str:
        return str(self)


class Veil:
    """Hides secrets, for all users of a process.

    Args:
        start: the session that the users start from.
        secret: variables of which the user says that they are secret.
        show: hide nothing.
    """

    def __init__(self, start: Session, secret: Mapping[str, Json], *, show: bool = False) -> None:
        self._start, self._secret, self._show = start, secret, show
        self._masker: Masker | None = None

    def hide(self, text: str, session: Session, result: ItemResult) -> str:
        """The text without what is secret in a user's variables, and in what the item has sent, received and set.

        It may take a millisecond: what is shown again and again is asked for once.
        """
        if self._show:
            return text
        masker = self._masker = self._masker or self._new_masker()
        for variable in _variables(session):
            masker.take(VariableChanged(variable, result.located))
        for run in result.scripts:
            for change in run.changes:
                masker.take(VariableChanged(change, result.located))
        for exchange in result.exchanges:
            masker.take(ExchangeFinished(exchange, result.located, result.cursor, None))
        return masker.secrets.text(text)

    def _new_masker(self) -> Masker:
        scopes = self._start.scopes
        masker = Masker(self._secret, scopes.collection.snapshot().values)
        environment, globals_ = scopes.environment.snapshot(), scopes.globals.snapshot()
        masker.take(RunStarted(self._start.collection, environment, globals_, 1, 1, 0.0))
        return masker


def _variables(session: Session) -> Iterator[VariableChange]:
    """The variables of a user as they are now, and the row of data."""
    scopes = session.scopes
    for scope in (scopes.globals, scopes.environment, scopes.collection):
        for row in scope.snapshot().values:
            if row.value:
                yield VariableChange("", row.key, row.value, type=row.type)
    for key, value in scopes.data.items():
        yield VariableChange("", key, value)


class Failures:
    """Makes one exception of all that is wrong with a request; for all users of a process."""

    def __init__(self) -> None:
        self._known: dict[str, dict[str, RequestFailed]] = {}  # by item; text with secrets -> without

    def told(self, item: str, failures: Sequence[Failure], hide: Callable[[str], str]) -> RequestFailed:
        """The exception for this item."""
        known = self._known.setdefault(item, {})
        lines = dict.fromkeys(map(_line, failures))
        text = "; ".join(lines)
        found = known.get(text)
        if found is not None:
            return found
        if len(known) >= MOST:
            return _further(known, failures, hide)
        # hidden before it is cut off: half a secret would not be found
        shown = "; ".join(_cut(line) for line in hide("\n".join(lines)).split("\n"))
        known[text] = RequestFailed(shown)
        return known[text]


def _further(known: dict[str, RequestFailed], failures: Sequence[Failure], hide: Callable[[str], str]) -> RequestFailed:
    """There are too many texts already: from now on only the names of the checks tell failures apart."""
    if len(known) >= 2 * MOST:  # and those are different each time, too
        return known.setdefault("", RequestFailed("(further failures)"))
    names = dict.fromkeys(one.assertion.name if one.assertion else one.kind for one in failures)
    text = "; ".join(f"{name}: (further messages)" for name in names)
    if text not in known:
        known[text] = RequestFailed(_cut(hide(text)))
    return known[text]


def _line(failure: Failure) -> str:
    error = failure.error
    message = error.message.partition("\n")[0][:_LOOK]
    if failure.assertion is not None:
        name = failure.assertion.name.replace("\n", " ")
        return f"{name}: {message}"
    if failure.kind == "request":
        return message
    return f"{failure.at}: {error.name}: {message}"


def _cut(text: str) -> str:
    return text if len(text) <= _LENGTH else text[: _LENGTH - 3] + "..."
