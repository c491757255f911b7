"""Options for certificates: what is wrong with them is said before the first request."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.conftest import Htrun


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "no such file"), ("{", "is not valid JSON"), ("{}", "array")],
)
def test_a_certificate_list_that_cannot_be_used(
    tmp_path: Path, htrun: Htrun, content: str | None, message: str
) -> None:
    (tmp_path / "c.json").write_text(json.dumps({"info": {"name": "c"}, "item": []}))
    if content is not None:
        (tmp_path / "list.json").write_text(content)
    done = htrun("c.json", "--ssl-client-cert-list", "list.json")
    assert done.returncode == 1
    assert "list.json" in done.stderr
    assert message in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_key_needs_its_certificate(tmp_path: Path, htrun: Htrun) -> None:
    (tmp_path / "c.json").write_text(json.dumps({"info": {"name": "c"}, "item": []}))
    done = htrun("c.json", "--ssl-client-key", "key.pem")
    assert (done.returncode, "--ssl-client-cert" in done.stderr) == (2, True)


def test_a_name_without_a_value_is_undefined_and_said_so(tmp_path: Path, htrun: Htrun) -> None:
    (tmp_path / "c.json").write_text(json.dumps({"info": {"name": "c"}, "item": []}))
    done = htrun("c.json", "--env-var", "name", "--export-environment", "e.json")
    assert done.returncode == 0
    assert "--env-var takes NAME=VALUE" in done.stderr
    assert [row["key"] for row in json.loads((tmp_path / "e.json").read_text())["values"]] == ["name"]
