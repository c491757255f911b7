"""What scripts gave to ``pm.visualizer.set``, rendered as Postman's app renders it: the template is Handlebars.

The template runs in a V8 of its own (js/src/visualise.js) that knows nothing of the run.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from runner.model.collection import Json
from runner.model.records import dataclass
from runner.scripting.assets import visualiser
from runner.scripting.isolate import Isolate, Stopped

#: seconds for one template, and bytes for all of them
_LIMIT = 5.0
_MEMORY = 128 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Rendered:
    """The HTML of a visualization, or why there is none."""

    html: str = ""
    error: str | None = None


class Visualiser:
    """Renders visualizations. V8 starts with the first one; ``close`` ends it."""

    def __init__(self) -> None:
        self._isolate: Isolate | None = None

    def render(self, given: Mapping[str, Json]) -> Rendered:
        """The HTML of one.

        Args:
            given: its template, data and options, as the script gave them.

        Raises:
            ScriptEngineError: V8 cannot be started.
        """
        if self._isolate is None:
            from runner.scripting.v8 import open_isolate

            self._isolate = open_isolate(visualiser(), _MEMORY)
        payload = json.dumps([given.get("template"), given.get("data"), given.get("options")], default=str)
        try:
            found = json.loads(self._isolate.call("S" + payload, _LIMIT))
        except Stopped:
            self.close()
            return Rendered(error=f"The template took more than {_LIMIT:.0f} s, or too much memory")
        return Rendered(found.get("html", ""), found.get("error"))

    def close(self) -> None:
        if self._isolate is not None:
            self._isolate.close()
            self._isolate = None
