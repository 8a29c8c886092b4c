"""The planted error reaches every way of naming an estimate, and a check of a side against itself does not notice it.

Each notebook's own check is tried after its cells (`plugin`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from nbclient.exceptions import CellExecutionError
from nbformat.v4 import new_code_cell, new_notebook

from bookkit import notebooks as tool
from bookkit import pages
from tests.support.planting import with_planted_error

pytestmark = pytest.mark.slow


def first_failure(cells: list[Any], folder: Path) -> tuple[list[str], str] | None:
    """Run the cells in a fresh kernel; return the tags of the first that fails and the name of its error."""
    try:
        tool.execute(new_notebook(cells=cells), folder)
    except CellExecutionError as error:
        outputs = [(cell, output) for cell in pages.code_cells(cells) for output in cell["outputs"]]
        failed = next(cell for cell, output in outputs if output["output_type"] == "error")
        return pages.tags(failed), error.ename
    return None


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
