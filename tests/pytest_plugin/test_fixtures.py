"""Collections and Python tests: values both ways, servers, and runs from a test."""

from __future__ import annotations

from pytest_plugin.conftest import REPORTS, Project, request

pytest_plugins = ("pytester",)

WSGI = """
def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "application/json")])
    return [b'{"id": 7, "path": "' + environ["PATH_INFO"].encode() + b'"}']
"""
ASGI = """
async def app(scope, receive, send):
    assert scope["type"] == "http"
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": b'{"id": 7}'})
"""
CHECK = 'pm.test("seven", () => pm.expect(pm.response.json().id).to.eql(Number(pm.variables.get("wanted"))));'


def at_base_url(name: str, test: str) -> object:
    return {
        "name": name,
        "request": {"url": "{{base_url}}/x"},
        "event": [{"listen": "test", "script": {"exec": [test]}}],
    }


def test_collected_collections_are_fed_by_a_fixture(project: Project) -> None:
    """And the server of the application under test ends with the session."""
    project.write("app.py", WSGI)
    project.write(
        "conftest.py",
        REPORTS
        + """
import pytest, threading
from app import app

@pytest.fixture(scope="session")
def htrun_variables(htrun_server):
    return {**htrun_server(app).variables, "wanted": 7}

def pytest_unconfigure():
    print("THREADS", *[one.name for one in threading.enumerate()])
""",
    )
    file = project.collection("shop", at_base_url("A", CHECK))
    project.write("pytest.ini", "[pytest]\npythonpath = .\n")
    result = project.pytest(file)
    assert project.outcomes() == [(f"{file}::A", "passed")]
    result.stdout.fnmatch_lines(["THREADS MainThread"])


def test_a_directory_can_have_values_of_its_own(project: Project) -> None:
    fixture = "import pytest\n@pytest.fixture(scope='session')\ndef htrun_variables(): return {'stage': %r}\n"
    for name in ("one", "two"):
        project.write(f"apis/{name}/conftest.py", fixture % name)
        project.collection(f"apis/{name}/shop", request("A", "/{{stage}}"))
    project.pytest("apis")
    assert project.sent() == ["/one", "/two"]


def test_values_that_do_not_live_as_long_as_the_run(project: Project) -> None:
    project.write(
        "conftest.py", REPORTS + "import pytest\n@pytest.fixture\ndef htrun_variables(): return {'stage': 'dev'}\n"
    )
    file = project.collection("shop", request("A"))
    result = project.pytest(file)
    assert project.outcomes() == [(f"{file}::A", "setup failed")]
    result.stdout.fnmatch_lines(['the fixture htrun_variables has the scope "function"*give it scope="session"'])


def test_values_that_json_does_not_have(project: Project) -> None:
    fixture = "import pytest\n@pytest.fixture(scope='session')\ndef htrun_variables(): return {'stage': object()}\n"
    project.write("conftest.py", REPORTS + fixture)
    file = project.collection("shop", request("A"))
    result = project.pytest(file)
    assert project.outcomes() == [(f"{file}::A", "setup failed")]
    result.stdout.fnmatch_lines(["htrun_variables*'stage'* is of the type object, which JSON does not have*"])


def test_an_asgi_application(project: Project) -> None:
    project.write("app.py", ASGI)
    project.write(
        "test_it.py",
        """
import urllib.request
from app import app

def test_it(htrun_server):
    with urllib.request.urlopen(htrun_server(app).url) as answer:
        assert answer.read() == b'{"id": 7}'
""",
    )
    project.write("pytest.ini", "[pytest]\npythonpath = .\n")
    project.pytest("test_it.py").assert_outcomes(passed=1)


def test_running_a_collection_from_a_test(project: Project) -> None:
    project.collection("apis/shop", request("A", "/{{stage}}", 'pm.environment.set("id", 42);'), request("B"))
    project.write(
        "apis/test_it.py",
        """
import pytest

def test_it(htrun_run):
    result = htrun_run("shop.postman_collection.json", select="A", variables={"stage": "dev"})
    assert result.requests.total == 1
    assert {one.key: one.value for one in result.environment.values} == {"id": 42}

@pytest.mark.htrun("shop.postman_collection.json")
def test_loaded(collection, htrun_run):
    assert [one.name for one in collection.children] == ["A", "B"]
    htrun_run(collection, select="B")

@pytest.mark.parametrize("collection", ["shop.postman_collection.json"], indirect=True)
def test_parameter(collection):
    assert collection.name == "shop"
""",
    )
    project.pytest("apis/test_it.py").assert_outcomes(passed=3)
    assert project.sent() == ["/dev", "/json"]


def test_a_run_that_fails_fails_its_test(project: Project) -> None:
    file = project.collection("shop", request("A", test='pm.test("t", () => pm.expect(1).to.eql(2));'))
    project.write(
        "test_it.py",
        f"""
def test_fails(htrun_run):
    htrun_run("{file}")

def test_says_so(htrun_run):
    result = htrun_run("{file}", must_pass=False)
    assert [one.error.message for one in result.failures] == ["expected 1 to deeply equal 2"]

def test_missing(htrun_run):
    htrun_run("nowhere.json")
""",
    )
    result = project.pytest("test_it.py")
    assert project.outcomes() == [
        ("test_it.py::test_fails", "failed"), ("test_it.py::test_says_so", "passed"),
        ("test_it.py::test_missing", "failed"),
    ]  # fmt: skip
    result.stdout.fnmatch_lines(
        [
            "A",
            "  t: expected 1 to deeply equal 2",
            "    >   pm.test(?t?, () => pm.expect(1).to.eql(2));",
            f"    {file}:*: AssertionError",
            "    GET http://127.0.0.1:*",
        ]
    )
    result.stdout.fnmatch_lines(["*nowhere.json: no such file"])
    result.stdout.no_fnmatch_line("*calling.py*")


def test_options_of_pytest_hold_for_runs_from_a_test(project: Project) -> None:
    project.write("env.json", '{"name": "E", "values": [{"key": "stage", "value": "dev", "enabled": true}]}')
    file = project.collection("shop", request("A", "/{{stage}}"))
    project.write("test_it.py", f"def test_it(htrun_run): htrun_run('{file}')\n")
    project.pytest("test_it.py", "--htrun-environment", "env.json").assert_outcomes(passed=1)
    assert project.sent() == ["/dev"]


def test_a_simulator_for_a_test(project: Project) -> None:
    project.write(
        "test_it.py",
        """
import urllib.error, urllib.request
import pytest

def test_it(htrun_server):
    server = htrun_server("hypertrack")
    assert server.variables == {"base_url": server.url, "hypertrack_sk": "sk_test"}
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(server.url + "/users/")
    assert server.app.request_count == 1
""",
    )
    project.pytest("test_it.py").assert_outcomes(passed=1)


WIDE = """
import pytest

@pytest.fixture(scope="session")
def login(htrun_session_run, htrun_variables):
    return htrun_session_run("login.postman_collection.json", variables={**htrun_variables, "who": "ann"})

@pytest.fixture(scope="module")
def again(htrun_session_run, login):
    return htrun_session_run("login.postman_collection.json", variables={"who": "bob"}, must_pass=False)
"""


def test_fixtures_of_a_wider_scope_run_collections_once(project: Project) -> None:
    project.write("conftest.py", REPORTS + WIDE)
    project.collection("login", request("A", "/login/{{who}}"))
    test = "import pytest\n@pytest.mark.parametrize('n', [1, 2])\ndef test_it(login, again, n): assert login.passed\n"
    project.write("test_one.py", test)
    project.write("deep/test_two.py", test)
    project.pytest("test_one.py", "deep/test_two.py")
    assert [outcome for _, outcome in project.outcomes()] == ["passed"] * 4
    assert project.sent() == ["/login/ann", "/login/bob", "/login/bob"]


def test_a_fixture_of_the_session_that_fails_says_why(project: Project) -> None:
    project.write("conftest.py", REPORTS + WIDE)
    project.collection("login", request("A", "/login", 'pm.test("in", () => pm.expect(1).to.eql(2));'))
    project.write("test_one.py", "def test_it(login): pass\n")
    result = project.pytest("test_one.py")
    assert project.outcomes() == [("test_one.py::test_it", "setup failed")]
    result.stdout.fnmatch_lines(["  in: expected 1 to deeply equal 2"])
    assert "Traceback" not in result.stdout.str()


def test_the_collection_of_a_test_without_a_mark(project: Project) -> None:
    project.write("test_one.py", "def test_it(collection): pass\n")
    result = project.pytest("test_one.py")
    result.stdout.fnmatch_lines(['the fixture "collection" needs @pytest.mark.htrun("file") or an indirect parameter'])
    assert "def collection" not in result.stdout.str()
