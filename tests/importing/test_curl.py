"""cURL command lines: what an imported one sends is what curl itself sends."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
from collections.abc import Callable
from email import message_from_bytes
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote_plus

import pytest

from cli.conftest import Htrun
from importing.conftest import sent_headers
from support.server import Received, RecordingServer

Json = Any

COMMANDS = [
    "curl URL/a",
    "curl -X DELETE URL/things/1",
    "curl -XPATCH -HX-One:1 -H 'X-Two;' -H 'Accept:' URL/a",
    "curl URL/a?b=1\\&c=%20d",
    """curl "URL/a?q={x}&r=a+b" -g""",
    "curl -d a=1 -d 'b=two words' --data-urlencode 'c=x&y=z' URL/form",
    "curl --data-urlencode 'just text' URL/form",
    "curl --data-raw '@not-a-file' URL/form",
    "curl URL/json -H 'Content-Type: application/json' -d '{\"a\": [1, 2]}'",
    "curl URL/json --json '{\"a\":' --json '1}'",
    "curl URL/json -d '{\"a\": 1}'",
    "curl -G URL/search -d q=1 --data-urlencode 'name=Ann Lee'",
    "curl URL/search?x=1 --url-query 'name=Ann Lee'",
    "curl -u ann:s3cret URL/private",
    "curl --oauth2-bearer t0ken URL/private",
    "curl -b 'a=1; b=2' -A 'my agent/1' -e 'https://from.test/' -r 0-9 URL/a",
    "curl -I URL/a",
    "curl -F name=Ann -F 'text=with; semicolon' -F 'doc=@small.txt;type=text/x-doc;filename=other.txt' URL/upload",
    """curl -F 'quoted="a; \\"b\\"";type=text/x' URL/upload""",
    "curl --form-string 'name=@literal' URL/upload",
    "curl --data-binary @small.txt -H 'Content-Type: text/plain' URL/file",
    "curl -d @small.txt URL/file",
    "curl -T small.txt URL/put/small.txt",
    "curl URL/one URL/two",
    "curl URL/one -d a=1 --next URL/two -X PUT",
    "curl -sSL --compressed -o /dev/null URL/quiet",
    "curl -X POST URL/empty",
    "curl $'URL/a?b=\\'x\\'' -H $'X-Tab: a\\tb'",
    'curl URL/continued \\\n  -H \'X-A: 1\' \\\n  -H "X-B: \\"2\\""',
]


def parts(request: Received) -> Json:
    """A multipart body as its fields; any other as it is."""
    kind = request.header("Content-Type") or ""
    if kind == "application/x-www-form-urlencoded":  # a space is %20 or +, which is the same
        return unquote_plus(request.body.decode())
    if not kind.startswith("multipart/"):
        return request.body
    message = message_from_bytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + request.body)
    return [
        (
            part.get_param("name", header="content-disposition"),
            part.get_filename(),
            part.get_payload(decode=True),
            part.get("Content-Type"),
        )
        for part in message.get_payload()
    ]


def essence(request: Received) -> tuple[Json, ...]:
    path, _, query = request.target.partition("?")
    return request.method, path, parse_qsl(query, True), sent_headers(request), parts(request)


@pytest.mark.skipif(shutil.which("curl") is None, reason="compares with curl")
@pytest.mark.parametrize("command", COMMANDS)
def test_an_imported_command_sends_what_curl_sends(
    command: str,
    imported: Callable[..., Json],
    run: Callable[..., list[Received]],
    server: RecordingServer,
    tmp_path: Path,
) -> None:
    (tmp_path / "small.txt").write_text("a small file")
    command = command.replace("URL", server.url)
    subprocess.run(
        ["bash", "-c", command],
        cwd=tmp_path,
        check=True,
        capture_output=True,
        env={"PATH": "/usr/local/bin:/usr/bin:/bin"},
    )
    expected = [essence(request) for request in server.take()]
    imported("commands.sh", command, warnings=None)
    assert [essence(request) for request in run()] == expected


def test_a_command_can_be_given_as_the_argument(htrun: Htrun, tmp_path: Path) -> None:
    done = htrun("import", "curl https://api.test/things/1 -H 'Accept: text/csv'", "-o", "c.json")
    assert (done.returncode, done.stderr) == (0, "htrun: 1 request from cURL written to c.json\n")


def test_shell_variables_become_variables(imported: Callable[..., Json]) -> None:
    text = 'TOKEN=abc\nexport HOST="api.test"\n$ curl "https://$HOST/a" -H "Authorization: Bearer ${TOKEN}" '
    text += "-d '{\"$x\": 1}'\n"
    made = imported("notes.sh", text, warnings=1)
    assert made["variable"] == [{"key": "HOST", "value": "api.test"}, {"key": "TOKEN", "value": "abc"}]
    (item,) = made["item"]
    assert item["request"]["url"]["raw"] == "https://{{HOST}}/a"
    assert item["request"]["header"][0]["value"] == "Bearer {{TOKEN}}"
    assert item["request"]["body"]["raw"] == '{"$x": 1}'


def test_what_is_left_out_is_said(htrun: Htrun, tmp_path: Path) -> None:
    (tmp_path / "x.sh").write_text(
        "curl -x http://proxy:1 --cert me.pem https://api.test/a | jq .\necho done\ncurl https://api.test/b?x=1&y=2\n"
    )
    done = htrun("import", "x.sh", "-o", "c.json")
    assert done.returncode == 0
    assert done.stderr.splitlines() == [
        "htrun: warning: --cert was left out; use --ssl-client-cert when the collection is run",
        "htrun: warning: --proxy was left out; set HTTP_PROXY or HTTPS_PROXY when the collection is run",
        "htrun: warning: line 2: 'echo' is no curl command and was left out",
        "htrun: 2 requests from cURL written to c.json",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("curl 'https://api.test/a", "x.sh:1: a quote is not closed"),
        ("\ncurl -H", "x.sh:2: -H needs a value"),
        ("curl -s", "x.sh:1: the curl command has no URL"),
        ("curl -ß x", "x.sh:1: curl has no option -ß"),
    ],
)
def test_a_command_that_cannot_be_read_is_said(htrun: Htrun, tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "x.sh").write_text(text, encoding="utf-8")
    done = htrun("import", "x.sh", "-o", "c.json")
    assert (done.returncode, done.stdout, done.stderr) == (3, "", f"htrun: error: {said}\n")
    assert not (tmp_path / "c.json").exists()


def test_words_are_split_as_a_shell_does(imported: Callable[..., Json]) -> None:
    words = ["plain", "two words", "it's", 'say "hi"', "back\\slash", "new\nline", "tab\t", "ünï", "#no comment", "a#b"]
    made = imported("x.sh", "curl https://api.test/ " + " ".join(f"-d {shlex.quote(word)}" for word in words))
    assert made["item"][0]["request"]["body"]["raw"] == "&".join(words)


def test_commands_inside_of_others_are_found(htrun: Htrun, tmp_path: Path) -> None:
    (tmp_path / "x.sh").write_text(
        "TOKEN=$(curl -d 'user=a)b' \"https://api.test/login\" | jq -r .token)\n"
        'ID="$(curl "https://api.test/id/$(whoami)" -H "X: $TOKEN")"\n'
        "for i in 1 2; do\n"
        '  curl "https://api.test/b/$i"\n'
        "done\n"
        "if ! curl -f https://api.test/c; then curl https://api.test/d; fi\n"
    )
    done = htrun("import", "x.sh", "-o", "c.json")
    assert done.returncode == 0
    made = json.loads((tmp_path / "c.json").read_text())
    assert [item["request"]["url"]["raw"].removeprefix("https://api.test/") for item in made["item"]] == [
        "login", "id/$(whoami)", "b/{{i}}", "c", "d",
    ]  # fmt: skip
    assert made["item"][0]["request"]["body"]["urlencoded"][0]["value"] == "a)b"
    assert {row["key"]: row["value"] for row in made["variable"]} == {"TOKEN": "", "i": ""}
    assert done.stderr.splitlines() == [
        "htrun: warning: TOKEN is what a command prints: give it with --var TOKEN=..., or set it in a script",
        "htrun: warning: line 2: 'whoami' is no curl command and was left out",
        "htrun: warning: ID is what a command prints: give it with --var ID=..., or set it in a script",
        "htrun: warning: line 3: 'for' is no curl command and was left out",
        "htrun: 5 requests from cURL written to c.json",
    ]


@pytest.mark.parametrize("text", ["curl $(echo 'a)'", 'curl "$(echo")', 'curl $(echo "$(a)'])
def test_a_command_that_is_left_open_is_said(htrun: Htrun, tmp_path: Path, text: str) -> None:
    (tmp_path / "x.sh").write_text(f"curl https://api.test/\n{text}\n")
    done = htrun("import", "x.sh")
    assert done.returncode == 3
    assert done.stderr.startswith("htrun: error: x.sh:2: a ")
    assert done.stderr.endswith("is not closed\n")
