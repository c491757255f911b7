"""Makes the pictures of the HTML report in docs/images: ``python docs/tools/make_screenshots.py``.

Two real runs of the HyperTrack collection against its simulator: one, and one of more than 5,000 requests in which
the service is away now and then (a script in front of the collection asks the simulator for that). Needs the extra
``browser`` and Chromium.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).parents[2]
COLLECTION = ROOT / "collections" / "hypertrack.postman_collection.json"
KEY = ("--var", "hypertrack_sk=sk_test_1234567890", "--simulate", "hypertrack")
ITERATIONS = 83
SIZE = {"width": 1280, "height": 800}
OUTAGE = """
const hash = (pm.info.iteration * 31 + pm.info.requestName.length * 17) % 53;
if (pm.info.iteration % 9 === 4 && hash < 2) pm.request.headers.add({ key: "X-Simulate-Status", value: "503" });
"""


def report(source: Path, target: Path, *options: str) -> Path:
    """Runs a collection; what fails in it does not matter."""
    command = (sys.executable, "-m", "runner", "run", str(source), *KEY, "-r", "html", *options)
    done = subprocess.run((*command, "--reporter-html-export", str(target)), cwd=ROOT, check=False)
    if done.returncode > 1:
        raise SystemExit(f"htrun ended with {done.returncode}")
    return target


def shaky(target: Path) -> Path:
    """The collection, of a service that is not always there."""
    data = json.loads(COLLECTION.read_text("utf-8"))
    script = {"listen": "prerequest", "script": {"exec": OUTAGE.strip().splitlines()}}
    data["event"] = [*data.get("event", []), script]
    target.write_text(json.dumps(data), "utf-8")
    return target


def picture(browser: Browser, source: Path, scheme: str, keys: str, target: Path) -> None:
    """What the report looks like after some keys were pressed."""
    page = browser.new_page(viewport=SIZE, color_scheme=scheme)  # type: ignore[arg-type]
    page.goto(source.as_uri())
    for key in keys:
        page.keyboard.press(key)
    page.wait_for_timeout(300)
    page.screenshot(path=str(target))
    page.close()


def main() -> None:
    parser = argparse.ArgumentParser(description="Makes the pictures of the HTML report.")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "images")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    program = shutil.which("chromium") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as name, sync_playwright() as driver:
        folder = Path(name)
        once = report(COLLECTION, folder / "once.html")
        often = report(shaky(folder / "shaky.json"), folder / "often.html", "-n", str(ITERATIONS))
        browser = driver.chromium.launch(executable_path=program)
        picture(browser, once, "light", "2jjj", options.out / "html-report-light.png")
        picture(browser, often, "dark", "1", options.out / "html-report-dark.png")
        browser.close()


if __name__ == "__main__":
    main()
