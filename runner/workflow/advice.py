"""For variables that had no value in a run: which request would set them."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence

from runner.errors import ScriptEngineError
from runner.model.collection import Collection, Located
from runner.variables import Scopes
from runner.workflow.dataflow import Flow, ItemFlow, flow_of


def advice(
    unresolved: Mapping[str, str],
    collection: Collection,
    ran: Sequence[Located],
    scopes: Scopes,
    remedy: str = "run it first, or use --with-deps",
) -> dict[str, str]:
    """One clause for each name, to be read after ``{{name}}``: ``is set by Users/Create user, which did not run
    before``. It analyses the collection's scripts, so it is for runs in which something was missing.

    Args:
        unresolved: name -> path of the item that used it first.
        ran: the items of the run, in order.
        scopes: as they are at the end.
        remedy: what to do about a request that comes before in the collection and was not run.
    """
    try:
        flow = flow_of(collection, scopes=scopes)
    except ScriptEngineError:
        return {}
    paths = [located.path for located in ran]
    known = {define.name for item in flow.items for define in item.defines} | flow.initial.keys() | flow.empty
    return {name: _clause(name, path, flow, paths, sorted(known), remedy) for name, path in unresolved.items()}


def _clause(name: str, path: str, flow: Flow, ran: Sequence[str], known: Sequence[str], remedy: str) -> str:
    producers = flow.producers(name)
    if not producers:
        return _nobody(name, known)
    end = ran.index(path) if path in ran else len(ran)
    for producer in reversed(producers):
        if producer.located.path in ran[:end]:
            return f"is set by {_place(producer, name)}, which ran before but did not set it"
    at = next((index for index, item in enumerate(flow.items) if item.located.path == path), len(flow.items))
    earlier = [item for item in producers if (flow.position(item.located) or 0) < at]
    if earlier:
        return f"is set by {_place(earlier[-1], name)}, which did not run before ({remedy})"
    if producers[0].located.path == path:
        return f"is set by {_place(producers[0], name)} itself, but only after it was used"
    return f"is set by {_place(producers[0], name)}, which comes after it (run it first)"


def _place(item: ItemFlow, name: str) -> str:
    where = next(define.where for define in item.defines if define.name == name)
    return f"{item.located.path} ({where})"


def _nobody(name: str, known: Sequence[str]) -> str:
    folded = [one for one in known if one.strip().lower() == name.strip().lower() and one != name]
    near = folded or difflib.get_close_matches(name, known, n=1, cutoff=0.75)
    hint = f"; did you mean {{{{{near[0]}}}}}?" if near else f" (give it with --var {name}=...)"
    return f"is set by no request of the collection{hint}"
