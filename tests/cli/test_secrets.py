"""No secret is in anything that a run shows or writes, whichever reporter it is and however it turns up."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from cli.conftest import Htrun, request
from runner.reporters.registry import REPORTERS
from support.server import Answer, Received, RecordingServer, answer_to

KEY = 'sk_live_8f/3+Zq="5\\w<é>'
CHECK_KEY = (
    "pm.test('the key is ' + pm.variables.get('k'), () => pm.expect(pm.response.text()).to.eql(pm.variables.get('k')));"
)


def forms(key: str) -> Iterator[str]:
    """The texts by which one finds a key in a file."""
    yield from (key, quote(key), quote(key, safe=""), quote_plus(key), html.escape(key), key[:12], key[-12:])
    yield from (json.dumps(key)[1:-1], json.dumps(key, ensure_ascii=False)[1:-1])
    yield from (base64.b64encode(text.encode()).decode() for text in (key, f"me:{key}", f"{key}:"))


def numbers(text: str) -> str:
    """The lists of numbers in a text as what they are: Newman writes bodies so."""
    lists = re.findall(r"\[([\d,\s]{20,})\]", text)
    return "\n".join(bytes(int(number) for number in one.split(",")).decode("utf-8", "replace") for one in lists)


def encoded(text: str) -> str:
    """What is in base64 in a text."""
    found = []
    for one in re.findall(r"[A-Za-z0-9+/]{24,}={0,2}", text):
        try:
            found.append(base64.b64decode(one + "=" * (-len(one) % 4)).decode("utf-8", "replace"))
        except ValueError:
            continue
    return "\n".join(found)


def assert_hidden(texts: dict[str, str], *keys: str) -> None:
    for name, text in texts.items():
        for key in keys:
            for form in forms(key):
                for shown in (text, numbers(text), encoded(text)):
                    at = shown.find(form)
                    assert at < 0, f"{name}: ...{shown[max(0, at - 100) : at + 100]!r}..."


def log_in_or_echo(received: Received) -> Answer:
    if received.target != "/login":
        return answer_to(received)
    headers = [("Content-Type", "application/json"), ("Set-Cookie", "sid=cookie-5566-7788; Path=/")]
    return Answer(200, json.dumps({"access_token": "tok-77aa-88bb"}).encode(), headers)


@pytest.fixture
def server() -> Iterator[RecordingServer]:
    with RecordingServer(respond=log_in_or_echo) as running:
        yield running


@pytest.fixture
def leaky(collection: Callable[..., str], server: RecordingServer) -> str:
    """A collection that puts its key everywhere, sent to a server that sends it back."""
    echo, port = f"{server.url}/echo", server.url.rpartition(":")[2]
    says = (
        "const k = pm.variables.get('k'); console.log('key', k, { k }, JSON.stringify({ k }), encodeURIComponent(k));"
    )
    sends = (
        f"pm.sendRequest({{ url: '{echo}?inner=' + encodeURIComponent(pm.variables.get('k')), method: 'POST',"
        " header: { 'X-Api-Key': pm.variables.get('k') }, body: { mode: 'raw', raw: pm.variables.get('k') } },"
        " (error, response) => pm.test('inner', () => pm.expect(response.text()).to.include('nothing')));"
    )
    return collection(
        request("header", echo, f"{says}\n{CHECK_KEY}", header=[{"key": "X-Other", "value": "{{k}}"}]),
        request("query", f"{echo}?q={{{{k}}}}&x=1", "throw new Error('wrong key ' + pm.variables.get('k'))"),
        request("body", echo, sends, method="POST", body={"mode": "raw", "raw": '{"v": "{{k}}", "w": [["{{k}}"]]}'}),
        request(
            "basic",
            echo,
            "pm.test('x', () => { throw new TypeError(pm.request.headers.get('Authorization')) })",
            auth={
                "type": "basic",
                "basic": [{"key": "username", "value": "me"}, {"key": "password", "value": "{{k}}"}],
            },
        ),
        request(
            "form",
            echo,
            method="POST",
            body={
                "mode": "urlencoded",
                "urlencoded": [{"key": "a", "value": "{{k}}"}, {"key": "client_secret", "value": "cs-12ab-34cd"}],
            },
        ),
        request("refused", f"http://me:{{{{k}}}}@127.0.0.1:1/{port}?q={{{{k}}}}"),
        request(
            "token",
            f"{server.url}/login",
            "const t = pm.response.json().access_token; console.log(t); pm.environment.set('bearer_token', t);\n"
            "const made = t.split('').reverse().join(''); console.log(made); pm.globals.set('made_secret', made);",
        ),
        request("bearer", echo, auth={"type": "bearer", "bearer": [{"key": "token", "value": "{{bearer_token}}"}]}),
        request(
            "nested",
            echo,
            prerequest="await pm.execution.runRequest('query')",
            header=[{"key": "X-Made", "value": "{{made_secret}}"}],
        ),
    )


SECRETS = (KEY, "tok-77aa-88bb", "tok-77aa-88bb"[::-1], "cookie-5566-7788", "cs-12ab-34cd")


def everything(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text("utf-8", "surrogateescape")
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize("name", sorted(REPORTERS))
def test_no_reporter_shows_a_secret(htrun: Htrun, leaky: str, tmp_path: Path, name: str) -> None:
    """New reporters are in the table, and so in this test."""
    out = tmp_path / "out"
    out.mkdir()
    env = {"GITHUB_STEP_SUMMARY": str(out / "summary.md"), "GITHUB_ACTIONS": "true"}
    done = htrun(
        *("run", leaky, "--secret", f"k={KEY}", "-r", name, f"--reporter-{name}-export", f"out/{name}"),
        *("--verbose", "--curl", "--record", "out/record", "--color", "off"),
        env=env,
    )
    assert done.returncode == 1, done.stderr
    texts = {"stdout": done.stdout, "stderr": done.stderr, **everything(out)}
    assert_hidden(texts, *SECRETS)
    shown = "".join(text for where, text in texts.items() if where != "record")
    if name not in ("progress", "emojitrain"):
        assert "********" in shown or "********" in numbers(shown), "it shows requests, so it has something to hide"

    again = htrun("report", "out/record", "--as", name, f"--reporter-{name}-export", f"again/{name}", "--verbose")
    assert again.returncode == 1, again.stderr
    assert_hidden({"stdout": again.stdout, "stderr": again.stderr, **everything(tmp_path / "again")}, *SECRETS)


def test_the_server_gets_the_secret_and_so_does_the_next_run(
    htrun: Htrun, leaky: str, server: RecordingServer, tmp_path: Path
) -> None:
    """Only what people and tools look at is masked, not what is sent or exported."""
    done = htrun("run", leaky, "--secret", f"k={KEY}", "--export-environment", "e.json", "-r", "progress")
    assert done.returncode == 1
    received = server.take()
    assert received[0].header("x-other") == KEY
    assert "Bearer tok-77aa-88bb" in [one.header("authorization") for one in received]
    rows = json.loads((tmp_path / "e.json").read_text())["values"]
    assert {"key": "bearer_token", "value": "tok-77aa-88bb", "type": "any", "enabled": True}.items() <= {
        **rows[0], "enabled": True
    }.items()  # fmt: skip


def test_show_secrets_hides_nothing(htrun: Htrun, leaky: str, tmp_path: Path) -> None:
    done = htrun("run", leaky, "--secret", f"k={KEY}", "--show-secrets", "-r", "cli,json", "--verbose", "--curl",
                 "--reporter-json-export", "r.json", "--record", "record")  # fmt: skip
    assert "********" not in done.stdout
    assert quote(KEY, safe="") in done.stdout or KEY in done.stdout
    report = (tmp_path / "r.json").read_text()
    assert "********" not in report
    assert json.dumps(KEY, ensure_ascii=False) in report
    assert KEY[:8] in (tmp_path / "record").read_text()
    assert KEY[:8] in htrun("report", "record").stdout, "a report shows what the record has"


@pytest.mark.parametrize(
    ("options", "more"),
    [
        (["--var", "api_key=sEcr3t-ab12"], {}),
        (["--env-var", "api_key=sEcr3t-ab12"], {}),
        (["--global-var", "api_key=sEcr3t-ab12"], {}),
        (["--secret", "other=sEcr3t-ab12"], {}),
        (["-e", "e.json"], {}),
        (["-d", "d.csv"], {}),
        ([], {"variable": [{"key": "other", "value": "sEcr3t-ab12", "type": "secret"}]}),
        ([], {"auth": {"type": "apikey", "apikey": [{"key": "key", "value": "X"}, {"key": "value", "value": "{{v}}"}]},
              "variable": [{"key": "v", "value": "sEcr3t-ab12"}]}),
        ([], {"auth": {"type": "bearer", "bearer": [{"key": "token", "value": "sEcr3t-ab12"}]}}),
        ([], {"event": [{"listen": "prerequest", "script": {"exec": ["pm.globals.set('my_token', 'sEcr3t-ab12')"]}}]}),
    ],
    ids=["var", "env-var", "global-var", "secret", "environment", "data", "type", "apikey", "bearer", "script"],
)  # fmt: skip
def test_where_secrets_come_from(
    htrun: Htrun,
    collection: Callable[..., str],
    server: RecordingServer,
    tmp_path: Path,
    options: list[str],
    more: dict[str, Any],
) -> None:
    values = [{"key": "e", "value": "sEcr3t-ab12", "type": "secret", "enabled": True}]
    (tmp_path / "e.json").write_text(json.dumps({"name": "e", "values": values}))
    (tmp_path / "d.csv").write_text("password\nsEcr3t-ab12\n")
    file = collection(request("A", f"{server.url}/mirror", "console.log('sEcr3t' + '-ab12')", method="POST",
                              body={"mode": "raw", "raw": "it is sEcr3t-ab12"}), **more)  # fmt: skip
    done = htrun("run", file, *options, "--verbose", "-r", "cli,json,junit", "--reporter-export", "out/")
    assert done.returncode == 0, done.stderr
    assert "it is ********" in done.stdout
    assert "'********'" in done.stdout
    assert_hidden({"stdout": done.stdout, **everything(tmp_path / "out")}, "sEcr3t-ab12")


def test_a_run_without_secrets_is_shown_as_it_is(
    htrun: Htrun, collection: Callable[..., str], server: RecordingServer
) -> None:
    file = collection(request("A", f"{server.url}/echo?author=me&token_type=bearer&id=12345678"))
    done = htrun("run", file, "--verbose")
    assert done.returncode == 0
    assert "********" not in done.stdout


@pytest.mark.parametrize("given", ["sk_live_forgot_the_name", "=sk_live_forgot_the_name"])
def test_a_secret_without_a_name_is_not_quoted(htrun: Htrun, collection: Callable[..., str], given: str) -> None:
    done = htrun("run", collection(), "--secret", given)
    assert done.returncode == 2
    assert "--secret takes NAME=VALUE" in done.stderr
    assert "sk_live" not in done.stderr


def test_secrets_in_the_configuration_file(
    htrun: Htrun, collection: Callable[..., str], server: RecordingServer, tmp_path: Path
) -> None:
    (tmp_path / ".htrunrc").write_text(json.dumps({"secret": {"k": "sEcr3t-ab12"}}))
    done = htrun("run", collection(request("A", f"{server.url}/echo?q={{{{k}}}}")), "--verbose")
    assert done.returncode == 0
    assert [one.target for one in server.take()] == ["/echo?q=sEcr3t-ab12"]
    assert "/echo?q=********" in done.stdout
    assert "sEcr3t" not in done.stdout


def test_words_that_name_what_they_stand_for_are_secret_only_if_they_were_given() -> None:
    from runner.reporters.masking.text import Secrets

    for lasting, seen in ((False, "my-access-token"), (True, "********")):
        secrets = Secrets()
        secrets.find("my-access-token", "access_token", lasting=lasting)
        text = '{"token": "my-access-token", "x": "my-access-token"}'
        assert secrets.text(text) == text.replace("my-access-token", seen)
        assert secrets.text('{"token": "my-access-t0ken-1"}') == '{"token": "********"}'
        assert secrets.text('{"authorization": "Bearer my-access-t0ken"}') == '{"authorization": "********"}'
