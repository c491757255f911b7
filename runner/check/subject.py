"""All that rules look at: a collection, what it is run with, and what its scripts say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from runner.check.model import Place
from runner.check.reach import Reach, reach_of
from runner.engine.assemble import Given, new_scopes
from runner.engine.inherit import inherit
from runner.model.collection import Collection, Folder, Item, Located, Script
from runner.model.records import dataclass, field
from runner.scripting.analysis import SyntaxProblem
from runner.scripting.mentions import ScriptMentions, Spot, mentions
from runner.transport.files import FileReader
from runner.variables import Scopes
from runner.workflow.dataflow import Flow, flow_of


@dataclass(frozen=True, slots=True)
class Inputs:
    """What the collection would be run with.

    Attributes:
        columns: names of the columns of the iteration data.
        certificates: files that the command line names, by option.
        checked: places, from 0, of requests whose answers a workflow file checks.
    """

    given: Given = field(default_factory=Given)
    columns: tuple[str, ...] = ()
    files: FileReader = field(default_factory=FileReader)
    certificates: tuple[tuple[str, str], ...] = ()
    checked: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class OwnScript:
    """A script where it stands. ``chain``: from the collection down to its owner."""

    chain: tuple[Folder | Item, ...]
    script: Script
    said: ScriptMentions

    def place(self, spot: Spot | SyntaxProblem) -> Place:
        return Place(self.chain, self.script, spot.line, spot.column)


@dataclass(slots=True)
class Subject:
    """One collection with everything that is known about it."""

    collection: Collection
    inputs: Inputs
    scopes: Scopes
    items: tuple[Located, ...]
    flow: Flow
    scripts: tuple[OwnScript, ...]
    by_source: Mapping[str, ScriptMentions]
    reach: Reach

    def nodes(self) -> Iterator[tuple[Folder | Item, ...]]:
        """The collection, each folder and each request, as the chain down to it."""
        yield from _chains(self.collection, ())

    def said(self, located: Located) -> tuple[ScriptMentions, ...]:
        """What the scripts in effect for an item say, in the order in which they run."""
        inherited = inherit(located)
        return tuple(self.by_source[owned.script.source] for owned in (*inherited.prerequest, *inherited.test))


def subject_of(collection: Collection, inputs: Inputs) -> Subject:
    """Reads the scripts of a collection and works out its flow of data.

    Raises:
        ScriptEngineError: V8 cannot be started.
    """
    owners = [
        (chain, script)
        for chain in _chains(collection, ())
        for script in chain[-1].scripts
        if script.enabled and script.source.strip()
    ]
    sources = tuple(dict.fromkeys(script.source for _, script in owners))
    by_source = dict(zip(sources, mentions(sources), strict=True))
    scopes = new_scopes(collection, inputs.given)
    flow = flow_of(collection, scopes=scopes, data=inputs.columns)
    subject = Subject(
        collection,
        inputs,
        scopes,
        tuple(item.located for item in flow.items),
        flow,
        tuple(OwnScript(chain, script, by_source[script.source]) for chain, script in owners),
        by_source,
        Reach(),
    )
    subject.reach = reach_of(subject.items, subject.said)
    return subject


def chain_of(located: Located) -> tuple[Folder | Item, ...]:
    """From the collection down to the item."""
    return (*located.parents, located.item)


def _chains(node: Folder | Item, above: tuple[Folder | Item, ...]) -> Iterator[tuple[Folder | Item, ...]]:
    chain = (*above, node)
    yield chain
    if isinstance(node, Folder):
        for child in node.children:
            yield from _chains(child, chain)
