"""The stream of events without secrets: it is changed once, between the engine and everybody who listens.

What holds no secret stays the same object. What is repeated within an item (exchanges, failures, ...) and what items
share (folders, scripts) stays one object, so that listeners may go by identity and equality as before.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from runner.engine import events as ev
from runner.model.collection import Json, Variable
from runner.reporters.masking.learning import Learner
from runner.reporters.masking.rules import Rules
from runner.reporters.masking.text import Secrets

#: Rows of data whose secrets are looked for in the collection.
_FIRST_ROWS = 20
#: Events that wait for the end of a script.
_MAX_HELD = 10_000

_SETTING = re.compile(
    r"""(?:\bset|\bset(?:Environment|Global)Variable)\(\s*(?:(["'`])((?:(?!\1).)*)\1|([^\s"'`)]))""", re.DOTALL
)


class Masker:
    """Takes the events of a run and gives them on without secrets.

    It learns as it goes. What a script says before it stores a value under a secret name is secret too, so that the
    events of scripts that may do so are held back until they end.

    Args:
        secret: variables of which the user says that they are secret.
        variables: all others that are there before the run, besides those that ``RunStarted`` tells of.
        data: the rows of the iterations.
    """

    def __init__(
        self,
        secret: Mapping[str, Json] | None = None,
        variables: Iterable[Variable] = (),
        data: Sequence[Mapping[str, Json]] = (),
    ) -> None:
        self.secrets = Secrets()
        self._learner = Learner(self.secrets)
        for name, value in (secret or {}).items():
            self._learner.given(name, value)
        self._given, self._data = tuple(variables), data
        self._rules = Rules(self.secrets, self._learner.is_secret)
        self._sets: dict[str, bool] = {}
        self._held: list[ev.Event] = []
        self._scripts = 0  # that are going on, from the first that may store a secret

    def take(self, event: ev.Event) -> Sequence[ev.Event]:
        """The events that may be told now: mostly the one that is given, without secrets."""
        self._learn(event)
        holding = self._holds(event)
        if holding and len(self._held) < _MAX_HELD:
            self._held.append(event)
            return ()
        if not self._held:
            return (self._rules.masked(event),)
        waiting, self._held = [*self._held, event], []
        return [self._rules.masked(one) for one in waiting]

    def is_secret(self, variable: str) -> bool:
        """Whether the values of the variable of that name are secret, whatever they are."""
        return self._learner.is_secret(variable)

    # -- learning

    def _learn(self, event: ev.Event) -> None:
        match event:
            case ev.RunStarted():
                learner = self._learner
                for row in self._data[:_FIRST_ROWS]:
                    learner.row(row)
                # Twice: what the collection signs with names the variables whose values are secret.
                for _ in range(2):
                    for variables in (
                        self._given,
                        event.collection.variables,
                        event.environment.values,
                        event.globals.values,
                    ):
                        learner.variables(variables)
                    learner.collection(event.collection)
            case ev.IterationStarted():
                if self._data:
                    self._learner.row(self._data[min(event.cursor.iteration, len(self._data) - 1)])
            case ev.ExchangeFinished():
                self._learner.exchange(event.exchange)
            case ev.VariableChanged():
                self._learner.change(event.change)
            case _:
                pass

    def _holds(self, event: ev.Event) -> bool:
        """Whether a script runs that may store a secret."""
        match event:
            case ev.ScriptStarted():
                if self._scripts or self._may_set_secret(event.script.source):
                    self._scripts += 1
            case ev.ScriptFinished():
                self._scripts = max(0, self._scripts - 1)
            case ev.IterationStarted() | ev.IterationFinished() | ev.RunFinished():
                self._scripts = 0
            case _:
                pass
        return self._scripts > 0

    def _may_set_secret(self, source: str) -> bool:
        known = self._sets.get(source)
        if known is None:
            found = (match[3] or match[2] for match in _SETTING.finditer(source))
            known = self._sets[source] = any(self._learner.is_secret(name) for name in found)
        return known
