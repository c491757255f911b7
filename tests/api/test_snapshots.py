"""``runner.run(snapshot=...)``: the shapes of responses that the command keeps, from Python."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest

import runner

from .calls import collection, item, texts


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "")


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    file = tmp_path / "shop.json"
    file.write_text(json.dumps(collection(item("user", "http://a.test/user"))))
    return file


def ran(source: Any, body: Any, **options: Any) -> runner.RunResult:
    return runner.run(source, transport=lambda request: runner.make_response(200, body), **options)


def test_a_run_keeps_shapes_and_a_later_one_fails_where_they_are_broken(
    shop: Path, caplog: pytest.LogCaptureFixture
) -> None:
    kept = shop.with_name("shop.snapshots.yaml")
    caplog.set_level(logging.INFO, "htrun")
    assert ran(shop, {"id": 1}, snapshot=True).assertions.total == 0
    assert '  "user":\n    200 application/json:\n      $: object\n      $.id: integer\n' in kept.read_text("utf-8")
    for source in (shop, runner.load(shop)):
        good = ran(source, {"id": 2}, snapshot=True)
        assert (good.passed, good.assertions.total) == (True, 1)
        broken = ran(source, {"id": "2"}, snapshot=True)
        assert texts(broken) == ["user: matches its snapshot: $.id: integer -> string"]
    assert f"snapshots in {kept}: 1 changed\n  update_snapshots=True keeps them as they are now" in caplog.messages
    assert ran(shop, {"id": "2"}, update_snapshots=True).passed
    assert ran(shop, {"id": "3"}, snapshot=True).passed
    assert ran(shop, {"id": 3}).passed


def test_a_file_that_is_named_is_for_what_is_in_none(tmp_path: Path) -> None:
    small, kept = collection(item("user", "http://a.test/user")), tmp_path / "kept.yaml"
    with pytest.raises(runner.UsageError, match=r'snapshot: the collection is in no file: .* snapshot="shop'):
        ran(small, {}, snapshot=True)
    with pytest.raises(runner.UsageError, match="snapshot is True, False or the name of a file, not 3"):
        ran(small, {}, snapshot=3)
    assert ran(small, {"id": 1}, snapshot=kept).passed
    assert not ran(small, [], snapshot=str(kept)).passed
    kept.write_text("version: 1\nresponses: [1]\n")
    with pytest.raises(runner.InputError, match=r"kept\.yaml.*: responses must be a mapping"):
        ran(small, {}, snapshot=kept)


def test_workflows_have_their_own(shop: Path) -> None:
    flow = shop.with_name("flow.workflow.yaml")
    flow.write_text("collection: shop.json\nsteps:\n  - name: first\n    run: user\n  - name: second\n    run: user\n")
    assert ran(runner.load_workflow(flow), {"id": 1}, snapshot=True).passed
    kept = flow.with_name("flow.workflow.snapshots.yaml").read_text("utf-8")
    assert ['  "first: user":' in kept, '  "second: user":' in kept] == [True, True]
    assert texts(ran(flow, {"id": "1"}, snapshot=True)) == ["user: matches its snapshot: $.id: integer -> string"]


def test_in_ci_nothing_new_is_kept(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    (failure,) = texts(ran(shop, {}, snapshot=True))
    assert failure.startswith("user: matches its snapshot: there is none in shop.snapshots.yaml: run once where CI is")
    assert not shop.with_name("shop.snapshots.yaml").exists()
    assert ran(shop, {}, update_snapshots=True).passed
    assert ran(shop, {}, snapshot=True).passed


def test_what_a_check_finds_fault_with_is_not_kept_nor_what_was_not_run_to_its_end(shop: Path) -> None:
    ran(shop, {}, snapshot=True, checks=lambda result: "no")
    with pytest.raises(ValueError, match="stop"):
        ran(shop, {}, snapshot=True, on=_stop)
    for event in runner.stream(shop, snapshot=True, transport=lambda request: runner.make_response(200, {})):
        if isinstance(event, runner.ItemFinished):
            break
    assert not shop.with_name("shop.snapshots.yaml").exists()


def _stop(event: runner.Event) -> None:
    if isinstance(event, runner.ItemFinished):
        raise ValueError("stop")


@pytest.mark.parametrize("show", [False, True])
def test_names_that_are_secrets_are_not_kept(shop: Path, show: bool) -> None:
    ran(shop, {"keys": {"open sesame": 1}}, snapshot=True, secrets={"word": "open sesame"}, show_secrets=show)
    assert ("sesame" in shop.with_name("shop.snapshots.yaml").read_text("utf-8")) is show
