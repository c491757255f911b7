"""What is hidden in texts, bodies and events, and what is not."""

from __future__ import annotations

import base64
import html
import json
import os
import re
from collections.abc import Callable, Iterator
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporters.stream import Did, Play, Story, check, collection, exchange, item, put, say
from runner.engine import events as ev
from runner.model.collection import Auth, Header, Item, UrlAuth, Variable, VariableSet
from runner.model.records import replace
from runner.parse.collection import collection_from_json
from runner.reporters.masking import MASK, Masker, Secrets, looks_secret
from runner.reporters.masking.content import MaskedContent, mask_pieces
from runner.reporters.masking.names import auth_param_is_secret

AWKWARD = "sk/9+aZ=\"q\\x<é>'&"


@pytest.mark.parametrize(
    "name",
    [
        "api_key", "X-Api-Key", "apiKey", "APIKEY", "secret", "clientSecret", "access_token", "authToken", "password",
        "passwd", "PWD", "Authorization", "auth", "credential", "AWS_CREDENTIALS", "hypertrack_sk", "jwt", "passphrase",
        "X-Amz-Signature", "csrf-token", "key", "otp", "Proxy-Authorization", "basicAuth", "auth_code",
        "db_pass", "AWS_ACCESS_KEY",
    ],
)  # fmt: skip
def test_names_that_sound_secret(name: str) -> None:
    assert looks_secret(name)


@pytest.mark.parametrize(
    "name",
    [
        "user_id", "author", "authors", "author_name", "base_url", "task", "mask", "id", "token_type", "tokenUrl",
        "key_id", "password_length", "max_tokens", "public_key", "primaryKey", "keyboard", "monkey", "auth_method",
        "Postman-Token", "WWW-Authenticate", "token_expires_in", "signed", "passed", "keyword", "secretary",
        "AuthTree_nodes_outcome", "pass_rate", "",
    ],
)  # fmt: skip
def test_names_that_do_not(name: str) -> None:
    assert not looks_secret(name)


@pytest.mark.parametrize(
    ("kind", "name", "secret"),
    [
        ("basic", "password", True), ("basic", "username", False), ("bearer", "token", True),
        ("apikey", "value", True), ("apikey", "key", False), ("oauth2", "accessToken", True),
        ("oauth2", "clientSecret", True), ("oauth2", "addTokenTo", False), ("oauth2", "accessTokenUrl", False),
        ("oauth2", "headerPrefix", False), ("awsv4", "secretKey", True), ("awsv4", "region", False),
        ("oauth1", "signatureMethod", False), ("oauth1", "tokenSecret", True), ("hawk", "authKey", True),
        ("jwt", "privateKey", True), ("jwt", "algorithm", False), ("edgegrid", "clientToken", True),
    ],
)  # fmt: skip
def test_parameters_of_auth_types(kind: str, name: str, secret: bool) -> None:
    assert auth_param_is_secret(kind, name) is secret


@pytest.mark.parametrize(
    "form",
    [
        AWKWARD,
        quote(AWKWARD),
        quote(AWKWARD, safe=""),
        re.sub("%..", lambda code: code[0].lower(), quote(AWKWARD, safe="")),
        quote_plus(AWKWARD),
        quote(quote(AWKWARD, safe=""), safe=""),
        json.dumps(AWKWARD)[1:-1],
        json.dumps(AWKWARD, ensure_ascii=False)[1:-1],
        json.dumps(json.dumps(AWKWARD))[3:-3],
        AWKWARD.replace("'", "\\'"),
        html.escape(AWKWARD),
        html.escape(AWKWARD).replace("é", "&#233;"),
        json.dumps(AWKWARD.encode().decode("latin-1"))[1:-1],
        base64.b64encode(AWKWARD.encode()).decode(),
        base64.urlsafe_b64encode(AWKWARD.encode()).decode(),
        base64.b64encode(f"user:{AWKWARD}".encode()).decode(),
        base64.b64encode(f"me:{AWKWARD}".encode()).decode(),
        base64.b64encode(f"{AWKWARD}:".encode()).decode(),
    ],
)
def test_a_secret_is_found_however_it_is_written(form: str) -> None:
    secrets = Secrets()
    secrets.give(AWKWARD)
    shown = secrets.text(f"<{form}>")
    assert MASK in shown
    # base64 shares its first and last characters with what stands around it
    assert len(shown.replace(MASK, "")) <= 2 + (10 if form.isalnum() or form.endswith("=") else 0)


def test_what_only_looks_like_a_secret_stays() -> None:
    secrets = Secrets()
    secrets.give("s3cr3t-value")
    assert secrets.text("s3cr3t-valu3 and S3CR3T-VALUE") == "s3cr3t-valu3 and S3CR3T-VALUE"


@pytest.mark.parametrize("dots", ["…", "..."])
def test_the_beginning_of_a_secret_that_was_cut_off(dots: str) -> None:
    secrets = Secrets()
    secrets.give("sk_live_0123456789abcdef")
    assert secrets.text(f"expected 'sk_live_0123{dots}' to equal 'x'") == f"expected '{MASK}{dots}' to equal 'x'"


@pytest.mark.parametrize("written", [AWKWARD, quote(AWKWARD, safe=""), json.dumps(AWKWARD), html.escape(AWKWARD)])
def test_the_beginning_of_a_secret_is_found_wherever_it_is_cut_off_and_however_it_is_written(written: str) -> None:
    secrets = Secrets()
    secrets.give(AWKWARD)
    whole = written.strip('"')
    for end in range(whole.index("aZ") + 2, len(whole)):
        assert secrets.text(f"expected '/s/{whole[:end]}…' to equal").startswith(f"expected '/s/{MASK}"), whole[:end]


@pytest.mark.parametrize("value", ["1", "abc", "true", "null", "{{other}}"])
def test_values_that_are_never_searched_for(value: str) -> None:
    secrets = Secrets()
    secrets.give(value)
    text = f"11 of abcd is true, null, {value}"
    assert secrets.text(text) == text


@pytest.mark.parametrize("value", ["test", "password", "postman", "Admin", "12345", "https://host/x", "two words"])
def test_values_that_are_secret_only_by_their_name_are_not_searched_for_if_everybody_uses_them(value: str) -> None:
    secrets = Secrets()
    secrets.find(value, "my_secret")
    assert secrets.text(f"this is {value} here") == f"this is {value} here"
    secrets.give(value)
    assert secrets.text(f"this is {value} here") == f"this is {MASK} here"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("http://h/?api_key=abc&x=1", f"http://h/?api_key={MASK}&x=1"),
        ("http://h/?x=1&access_token=a%20b#f", f"http://h/?x=1&access_token={MASK}#f"),
        ("http://me:pw@h/", f"http://me:{MASK}@h/"),
        ('{"password": "p\\"q", "name": "n"}', f'{{"password": "{MASK}", "name": "n"}}'),
        ('{"token":"abc', f'{{"token":"{MASK}'),
        ('{"key": "a", "value": "b"}', '{"key": "a", "value": "b"}'),
        ('{"tokens": 3}', '{"tokens": 3}'),
        ('{"token": "true", "secret": ""}', '{"token": "true", "secret": ""}'),
        ('{"body": "{\\"token\\": \\"abc\\"}"}', f'{{"body": "{{\\"token\\": \\"{MASK}\\"}}"}}'),
        ("{ apiKey: 'abc', n: 1 }", f"{{ apiKey: '{MASK}', n: 1 }}"),
        ("Authorization: Bearer abc.def", f"Authorization: Bearer {MASK}"),
        ("the header was Bearer a1b2c3d4e5", f"the header was Bearer {MASK}"),
        ("grant_type=password&client_secret=xyz", f"grant_type=password&client_secret={MASK}"),
        ("Basic authentication is needed", "Basic authentication is needed"),
        ("x=1", "x=1"),
        ("expected 200 to equal 201", "expected 200 to equal 201"),
    ],
)
def test_secrets_beside_their_names(text: str, expected: str) -> None:
    secrets = Secrets()
    assert secrets.text(text) == expected
    assert secrets.text(expected) == expected


def test_code_is_searched_for_known_values_only() -> None:
    secrets = Secrets()
    secrets.give("s3cr3t-value")
    code = 'token=pm.environment.get("token"); f("s3cr3t-value")'
    assert secrets.code(code) == code.replace("s3cr3t-value", MASK)


def test_only_the_newest_values_of_a_name_are_remembered_but_all_that_were_there_before() -> None:
    secrets = Secrets()
    secrets.find("first-token", "token", lasting=True)
    for number in range(2000):
        secrets.find(f"token-{number:04}", "token")
    assert secrets.text("first-token token-0000 token-1999") == f"{MASK} token-0000 {MASK}"


def test_bodies_are_masked_when_they_are_read_with_what_is_known_by_then() -> None:
    secrets = Secrets()
    content = MaskedContent(b'{"echo": "s3cr3t-value"}', secrets)
    assert content[:] == b'{"echo": "s3cr3t-value"}'
    secrets.give("s3cr3t-value")
    assert content[:] == b'{"echo": "********"}'
    assert content[:14] == b'{"echo": "****'
    assert len(content) == 24


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be", "latin-1"])
def test_bodies_in_other_encodings(encoding: str) -> None:
    secrets = Secrets()
    secrets.give("s3cr3t-value")
    body = "<ä>s3cr3t-value</ä>".encode(encoding)
    shown = MaskedContent(body, secrets)[:]
    assert "s3cr3t".encode(encoding)[-10:] not in shown
    assert MASK.encode() in shown
    assert shown.startswith(body[:3])


def test_binary_bodies_stay_as_they_are() -> None:
    secrets = Secrets()
    secrets.give("s3cr3t-value")
    raw = bytes(range(256)) * 20 + os.urandom(500)
    assert MaskedContent(raw, secrets)[:] == raw


@pytest.mark.parametrize("size", [1 << 20, (1 << 20) + 7, 5 << 20])
def test_secrets_across_the_pieces_of_a_large_body(size: int) -> None:
    """Slices of any size never show a part of it, wherever it stands."""
    secrets = Secrets()
    secret = "s3cr3t-value"
    secrets.give(secret)
    filler = b"0123456789abcde\n" * (size // 16 + 1)
    body = bytearray(filler[:size])
    for border in range(1 << 20, size, 1 << 20):
        body[border - 5 : border - 5 + len(secret)] = secret.encode()
        body[border - 65_540 : border - 65_540 + 21] = b'"api_token": "private'
    body[-len(secret) :] = secret.encode()
    content = MaskedContent(bytes(body), secrets)

    def slices(length: int) -> Iterator[bytes]:
        for at in range(0, len(content), length):
            yield content[at : at + length]

    for length in (1000, 65_536, 1 << 20, size):
        shown = b"".join(slices(length))
        assert secret.encode() not in shown
        assert b"private" not in shown
        assert shown.count(b"0123456789abcde\n") >= size // 16 - 40
    assert content[: size // 2].count(secret.encode()[:6]) == 0


def test_each_byte_of_a_large_body_is_looked_at_about_once() -> None:
    """Whatever is in it: parts that are kept back for the next piece do not add up."""

    class Counting(Secrets):
        looked_at = 0

        def spans(self, text: str) -> list[tuple[int, int]]:
            Counting.looked_at += len(text)
            return super().spans(text)

    secrets = Counting()
    secrets.give("s3cr3t-value")
    body = b'{"token": "abc", "other": "s3cr3t-value"},\n' * 150_000
    shown: list[bytes] = []
    mask_pieces(body, secrets, shown.append)
    assert b"".join(shown).count(b"********") == 150_000
    assert b"".join(shown).count(b'"token": "***"') == 150_000
    assert Counting.looked_at < 1.5 * len(body)


def _masked(story: Story, plays: list[Play], masker: Masker | None = None) -> list[ev.Event]:
    masker = masker or Masker()
    return [shown for event in story.events(plays) for shown in masker.take(event)]


def test_a_run_without_secrets_stays_the_same_objects() -> None:
    users = item("Users")
    sent = exchange(users.request, b"")
    story = Story(collection(users))
    events = list(story.events([Play("Users", [Did("prerequest", [say("hi"), put("n", "1")])], [sent])]))
    masker = Masker()
    shown = [one for event in events for one in masker.take(event)]
    assert all(one is other for one, other in zip(events, shown, strict=True))


def test_items_as_they_are_read_stay_the_same_objects_if_they_have_no_saved_answers() -> None:
    """All events of an item hold it: each would be made anew."""
    read = collection_from_json({"info": {"name": "c"}, "item": [{"name": "Users", "request": "http://localhost/"}]})
    users = read.children[0]
    assert isinstance(users, Item)
    events = list(Story(read).events([Play("Users", exchanges=[exchange(users.request, b"")])]))
    masker = Masker()
    shown = [one for event in events for one in masker.take(event)]
    assert all(one is other for one, other in zip(events, shown, strict=True))


def test_rows_whose_names_are_no_texts_are_no_stumbling_block() -> None:
    rows = [{"key": 5, "value": 6}, {"key": True}, {"value": "v"}, {"key": "password", "value": "zyx-4711"}]
    url = {"host": "localhost", "query": rows}
    body = {"mode": "urlencoded", "urlencoded": rows}
    request = {"url": url, "method": "POST", "header": [{"key": 5, "value": 6}], "body": body}
    read = collection_from_json({"info": {"name": "c"}, "item": [{"name": "Users", "request": request}]})
    users = read.children[0]
    assert isinstance(users, Item)
    masker = Masker()
    events = Story(read).events([Play("Users", exchanges=[exchange(users.request, b"zyx-4711")])])
    shown = [one for event in events for one in masker.take(event)]
    assert "zyx-4711" not in repr(shown)
    assert MASK in repr(shown)


def test_what_a_script_says_before_it_stores_a_token_is_hidden() -> None:
    login = item("Login")
    did = Did("test", [say("made by the script: f1a7-9c3e"), put("session_token", "f1a7-9c3e")])
    events = _masked(Story(collection(login)), [Play("Login", after=[did])])
    assert [e.line.messages for e in events if isinstance(e, ev.ConsoleLogged)] == [
        ("made by the script: f1a7-9c3e",)
    ], "the script's text gives no reason to wait"

    script = "pm.environment.set('session_token', make())"
    held = [
        replace(e, script=replace(e.script, source=script)) if isinstance(e, ev.ScriptStarted) else e
        for e in Story(collection(login)).events([Play("Login", after=[did])])
    ]
    masker = Masker()
    shown = [one for event in held for one in masker.take(event)]
    assert [type(e) for e in shown] == [type(e) for e in held]
    assert [e.line.messages for e in shown if isinstance(e, ev.ConsoleLogged)] == [(f"made by the script: {MASK}",)]


def test_a_failure_is_the_same_in_its_event_and_in_the_result() -> None:
    """Listeners tell by that which failures they know already."""
    login = item("Login")
    steps = [check("t", "expected 'f1a7-9c3e'"), put("api_token", "f1a7-9c3e")]
    events = _masked(Story(collection(login)), [Play("Login", after=[Did("test", steps)])])
    told = next(e.failure for e in events if isinstance(e, ev.AssertionChecked))
    assert told in next(e.result.failures for e in events if isinstance(e, ev.ItemFinished))


def test_variables_used_for_signing_are_secret_whatever_they_are_called() -> None:
    signed = item("Signed")
    request = replace(signed.request, auth=Auth("bearer", {"token": "{{bt}}"}), headers=(Header("X-Auth", "{{xa}}"),))
    signed = replace(signed, request=request)
    environment = VariableSet("e", "dev", (Variable("bt", "f1a7-9c3e"), Variable("other", "visible-value")))
    story = Story(collection(signed, variables=[Variable("xa", "0b5d-77aa")]), environment=environment)
    events = _masked(story, [Play("Signed", [Did("prerequest", [say("f1a7-9c3e 0b5d-77aa visible-value")])])])
    assert [e.line.messages for e in events if isinstance(e, ev.ConsoleLogged)] == [(f"{MASK} {MASK} visible-value",)]
    started = events[0]
    assert isinstance(started, ev.RunStarted)
    assert [row.value for row in started.environment.values] == [MASK, "visible-value"]


def test_a_key_in_place_of_a_user_in_a_url_is_hidden() -> None:
    users = item("Users")
    url = replace(users.request.url, auth=UrlAuth("sk_live_9f8e7d", ""))
    sent = exchange(replace(users.request, url=url))
    sent = replace(sent, request=replace(sent.request, url="http://sk_live_9f8e7d:@localhost:8080/echo"))
    events = _masked(Story(collection(users)), [Play("Users", exchanges=[sent])], Masker({"k": "sk_live_9f8e7d"}))
    assert "UrlAuth(user='********'" in repr(events)
    assert "sk_live" not in repr(events)


def test_data_of_the_iteration() -> None:
    """The first rows are known from the beginning, a later one when its turn comes."""
    users = item("Users")
    story = Story(collection(users), iterations=30)
    data = [{"password": f"data-pass-{number:02}"} for number in range(30)]
    plays = [Play("Users", [Did("prerequest", [say("data-pass-00 data-pass-25")])])]
    events = _masked(story, plays, Masker(data=data))
    said = [e.line.messages[0] for e in events if isinstance(e, ev.ConsoleLogged)]
    assert said[0] == f"{MASK} data-pass-25"
    assert said[25].endswith(f" {MASK}")


HARD = st.text("abcXYZ0189-_.~!@#$%&'()+/:;<=>?[]^{|}\"\\ éß日", min_size=8, max_size=24)
FORMS: tuple[Callable[[str], str], ...] = (
    str, quote, quote_plus, json.dumps, html.escape, lambda text: json.dumps(text, ensure_ascii=False),
    lambda text: base64.b64encode(text.encode()).decode(), lambda text: quote(text, safe=""),
)  # fmt: skip


@given(HARD, st.sampled_from(FORMS), st.text("abc \n,:", max_size=10), st.text("abc \n,:", max_size=10))
def test_any_secret_in_any_form_is_hidden_and_only_that(
    secret: str, form: Callable[[str], str], before: str, after: str
) -> None:
    secrets = Secrets()
    secrets.give(secret)
    written = form(secret)
    if secrets.text(secret) == secret:  # too common to be searched for: docs/secrets.md
        assert "{{" in secret or not secret.strip()
        return
    shown = secrets.text(f"{before} {written} {after}")
    assert written.strip('"') not in shown
    assert MASK in shown
    assert secrets.text(shown) == shown, "what is masked is masked again"
