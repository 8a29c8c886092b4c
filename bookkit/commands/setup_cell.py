"""Give every notebook the set-up cell of the template: change it there, then run this.

    python -m bookkit.commands.setup_cell

The cell is the first that runs.  What it shows is nothing, so no notebook needs another run.
"""

from __future__ import annotations

import copy
import sys
from pathlib import Path
from typing import Any

from bookkit import notebooks as tool
from bookkit.paths import NOTEBOOKS, TEMPLATE


def first_code(notebook: Any) -> Any:
    """Return a notebook's set-up cell."""
    return next(cell for cell in notebook["cells"] if cell["cell_type"] == "code")


def written(path: Path, template: Path = TEMPLATE) -> str:
    """Return a notebook's text with the template's set-up cell, in normal form."""
    notebook, model = tool.read(path), first_code(tool.read(template))
    cell = first_code(notebook)
    cell["source"], cell["metadata"] = model["source"], copy.deepcopy(model["metadata"])
    return tool.normalise(notebook)


def main() -> int:
    """Write every notebook."""
    for path in NOTEBOOKS:
        path.write_text(written(path), encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
