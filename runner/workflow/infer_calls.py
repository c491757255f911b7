"""What a request does, as far as its method, path and names tell: create, list or get something, or log in."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Literal, TypeAlias

from runner.model.collection import Located, Url
from runner.model.records import dataclass
from runner.workflow.infer_words import Words, ends_with, same_words, vocabulary, words_of

Kind: TypeAlias = Literal["create", "list", "get", "login", "other"]

_VERSION = re.compile(r"v?\d+(\.\d+)*|api|rest|beta|v\d+\w*", re.IGNORECASE)
_TEMPLATE = re.compile(r"\{\{[^{}]*\}\}")
_NUMBERING = re.compile(r"^\s*(?:api\s*#?\s*\d+\s*-?\s*)?(?:\d+[a-z]?(?:\.\d+)*[.):]?\s+)?", re.IGNORECASE)
_IN_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")

_CREATE = vocabulary(
    "create add new make register post insert generate issue save upload submit open start trigger place book "
    "order build"
)
_LIST = frozenset(["list", "search", "find", "query", "filter", "all", "browse", "fetch"])
_GET = vocabulary("get retrieve read show view load check fetch see")
_OTHER = vocabulary(
    "update edit delete remove patch put change modify amend cancel close set replace destroy assign unassign "
    "stop approve reject send invite move copy archive restore enable disable verify confirm resend reset lock "
    "unlock follow unfollow like unlike share publish pause resume complete finish process simulate fund convert "
    "accept decline revoke activate deactivate sync import export validate calculate refund capture void pay"
)
#: As a path segment each of these is a thing: ``/issue/{{issueKey}}``, ``/store/order``.
_NOUNS_TOO = frozenset(["issue", "order", "book", "post", "build"])
_VERBS = _CREATE | _LIST | _GET | _OTHER
_LOGIN = vocabulary(
    "login signin logon signon authenticate authentication auth authorize oauth oauth2 token tokens session sessions "
    "jwt"
)
_SIGN_UP = frozenset(["register", "signup", "registration"])
#: They make something if the path ends with what they are about: "Send message", ``POST /messages``.
_MAKES_TOO = vocabulary("send invite share publish import fund refund pay capture convert process export")
_MYSELF = ({"me"}, {"self"}, {"whoami"})
#: What a sign-up makes.
ACCOUNTS: tuple[Words, ...] = (("user",), ("account",), ("customer",), ("member",))
_ARTICLES = vocabulary("a an the my your new some one single all existing and or")
_ENDS = vocabulary(
    "for of with in to from by on via using as at without into per through if when inside near after before"
)
#: Words that tell things of one kind apart, with their numbers.
ORDINALS = {
    word: number
    for number, words in enumerate(
        (
            "first 1st one",
            "second 2nd other another two",
            "third 3rd three",
            "fourth 4th four",
            "fifth 5th five",
        ),
        1,
    )
    for word in words.split()
}
#: A request whose name says so is about what is refused; it gives nothing and its literals are meant.
_NEGATIVE = vocabulary(
    "invalid wrong unknown missing nonexistent nonexisting nonexisitng bad unauthorized unauthorised forbidden "
    "fail fails failure failing error errors negative incorrect malformed expired 400 401 403 404 409 422 not "
    "no without duplicate"
)


@dataclass(frozen=True, slots=True)
class Call:
    """A request seen as a call of an API.

    Attributes:
        route: the path as a key: variables as ``{}``, without versions.
        path_nouns: what the path names, the best first: ``(("order", "item"), ("item",))``.
        name_noun: what the request's name names, e.g. ``("personal", "profile")`` of "Create personal profile".
        folder_noun: what its folder names.
        own_words: those of the request's name, folders and path.
        words: with those of the collection and the host.
    """

    located: Located
    kind: Kind
    route: tuple[str, ...]
    path_nouns: tuple[Words, ...]
    name_noun: Words
    plain: bool  #: its name says nothing but the verb and the noun
    folder_noun: Words
    own_words: frozenset[str]
    words: frozenset[str]
    creates: bool  #: its name has a verb for creating
    negative: bool


def call_of(located: Located) -> Call:
    """Works it out."""
    request = located.item.request
    method = request.method.upper()
    segments = route_of(request.url)
    statics = [words_of(segment) for segment in segments if segment != "{}"]
    name = words_of(_IN_BRACKETS.sub(" ", located.item.name))
    folders = tuple(word for folder in located.folders for word in words_of(folder))
    path_words = {word for words in statics for word in words}
    collection = words_of(located.parents[0].name) if located.parents else ()
    hosts = (word for part in request.url.host or () for word in words_of(_TEMPLATE.sub("", part)))
    own = frozenset((*words_of(located.item.name), *folders, *path_words))
    verb = next((word for word in name if word in _VERBS), "")
    creates = verb in _CREATE or bool(statics and statics[-1] and statics[-1][0] in _CREATE)
    noun, plain = noun_in(located.item.name)
    return Call(
        located,
        _kind(method, segments, name, statics, creates, noun),
        segments,
        _path_nouns(segments),
        noun,
        plain,
        noun_in(located.folders[-1])[0] if located.folders else (),
        own,
        own.union(hosts, collection),
        creates,
        not _NEGATIVE.isdisjoint(name),
    )


def route_of(url: Url) -> tuple[str, ...]:
    """The path's segments: what varies is ``{}``, versions and the like are left out. Segments that hold a
    variable and something else count as fixed only for what is fixed."""
    found = []
    for segment in url.path or ():
        plain = segment.strip()
        if not plain or _VERSION.fullmatch(plain):
            continue
        found.append("{}" if varies(plain) else _TEMPLATE.sub("", plain))
    return tuple(found)


def varies(segment: str) -> bool:
    """Whether a path segment is not the same on every server: a variable, an id."""
    return bool(
        segment.startswith(":")
        or _TEMPLATE.fullmatch(segment)
        or re.fullmatch(r"<[^<>]+>|\{[^{}]+\}|\[[^\[\]]+\]", segment)
        or re.fullmatch(r"\d+|[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}|[0-9a-fA-F]{24}", segment)
    )


def noun_in(name: str) -> tuple[Words, bool]:
    """What the name of a request or folder is about, ``("personal", "profile")`` of "1. Create a personal profile
    (optional)", and whether it goes on after that ("... for a company")."""
    text = _IN_BRACKETS.sub(" ", _NUMBERING.sub("", name))
    text = re.sub(r"\{\{?[^{}]*\}\}?|https?://\S+", " ", text)
    words = list(words_of(text.partition(" - ")[2] or text))
    noun: list[str] = []
    joined, several = True, False  # "get or create": a second verb only behind another one
    while len(words) > 1 and (words[0] in _ARTICLES or (joined and words[0] in _VERBS)):
        joined = words.pop(0) in ("or", "and")
        several = several or joined
    for word in words:
        if word in _ENDS:
            return tuple(noun), False
        if word not in _ARTICLES and not word.isdigit():
            noun.append(word)
    return tuple(noun), not several


def static_prefix(url: Url, segment: int) -> Words:
    """The words of the nearest fixed segment before the one at that position: what an id there is the id of."""
    for before in reversed([part.strip() for part in (url.path or ())[:segment]]):
        if before and not _VERSION.fullmatch(before) and not varies(before):
            return _noun_of_segment(words_of(_TEMPLATE.sub("", before)))
    return ()


def _noun_of_segment(words: Words) -> Words:
    return words if len(words) == 1 and words[0] in _NOUNS_TOO else tuple(word for word in words if word not in _VERBS)


def strength(call: Call, resource: Words) -> int:
    """How surely a call is about a resource: 5 its name says just that ("Create user"), 4 with more ("Create user
    with address"), 3 its path does, 2 both are of something more special (``profile-access-groups`` for ``group``) or
    it is an account and the call signs up or asks who is logged in, 1 only its folder; 0 not at all. 4 too if the
    resource is the call's noun with words in front that stand elsewhere in its names: ``second user action`` and
    "Create an action for the second user"."""
    name = call.name_noun
    if name and same_words(name, resource):
        return 5 if call.plain else 4
    if any(_qualified(noun, resource, call) for noun in (name, *call.path_nouns)):
        return 4
    if any(same_words(noun, resource) for noun in call.path_nouns):
        return 3
    if resource in ACCOUNTS and (signs_up(call) or is_myself(call)):
        return 2
    if name and _other_kind(name, resource):
        return 0
    if any(ends_with(noun, resource) for noun in (*call.path_nouns, name)):
        return 2
    folder = call.folder_noun
    below = any(same_words(words_of(part), resource) for part in call.route)
    if call.creates and folder and not below and (same_words(folder, resource) or _inside(folder, resource)):
        return 1
    return 0


def _qualified(noun: Words, resource: Words, call: Call) -> bool:
    if not noun or not ends_with(resource, noun):
        return False
    front = resource[: len(resource) - len(noun)]
    if ORDINALS.keys() >= set(front):
        return False  # "the second user's action" is no "second action"
    return all(word in call.words or f"{word}s" in call.words for word in front)


def _other_kind(name: Words, resource: Words) -> bool:
    """ "business profile" is no "personal profile", though both are profiles."""
    return (
        len(name) > 1 and len(resource) > 1 and same_words(name[-1:], resource[-1:]) and not ends_with(name, resource)
    )


def _inside(folder: Words, resource: Words) -> bool:
    size = len(resource)
    return any(same_words(folder[at : at + size], resource) for at in range(len(folder) - size + 1))


def _path_nouns(segments: tuple[str, ...]) -> tuple[Words, ...]:
    fixed = [(at, words_of(segment)) for at, segment in enumerate(segments) if segment != "{}"]
    while fixed:
        at, words = fixed.pop()
        noun = _noun_of_segment(words) if words and words[0] in _VERBS else words
        if not noun:
            continue
        if segments[-1] == "{}" and at < len(segments) - 1 and segments[at + 1 :].count("{}") > 1:
            return ()
        parent = next((before for _, before in reversed(fixed) if before), ())
        return (noun, (*parent, *noun)) if parent else (noun,)
    return ()


def _kind(
    method: str, segments: tuple[str, ...], name: Words, statics: list[Words], creates: bool, noun: Words
) -> Kind:
    tail = set(statics[-1]) if statics else set()
    varying_tail = bool(segments) and segments[-1] == "{}"
    if method in ("POST", "PUT", "GET") and not varying_tail and _is_login(tail, name, statics, method):
        return "login"
    if method == "GET":
        single = varying_tail or tail in _MYSELF or not segments
        return "get" if single else "list"
    if method == "POST" and statics and statics[-1] and statics[-1][0] in _LIST:
        return "list"
    acts = bool((name and name[0] in _OTHER) or (statics and statics[-1] and statics[-1][0] in _OTHER))
    if acts and not varying_tail and name and name[0] in _MAKES_TOO and statics[-1] not in (noun, ()):
        acts = not (same_words(statics[-1], noun) or ends_with(noun, statics[-1]))  # the plural of the noun
    if method == "POST" and (creates or not (varying_tail or acts)):
        return "create"
    return "create" if method == "PUT" and creates and not _OTHER & set(name) else "other"


def _is_login(tail: set[str], name: Words, statics: list[Words], method: str) -> bool:
    if {"logout", "revoke", "logoff", "signout", "introspect"} & (tail | set(name)):
        return False
    if method == "GET":
        return bool({"token", "login"} & tail)
    before = set(statics[-2]) if len(statics) > 1 else set()
    below_auth = before & {"auth", "oauth", "oauth2", "authentication"} and not any(w.endswith("s") for w in tail)
    spoken = set(name[:6]) & {"login", "signin", "authenticate", "token"} or {
        ("log", "in"),
        ("sign", "in"),
        ("log", "on"),
        ("sign", "on"),
    } & set(pairwise(name))
    return bool(tail & _LOGIN or below_auth or spoken)


def is_myself(call: Call) -> bool:
    """Whether it asks who is logged in."""
    return call.kind == "get" and bool(call.route) and set(words_of(call.route[-1])) in _MYSELF


def signs_up(call: Call) -> bool:
    """Whether it makes an account, which may log in as well."""
    fixed = [words for segment in call.route if segment != "{}" and (words := words_of(segment))]
    ends = (call.name_noun, fixed[-1] if fixed else ())
    return call.kind in ("create", "login") and any(
        not _SIGN_UP.isdisjoint(words) or ("sign", "up") in pairwise(words) for words in ends
    )
