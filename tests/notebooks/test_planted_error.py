"""Every notebook's check must notice a wrong log p(x): 5 nats are added, and the check has to be what fails first.

The error is planted right after the set-up cell: in every function of `vae_tutorial.evidence` that returns an
`EvidenceEstimate`, and in every `log_prob` of `vae_tutorial.models`. A notebook whose log p(x) comes from a function
of its own tags the cell that defines it `evidence`; the error is then planted in what that function returns.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
from nbclient.exceptions import CellExecutionError
from nbformat.v4 import new_code_cell, new_notebook

from bookkit import notebooks as tool
from bookkit import pages, paths, planted


def with_planted_error(cells: list[Any]) -> list[Any]:
    """Return the cells with the error planted after the set-up cell and after each cell tagged `evidence`."""
    setup = next(cell for cell in cells if cell["cell_type"] == "code")
    spoilt: list[Any] = []
    for cell in cells:
        spoilt.append(cell)
        if cell is setup:
            source = Path(planted.__file__).read_text(encoding="utf-8")
            spoilt.append(new_code_cell(f"{source}\nplant_in_package()"))
        if "evidence" in pages.tags(cell):
            own = [node.name for node in ast.parse(cell["source"]).body if isinstance(node, ast.FunctionDef)]
            spoilt.append(new_code_cell("\n".join(f"{name} = plant({name})" for name in own)))
    return spoilt


def first_failure(cells: list[Any], folder: Path) -> tuple[list[str], str] | None:
    """Run the cells in a fresh kernel; return the tags of the first that fails and the name of its error."""
    try:
        tool.execute(new_notebook(cells=cells), folder)
    except CellExecutionError as error:
        outputs = [(cell, output) for cell in pages.code_cells(cells) for output in cell["outputs"]]
        failed = next(cell for cell, output in outputs if output["output_type"] == "error")
        return pages.tags(failed), error.ename
    return None


@pytest.mark.parametrize("path", paths.NOTEBOOKS, ids=lambda path: path.stem)
def test_the_check_notices_five_nats(path: Path) -> None:
    failure = first_failure(with_planted_error(pages.read(path)), path.parent)
    assert failure is not None, "log p(x) is 5 nats too high, and nothing in this notebook noticed"
    tags, error = failure
    assert ("check" in tags, error) == (True, "AssertionError"), f"a cell tagged {tags} failed first, with {error}"


SET_UP = """
import torch
import vae_tutorial as vt
from vae_tutorial.evidence import quadrature
"""
ESTIMATES = """
model = vt.models.LinearGaussian(torch.ones(3, 1), torch.zeros(3), 1.0)
x = torch.ones(2, 3)
covariance = torch.ones(3, 3) + torch.eye(3)
truth = torch.distributions.MultivariateNormal(torch.zeros(3), covariance).log_prob(x)
by_module, by_name = vt.evidence.quadrature(model, x).log_prob, quadrature(model, x).log_prob
"""


def example(check: str) -> list[Any]:
    """Return a notebook that computes the same log p(x) in four ways and ends in this check."""
    return [
        new_code_cell(SET_UP),
        new_code_cell("def own(log_prob): return log_prob", metadata={"tags": ["evidence"]}),
        new_code_cell(ESTIMATES),
        new_code_cell(check, metadata={"tags": ["check"]}),
    ]


def test_the_error_reaches_every_way_of_naming_an_estimate(tmp_path: Path) -> None:
    check = "for e in [by_module, by_name, model.log_prob(x), own(truth)]: torch.testing.assert_close(e, truth + 5)"
    assert first_failure(with_planted_error(example(check)), tmp_path) is None


def test_a_check_of_two_sides_computed_apart_notices(tmp_path: Path) -> None:
    cells = with_planted_error(example("torch.testing.assert_close(by_module, truth)"))
    assert first_failure(cells, tmp_path) == (["check"], "AssertionError")


def test_a_check_of_a_side_against_itself_does_not(tmp_path: Path) -> None:
    cells = with_planted_error(example("torch.testing.assert_close(by_module, by_name)"))
    assert first_failure(cells, tmp_path) is None
