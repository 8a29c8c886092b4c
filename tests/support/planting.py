"""Plant 5 nats into a notebook: right after its set-up cell, and where it defines a log p(x) of its own.

The error is planted in every function of `vae_tutorial.evidence` that returns an `EvidenceEstimate`, and in every
`log_prob` of `vae_tutorial.models`.  A notebook whose log p(x) comes from a function of its own tags the cell that
defines it `evidence`; the error is then planted in what that function returns.
"""

from __future__ import annotations

import ast
from typing import Any

from nbformat.v4 import new_code_cell

from bookkit import pages, paths

PLANT = f"""
import sys
sys.path.insert(0, {str(paths.ROOT)!r})
from bookkit.planted import plant, plant_in_package
plant_in_package()
"""


def with_planted_error(cells: list[Any]) -> list[Any]:
    """Return the cells with the error planted after the set-up cell and after each cell tagged `evidence`."""
    setup = next(cell for cell in cells if cell["cell_type"] == "code")
    spoilt: list[Any] = []
    for cell in cells:
        spoilt.append(cell)
        if cell is setup:
            spoilt.append(new_code_cell(PLANT))
        if "evidence" in pages.tags(cell):
            own = [node.name for node in ast.parse(cell["source"]).body if isinstance(node, ast.FunctionDef)]
            spoilt.append(new_code_cell("\n".join(f"{name} = plant({name})" for name in own)))
    return spoilt
