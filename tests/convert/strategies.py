"""Hypothesis strategies for collections v2.1, as odd as people and programs write them."""

# ruff: noqa: E501  (tables)

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

Json = Any

#: Texts that are hard on YAML: its signs, its words, white space of all kinds, and any other character.
_HARD = (
    "", " ", "\n", "a\n", "\na", " a\n b", "a\n\n  b\n", "\ta", "a\tb\nc", "a\r\nb", "\r", "\x85", "\u2028a", "\x00", "\x1b[0m",
    "yes", "no", "on", "null", "~", "true", "1", "010", "0x1F", "0o17", "1_000", "1e3", ".5", "1:30", "2020-01-01", ".inf", "=", "<<",
    "- a", "a: b", "a #b", "#b", "'", '"', "|", ">", "[a", "{{a}}", "{{a}}/b", "&a", "*a", "!a", "%a", "@a", "`a", "? a", ": a",
    "{% x %}", "\\n", "é ü", "日本", "\U0001f600", "\ufeff", "a" * 300, "trailing \nspace ", "---", "...", "\ud83d",
)  # fmt: skip

texts = st.one_of(st.sampled_from(_HARD), st.text(max_size=20), st.text("ab:/?&=#{}. -", max_size=12))
maybe = st.one_of(st.none(), texts)
plain = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**60), 2**60), st.floats(allow_nan=False, allow_infinity=False), texts),
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(texts, inner, max_size=2)),
    max_leaves=4,
)  # fmt: skip


def some(**members: st.SearchStrategy[Json]) -> st.SearchStrategy[dict[str, Json]]:
    """An object that has any of these members."""
    return st.fixed_dictionaries({}, optional=members)


def rows(**members: st.SearchStrategy[Json]) -> st.SearchStrategy[list[Json]]:
    """A list of objects with a key and any of these members."""
    row = st.fixed_dictionaries({"key": texts}, optional={"disabled": st.booleans(), "description": texts, **members})
    return st.lists(row, max_size=3)


listens = st.sampled_from(["prerequest", "test"])
events = st.lists(
    st.fixed_dictionaries(
        {
            "listen": listens,
            "script": some(
                exec=st.one_of(texts, st.lists(texts.filter(lambda line: "\n" not in line), max_size=3)),
                packages=st.dictionaries(texts, some(id=texts), max_size=1),
                id=texts,
            ),
        },
        optional={"disabled": st.booleans()},
    ),
    max_size=3,
)
auths = st.one_of(
    st.just({"type": "noauth"}),
    st.just({"type": "basic"}),
    st.builds(
        lambda kind, params: {"type": kind, kind: [{"key": key, "value": value} for key, value in params.items()]},
        st.sampled_from(["basic", "bearer", "oauth2", "apikey"]),
        st.dictionaries(texts, plain, max_size=3),
    ),
)
behaviors = some(
    followRedirects=st.booleans(),
    maxRedirects=st.integers(0, 30),
    disableBodyPruning=st.booleans(),
    strictSSL=st.booleans(),
    disabledSystemHeaders=st.dictionaries(texts, st.booleans(), max_size=2),
    tlsDisabledProtocols=st.lists(texts, max_size=2),
    implicitCacheControl=st.booleans(),
)
bodies = some(
    mode=st.sampled_from(["raw", "urlencoded", "formdata", "file", "graphql", "none", "odd"]),
    raw=texts,
    urlencoded=rows(value=plain),
    formdata=rows(
        value=plain,
        type=st.sampled_from(["text", "file", "default"]),
        src=st.one_of(maybe, st.lists(texts, max_size=2)),
        contentType=texts,
        fileName=texts,
    ),
    file=some(src=texts, content=texts),
    graphql=some(query=texts, variables=texts, operationName=texts),
    options=st.one_of(
        st.builds(lambda language: {"raw": {"language": language}}, st.one_of(st.sampled_from(["json", "text", "xml"]), texts)),
        st.dictionaries(texts, plain, max_size=2),
    ),
    disabled=st.booleans(),
)  # fmt: skip
urls = st.one_of(
    texts,
    st.builds(lambda path, query: f"https://x.test:8080/{path}?{query}#h", texts, texts),
    some(
        protocol=st.one_of(st.just("https"), texts),
        auth=some(user=texts, password=texts),
        host=st.one_of(st.just(["x", "test"]), st.lists(texts, max_size=3), texts),
        port=st.one_of(st.just("80"), texts),
        path=st.one_of(st.just(["a", ":id"]), st.lists(texts, max_size=3), texts),
        query=st.one_of(rows(value=plain), texts),
        hash=texts,
        variable=rows(value=st.one_of(maybe, st.integers()), type=st.just("string")),
        raw=texts,
    ),
)
requests = st.one_of(
    texts,
    some(
        url=urls,
        method=st.one_of(st.sampled_from(["GET", "POST", "get", "PURGE"]), texts),
        header=st.one_of(rows(value=st.one_of(texts, st.integers(), st.none())), texts),
        body=bodies,
        auth=auths,
        description=st.one_of(texts, some(content=texts)),
        proxy=some(host=texts, port=st.integers(1, 9)),
        certificate=some(name=texts, cert=some(src=texts)),
    ),
)
examples = st.lists(
    some(
        id=texts, name=texts, code=st.integers(100, 599), status=texts, body=texts, originalRequest=requests,
        header=rows(value=texts),
    ),
    max_size=2,
)  # fmt: skip
variables = rows(value=plain, type=st.sampled_from(["string", "number", "boolean", "secret", "any", "default"]))
_shared = {"name": texts, "description": texts, "event": events, "protocolProfileBehavior": behaviors, "id": texts}
items = some(**_shared, request=requests, response=examples)
folders = st.recursive(
    items,
    lambda inner: st.fixed_dictionaries(
        {"item": st.lists(inner, max_size=3)}, optional={**_shared, "auth": auths, "variable": variables}
    ),
    max_leaves=5,
)
collections = st.fixed_dictionaries(
    {"info": some(name=texts, description=texts, _postman_id=texts), "item": st.lists(folders, max_size=3)},
    optional={"auth": auths, "variable": variables, "event": events, "protocolProfileBehavior": behaviors},
)
