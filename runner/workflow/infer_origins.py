"""Which of the requests before it may give a request what it needs.

The id of a thing comes from the request that creates it, or from the list of such things if nothing creates one;
a token comes from a log-in; anything else from a field with the same name. What two requests could give is not
taken from either.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, TypeAlias

from runner.model.records import dataclass
from runner.workflow.infer_calls import Call, is_myself, route_of, signs_up, strength
from runner.workflow.infer_claims import belongs_to_others, claims, owners_of, says
from runner.workflow.infer_fields import qualifiers
from runner.workflow.infer_index import CallIndex
from runner.workflow.infer_needs import Need, handle_of, is_handle, resource_of
from runner.workflow.infer_words import FIELD_WORDS, Words, is_id, is_token, words_of

#: How the field is found: the object's id, a member of it, a token, a field with the same name.
How: TypeAlias = Literal["id", "member", "token", "name"]

#: Ranks. A value replaces one of the same or a lower rank; what creates things adds how sure that is.
CREATED, NAMED, LISTED, SPECIAL, FOLDER, LISTED_SPECIAL, NAMED_IN_LIST = 60, 50, 45, 42, 38, 30, 25

#: Whose token it is may stay open if there is only one log-in.
_ANYBODY = frozenset({"user", "account", "client", "app", "session"})


@dataclass(frozen=True, slots=True)
class Origin:
    """A request that may give a value."""

    call: Call
    position: int
    rank: int
    how: How
    resource: Words = ()
    words: Words = ()  #: name of the field

    @property
    def first_counts(self) -> bool:
        """Whether a later answer of the same rank changes nothing: that it has such a value too says little."""
        return self.how == "name" or self.call.kind == "list"


class View:
    """The run as the inference sees it: its calls in order, the needs by variable, and what belongs to which."""

    def __init__(self, calls: Sequence[Call], needs: Mapping[str, Sequence[Need]]) -> None:
        self.calls = calls
        self.index = CallIndex(calls)
        self.logins = tuple((at, call) for at, call in enumerate(calls) if call.kind == "login" and not call.negative)
        self.claimed = claims(needs, self.index)
        self.owners = owners_of(self.claimed, needs)
        self.users = {name: frozenset(id(need.located.item) for need in found) for name, found in needs.items()}
        self._about: dict[tuple[Words, Words, bool], tuple[Origin, ...]] = {}

    def about(self, words: Words, resource: Words, handle: bool) -> tuple[Origin, ...]:
        """Everybody in the run who may give the id or a member of a thing.

        Args:
            handle: it stands in a URL as an id would.
        """
        key = (words, resource, handle)
        if key not in self._about:
            places = dict.fromkeys(self.index.about(resource))
            for cut in range(len(words), 0, -1):
                places.update(dict.fromkeys(self.index.about(words[:cut])))
            found = [origin for at in sorted(places) for origin in _about(words, at, self.calls[at], resource, handle)]
            self._about[key] = tuple(origin for origin in found if not origin.call.negative)
        return self._about[key]


def origins_of(need: Need, view: View, *, spare: bool = True) -> tuple[tuple[Origin, ...], tuple[Call, ...]]:
    """Who may give a value, fields with the same name apart; or, in the second place, those that cannot be told
    apart.

    Args:
        spare: what somebody else made is not deleted because it came first in a list.
    """
    if is_token(need.words):
        return tuple(_logins(need, view)), ()
    resource = resource_of(need)
    own = view.claimed.get(need.name, frozenset())
    if own:
        places = (at for at in view.index.about(resource) if at < need.position)
        mine = [(at, view.calls[at]) for at in places if id(view.calls[at].located.item) in own]
        return tuple(Origin(call, at, CREATED + 5, "id", resource) for at, call in mine), ()
    users = view.users.get(need.name, frozenset()) if is_id(need.words) or is_handle(need.words) else frozenset()
    found = []
    handle = handle_of(need)
    for origin in view.about(handle or need.words, resource, bool(handle)):
        item = id(origin.call.located.item)
        # What a request was given itself it does not give: it only repeats it. States change with each answer.
        earlier = origin.position < need.position and item not in users
        if earlier and not belongs_to_others(view.owners.get(item, ()), need, resource):
            found.append(origin)
    best = max((origin.rank for origin in found), default=0)
    strong = [origin for origin in found if origin.rank == best]
    if _routes(strong) > 1:
        strong = _nearest(need, strong)
        if _routes(strong) > 1:
            return (), tuple(origin.call for origin in strong)
    if best >= CREATED:
        # the same call under another name ("Create note again") takes over when the first one's is deleted
        strong += [one for one in found if CREATED <= one.rank < best and _same_call(one, strong[0])]
    if spare and deletes(need):
        strong = [origin for origin in strong if origin.call.kind not in ("list", "get")]
    return tuple(strong), ()


def goes_by_name(need: Need, strong: Sequence[Origin]) -> bool:
    """Whether any earlier answer may give the value that has a field with that name. "status", "email" and the like
    are in many answers and mean something else in each."""
    words = words_of(need.name)
    created = any(origin.rank >= CREATED and origin.call.kind != "login" for origin in strong)
    if need.literal or created or len(words) < 2:
        return False
    return is_id(words) or is_token(words) or words[-1] in FIELD_WORDS


def by_name(variable: str, at: int, call: Call) -> Iterator[Origin]:
    """A call as the origin of a field with the variable's name, or with what is left of it without words that the
    request's own names have: ``tenant id`` of ``xero-tenant-id`` in an answer of Xero."""
    words = words_of(variable)  # "new recipient id" is no "recipient id" of just anybody's
    rank = NAMED_IN_LIST if call.kind == "list" else NAMED
    yield Origin(call, at, rank, "name", (), words)
    for cut in range(1, len(words) - 1):
        if not all(says(call, word) for word in words[:cut]):
            return
        if is_id(words):
            yield Origin(call, at, rank, "name", (), words[cut:])


def _about(words: Words, at: int, call: Call, resource: Words, handle: bool) -> list[Origin]:
    sure = strength(call, resource) if resource else 0
    if sure and call.kind in ("create", "login"):
        rank = CREATED + sure if sure >= 3 else {2: SPECIAL, 1: FOLDER}[sure]
        makes = call.kind == "create" or sure >= 4 or signs_up(call)
        return [Origin(call, at, rank, "id", resource)] if makes else []
    if sure >= 2 and (call.kind == "list" or is_myself(call)):
        return [Origin(call, at, LISTED if sure >= 3 else LISTED_SPECIAL, "id", resource)]
    return _member(words, at, call, handle)


def _member(words: Words, at: int, call: Call, handle: bool) -> list[Origin]:
    """``user_unique_id``: the ``unique_id`` of what creates a user; ``api_key`` of "Create API key" if it has one.
    What changes with time (``plan_etag``) is taken from whatever answered last."""
    lasting = is_id(words) or handle
    if len(words) < 2:
        return []
    if call.kind == "create" and not lasting and (sure := strength(call, words)) >= 3:
        return [Origin(call, at, CREATED + sure, "member", words, words)]
    if not (lasting or words[-1] in FIELD_WORDS):
        return []
    if call.kind != "create" and (lasting or call.kind != "get"):
        return []
    for cut in range(len(words) - 1, 0, -1):
        sure = strength(call, words[:cut]) if words[cut:] != ("id",) else 0
        if sure >= 3:
            return [Origin(call, at, CREATED + sure if lasting else CREATED, "member", words[:cut], words[cut:])]
    return []


def _same_call(one: Origin, other: Origin) -> bool:
    return one.how == other.how and one.call.kind == other.call.kind and one.call.route == other.call.route


def deletes(need: Need) -> bool:
    """Whether the value says what is deleted."""
    return need.located.item.request.method.upper() == "DELETE" and not need.where.startswith("body")


def _routes(origins: Sequence[Origin]) -> int:
    """How many different things they are about; requests that read or change one are about the same."""
    return len({tuple(part for part in origin.call.route if part != "{}") for origin in origins})


def _nearest(need: Need, origins: list[Origin]) -> list[Origin]:
    """Those whose path the request's own path goes on from, else those in its folder."""
    route = route_of(need.located.item.request.url)
    below = [origin for origin in origins if route[: len(origin.call.route)] == origin.call.route]
    if below:
        longest = max(len(origin.call.route) for origin in below)
        return [origin for origin in below if len(origin.call.route) == longest]
    folders = need.located.folders
    return [origin for origin in origins if origin.call.located.folders == folders] or origins


def _logins(need: Need, view: View) -> Iterator[Origin]:
    logins = [(at, call) for at, call in view.logins if at < need.position]
    whose = qualifiers(need.words)
    if whose:
        own = [(at, call) for at, call in logins if all(says(call, word) for word in whose)]
        open_to_all = len(logins) == 1 and whose <= _ANYBODY and not (_ANYBODY - whose) & logins[0][1].words
        logins = own or (logins if open_to_all else [])
    else:
        free = [one for one in logins if not view.owners.get(id(one[1].located.item))]
        logins = free or logins
    if not logins and whose <= _ANYBODY:
        before = enumerate(view.calls[: need.position])
        logins = [(at, call) for at, call in before if call.kind == "create" and not call.negative and signs_up(call)]
    yield from (Origin(call, at, CREATED, "token", (), need.words) for at, call in logins)
    if not logins and whose:
        # a device is given its token when it is made
        noun = tuple(word for word in need.words if word in whose)
        for at, call in enumerate(view.calls[: need.position]):
            makes = call.kind == "create" and not call.negative and strength(call, noun) >= 4
            if makes and id(call.located.item) not in view.users.get(need.name, ()):
                yield Origin(call, at, LISTED, "token", (), need.words)
