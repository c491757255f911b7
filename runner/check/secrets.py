"""HT5xx: secrets that are written into the collection. No message holds one."""

from __future__ import annotations

import base64
import math
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress

from runner.check.model import Finding, Place
from runner.check.subject import Subject
from runner.model.collection import Auth, Body, Folder, Item, RequestSpec, Variable
from runner.reporters.masking.names import auth_param_is_secret, looks_secret
from runner.scripting.mentions import Spot
from runner.workflow.templates import strings

#: Secrets that can be told by their shape; the sources are the providers' own descriptions of their keys.
_SHAPES = tuple(
    (what, re.compile(pattern))
    for what, pattern in (
        ("an AWS access key", r"\b(?:AKIA|ASIA)[A-Z2-7]{16}\b"),
        ("a GitHub token", r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_\w{60,})\b"),
        ("a GitLab token", r"\bglpat-[\w-]{20,}"),
        ("a Slack token", r"\bxox[abprs]-[A-Za-z0-9-]{20,}"),
        ("a Stripe key", r"\b[rs]k_live_[A-Za-z0-9]{20,}"),
        ("a Google API key", r"\bAIza[\w-]{35}\b"),
        ("a SendGrid key", r"\bSG\.[\w-]{20,24}\.[\w-]{40,46}\b"),
        ("a Postman API key", r"\bPMAK-[0-9a-f]{24}-[0-9a-f]{34}\b"),
        ("a private key", r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----\s*(?:\\n)?[A-Za-z0-9+/=]{40}"),
    )
)
#: One look for all of them: most texts hold none.
_ANY = re.compile("|".join(f"(?:{pattern.pattern})" for _, pattern in _SHAPES))
#: What stands where a secret is to be put, or is one that everybody knows.
_PLACEHOLDER = re.compile(
    r"[<>{}$\[\]]|\.\.\.|\*\*|(?i:example|sample|dummy|fake|demo|test|change|your|insert|replace|enter|paste|put|todo|"
    r"placeholder|redacted|secret|passw|token|api.?key|credential|username|string|value|xxx|abc|123456|qwerty|postman|none|"
    r"null|undefined|admin|user|here)"
)
#: Names of variables that end so are about a secret: the script, the page or the test for one.
_ABOUT = re.compile(r"(?i:script|page|screen|test|check|template)s?\Z")
#: A parameter of an Authorization header: name, value in quotes, value without.
_PARAM = re.compile(r'([\w.~-]+)\s*=\s*(?:"([^"]*)"|([^\s,;"]+))')
_BASE64 = re.compile(r"[A-Za-z0-9+/_.~-]+=*")
_SHORTEST = 8  #: characters of a secret that is told by the name it has


def check(subject: Subject) -> Iterator[Finding]:
    """All rules of the family: one finding for each place."""
    for chain in subject.nodes():
        node = chain[-1]
        yield from _auth(chain, node.auth if isinstance(node, Folder) else node.request.auth, isinstance(node, Folder))
        if isinstance(node, Folder):
            yield from _variables(chain, node.variables)
        else:
            yield from _request(chain, node.request)
    for own in subject.scripts:
        for written in own.said.strings:
            if (what := _shape(written.text)) is not None:
                yield Finding(
                    "HT501",
                    f"{what} is written into the script",
                    own.place(Spot(written.spot.line, written.spot.column)),
                )


def _auth(chain: tuple[Folder | Item, ...], auth: Auth | None, of_folder: bool) -> Iterator[Finding]:
    for name, value in auth.params.items() if auth is not None and auth.type != "noauth" else ():
        kind = auth.type if auth else ""
        if isinstance(value, str) and auth_param_is_secret(kind, name) and _is_secret(value):
            place = Place(chain, field=(("auth",) if of_folder else ("request", "auth")) + (kind,))
            yield Finding(
                "HT501", f"{_article(kind)} {kind} {name} is written into the collection: use a variable", place
            )


def _variables(chain: tuple[Folder | Item, ...], rows: tuple[Variable, ...]) -> Iterator[Finding]:
    for n, row in enumerate(rows):
        if not row.enabled or not isinstance(row.value, str):
            continue
        what = _shape(row.value)
        named = row.type == "secret" or (looks_secret(row.key) and not _ABOUT.search(row.key))
        if what is None and named and _is_secret(row.value):
            what = "a secret"
        if what is not None:
            yield Finding("HT501", f"the variable {row.key} holds {what}: give it with --secret, or in an environment",
                          Place(chain, field=("variable", n, "value")))  # fmt: skip


def _request(chain: tuple[Folder | Item, ...], request: RequestSpec) -> Iterator[Finding]:
    for n, header in enumerate(request.headers):
        value = header.value
        if not header.enabled:
            continue
        if header.key.lower() in ("authorization", "proxy-authorization"):
            secret = any(map(_is_secret, _credentials(value.strip())))
        else:
            secret = _shape(value) is not None or (looks_secret(header.key) and _is_secret(value))
        if secret:
            yield Finding(
                "HT501",
                f"the header {header.key} holds a secret: use a variable",
                Place(chain, field=("request", "header", n)),
            )
    for n, param in enumerate(request.url.query):
        if not param.enabled or not isinstance(param.key, str) or not isinstance(param.value, str):
            continue
        if _shape(param.value) is not None or (looks_secret(param.key) and _is_secret(param.value)):
            place = Place(chain, field=("request", "url", "query", n))
            yield Finding("HT501", f"the query parameter {param.key} holds a secret: use a variable", place)
    if request.url.auth is not None and request.url.auth.password and _is_secret(request.url.auth.password):
        yield Finding("HT501", "the URL holds a password: use a variable", Place(chain, field=("request", "url")))
    for text in _body(request.body):
        if (what := _shape(text)) is not None:
            yield Finding("HT501", f"the body holds {what}: use a variable", Place(chain, field=("request", "body")))
            break


def _credentials(value: str) -> Iterator[str]:
    """What may be secret in the value of an Authorization header (RFC 9110, section 11.6.2): what stands behind the
    scheme (of Basic the password), or those of its parameters that are about a secret; all of it without a scheme."""
    scheme, _, rest = value.partition(" ")
    if scheme.lower() == "basic":
        with suppress(ValueError):  # something else stands there
            user, _, password = base64.b64decode(rest.strip(), validate=True).decode("utf-8").partition(":")
            rest = password or user
    params = [(name, quoted or plain) for name, quoted, plain in _PARAM.findall(rest)]
    if params and not _BASE64.fullmatch(rest.strip()):
        yield from (text for name, text in params if looks_secret(name))
    else:
        yield rest.strip() or scheme


def _body(body: Body | None) -> Iterator[str]:
    if body is None or not body.enabled:
        return
    yield from strings([body.raw, *(row.value for row in body.urlencoded), *(part.value for part in body.formdata)])


def _shape(text: str) -> str | None:
    """What kind of secret a text holds, by its shape."""
    if len(text) < _SHORTEST or not _ANY.search(text):
        return None
    return next((what for what, pattern in _SHAPES if pattern.search(text)), None)


def _is_secret(value: str) -> bool:
    """Whether the value of something that is a secret by its name is one, and not what stands in for it."""
    text = value.strip()
    if len(text) < _SHORTEST or any(char.isspace() for char in text) or _PLACEHOLDER.search(text):
        return False
    kinds = sum(any(test(char) for char in text) for test in (str.isdigit, str.isalpha))
    return kinds > 1 and _entropy(text) > 2.5


def _entropy(text: str) -> float:
    """Bits per character (Shannon)."""
    return -sum(n / len(text) * math.log2(n / len(text)) for n in Counter(text).values())


def _article(word: str) -> str:
    return "an" if word[:1] in "aeiou" else "a"
