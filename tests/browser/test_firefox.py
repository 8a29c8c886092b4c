"""The book in a second browser: quiet, self-contained, typeset, and its figures move."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import firefox
from tests.support.moving import PAGE
from vae_tutorial.explorables import LiveTrainer

MOVED = """(() => {
  const figure = document.querySelector(".explorable");
  const said = figure.querySelector(".said").innerText;
  const slider = figure.querySelector("input[type=range]");
  if (slider) {
    slider.value = slider.value === slider.max ? slider.min : slider.max;
    slider.dispatchEvent(new Event("input", {bubbles: true}));
  } else figure.querySelector("input[type=radio]:not(:checked)").click();
  return new Promise((resolve) => setTimeout(() => resolve(figure.querySelector(".said").innerText !== said), 500));
})()"""

TRAINED = """(async () => {
  const { dataset } = document.querySelector(".explorable");
  const at = async (step) => {
    while (!(Number(dataset.step) >= step)) await new Promise((done) => setTimeout(done, 20));
    return Number(dataset.logP);
  };
  const before = await at(0);
  [...document.querySelectorAll("button")].find((button) => button.textContent === "Train").click();
  return (await at(40)) - before;
})()"""


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[firefox.Tab]:
    """Debian's Firefox, which .ci/run requires and everybody else may do without."""
    if firefox.executable() is None:
        pytest.fail(firefox.MISSING) if os.environ.get("REQUIRE_BROWSER") else pytest.skip(firefox.MISSING)
    with firefox.opened(tmp_path_factory.mktemp("profile")) as tab:
        yield tab


@pytest.mark.parametrize("name", ["intro", "evidence_lower_bound", "latent_variable_models", "variational_autoencoder"])
def test_a_page_works_in_firefox(tab: firefox.Tab, site: str, name: str) -> None:
    tab.complaints.clear()
    tab.requests.clear()
    tab.open(f"{site}/{name}.html")
    assert tab.compute("document.querySelectorAll('.math').length") > 0
    assert tab.compute("document.querySelectorAll('.math:not(:has(mjx-container))').length") == 0
    assert tab.compute("document.querySelectorAll('mjx-merror').length") == 0
    assert tab.compute(MOVED) is True
    assert tab.complaints == []
    assert [request for request in tab.requests if not request.startswith((site, "data:"))] == []
    assert len(tab.requests) > 5


def test_the_live_trainer_trains_in_firefox(tab: firefox.Tab, tmp_path: Path) -> None:
    page = tmp_path / "live.html"
    page.write_text(PAGE.format(LiveTrainer().to_html()), encoding="utf-8")
    tab.open(page.as_uri())
    tab.complaints.clear()
    assert tab.compute(TRAINED) > 5  # nats of log p(x), in forty steps
    assert tab.complaints == []


def test_a_complaint_and_a_foreign_request_are_noticed(tab: firefox.Tab, site: str) -> None:
    tab.open(f"{site}/intro.html")
    tab.complaints.clear()
    tab.compute("console.error('broken')")
    foreign = site.replace("127.0.0.1", "localhost") + "/favicon.ico"
    tab.compute(f"fetch('{foreign}').catch(() => true)")
    assert "broken" in tab.complaints
    assert foreign in tab.requests
    with pytest.raises(RuntimeError, match="nothing is not defined"):
        tab.compute("nothing")
