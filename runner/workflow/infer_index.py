"""Finding the requests that can be about something, without looking at each for each name."""

from __future__ import annotations

from collections.abc import Sequence

from runner.workflow.infer_calls import ACCOUNTS, Call, is_myself, signs_up
from runner.workflow.infer_words import Words, word_forms


class CallIndex:
    """The requests of a run by the words in their nouns."""

    def __init__(self, calls: Sequence[Call]) -> None:
        self.calls = calls
        self._places: dict[str, dict[int, None]] = {}
        self._about: dict[str, tuple[int, ...]] = {}
        for at, call in enumerate(calls):
            accounts = ACCOUNTS if signs_up(call) or is_myself(call) else ()
            for noun in (*call.path_nouns, call.name_noun, call.folder_noun, *accounts):
                for word in (*noun, "".join(noun)):
                    for form in word_forms(word):
                        self._places.setdefault(form, {}).setdefault(at)

    def about(self, resource: Words) -> tuple[int, ...]:
        """Positions of those that may be about it, in order; all of them are among these."""
        if not resource:
            return ()
        key = " ".join(resource)
        if key not in self._about:
            forms = word_forms(resource[-1]) | word_forms("".join(resource))
            found: set[int] = set()
            for form in forms:
                found.update(self._places.get(form, ()))
            self._about[key] = tuple(sorted(found))
        return self._about[key]
