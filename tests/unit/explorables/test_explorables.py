"""Figures that move: their Python side, alone and in a real kernel. What they draw is tested in tests/browser."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import types
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import torch
import traitlets
from nbformat.v4 import new_code_cell, new_notebook

from bookkit import notebooks as tool
from bookkit.commands import colab
from bookkit.paths import ROOT
from tests.support import node
from tests.support.explorers import MAKERS, encoder_swap
from tests.support.laws import every_vector, random_state_kept, refused
from tests.support.moving import Reader
from tests.support.narrowing import present
from vae_tutorial import explorables, figures
from vae_tutorial.explorables import BoundExplorer, EncoderSwap, MarginalExplorer, SharedPriorExplorer

pytestmark = pytest.mark.usefixtures("double_precision")
every_explorable = pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)

SETTINGS: list[dict[str, float]] = [
    {},
    {"loc": 0.4, "scale": 0.3},
    {"loc": -2.0, "scale": 0.05},
    {"loc": 4.0, "scale": 3.0},
    {"bend": 0.0, "loc": 0.4, "scale": 0.2**0.5},
    {"bend": 1.0, "x": 4.0},
    {"x": -3.0},
]


@pytest.mark.parametrize("setting", SETTINGS, ids=str)
def test_the_bound_and_its_gap_add_up_to_log_p(setting: dict[str, float]) -> None:
    with random_state_kept():
        terms = BoundExplorer(**setting).terms()
    assert terms["ELBO"] + terms["gap"] == pytest.approx(terms["log p(x)"], abs=1e-5)
    assert terms["reconstruction"] - terms["rate"] == pytest.approx(terms["ELBO"], abs=1e-12)
    assert terms["gap"] > -1e-6


def test_without_a_bend_the_right_gaussian_closes_the_gap() -> None:
    terms = BoundExplorer(bend=0, x=0.5, loc=0.4, scale=0.2**0.5).terms()  # the posterior of z + noise
    assert terms["gap"] == pytest.approx(0, abs=1e-9)


def test_the_density_of_the_marginal_integrates_to_one() -> None:
    step = 0.05
    total = sum(MarginalExplorer(x=-3 + step * i).density() for i in range(121)) * step
    assert total == pytest.approx(1, abs=2e-3)  # the range leaves out what lies beyond 3


def test_another_encoder_moves_the_bound_alone() -> None:
    swap = encoder_swap()
    for swap.decoder, swap.prior in product((0, 1), (0, 1)):
        found = []
        for swap.encoder in (0, 1, 2):
            terms = swap.terms()
            found.append(terms["log p(x)"])
            assert terms["ELBO"] < terms["log p(x)"]
        assert len(set(found)) == 1
    seen = set()
    swap.encoder = 0
    for swap.decoder, swap.prior in product((0, 1), (0, 1)):
        seen.add(round(swap.terms()["log p(x)"], 2))
    assert len(seen) == 4, "decoder and prior move log p(x) itself"
    with refused("encoders is empty"):
        EncoderSwap({}, {}, {}, torch.zeros(1, 9))


def test_codes_apart_claim_more_than_there_is_and_the_shared_prior_never_hands_out_more() -> None:
    for spread in (0.0, 0.5, 0.95, 2.0, 4.0):
        for scale in (0.05, 0.2, 1.0):
            terms = SharedPriorExplorer(spread=spread, scale=scale).terms()
            assert 0 < terms["given"] <= 1
            assert terms["ELBO"] <= terms["log p(x)"]
    far_apart = SharedPriorExplorer(spread=4.0, scale=0.1).terms()
    assert far_apart["least"] < 1e-4
    assert far_apart["claimed"] > 3.8
    one_code = SharedPriorExplorer(spread=0.0).terms()
    assert one_code["reconstruction"] == pytest.approx(one_code["log p(x)"]), "one code for all: z says nothing"


def test_the_button_of_the_shared_prior_leads_to_the_best_elbo() -> None:
    script = (node.EXPLORABLES / "js" / "figures" / "sharing.js").read_text(encoding="utf-8")
    spread, scale = map(float, present(re.search(r"BEST = \{ spread: ([\d.]+), scale: ([\d.]+) \}", script)).groups())
    best = SharedPriorExplorer(spread=spread, scale=scale).terms()["ELBO"]
    for other in product((spread - 0.1, spread, spread + 0.1), (scale - 0.05, scale, scale + 0.05)):
        assert SharedPriorExplorer(spread=other[0], scale=other[1]).terms()["ELBO"] <= best


def test_the_probabilities_of_all_images_add_up_to_one() -> None:
    explorer = SharedPriorExplorer(spread=1.3)
    z = torch.linspace(-9, 9, 1001, dtype=torch.float64)
    every = every_vector(2, 9).double()
    given = explorer.likelihood(z[:, None, None]).log_prob(every).exp()  # [1001, 512]
    weights = (-0.5 * z**2).softmax(0)
    assert float((weights @ given).sum()) == pytest.approx(1)


def test_every_explorable_is_under_these_laws() -> None:
    assert set(MAKERS) == set(explorables.__all__)


@every_explorable
@pytest.mark.parametrize("bad", [float("nan"), float("inf"), 100, -100, "wide", [1.0], None])
def test_a_value_out_of_range_is_refused_with_the_rule_and_changes_nothing(make: Any, bad: Any) -> None:
    explorer = make()
    for name, value in explorer.numbers().items():
        with pytest.raises(traitlets.TraitError, match=rf"{name} must be one finite number from .* to .*, got"):
            setattr(explorer, name, bad)
        assert getattr(explorer, name) == value


@every_explorable
def test_an_unknown_handle_is_refused(make: Any) -> None:
    with pytest.raises(TypeError, match=f"{type(make()).__name__} has no 'width': it takes"):
        make(width=1.0)


@every_explorable
def test_the_page_form_is_whole_and_asks_nobody(make: Any) -> None:
    explorer = make()
    with random_state_kept():
        page = Reader(explorer.to_html())
    assert page.addresses == []
    assert not re.search(r"\b(import|fetch|XMLHttpRequest|WebSocket)\b\s*[({\"']", page.scripts[0])
    assert "export" not in page.scripts[0]
    (state,) = re.findall(r'showInPage\(explorable, "\w{12}", (\{.*\})\);', page.scripts[0])
    assert {name: json.loads(state)[name] for name in explorer.numbers()} == explorer.numbers()


def test_a_closing_tag_in_a_trait_stays_text() -> None:
    explorer = BoundExplorer()
    explorer._colors = {"prior": "</script><script>alert(1)</script>"}
    page = Reader(explorer.to_html())
    assert page.scripts[0].rstrip().endswith(");")  # the script is still one, and whole
    assert "\\u003c/script>" in page.scripts[0]


@every_explorable
def test_the_same_figure_gives_the_same_bytes_and_another_another_key(make: Any) -> None:
    explorer = make()
    assert make().to_html() == explorer.to_html()
    for name in explorer.numbers():
        low, high = explorer.traits()[name].ends(explorer)
        seen = set()
        for end in (low, high):
            setattr(explorer, name, end)
            seen.add(explorer.to_html().partition('data-explorable="')[2][:12])
        assert len(seen) == 2


@every_explorable
def test_a_kernel_gets_the_widget_beside_the_html_and_colab_the_html_alone(
    make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = "application/vnd.jupyter.widget-view+json"
    assert set(make()._repr_mimebundle_()[0]) == {"text/plain", "text/html", view}
    monkeypatch.setitem(sys.modules, "google.colab", types.ModuleType("google.colab"))
    assert set(make()._repr_mimebundle_()[0]) == {"text/plain", "text/html"}


@every_explorable
def test_colours_and_dashes_are_those_of_the_roles_and_no_script_has_its_own(make: Any) -> None:
    explorer = make()
    looks = {name.replace(" ", "-"): role for name, role in figures.ROLES.items()}
    assert explorer._colors == {name: look.color for name, look in looks.items()}
    assert explorer._dashes == {name: look.dashes for name, look in looks.items()}
    assert [look.color for look in looks.values() if look.color in explorer._esm] == []


def test_what_is_stored_is_what_the_scripts_give_now(tmp_path: Path) -> None:
    node.need("npm", "node_modules")
    run = ["npm", "run", "--silent", "build", "--", f"--outdir={tmp_path}"]
    subprocess.run(run, cwd=ROOT, check=True, timeout=60)
    stored, fresh = (
        {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()} for folder in (BUILT, tmp_path)
    )
    assert stored.keys() == fresh.keys()
    assert [name for name, text in fresh.items() if stored[name] != text] == [], "run `make js`"


BUILT = node.EXPLORABLES / "built"


def test_every_figure_has_a_script_of_its_own() -> None:
    names = {path.stem for path in BUILT.iterdir()}
    assert names == {path.stem for path in (node.EXPLORABLES / "js" / "figures").iterdir()}
    bundles = [(BUILT / f"{name}.js").read_text(encoding="utf-8") for name in sorted(names)]
    assert sorted(make()._esm for make in MAKERS.values()) == sorted(bundles)


@pytest.mark.slow
def test_in_a_kernel_the_traits_link_with_ipywidgets_and_can_be_watched(tmp_path: Path) -> None:
    notebook = new_notebook(cells=[new_code_cell(colab.LINK)])
    tool.execute(notebook, tmp_path)
    assert notebook.cells[0].outputs[-1]["data"]["text/plain"] == "BoundExplorer(bend=0.5, loc=-0.5, scale=0.8, x=0.5)"
