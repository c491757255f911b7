"""Which requests belong to names of their own: ``second_user_id`` to the second request that creates a user."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from runner.workflow.infer_calls import ORDINALS, Call, strength
from runner.workflow.infer_fields import qualifiers
from runner.workflow.infer_index import CallIndex
from runner.workflow.infer_needs import Need, resource_of
from runner.workflow.infer_words import PURPOSES, Words, ends_with, is_token, same_words

_NUMBER = re.compile(r"[1-9]")

#: Name of a variable -> ``id()`` of the items that are its own.
Claims = Mapping[str, frozenset[int]]


def claims(needs: Mapping[str, Sequence[Need]], index: CallIndex) -> Claims:
    """Works it out: first by words, then by number, among the requests that no other name has."""
    resources = {name: resource_of(found[0]) for name, found in needs.items() if len(found[0].words) > 1}
    found: dict[str, frozenset[int]] = {}
    for name, wanted in needs.items():
        words = wanted[0].words
        if is_token(words) and (whose := qualifiers(words)):
            logins = [call for call in index.calls if call.kind == "login"]
            found[name] = _ids(call for call in logins if all(says(call, word) for word in whose))
    for name, resource in resources.items():
        if len(resource) > 1:
            about = {at: strength(call, resource) for at, call in _creators(index, resource)}
            for sure in (4, 5):
                own = _ids(index.calls[at] for at, found_sure in about.items() if found_sure == sure)
                if own:
                    found[name] = own
    taken = frozenset().union(*found.values()) if found else frozenset()
    for name, resource in resources.items():
        number, base = ordinal(resource)
        if number and name not in found:
            same = [call for _, call in _creators(index, base) if strength(call, base) >= 3]
            free = [call for call in same if id(call.located.item) not in taken]
            if len(free) >= number:
                found[name] = _ids([free[number - 1]])
    return found


def owners_of(claimed: Claims, needs: Mapping[str, Sequence[Need]]) -> dict[int, list[tuple[str, Words]]]:
    """By ``id()`` of the item: the names that it belongs to, with their resources."""
    owners: dict[int, list[tuple[str, Words]]] = {}
    for name, items in claimed.items():
        for item in items:
            owners.setdefault(item, []).append((name, resource_of(needs[name][0])))
    return owners


def belongs_to_others(owners: Sequence[tuple[str, Words]], need: Need, resource: Words) -> bool:
    """Whether a name that says more than this one has the request for itself.

    Args:
        owners: the names that the request belongs to.
    """
    for name, other in owners:
        number, base = ordinal(other)
        more = is_token(need.words) or ends_with(other, resource) or (number > 1 and same_words(base, resource))
        if name != need.name and more:
            return True
    return False


def _creators(index: CallIndex, resource: Words) -> Iterator[tuple[int, Call]]:
    for at in index.about(resource):
        call = index.calls[at]
        if call.kind == "create" and not call.negative:
            yield at, call


def ordinal(resource: Words) -> tuple[int, Words]:
    """Number and noun: 2 and ``("user",)`` of ``second user`` or ``user 2``; 0 if there is no number."""
    if len(resource) > 1 and resource[0] in ORDINALS:
        return ORDINALS[resource[0]], resource[1:]
    if len(resource) > 1 and _NUMBER.fullmatch(resource[-1]):
        return int(resource[-1]), resource[:-1]
    return 0, resource


def says(call: Call, word: str) -> bool:
    """Whether one of the request's names has the word, or the collection's."""
    # what a token is for must be said by the request itself: not every log-in of "Team invites" gives invite tokens
    words = call.own_words if word in PURPOSES else call.words
    if word in words or word.rstrip("s") in words or f"{word}s" in words:
        return True
    return len(word) > 3 and any(one.startswith(word) for one in words)  # "admin" in "Administration"


def _ids(calls: Iterable[Call]) -> frozenset[int]:
    return frozenset(id(call.located.item) for call in calls)
