"""v2.1 -> v3 -> v2.1 keeps every field that affects a run, whatever a collection holds."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings

from convert.strategies import collections
from runner.convert.v3 import v3_documents
from runner.convert.v21 import to_v21
from runner.convert.write import write_folder
from runner.convert.yaml_text import yaml_text
from runner.model.collection import Body, Collection, Example, Folder, Item, Json, RequestSpec, Script, Url
from runner.model.records import replace
from runner.parse.collection import collection_from_json
from runner.parse.v3 import v3_to_v21
from runner.transport.bodies import METHODS_WITHOUT_BODY


def there_and_back(collection: Json) -> Any:
    """The collection as v3 files, and these as v2.1 JSON."""
    files = [(name, yaml_text(document)) for name, document in v3_documents(collection_from_json(collection))]
    with tempfile.TemporaryDirectory() as scratch:
        write_folder(Path(scratch, "c"), files)
        told: list[str] = []
        read = json.loads(json.dumps(to_v21(v3_to_v21(str(Path(scratch, "c")), warn=told.append))))
    assert told == []
    return read


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(collections)
def test_nothing_that_affects_a_run_is_lost(collection: Json) -> None:
    assert for_a_run(collection_from_json(there_and_back(collection))) == for_a_run(collection_from_json(collection))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(collections)
def test_a_second_time_changes_nothing(collection: Json) -> None:
    once = there_and_back(collection)
    assert there_and_back(once) == once


def for_a_run(collection: Collection) -> Folder:
    """The model without what no run depends on. Each line says why."""
    return _folder(collection, frozenset())


def _folder(folder: Folder, inherited: frozenset[str]) -> Folder:
    within = inherited | set(folder.behavior)
    children = (_folder(one, within) if isinstance(one, Folder) else _item(one, within) for one in folder.children)
    return Folder(
        id="" if _is_made_up(folder, folder.source.get("info")) else folder.id,
        name=folder.name,
        children=tuple(children),
        scripts=_scripts(folder.scripts),
        auth=folder.auth,
        variables=folder.variables,
        description=folder.description,
        behavior=_behavior(folder),
    )


def _is_made_up(node: Folder | Item, info: Json) -> bool:
    """Ids that a file lacks are random."""
    known = (node.source.get("id"), node.source.get("_postman_id"), (info or {}).get("_postman_id"))
    return node.id not in known


def _item(item: Item, inherited: frozenset[str]) -> Item:
    request = _request(item.request)
    # shown in one place, whichever of the two has it
    description = item.description if item.request.description is None else item.request.description
    behavior = _behavior(item)
    pruned = request.method.upper() in METHODS_WITHOUT_BODY and "disableBodyPruning" not in inherited
    if pruned and behavior.get("disableBodyPruning") is False:  # as without a word
        del behavior["disableBodyPruning"]
    return Item(
        id="" if _is_made_up(item, None) else item.id,
        name=item.name,
        request=replace(request, description=description),
        scripts=_scripts(item.scripts),
        examples=tuple(_example(one) for one in item.examples),
        behavior=behavior,
    )


def _behavior(node: Folder | Item) -> dict[str, Json]:
    """A header that is not switched off says nothing."""
    behavior = dict(node.behavior)
    if "disabledSystemHeaders" in behavior:
        behavior["disabledSystemHeaders"] = {name for name, off in behavior["disabledSystemHeaders"].items() if off}
    return behavior


def _scripts(scripts: tuple[Script, ...]) -> tuple[Script, ...]:
    """Enabled ones first; ids and names of scripts are for editors."""
    plain = [replace(script, id="", name=None) for script in scripts]
    return tuple(sorted(plain, key=lambda script: not script.enabled))


def _request(request: RequestSpec) -> RequestSpec:
    return replace(request, url=_url(request.url), body=request.body and _body(request.body))


def _url(url: Url) -> Url:
    """A path variable without a value is left as it stands; its type decides nothing."""
    rows = (replace(one, type=None, value=None if one.value == "" else one.value) for one in url.variables)
    return replace(url, variables=tuple(rows))


def _body(body: Body) -> Body:
    """Only the field of the mode is sent. No text and an empty one are the same, and so is a null in a form."""
    empty = Body(mode=body.mode, options=body.options, enabled=body.enabled)
    if body.mode == "raw":
        return replace(empty, raw=body.raw or "")
    if body.mode == "urlencoded":
        fields = (replace(one, value="" if one.value is None else one.value) for one in body.urlencoded)
        return replace(empty, urlencoded=tuple(fields))
    if body.mode == "formdata":
        return replace(empty, formdata=tuple(replace(one, src=one.src or "") for one in body.formdata))
    return replace(empty, file=body.file) if body.mode == "file" else replace(empty, graphql=body.graphql)


def _example(example: Example) -> Example:
    """No run looks at one, and nobody signs what it was the answer to; a mock takes 200 where none is said."""
    asked = example.request and _request(example.request)
    request = asked and replace(asked, auth=None, proxy=None, certificate=None, description=None)
    if request is not None and not request.url.path and not request.url.host:
        request = None
    return replace(
        example,
        id="",
        request=request,
        code=example.code or 200,
        status=example.status or "",
        body=example.body or "",
    )
