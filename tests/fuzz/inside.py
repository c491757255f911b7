"""The process that fuzzes, with coverage of ``runner``: see ``run.py``. ``inside.py TARGET OPTIONS OF libFuzzer``."""

from __future__ import annotations

import sys
from pathlib import Path

# in place of this folder: its modules are fuzz.<name>
sys.path[:1] = [str(Path(__file__).parents[level]) for level in (1, 2)]


def main() -> None:
    import atheris

    with atheris.instrument_imports(include=["runner"]):
        from fuzz.targets import TARGETS
    atheris.Setup([sys.argv[0], *sys.argv[2:]], TARGETS[sys.argv[1]])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
