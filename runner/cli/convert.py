"""``htrun convert``: collections and environments from one format of Postman's to another."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import click

from runner.cli.command import PATH, Command
from runner.convert.v3 import v3_documents
from runner.convert.v21 import to_v21
from runner.convert.variables import is_variables, scope_of, variables_document
from runner.convert.write import write_file, write_folder
from runner.convert.yaml_text import yaml_text
from runner.errors import UsageError
from runner.model.collection import Json
from runner.parse.collection import collection_from_json
from runner.parse.remote import is_folder, read_resource

_YAML = (".yaml", ".yml")


@click.command("convert", cls=Command, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("source", type=PATH, metavar="INPUT")
@click.option("-o", "--output", required=True, type=PATH, help="The file (v2.1) or folder (v3) to write.")
@click.option(
    "--to",
    "version",
    type=click.Choice(["v2.1", "v3"]),
    help="The format; otherwise v2.1 for an output that ends with .json, else v3.",
)
@click.option("--force", is_flag=True, help="Replace what is there.")
def command(source: str, output: str, version: str | None, force: bool) -> int:
    """Convert a collection (v1, v2.0, v2.1, v3) to v2.1 or v3, or an environment or globals between JSON and YAML.

    v2.1 is one JSON file, v3 a folder of YAML files. Whatever a run depends on is kept.

    Exit codes: 0 written, 1 cannot be written, 2 wrong options or there is something already, 3 unreadable input.
    """
    target = Path(output)
    version = version or ("v2.1" if target.suffix.lower() == ".json" else "v3")
    data = _read(source)
    if is_variables(data):
        _write_variables(data, source, target, version, force)
    elif version == "v2.1":
        if target.suffix.lower() in _YAML:
            raise UsageError(f"a collection v2.1 is JSON: {output} should end with .json")
        write_file(target, _json_text(to_v21(data, source)), force=force)
    else:
        if target.suffix.lower() in (*_YAML, ".json"):
            raise UsageError(
                f"a collection v3 is a folder, and {output} looks like a file: choose another name with -o"
            )
        write_folder(target, _files(data, source), force=force)
    return 0


def _read(source: str) -> Json:
    if not is_folder(source):
        return read_resource("collection", source)
    from runner.cli.reporting import warn
    from runner.parse.v3 import v3_to_v21

    return v3_to_v21(source, warn=warn)


def _files(data: Json, source: str) -> Iterator[tuple[str, str]]:
    for name, document in v3_documents(collection_from_json(data, source)):
        yield name, yaml_text(document)


def _write_variables(data: Json, source: str, target: Path, version: str, force: bool) -> None:
    v3 = version == "v3"
    if v3 != (target.suffix.lower() in _YAML):
        raise UsageError(f"variables of {version} are {'YAML' if v3 else 'JSON'}: -o and --to do not fit together")
    document = variables_document(data, source, scope_of(data, source), v3=v3)
    write_file(target, yaml_text(document) if v3 else _json_text(document), force=force)


def _json_text(document: Json) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"
