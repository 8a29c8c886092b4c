"""What the page computes is what the package computes: one law for all figures, without a browser."""

from __future__ import annotations

import shutil
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from tests.support import node
from tests.support.explorers import MAKERS
from vae_tutorial import explorables

pytestmark = pytest.mark.usefixtures("double_precision")


def grid(**values: list[Any]) -> list[dict[str, Any]]:
    """Return every combination of these values."""
    return [dict(zip(values, row, strict=True)) for row in product(*values.values())]


GRIDS = {
    "BoundExplorer": [
        {},
        {"loc": 0.4, "scale": 0.3, "bend": 0.25},
        {"loc": 4.0, "scale": 3.0, "bend": 1.0},
        *grid(loc=[-2.0, 0.4, 4.0], scale=[0.05, 0.8, 3.0], bend=[0.0, 0.7], x=[-3.0, 0.5, 4.0]),
    ],
    "DensityExplorer": grid(loc=[-4.0, 1.0, 4.0], scale=[0.4, 1.4, 4.0]),
    "EncoderSwap": grid(encoder=[0, 1, 2], decoder=[0, 1], prior=[0, 1]),
    "MarginalExplorer": grid(x=[-3.0, -1.0, 0.0, 1.0, 2.2, 3.0]),
    "LikelihoodExplorer": grid(loc=[-5.0, 0.0, 2.5], scale=[0.4, 2.0, 6.0], size=[2, 40], sample=[1, 5]),
    "ImportanceExplorer": [
        {},
        {"offset": -2.683, "scale": 2.236, "doublings": 2},
        *grid(offset=[-3.0, 0.0, 3.0], scale=[0.1, 1.0, 4.0], doublings=[0, 5, 10]),
    ],
    "LiveTrainer": grid(weight=[0.0, 1.0]),
    "LatentExplorer": grid(image=[0, 1, 2], z1=[-3.0, 0.37], z2=[0.0, 3.0]),
    "ReconstructionExplorer": grid(step=[0, 1, 2, 3, 4]),
    "SharedPriorExplorer": grid(spread=[0.0, 0.95, 4.0], scale=[0.05, 0.2, 1.0]),
    "TrainingExplorer": grid(step=[0, 1, 2, 3]),
}
FIXED: dict[str, dict[str, Any]] = {
    "LiveTrainer": {
        "history": {
            "step": [0, 1000],
            "elbo": [-45.07, -20.2],
            "log_prob": [-44.74, -19.56],
            "reconstruction": [-45.01, -17.4],
            "rate": [0.06, 2.8],
        }
    },
    "TrainingExplorer": {"elbo": [-44.3701, -27.1735, -23.76, -21.38], "log_prob": [-44.28, -27.1, -23.65, -20.94]},
}

# A sign in each formula, turned round.
PLANTED = {
    "BoundExplorer": ("bound", "elbo: reconstruction - rate", "elbo: reconstruction + rate"),
    "DensityExplorer": ("density", "average: mean(found)", "average: -mean(found)"),
    "EncoderSwap": ("swap", "gap: logP - elbo", "gap: logP + elbo"),
    "MarginalExplorer": ("marginal", "1.3 * z + 0.5", "1.3 * z - 0.5"),
    "LikelihoodExplorer": ("likelihood", "+ (TRUTH ** 2 + loc ** 2)", "- (TRUTH ** 2 + loc ** 2)"),
    "ImportanceExplorer": ("importance", "+ 0.5 * e * e", "- 0.5 * e * e"),
    "LiveTrainer": ("live", "gap: logP - elbo", "gap: logP + elbo"),
    "LatentExplorer": ("latent", "- softplus(logit)", "+ softplus(logit)"),
    "ReconstructionExplorer": ("reconstruction", "row[i]", "-row[i]"),
    "SharedPriorExplorer": ("sharing", "elbo = reconstruction - rate", "elbo = reconstruction + rate"),
    "TrainingExplorer": ("training", "gap: value - elbo[i]", "gap: value + elbo[i]"),
}


def distance(name: str, settings: list[dict[str, Any]], numerics: Path = node.NUMERICS) -> float:
    """Return how far page and package are apart, at most; numbers above one count by their share."""
    explorer: Any = MAKERS[name](**FIXED.get(name, {}))
    asked, package = [], []
    start = explorer.numbers()
    for setting in settings:
        for handle, value in (start | setting).items():
            setattr(explorer, handle, value)
        asked.append({"figure": name, "state": explorer.numbers(), "data": explorer.page_data()})
        package.append(explorer.terms() if hasattr(explorer, "terms") else {"density": explorer.density()})
    found = [0.0]
    for page, expected in zip(node.computed(asked, numerics), package, strict=True):
        assert page.keys() == expected.keys()
        pairs = [(page[key], value) for key, value in expected.items() if page[key] != value]  # ∞ is ∞
        found += [abs(mine - theirs) / max(1.0, abs(theirs)) for mine, theirs in pairs]
    return max(found)


def test_every_figure_is_under_the_law() -> None:
    assert set(GRIDS) == set(PLANTED) == set(explorables.__all__)


@pytest.mark.parametrize("name", GRIDS)
def test_the_page_computes_what_the_package_computes(name: str) -> None:
    node.need("node")
    assert distance(name, GRIDS[name]) < 1e-6


@pytest.mark.parametrize("name", PLANTED)
def test_a_sign_that_is_turned_round_is_noticed(name: str, tmp_path: Path) -> None:
    node.need("node")
    copy = tmp_path / "js"
    shutil.copytree(node.EXPLORABLES / "js", copy)
    (copy / "package.json").write_text('{"type": "module"}', encoding="utf-8")
    file, right, wrong = PLANTED[name]
    script = copy / "numerics" / f"{file}.js"
    text = script.read_text(encoding="utf-8")
    assert text.count(right) == 1
    script.write_text(text.replace(right, wrong), encoding="utf-8")
    assert distance(name, GRIDS[name][1:2], copy / "numerics") > 1e-3
