# ruff: noqa: E501  # tables of cases
"""Files and responses that are bombs: refused or survived, in bounded time and memory, with a plain sentence."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

import runner
from support.marks import slow
from support.server import RecordingServer

from .command import Json, collection, execute, item

DEEP = "[" * 100_000 + "]" * 100_000
LAUGHS = [{"key": "l0", "value": "lol"}] + [{"key": f"l{n}", "value": f"{{{{l{n - 1}}}}}" * 10} for n in range(1, 30)]
SECONDS = 15


def raw(text: str) -> Json:
    return {"method": "POST", "body": {"mode": "raw", "raw": text}}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("c.json", f'{{"info": {{"name": "x"}}, "item": [{{"name": "a", "x": {DEEP}}}]}}', "nested too deeply"),
        ("c.json", '{"info": {"name": "x"}, "item": [' + '{"name": "f", "item": [' * 10_000 + "]}" * 10_000 + "]}", "nested"),
        ("e.json", f'{{"name": "e", "values": [{{"key": "a", "value": {DEEP}}}]}}', "nested too deeply"),
        ("d.json", f'[{{"a": {DEEP}}}]', "nested too deeply"),
        ("d.json", f'[{{"a": {"9" * 100_000}}}]', "4300 digits"),
        ("d.csv", "a,b\n" + '"' * 1_000_001 + "\n", "quote that is not closed"),
        ("j.json", f'{{"cookies": {DEEP}}}', "cannot be used as cookie jar"),
        ("w.yaml", "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10)), "alias"),
        ("w.yaml", "name: x\nsteps: &a [*a]\n", "holds itself"),
        ("w.yaml", "name: x\nsteps: " + "[" * 20_000 + "]" * 20_000, "nested too deeply"),
    ],
    ids=["collection", "folders", "environment", "data", "digits", "csv", "jar", "yaml-aliases", "yaml-itself", "yaml-deep"],
)  # fmt: skip
def test_files(tmp_path: Path, name: str, content: str, message: str) -> None:
    (tmp_path / "c.json").write_text(json.dumps(collection()))
    (tmp_path / name).write_text(content)
    first = name if name.startswith(("c", "w")) else "c.json"
    options = {
        "e.json": ["-e", name],
        "d.json": ["-d", name],
        "d.csv": ["-d", name],
        "j.json": ["--cookie-jar", name],
    }.get(name, [])
    ran = execute(tmp_path, first, *options)
    assert ran.code == 3
    assert message in ran.err
    assert len(ran.err.splitlines()) == 1
    assert ran.seconds < SECONDS


def test_yaml_makes_no_objects(tmp_path: Path) -> None:
    (tmp_path / "w.yaml").write_text("name: !!python/object/apply:os.mkdir [made]\nsteps: []\n")
    assert execute(tmp_path, "w.yaml").code == 3
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize(
    "text",
    [
        *slow("{{l29}}"),
        "{{itself}}",
        "{{" * 200_000,
        "{{a" * 100_000 + "}}" * 100_000,
        "{{" + " a" * 100_000 + " }}",
        "{{ n ** n ** n }}",
        "{{ a * 10 ** 10 }}",
        "{{ [n] * n ** 2 }}",
        "{{ a.ljust(10 ** 10) }}",
        "{{ a | center(10 ** 10) }}",
        "{{ '%09999999999d' % n }}",
        "{{ '%9999999999d' | format(n) }}",
        "{{ '{:>9999999999}'.format(n) }}",
        "{{ '%*d' % (n ** 3, n) }}",
        "{{ a | indent(10 ** 10, true) }}",
        "{{ {'a': a} | tojson(indent=10 ** 10) }}",
        "{{ range(10 ** 9) | list | length + n }}",
        "{{ " + "(" * 5000 + "n" + ")" * 5000 + " }}",
        "{{ " + "not " * 50_000 + "n }}",
    ],
    ids=lambda text: text[:30],
)
def test_templates(tmp_path: Path, server: RecordingServer, text: str) -> None:
    variables = [*LAUGHS, {"key": "itself", "value": "{{itself}}{{itself}}"}]
    variables += [{"key": "a", "value": "xx"}, {"key": "n", "value": 99999}]
    given = collection(item("a", server.url, **raw(text)), item("b", server.url + "/next"), variable=variables)
    ran = execute(tmp_path, given)
    assert ran.code == 0
    assert ran.seconds < SECONDS
    assert server.take()[-1].target == "/next"


@pytest.mark.parametrize("path", ["../outside", "link", "/etc/hostname", "/proc/self/environ"])
def test_files_outside_are_not_sent(tmp_path: Path, server: RecordingServer, path: str) -> None:
    inside, secret = tmp_path / "in", tmp_path / "outside"
    inside.mkdir()
    secret.write_text("canary")
    (inside / "link").symlink_to(secret)
    body = {"mode": "file", "file": {"src": path}}
    form = {"mode": "formdata", "formdata": [{"key": "f", "type": "file", "src": path}]}
    given = collection(*(item(mode["mode"], server.url, method="POST", body=mode) for mode in (body, form)))
    ran = execute(inside, given)
    assert "--insecure-file-read" in ran.out + ran.err
    assert all(b"canary" not in received.body and len(received.body) < 300 for received in server.take())
    if path in ("../outside", "link"):
        execute(inside, given, "--insecure-file-read")
        assert all(b"canary" in received.body for received in server.take())


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nX-Evil: 1", "a\x00b", "a\x7fb"])
def test_nothing_is_smuggled_into_the_head_of_a_request(server: RecordingServer, value: str) -> None:
    attacks = [
        item("value", server.url, header=[{"key": "X-A", "value": "{{v}}"}]),
        item("name", server.url, header=[{"key": "X{{v}}", "value": "1"}]),
        item("method", server.url, method="GET{{v}}"),
        item("path", server.url + "/{{v}}"),
        item("query", server.url + "/?q={{v}}"),
        item("bearer", server.url, auth={"type": "bearer", "bearer": [{"key": "token", "value": "{{v}}"}]}),
        item(
            "form", server.url, method="POST", body={"mode": "formdata", "formdata": [{"key": 'k"{{v}}', "value": "1"}]}
        ),
    ]
    runner.run(collection(*attacks, item("next", server.url + "/next")), variables={"v": value})
    received = server.take()
    assert received[-1].target == "/next"
    for one in received:
        assert one.header("X-Evil") is None
        assert "\r\nX-Evil" not in one.body.decode()
        assert one.method in ("GET", "POST")


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right there")
def test_a_folder_of_links_to_itself(tmp_path: Path) -> None:
    root = tmp_path / "c"
    root.mkdir()
    (root / "a.request.yaml").write_text("$kind: http-request\nurl: http://127.0.0.1:1/\nmethod: GET\n")
    os.symlink(root, root / "again")
    ran = execute(tmp_path, "c", "--timeout-request", "100")
    assert ran.code in (1, 3)
    assert ran.seconds < SECONDS


@pytest.mark.parametrize(
    "how", ["'ev', 'a{evil}'", "{{ name: 'ev', value: 'a{evil}', path: '/' }}", "'ev=a{evil}; path=/'"]
)
@pytest.mark.parametrize("evil", ["\\r\\nX-Evil: 1", "\\nX-Evil: 1", "\\u0000X-Evil: 1"])
def test_cookies_that_scripts_set_smuggle_nothing(tmp_path: Path, server: RecordingServer, how: str, evil: str) -> None:
    other = server.url.replace("127.0.0.1", "127.0.0.2")
    script = f"await new Promise((done) => pm.cookies.jar().set('{server.url}', {how.format(evil=evil)}, done))"
    items = [item("sets", other, script), item("sends", server.url + "/sent"), item("next", other + "/next")]
    execute(tmp_path, collection(*items))
    received = server.take()
    assert received[-1].target == "/next"
    assert [one.header("X-Evil") for one in received] == [None] * len(received)
