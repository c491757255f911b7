"""The simulator as a server: ports, connections, the table, and what is missing without Flask."""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace

import pytest
import requests

from runner.errors import SetupError, UsageError
from runner.simulator import SIMULATORS, find_simulator
from runner.simulator.server import SimulatorServer, serve_forever

KEY = {"Authorization": "token sk_test"}


def test_the_table_leads_to_a_server(capsys):
    simulator = find_simulator("hypertrack")
    assert (simulator.base_url_variable, simulator.key_variable) == ("base_url", "hypertrack_sk")
    with simulator.load()() as server:
        assert server.url == f"http://127.0.0.1:{server.port}/api/v2"
        headers = {"Authorization": f"token {simulator.sample_key}"}
        assert requests.get(f"{server.url}/users/", headers=headers, timeout=10).status_code == 200
        assert server.request_count == 1
    assert capsys.readouterr() == ("", "")


def test_an_unknown_name_is_a_usage_error_with_a_suggestion():
    with pytest.raises(UsageError, match="Did you mean hypertrack"):
        find_simulator("hypertrak")
    with pytest.raises(UsageError, match="There is: hypertrack"):
        find_simulator("stripe")


def test_the_table_imports_no_flask():
    code = "import sys, runner.simulator; print({'flask', 'werkzeug'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


@pytest.mark.parametrize("missing", ["flask", "werkzeug"])
def test_without_flask_one_sentence_says_what_to_install(monkeypatch, missing):
    for name in list(sys.modules):
        if name.startswith(("runner.simulator.app", "runner.simulator.server")) or name.split(".")[0] == missing:
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(SetupError, match=r"^The simulator needs Flask: pip install 'htrun\[simulator\]'$"):
        SIMULATORS["hypertrack"].load()


def test_another_missing_module_is_not_mistaken_for_flask():
    absent = replace(SIMULATORS["hypertrack"], module="runner.simulator.absent")
    with pytest.raises(ModuleNotFoundError, match="absent"):
        absent.load()


def test_a_taken_port_is_a_usage_error():
    with SimulatorServer() as server, pytest.raises(UsageError, match=f"Port {server.port} is in use"):
        SimulatorServer(server.port)


@pytest.mark.parametrize("port", [-1, 70_000])
def test_an_impossible_port_is_a_usage_error(port):
    with pytest.raises(UsageError, match="Cannot listen on port"):
        SimulatorServer(port)


def test_verbose_writes_one_line_per_request(capsys):
    with SimulatorServer(verbose=True) as server:
        requests.get(f"{server.url}/users/?page=1", headers=KEY, timeout=10)
        requests.post(f"{server.url}/groups/", timeout=10)
    assert capsys.readouterr().err == "GET /api/v2/users/ 200\nPOST /api/v2/groups/ 401\n"


def test_serve_forever_ends_with_ctrl_c_and_frees_the_port():
    code = (
        "from runner.simulator.server import serve_forever\n"
        "serve_forever(0, started=lambda server: print(server.port, flush=True))"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        assert requests.get(f"http://127.0.0.1:{port}/api/v2/users/", headers=KEY, timeout=10).status_code == 200
        process.send_signal(2)
        _, err = process.communicate(timeout=10)
    finally:
        process.kill()
    assert err.rstrip().endswith("KeyboardInterrupt")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=5)


def test_serve_forever_ends_when_the_server_is_stopped():
    running: list[SimulatorServer] = []
    thread = threading.Thread(target=serve_forever, args=(0,), kwargs={"started": running.append})
    thread.start()
    deadline = time.monotonic() + 10
    while not running and time.monotonic() < deadline:
        time.sleep(0.01)
    running[0].stop()
    thread.join(10)
    assert not thread.is_alive()


def test_connections_are_kept_open_whatever_the_answer(simulator):
    with closing(http.client.HTTPConnection("127.0.0.1", simulator.port, timeout=10)) as connection:
        connection.connect()
        sock = connection.sock
        body = json.dumps({"name": "x" * 200})
        for method, path, data, headers, status in [
            ("GET", "users/", None, KEY, 200),
            ("POST", "groups/", body, {}, 401),
            ("POST", "nowhere/", body, KEY, 404),
            ("POST", "events/", body, KEY, 405),
            ("POST", "groups", body, KEY, 301),
            ("DELETE", "users/", body, KEY, 405),
            ("HEAD", "users/", None, KEY, 200),
            ("POST", "groups/", body, {**KEY, "Content-Type": "application/json"}, 201),
        ]:
            connection.request(method, f"/api/v2/{path}", data, headers)
            response = connection.getresponse()
            response.read()
            assert (response.status, response.version) == (status, 11)
            assert connection.sock is sock


def test_a_chunked_body_is_understood_and_the_connection_kept(simulator):
    with closing(http.client.HTTPConnection("127.0.0.1", simulator.port, timeout=10)) as connection:
        headers = {**KEY, "Content-Type": "application/json", "Transfer-Encoding": "chunked"}
        for _ in range(2):
            chunks = iter([b'{"name": ', b'"North"}'])
            connection.request("POST", "/api/v2/groups/", chunks, headers, encode_chunked=True)
            response = connection.getresponse()
            assert (response.status, json.loads(response.read())["name"]) == (201, "North")


def test_a_client_that_wants_to_close_is_obeyed(simulator):
    with closing(http.client.HTTPConnection("127.0.0.1", simulator.port, timeout=10)) as connection:
        connection.request("GET", "/api/v2/users/", headers={**KEY, "Connection": "close"})
        response = connection.getresponse()
        assert response.getheader("Connection") == "close"
        assert json.loads(response.read())["count"] == 0


@pytest.mark.parametrize("head", [b"Content-Length: -5", b"Content-Length: x", b"Transfer-Encoding: chunked"])
def test_a_body_of_no_sensible_length_is_400_and_hurts_nobody(simulator, head):
    with socket.create_connection(("127.0.0.1", simulator.port), timeout=10) as sock:
        sock.sendall(b"POST /api/v2/users/ HTTP/1.1\r\nHost: x\r\n" + head + b"\r\n\r\nzz\r\n\r\n")
        received = b"".join(iter(lambda: sock.recv(4096), b""))
    assert received.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert requests.get(f"{simulator.url}/users/", headers=KEY, timeout=10).status_code == 200


def test_expect_100_continue_is_answered(simulator):
    body = b'{"name": "North"}'
    with socket.create_connection(("127.0.0.1", simulator.port), timeout=10) as sock:
        sock.sendall(
            b"POST /api/v2/groups/ HTTP/1.1\r\nHost: x\r\nAuthorization: token sk_a\r\nExpect: 100-continue\r\n"
            b"Connection: close\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
        )
        assert sock.recv(4096) == b"HTTP/1.1 100 Continue\r\n\r\n"
        sock.sendall(body)
        assert b"".join(iter(lambda: sock.recv(4096), b"")).startswith(b"HTTP/1.1 201 Created\r\n")


def test_stopping_ends_idle_connections_too():
    with SimulatorServer() as server:
        sock = socket.create_connection(("127.0.0.1", server.port), timeout=10)
        sock.sendall(b"GET /api/v2/users/ HTTP/1.1\r\nHost: x\r\n\r\n")
        assert sock.recv(4096).startswith(b"HTTP/1.1 401 Unauthorized\r\n")
    with sock:
        assert sock.recv(4096) == b""


def test_a_bug_in_the_simulator_is_500_and_json(simulator, monkeypatch, caplog):
    monkeypatch.setattr(simulator.state, "clock", lambda: 1 / 0)
    response = requests.get(f"{simulator.url}/users/", headers=KEY, timeout=10)
    assert response.status_code == 500
    assert "server error" in response.json()["detail"]
    assert "ZeroDivisionError" in caplog.text


def test_many_threads_at_once_lose_nothing(simulator):
    def work(number: int) -> str:
        with requests.Session() as session:
            session.headers.update(KEY)
            shared = session.post(f"{simulator.url}/users/", json={"unique_id": "shared"}, timeout=30).json()
            for index in range(10):
                data = {"user_id": shared["id"], "unique_id": f"{number}-{index}"}
                action = session.post(f"{simulator.url}/actions/", json=data, timeout=30).json()
                path = f"{simulator.url}/users/{shared['id']}/assign_actions/"
                session.post(path, json={"action_ids": [action["id"]]}, timeout=30).raise_for_status()
        return str(shared["id"])

    with ThreadPoolExecutor(8) as pool:
        ids = set(pool.map(work, range(8)))
    assert len(ids) == 1
    user = requests.get(f"{simulator.url}/users/{ids.pop()}/", headers=KEY, timeout=10).json()
    assert len(set(user["pending_actions"])) == 80
    events = requests.get(f"{simulator.url}/events/?type=action.assigned", headers=KEY, timeout=10).json()
    assert events["count"] == 80
