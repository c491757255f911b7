"""What the bundle is built from, and what comes out."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType

import pytest

from runner.scripting import assets
from runner.scripting.v8 import V8Engine
from scripting.run import run

ROOT = Path(__file__).parents[2]
JS = ROOT / "runner/scripting/js"


@pytest.fixture(scope="module")
def hook() -> ModuleType:
    pytest.importorskip("hatchling")
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_versions_are_pinned_and_locked() -> None:
    manifest = json.loads((JS / "package.json").read_text())
    lock = json.loads((JS / "package-lock.json").read_text())
    pinned = {**manifest["dependencies"], **manifest["devDependencies"]}
    assert pinned["postman-sandbox"] == "6.7.4"
    for name, version in pinned.items():
        assert re.fullmatch(r"\d+\.\d+\.\d+(-postman\.\d+)?", version), name
        assert lock["packages"][f"node_modules/{name}"]["version"] == version
    for name, package in lock["packages"].items():
        assert "resolved" not in package, "the lock file must name no registry host"
        assert name == "" or package["integrity"].startswith("sha512-")


def test_the_bundle_carries_the_licences_of_its_parts() -> None:
    text = Path(assets.BUILT, "THIRD_PARTY_LICENSES").read_text("utf-8")
    for name in (
        "postman-sandbox 6.7.4",
        "core-js",
        "web-streams-polyfill",
        "@exodus/bytes",
        "acorn",
        "fflate",
        "lodash",
    ):
        assert re.search(rf"^{re.escape(name)}", text, re.MULTILINE), name
    assert "Apache License" in text


def test_an_up_to_date_bundle_is_not_built_again(hook: ModuleType, tmp_path: Path) -> None:
    source = tmp_path / "runner/scripting/js"
    (source / "src").mkdir(parents=True)
    (source / "built").mkdir()
    for name in ("package.json", "package-lock.json", "build.mjs"):
        (source / name).write_text("{}")
    (source / "src/host.js").write_text("1")
    stamp = hook.fingerprint(source)
    (source / "built/stamp").write_text(stamp)
    assert hook.build(tmp_path) is False
    (source / "src/host.js").write_text("2")
    assert hook.fingerprint(source) != stamp


def test_the_bundle_in_the_tree_is_the_one_of_its_sources(hook: ModuleType) -> None:
    if not Path(assets.BUILT, "stamp").is_file() or not (JS / "src").is_dir():
        pytest.skip("not a source tree")
    assert Path(assets.BUILT, "stamp").read_text() == hook.fingerprint(JS), "run: python hatch_build.py"


def test_libraries_are_loaded_when_needed_only() -> None:
    """Starting the sandbox must stay cheap: what scripts do not use is not compiled."""
    plain = V8Engine()
    run(plain, "1")
    small = plain._isolate.heap()["used_heap_size"]  # type: ignore[union-attr]
    plain.close()
    full = V8Engine(
        ["CryptoJS; cheerio; tv4; require('moment'); _; pm.variables.replaceIn('{{$randomCity}}'); new URL('x')"]
    )
    run(full, "1")
    large = full._isolate.heap()["used_heap_size"]  # type: ignore[union-attr]
    full.close()
    assert small < 16_000_000
    assert large > small + 1_000_000
