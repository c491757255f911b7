"""Names as words: ``userId``, ``user-id`` and ``USER_ID`` are ``user id``; plurals match singulars."""

from __future__ import annotations

import re
from functools import lru_cache

#: A name's words, lower case: ``("batch", "group")``.
Words = tuple[str, ...]

_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+|[^\W\d_a-zA-Z]+")
_ONE_WORD = re.compile(r"ETag|OAuth|GitHub|(?<![A-Za-z])IDs(?![a-z])")
_IRREGULAR = {
    "people": "person",
    "children": "child",
    "men": "man",
    "women": "woman",
    "indices": "index",
    "data": "datum",
}
#: What people shorten in names of variables; ``cat`` and ``prod``, which are words or mean several, are not here.
_SHORT = {
    "org": "organization",
    "organisation": "organization",
    "env": "environment",
    "app": "application",
    "repo": "repository",
    "doc": "document",
    "msg": "message",
    "acct": "account",
    "txn": "transaction",
    "dept": "department",
    "emp": "employee",
    "addr": "address",
    "img": "image",
    "config": "configuration",
    "pkg": "package",
}


def vocabulary(text: str) -> frozenset[str]:
    """A set of words from a text."""
    return frozenset(text.split())


#: Last words of names that stand for one object.
ID_WORDS = frozenset({"id", "ids", "uuid", "guid", "uid", "pk"})
#: Further words for what servers hand out with an object. "number", "code" and the like are not among them: as
#: often as not the caller chooses those.
FIELD_WORDS = vocabulary("version etag revision slug hash href cursor nonce csrf xsrf ticket otp")
#: Words for what stands in a URL where others have an id: ``/articles/{{slug}}``, ``/issue/{{issueKey}}``.
HANDLE_WORDS = vocabulary("slug key code number name username handle sku symbol reference ref")
TOKEN_WORDS = frozenset({"token", "jwt", "bearer", "refresh", "ticket"})
_ABOUT_TOKENS = ID_WORDS | vocabulary(
    "type types url uri endpoint expires expiry expiration expired in at ttl scope name key"
)
#: Words in the names of tokens that do not say whose they are.
TOKEN_NOISE = vocabulary("access auth authorization bearer token jwt oauth o api my current new the")
#: Words in the names of tokens that say what for.
PURPOSES = vocabulary(
    "invite invitation reset password verify verification activate activation confirm confirmation email device push "
    "webhook card payment share download upload"
)
#: Words before a name that do not change what it is the name of.
NOISE = vocabulary("new my the a an test current created last latest first existing some temp")


@lru_cache(maxsize=4096)
def words_of(name: str) -> Words:
    """The words of a name, whatever joins them."""
    return tuple(word.lower() for word in _WORD.findall(_ONE_WORD.sub(lambda match: match.group().capitalize(), name)))


@lru_cache(maxsize=4096)
def word_forms(word: str) -> frozenset[str]:
    """What the singular of a word may be, the word, and what it is short for."""
    found = {word, _IRREGULAR.get(word, word)}
    if word.endswith("s") and len(word) > 2:
        found.add(word[:-1])
        if word.endswith("es"):
            found.add(word[:-2])
        if word.endswith("ies"):
            found.add(word[:-3] + "y")
    if word.endswith("en") and len(word) > 6:
        found.add(word[:-2])  # German: "bestellungen"
    return frozenset(found | {_SHORT[form] for form in found if form in _SHORT})


def same_word(one: str, other: str) -> bool:
    """Whether they are the same word, one of them perhaps in the plural."""
    return one == other or not word_forms(one).isdisjoint(word_forms(other))


def same_words(one: Words, other: Words) -> bool:
    """Whether they are the same name; ``user profile`` and ``userprofile`` are."""
    if not one or not other:
        return False
    if len(one) == len(other):
        return all(same_word(a, b) for a, b in zip(one, other, strict=True))
    return same_word("".join(one), "".join(other))


def ends_with(long: Words, short: Words) -> bool:
    """Whether ``short`` is the head of the longer name: ``profile`` is that of ``personal profile``."""
    return bool(short) and len(long) > len(short) and same_words(long[-len(short) :], short)


def without_noise(words: Words, noise: frozenset[str] = NOISE) -> Words:
    """The words without those at the start that say nothing."""
    while len(words) > 1 and words[0] in noise:
        words = words[1:]
    return words


def is_id(words: Words) -> bool:
    """Whether it is the name of an object's id."""
    return bool(words) and words[-1] in ID_WORDS


def is_token(words: Words) -> bool:
    """Whether it is the name of a token that a log-in gives: ``admin_token``, ``access-token-alice``."""
    return not TOKEN_WORDS.isdisjoint(words) and words[-1] not in _ABOUT_TOKENS


def token_word(words: Words) -> str:
    """What kind of token it is."""
    return next((word for word in words if word in ("refresh", "ticket")), "token")
