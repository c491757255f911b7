"""``htrun check``: what each rule finds and where, reports, exit codes, what is switched off, ``--fix``."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from check.seeds import BROKEN, FAULTS, Seed, bearer, faulty, item, unparsable, written
from cli.conftest import Htrun
from runner.check.rules import RULES

Json = Any
ROOT = Path(__file__).parents[2]


@pytest.fixture
def faults(tmp_path: Path) -> Mapping[str, str]:
    """File name -> text, of the collections with a fault for each rule."""
    texts = {"faults.json": written(faulty()), "broken.json": written(unparsable())}
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    return texts


def findings(htrun: Htrun, *arguments: str) -> list[Json]:
    done = htrun("check", "--format", "json", *arguments)
    assert done.returncode in (0, 1), done.stderr
    return [{**found, "path": file["path"]} for file in json.loads(done.stdout)["files"] for found in file["findings"]]


def codes(htrun: Htrun, *arguments: str) -> list[str]:
    return [found["code"] for found in findings(htrun, *arguments)]


def write(tmp_path: Path, *items: Json, **more: Json) -> str:
    (tmp_path / "c.json").write_text(json.dumps({"info": {"name": "C"}, "item": list(items), **more}, indent=1))
    return "c.json"


def test_each_fault_is_found_once_where_it_stands(htrun: Htrun, faults: Mapping[str, str]) -> None:
    found = {(one["path"], one["code"], one["item"], one["line"], one["column"]) for one in findings(htrun, *faults)}

    def expected(path: str, seeds: tuple[Seed, ...]) -> set[tuple[str, str, str | None, int, int]]:
        return {(path, seed.code, seed.item, *seed.position(faults[path])) for seed in seeds}

    assert found == expected("faults.json", FAULTS) | expected("broken.json", BROKEN)


def test_every_rule_has_a_fault() -> None:
    seeded = {seed.code for seed in (*FAULTS, *BROKEN)}
    assert seeded | {"HT001"} == {rule.code for rule in RULES}


CHECKED = "pm.test('a', () => {});\n"
RIGHT = {
    "a call that the script asks for first": item("a", test=CHECKED + "if (pm.later) pm.later.get('x');"),
    "a call with a question mark": item("a", test=CHECKED + "pm.later?.call();"),
    "a call whose error is caught": item("a", test=CHECKED + "try { pm.later(); } catch (error) {}"),
    "a call that a script has added": item("a", test=CHECKED + "pm.later = () => 1;\npm.later();"),
    "a name of the script's own": item("a", test=CHECKED + "const postman = {};\npostman.x();"),
    "parts of an address": item("a", test=CHECKED + "pm.request.url.query.get('a');\npm.request.body.raw.trim();"),
    "words of assertions": item("a", test="pm.test('a', () => pm.expect([1]).to.be.an('array').that.is.not.empty);"),
    "the response in a function for later": item("a", pre="pm.globals.set('f', `${() => pm.response.json()}`);"),
    "a check in a helper that another script left": item("a", test="checkTheAnswer();"),
    "a check by the old API": item("a", test="tests['ok'] = true; // htrun-disable HT205"),
    "a variable whose name is computed": item(
        "a", pre="pm.variables.set('id_' + pm.info.iteration, 2);", request={"url": "http://localhost/{{id_1}}"}
    ),
    "a variable that the request's own script sets before": item(
        "a", pre="pm.variables.set('own', 2);", request={"url": "http://localhost/{{own}}"}
    ),
    "a variable with signs in its name": item(
        "a", pre="pm.variables.set('a/b', 2);", request={"url": "http://localhost/{{a/b}}"}
    ),
    "a placeholder for a secret": item("a", request={"auth": bearer("<your token here>")}),
    "a token from a variable": item("a", pre="pm.variables.set('t', 'x');", request={"auth": bearer("{{t}}")}),
    "a list of variables that is kept": item(
        "a", pre="pm.variables.values.add({ key: 'l', value: 2 });", request={"url": "http://localhost/{{l}}"}
    ),
    "an address that a script sets": item("a", pre="pm.request.url = 'http://localhost/';", request={"url": ""}),
    "an auth that a script completes": item(
        "a", pre="pm.request.auth.update({type: 'bearer'}, 'x');", request={"auth": bearer("")}
    ),
    "an auth beside a header that the request brings": item(
        "a", request={"auth": bearer(""), "header": [{"key": "authorization", "value": "Bearer {{$guid}}"}]}
    ),
    "an auth that every request replaces": {
        "name": "f", "auth": bearer(""), "item": [item("a", request={"auth": {"type": "noauth"}})],
    },
    "an auth of a folder without requests": {
        "name": "f", "item": [item("a"), {"name": "empty", "auth": bearer(""), "item": []}],
    },
    "a template for the server": item("a", request={
        "method": "POST", "body": {"mode": "raw", "raw": "{{#each items}}{{name}}, {{/each}}"},
    }),
    "a check that throws": item("a", test="if (pm.response.code !== 200) throw new Error('no');"),
    "a body without its file that is not sent": item(
        "a", request={"method": "GET", "body": {"mode": "file", "file": {"src": "gone"}}}
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", RIGHT)
def test_what_is_right_is_not_found(htrun: Htrun, tmp_path: Path, what: str) -> None:
    assert codes(htrun, write(tmp_path, RIGHT[what])) == []


BASIC = "Basic " + base64.b64encode(b"ann:q7Zp2Lx9Vw4Rk8Ty").decode()


@pytest.mark.parametrize(
    ("value", "secret"),
    [
        (BASIC, True),
        ("Basic " + base64.b64encode(b"admin:admin1234").decode(), False),
        ("Bearer q7Zp2Lx9Vw4Rk8Ty", True),
        ("GenieKey q7Zp2Lx9Vw4Rk8Ty", True),
        ("q7Zp2Lx9Vw4Rk8Ty", True),
        ('OAuth oauth_nonce="1", oauth_token="q7Zp2Lx9Vw4Rk8Ty"', True),
        ("OAuth oauth_token=q7Zp2Lx9Vw4Rk8Ty", True),
        ('OAuth oauth_token="{{token}}", oauth_nonce="q7Zp2Lx9Vw4Rk8Ty"', False),
        ('Digest username="ann", nonce="q7Zp2Lx9Vw4Rk8Ty"', False),
        ("Bearer {{token}}", False),
    ],
)
def test_a_secret_in_an_authorization_header(htrun: Htrun, tmp_path: Path, value: str, secret: bool) -> None:
    file = write(tmp_path, item("a", request={"header": [{"key": "Authorization", "value": value}]}))
    found = findings(htrun, file, "--disable", "HT101")
    assert [one["code"] for one in found] == (["HT501"] if secret else [])
    assert "q7Zp2Lx9" not in str(found)


def test_a_jump_back_is_followed(htrun: Htrun, tmp_path: Path) -> None:
    """What a later request sets is there when a script has jumped back."""
    use = item("use", request={"url": "http://localhost/{{later}}"})
    setter = item("set", test=CHECKED + "pm.globals.set('later', 1);")
    again = item("set", test=CHECKED + "pm.globals.set('later', 1);\nif (1) pm.execution.setNextRequest('use');")
    assert codes(htrun, write(tmp_path, use, setter)) == ["HT103"]
    assert codes(htrun, write(tmp_path, use, again)) == []


def test_requests_behind_a_jump_are_reached_by_other_jumps(htrun: Htrun, tmp_path: Path) -> None:
    first = item("first", test=CHECKED + "if (pm.info.iteration) pm.execution.setNextRequest('third');")
    stop = item("second", test=CHECKED + "pm.execution.setNextRequest(null);")
    assert codes(htrun, write(tmp_path, first, stop, item("third"), item("fourth"))) == []
    early = item("second", test=CHECKED + "if (pm.info.iteration) return;\npm.execution.setNextRequest(null);")
    assert codes(htrun, write(tmp_path, early, item("third"))) == []
    found = findings(htrun, write(tmp_path, stop, item("third"), item("fourth")))
    assert [(one["code"], one["item"]) for one in found] == [("HT405", "third")]
    assert "and the 1 after it" in found[0]["message"]


def test_what_the_run_is_given_counts(htrun: Htrun, tmp_path: Path) -> None:
    file = write(tmp_path, item("a", request={"url": "http://localhost/{{a}}/{{b}}/{{c}}/{{d}}/{{e}}"}))
    (tmp_path / "env.json").write_text(json.dumps({"values": [{"key": "a", "value": "1"}]}))
    (tmp_path / "rows.csv").write_text("b,x\n1,2\n")
    arguments = ("-e", "env.json", "-d", "rows.csv", "--var", "c=1", "--global-var", "d=1", "--env-var", "e=1")
    assert codes(htrun, file) == ["HT101"] * 5
    assert codes(htrun, file, *arguments) == []


def test_where_each_variable_comes_from(htrun: Htrun, tmp_path: Path) -> None:
    file = write(
        tmp_path,
        item("Log in", test="pm.test('a', () => {});\npm.globals.set('token', 1);"),
        item("use", request={"url": "{{base}}/{{token}}/{{nobody}}/{{empty}}"}),
        variable=[{"key": "base", "value": "http://localhost"}, {"key": "empty", "value": ""}],
    )
    done = htrun("check", file, "--variables")
    lines = [line.split(maxsplit=1) for line in done.stdout.splitlines() if line.startswith("  ")]
    assert dict(lines) == {
        "base": "collection variables  (1 request)",
        "empty": "collection variables, empty  (1 request)",
        "nobody": "set by nothing  (1 request)",
        "token": "Log in (test script, line 2)  (1 request)",
    }


def test_the_text_report(htrun: Htrun, tmp_path: Path) -> None:
    old = "pm.test('a', () => {});\nresponseBody;"
    file = write(
        tmp_path, *(item(f"r{n}", test=old) for n in range(6)), item("x", test="pm.test('a', b => c);\npm.x();")
    )
    done = htrun("check", file)
    text = (tmp_path / file).read_text()
    at = text.index("pm.x()") + 3
    line, column = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
    lines = done.stdout.splitlines()
    assert lines[-2] == f"{file}:{line}:{column}: error HT202 x, test script, line 2: Postman's API has no pm.x"
    assert [one.count("HT205") for one in lines[:3]] == [1, 1, 1]
    assert lines[2].endswith("(and 3 more like it)")
    assert lines[-1] == "1 error, 6 notes in 7 requests"
    assert len(lines) == 5
    assert htrun("check", write(tmp_path, item("fine"))).stdout == "Nothing found in 1 request\n"


@pytest.mark.parametrize(("level", "code"), [("error", 0), ("warning", 1), ("note", 1), ("never", 0)])
def test_exit_codes(htrun: Htrun, tmp_path: Path, level: str, code: int) -> None:
    file = write(tmp_path, item("a", request={"url": "http://localhost/{{nobody}}"}))
    assert htrun("check", file, "--fail-on", level).returncode == code


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ((), 2, "needs a collection"),
        (("gone.json",), 3, "gone.json: no such file"),
        (("gone.workflow.yaml",), 3, "gone.workflow.yaml: no such file"),
        (("c.json", "--disable", "HT999"), 2, "there is no rule HT999"),
        (("c.json", "-e", "gone.json"), 3, "gone.json: no such file"),
    ],
)
def test_wrong_use(htrun: Htrun, tmp_path: Path, arguments: tuple[str, ...], code: int, words: str) -> None:
    write(tmp_path, item("a"))
    done = htrun("check", *arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert words in done.stderr
    assert done.stderr.startswith("htrun: error: ")
    assert done.stderr.count("\n") == 1


def test_a_file_that_cannot_be_read_does_not_keep_the_others(htrun: Htrun, tmp_path: Path) -> None:
    write(tmp_path, item("a", test="pm.x();"))
    (tmp_path / "bad.json").write_text('{"item": [\n  {"name": }\n]}')
    done = htrun("check", "bad.json", "c.json")
    assert done.returncode == 1
    assert done.stdout.splitlines()[0].startswith("bad.json:2:12: error HT001 is not valid JSON")
    assert "HT202" in done.stdout


def test_a_folder_is_taken_apart(htrun: Htrun, tmp_path: Path) -> None:
    (tmp_path / "all").mkdir()
    for name in ("one", "two"):
        (tmp_path / "all" / f"{name}.json").write_text(
            json.dumps({"info": {"name": name}, "item": [item("a", test="pm.x()")]})
        )
    (tmp_path / "all" / "some.workflow.yaml").write_text("steps: []\n")
    found = findings(htrun, "all")
    assert [one["path"] for one in found if one["code"] == "HT202"] == ["all/one.json", "all/two.json"]


def workflow(tmp_path: Path, text: str) -> str:
    (tmp_path / "w.workflow.yaml").write_text(f"name: W\n{text}")
    return "w.workflow.yaml"


def test_a_workflow_file_is_checked_with_its_collections(htrun: Htrun, tmp_path: Path) -> None:
    write(
        tmp_path, item("a", test="pm.x()", request={"url": "http://localhost/{{v}}{{s}}{{c}}{{k}}{{each}}{{nobody}}"})
    )
    head = "collection: c.json\nvariables: {v: 1}\nsecrets: [s]\n"
    step = "{run: a, capture: {c: $.id}, foreach: {in: [{k: 1}], as: each}}"
    file = workflow(tmp_path, f"{head}steps: [{step}]\n")
    for arguments in ((file,), (file, "c.json"), (".",)):
        found = findings(htrun, *arguments, "--disable", "HT404")
        assert [(Path(one["path"]).name, one["code"]) for one in found] == [("c.json", "HT202"), ("c.json", "HT101")]
        assert "{{nobody}}" in found[1]["message"]
    done = htrun("check", file, "--disable", "HT101,HT202,HT404")
    assert (done.returncode, done.stdout) == (0, "Nothing found in 1 request in 2 files\n")


@pytest.mark.parametrize(
    ("step", "unchecked"),
    [
        ("{run: a}", ["a", "b"]),
        ("{run: a, expect: {status: 200}}", ["b"]),
        ("{run: a, expect: response.status == 200}", ["b"]),
        ("{run: a, until: response.status == 200}", ["b"]),
        ("{name: all, steps: [{run: F, expect: {status: 200}}]}", []),
    ],
)
@pytest.mark.parametrize("collections", ["collection: c.json", "collections: {one: c.json, two: d.json}"])
def test_a_workflow_file_may_check_what_no_script_checks(
    htrun: Htrun, tmp_path: Path, collections: str, step: str, unchecked: list[str]
) -> None:
    folder = {"name": "F", "item": [item("a", test=""), item("b", test="")]}
    write(tmp_path, folder, item("checked"))
    (tmp_path / "d.json").write_text(json.dumps({"info": {"name": "D"}, "item": [item("d")]}))
    found = findings(htrun, workflow(tmp_path, f"{collections}\nsteps: [{step}]\n"))
    assert {one["code"] for one in found} <= {"HT404"}
    told = [one["item"] for one in found]
    assert told == (["F"] if len(unchecked) == 2 else [f"F/{name}" for name in unchecked])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("collection: c.json\nsteps: [{run: nobody}]\n", ("w.workflow.yaml", 3, "there is no folder or request")),
        ("collection: c.json\nsteps: [{runn: a}]\n", ("w.workflow.yaml", 3, "runn")),
        ("collection: gone.json\nsteps: [{run: a}]\n", ("w.workflow.yaml", 2, "gone.json: no such file")),
        ("collection: bad.json\nsteps: [{run: a}]\n", ("bad.json", 1, "is not valid JSON")),
        ("collection: c.json\nsteps: [\n", ("w.workflow.yaml", 4, "")),
    ],
)
def test_what_is_wrong_with_a_workflow_file_is_a_finding(
    htrun: Htrun, tmp_path: Path, text: str, found: tuple[str, int, str]
) -> None:
    write(tmp_path, item("a"))
    (tmp_path / "bad.json").write_text("[")
    (one,) = [one for one in findings(htrun, workflow(tmp_path, text)) if one["code"] == "HT001"]
    assert (one["path"], one["line"]) == found[:2]
    assert found[2] in one["message"]


def test_rules_are_switched_off(htrun: Htrun, tmp_path: Path) -> None:
    wrong = "pm.test('a', () => {});\npm.x();\nresponseBody;"
    file = write(tmp_path, item("a", test=wrong))
    assert codes(htrun, file) == ["HT202", "HT205"]
    assert codes(htrun, file, "--disable", "HT202") == ["HT205"]
    assert codes(htrun, file, "--disable", "ht202,HT205") == []
    (tmp_path / ".htrunrc").write_text(json.dumps({"reporters": "json", "check": {"disable": ["HT205"]}}))
    assert codes(htrun, file) == ["HT202"]
    assert codes(htrun, file, "--disable", "HT202") == ["HT205"]  # the command line wins


@pytest.mark.parametrize(
    ("comment", "left"),
    [
        ("htrun-disable HT202", ["HT205"]),
        ("htrun-disable HT202, HT205", []),
        ("htrun-disable", []),
        ("htrun-disable: HT205 it is too much work", ["HT202"]),
        ("htrun-disabled HT202", ["HT202", "HT205"]),
    ],
)
@pytest.mark.parametrize("where", ["script", "description", "folder"])
def test_an_item_switches_rules_off(htrun: Htrun, tmp_path: Path, where: str, comment: str, left: list[str]) -> None:
    wrong = "pm.test('a', () => {});\npm.x();\nresponseBody;"
    if where == "script":
        one = item("a", test=f"{wrong} // {comment}")
    elif where == "description":
        one = item("a", test=wrong, request={"description": f"Text.\n{comment}"})
    else:
        one = {"name": "f", "description": comment, "item": [item("a", test=wrong)]}
    assert codes(htrun, write(tmp_path, one)) == left


def test_fixes_change_nothing_else(htrun: Htrun, tmp_path: Path) -> None:
    """Layout, escapes, line ends and the encoding stay; what would change a run stays too."""
    script = (
        '"// \\u00e9 \\"postman.setNextRequest(1)\\"\\r",\r\n'
        "\t\"if (1) { postman.setNextRequest(postman.getGlobalVariable('x')); }\",\n"
        "\t\"postman.setGlobalVariable('x', {}); postman . setNextRequest(null); tests['é'] = responseTime;\""
    )
    event = f'{{"listen": "test", "script": {{"exec": [{script}]}}}}'
    text = f'\ufeff{{"info":\t{{"name": "é"}}, "item": [{{"event": {event}}}]}}'
    (tmp_path / "c.json").write_text(text, encoding="utf-8", newline="")
    done = htrun("check", "c.json", "--fix")
    assert done.stderr == "htrun: 2 findings fixed in c.json\n"
    assert (tmp_path / "c.json").read_bytes().decode() == text.replace(
        "postman.setNextRequest(postman.getGlobalVariable('x'))", "pm.execution.setNextRequest(pm.globals.get('x'))"
    )
    before = (tmp_path / "c.json").read_bytes()
    assert htrun("check", "c.json", "--fix").stderr == ""
    assert (tmp_path / "c.json").read_bytes() == before


def test_fixed_scripts_do_the_same(htrun: Htrun, tmp_path: Path) -> None:
    """Every replacement that --fix makes, run in the sandbox before and after; what the sandbox itself says about the
    old API does not count."""
    calls = (
        "setEnvironmentVariable('e', 'x'); setGlobalVariable('g', 'y'); setEnvironmentVariable('e2', 'z'); "
        "clearEnvironmentVariable('e'); getEnvironmentVariable('e2'); getGlobalVariable('g'); clearGlobalVariable('g')"
    )
    old = [f"postman.{call.strip()};" for call in calls.split(";")]
    end = "console.log(JSON.stringify(pm.environment.toObject()), JSON.stringify(pm.globals.toObject()));"
    seen = f"console.log(postman.getEnvironmentVariable('e2'));\n{end}"
    more = ["postman.clearEnvironmentVariables();", "postman.clearGlobalVariables();", "postman.setNextRequest('c');"]
    script = "\n".join([*old, seen, *more, end])
    file = write(tmp_path, item("a", pre=script), item("b"), item("c", pre="console.log('c')"))
    before = htrun("run", file, "--reporters", "cli")
    assert htrun("check", file, "--fix", "--disable", "HT404").returncode == 0
    fixed = (tmp_path / file).read_text()
    assert "pm.globals.clear()" in fixed
    assert "postman.get" not in fixed
    assert "postman.clear" not in fixed
    after = htrun("run", file, "--reporters", "cli")

    def said(text: str) -> list[str]:
        return [line for line in text.splitlines() if "│" in line and "'" in line and "deprecated" not in line]

    assert said(before.stdout) == said(after.stdout)
    assert len(said(after.stdout)) >= 3
    assert "→ b" not in after.stdout


def test_sarif_names_rule_place_and_severity(htrun: Htrun, tmp_path: Path) -> None:
    file = write(tmp_path, {"name": "Users", "item": [item("a", test="pm.test('a', () => {});\npm.x();")]})
    report = json.loads(htrun("check", file, "--format", "sarif").stdout)
    run = report["runs"][0]
    (result,) = run["results"]
    assert (report["version"], run["tool"]["driver"]["name"]) == ("2.1.0", "htrun")
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == "HT202"
    place = result["locations"][0]["physicalLocation"]
    text = (tmp_path / file).read_text()
    line = text.count("\n", 0, text.index("pm.x()")) + 1
    assert place["artifactLocation"]["uri"] == "c.json"
    assert place["region"]["startLine"] == line
    assert result["level"] == "error"
    assert result["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] == "Users/a, test script, line 2"


def test_no_report_holds_a_secret(htrun: Htrun, faults: Mapping[str, str]) -> None:
    for kind in ("text", "json", "sarif"):
        done = htrun("check", "faults.json", "--format", kind, "--variables")
        assert "HT501" in done.stdout
        assert "q7Zp2Lx9Vw4Rk8Ty" not in done.stdout
        assert "t4Jm8Qw2Zx6Lp9Vn" not in done.stdout


def test_the_tour_has_no_mistake(htrun: Htrun) -> None:
    done = htrun("check", str(ROOT / "collections" / "hypertrack.postman_collection.json"), "--fail-on", "warning")
    assert done.returncode == 0, done.stdout


def test_findings_in_a_collection_v3_stand_in_the_file_of_their_request(htrun: Htrun, tmp_path: Path) -> None:
    root = tmp_path / "My API"
    (root / ".resources").mkdir(parents=True)
    (root / ".resources" / "definition.yaml").write_text("$kind: collection\nname: My API\n")
    lines = (
        "$kind: http-request", "name: Get user", "url: '{{base_url}}/users'", "method: POST",
        "body:", "  type: file", "  content:", "    src: body.bin",
        "scripts:", "  - type: afterResponse", "    language: text/javascript", "    code: |-",
        "      pm.test('ok', () => {", "        pm.response.to.have.statuss(200);", "      });",
    )  # fmt: skip
    (root / "Get user.request.yaml").write_text("\n".join(lines) + "\n")
    (root / "body.bin").write_text("x")
    found = {(one["code"], one["line"], one["column"]) for one in findings(htrun, "My API")}
    assert found == {("HT101", 3, lines[2].index("{{") + 1), ("HT202", 14, lines[13].index("statuss") + 1)}
    text = htrun("check", "My API").stdout
    assert text.startswith("My API/Get user.request.yaml:3:")


def test_what_cannot_be_read_of_a_collection_v3_is_its_file(htrun: Htrun, tmp_path: Path) -> None:
    (tmp_path / "API").mkdir()
    (tmp_path / "API" / "a.request.yaml").write_text("$kind: http-request\nurl: http://h/\nmethod: [GET]\n")
    done = htrun("check", "API")
    assert done.returncode == 1
    assert done.stdout.splitlines()[0] == "API/a.request.yaml:3:1: error HT001 method must be a text, not a list"
