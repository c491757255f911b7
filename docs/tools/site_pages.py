"""What MkDocs cannot do alone: pages from files outside of docs/, and pages that are made from the program."""

from __future__ import annotations

import logging
import re
import sys
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

from command_pages import command_pages  # noqa: E402
from schema_page import schema_page  # noqa: E402

log = logging.getLogger("mkdocs.hooks.site_pages")

#: Pages that lie beside docs/ in the repository.
OUTSIDE = {
    "README.md": "index.md",
    "ARCHITECTURE.md": "architecture.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
}
EVENTS = "# Events\n\n::: runner.engine.events\n    options:\n      show_root_heading: false\n"
MODEL = "# Model\n\nWhat [events](events.md) carry.\n\n" + "\n".join(
    f"## {title}\n\n::: runner.model.{name}\n    options:\n      show_root_heading: false\n      heading_level: 3\n"
    for title, name in (
        ("Results", "result"), ("Requests and responses", "exchange"), ("Collections", "collection")
    )
)  # fmt: skip
#: Modules that have pages of their own.
TOLD = ("runner.engine.events", "runner.model.")
_LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Gives each command its place in the navigation."""
    from runner.cli import COMMANDS

    for section in config.nav or []:
        for entry in next(iter(section.values())) if isinstance(section, dict) else ():
            if isinstance(entry, dict) and "Command line" in entry:
                entry["Command line"] = [{f"htrun {name}": f"reference/{name}.md"} for name in COMMANDS]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    made = {target: _moved((ROOT / source).read_text("utf-8")) for source, target in OUTSIDE.items()}
    made |= {f"reference/{name}.md": page for name, page in command_pages().items()}
    made["reference/workflow-schema.md"] = schema_page(ROOT / "runner/workflow/workflow.schema.json")
    made["reference/events.md"] = EVENTS
    made["reference/model.md"] = MODEL
    made["reference/python-api.md"] = _python_api()
    for target, content in made.items():
        files.append(File.generated(config, target, content=content))
    return files


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, **_: Any) -> str:
    """Links to files that are no pages: to the repository if there is an address of it, else their name alone."""

    def changed(match: re.Match[str]) -> str:
        image, text, target = match.groups()
        if not target.startswith("../") or image:
            return match[0]
        path, hash_, anchor = target.removeprefix("../").partition("#")
        if path in OUTSIDE:
            return f"[{text}]({OUTSIDE[path]}{hash_}{anchor})"
        if not (ROOT / path).exists():
            log.warning("%s links to %s, which is not there", page.file.src_uri, target)
        return f"[{text}]({config.repo_url.rstrip('/')}/blob/HEAD/{path})" if config.repo_url else f"`{path}`"

    return markdown if page.file.src_uri.startswith("reference/") else _LINK.sub(changed, markdown)


def _python_api() -> str:
    """What ``runner`` exports, where it does not stand on the pages of events and of the model."""
    from runner import _NAMES, _OTHERWISE

    objects = [
        f"::: {module}.{_OTHERWISE.get(name, name)}"
        for module, names in sorted(_NAMES.items(), key=lambda one: one[0] != "runner.api.run")
        if not module.startswith(TOLD)
        for name in names
    ]
    before = (
        "# Python API\n\n[From Python](../python.md) shows how it is used. All of it is in `runner` (and in `htrun`, "
        "which is the same), with what [events](events.md) carry.\n\n"
    )
    return before + "\n\n".join(objects) + "\n"


def _moved(text: str) -> str:
    """A page from the root of the repository, as if it lay in docs/."""

    def changed(match: re.Match[str]) -> str:
        image, label, target = match.groups()
        if target.startswith("docs/"):
            return f"{image}[{label}]({target.removeprefix('docs/')})"
        return f"{image}[{label}](../{target})" if "://" not in target and not target.startswith("#") else match[0]

    return _LINK.sub(changed, text)
