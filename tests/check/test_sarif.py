"""SARIF against its public schema."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from check.seeds import faulty, unparsable, written
from conformance.newman import NoNode, install

PUBLIC = Path(__file__).parent / "public"


@pytest.mark.conformance
def test_a_report_of_everything_is_valid(tmp_path: Path) -> None:
    try:
        modules = install(PUBLIC)
    except NoNode as error:
        pytest.skip(str(error))
    schema = json.loads((modules / "@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json").read_text())
    (tmp_path / "a b.json").write_text(written(faulty()))
    (tmp_path / "c.json").write_text(written(unparsable()))
    command = [sys.executable, "-m", "runner", "check", "a b.json", "c.json", "-o", "report.sarif"]
    environment = {"PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 1, done.stderr
    report = json.loads((tmp_path / "report.sarif").read_text())
    jsonschema.Draft7Validator(schema).validate(report)
    with pytest.raises(jsonschema.ValidationError):  # the schema does hold something
        jsonschema.Draft7Validator(schema).validate({**report, "runs": [{"results": []}]})
