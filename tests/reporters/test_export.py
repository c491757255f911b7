"""Where report files go."""

from __future__ import annotations

import os
import stat
import threading
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from runner.errors import HtrunError
from runner.reporters.export import Export, copy, export_path

NOW = datetime(2026, 11, 24, 7, 36, 37, 943_000, timezone.utc)
STAMPED = "newman-run-report-2026-11-24-07-36-37-943-0.json"
DEFAULT = "newman-run-report.json"


def test_without_a_path_the_file_is_stamped_in_the_folder_newman() -> None:
    assert export_path(None, DEFAULT, NOW) == Path("newman", STAMPED)
    assert export_path("", DEFAULT, NOW) == Path("newman", STAMPED)


def test_the_stamp_is_utc() -> None:
    elsewhere = NOW.astimezone(timezone(timedelta(hours=5)))
    assert export_path(None, DEFAULT, elsewhere) == Path("newman", STAMPED)


def test_a_folder_gets_a_stamped_file(tmp_path: Path) -> None:
    assert export_path(str(tmp_path), DEFAULT, NOW) == tmp_path / STAMPED
    assert export_path(f"{tmp_path}/new/", DEFAULT, NOW) == tmp_path / "new" / STAMPED


def test_anything_else_is_the_file(tmp_path: Path) -> None:
    assert export_path(str(tmp_path / "a.json"), DEFAULT, NOW) == tmp_path / "a.json"


def test_missing_folders_are_made(tmp_path: Path) -> None:
    export = Export(tmp_path / "a" / "b" / "r.json", "json")
    with export.document() as document:
        document.write("whole")
    export.close()
    assert (tmp_path / "a" / "b" / "r.json").read_text() == "whole"


def test_nothing_is_seen_before_the_end_and_nothing_is_left_after_it(tmp_path: Path) -> None:
    target = tmp_path / "r.json"
    export = Export(target, "json")
    spool = export.spool()
    spool.write("spooled")
    with export.document() as document:
        document.write("half")
        assert not target.exists()
        copy(spool, document)
    export.close()
    assert target.read_text() == "halfspooled"
    assert os.listdir(tmp_path) == ["r.json"]


@pytest.mark.parametrize("error", [ValueError("bug"), KeyboardInterrupt()])
def test_an_older_report_stays_when_writing_fails(tmp_path: Path, error: BaseException) -> None:
    target = tmp_path / "r.json"
    target.write_text("old")
    export = Export(target, "json")

    def write() -> None:
        with export.document() as document:
            document.write("half")
            raise error

    with pytest.raises(type(error)):
        write()
    export.close()
    assert target.read_text() == "old"
    assert os.listdir(tmp_path) == ["r.json"]


def test_a_report_has_the_permissions_of_any_new_file(tmp_path: Path) -> None:
    export = Export(tmp_path / "r.json", "json")
    with export.document() as document:
        document.write("x")
    (tmp_path / "other").write_text("x")
    mode = {name: stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("r.json", "other")}
    assert mode["r.json"] == mode["other"]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real.json").write_text("old")
    (tmp_path / "link.json").symlink_to("real.json")
    with Export(tmp_path / "link.json", "json").document() as document:
        document.write("new")
    assert (tmp_path / "link.json").is_symlink()
    assert (tmp_path / "real.json").read_text() == "new"


def test_a_pipe_is_written_to_as_it_is(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()))
    reader.start()
    with Export(pipe, "json").document() as document:
        document.write("through")
    reader.join(10)
    assert read == ["through"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_what_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(
        HtrunError, match=r"cannot write the junit report to .*file/r\.xml: Not a directory|File exists"
    ):
        Export(tmp_path / "file" / "r.xml", "junit")
