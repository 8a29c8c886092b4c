"""The Python side of the live trainer: what it sends to the page, and what it takes back."""

from __future__ import annotations

import re

import numpy as np
import pytest
import torch
import traitlets

from vae_tutorial import datasets
from vae_tutorial.explorables import LiveTrainer
from vae_tutorial.explorables.live import HELD_OUT, SERIES, TRAIN, packed_bits
from vae_tutorial.explorables.packing import ALPHABET

RUN: dict[str, list[float | None]] = {
    "step": [0, 4],
    "elbo": [-45.0, -30.0],
    "log_prob": [-44.5, -29.0],
    "reconstruction": [-44.0, -27.0],
    "rate": [1.0, 3.0],
}


def unpacked(text: str, count: int) -> torch.Tensor:
    """Return the images [count, 64] of packed bits, by the other way round."""
    places = {letter: place for place, letter in enumerate(ALPHABET)}
    bits = "".join(f"{places[letter]:06b}" for letter in text)
    return torch.tensor([int(bit) for bit in bits[: 64 * count]]).reshape(count, 64)


def test_the_digits_travel_as_bits_and_none_that_it_trains_on_is_held_out() -> None:
    digits, data = datasets.load_digits(), LiveTrainer()._data
    labels = digits.test_labels
    assert labels is not None
    assert torch.equal(unpacked(data["train"], TRAIN), digits.train[:TRAIN].long())
    assert torch.equal(unpacked(data["held_out"], HELD_OUT), digits.test[:HELD_OUT].long())
    assert data["labels"] == "".join(map(str, labels[:HELD_OUT].tolist()))
    assert len(data["train"]) + len(data["held_out"]) < 500 * 64 / 6 + 2


def test_bits_that_fill_no_character_are_padded_with_zeros() -> None:
    assert packed_bits(torch.tensor([[1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0]])) == ALPHABET[33] + ALPHABET[32]


def test_its_terms_are_those_of_the_last_moment_and_add_up() -> None:
    terms = LiveTrainer(history=RUN).terms()
    assert terms["log p(x)"] == -29.0
    assert terms["ELBO"] + terms["gap"] == terms["log p(x)"]
    assert terms["reconstruction"] - terms["rate"] == terms["ELBO"]


def test_without_noise_the_rate_is_infinite_and_there_is_no_bound() -> None:
    terms = LiveTrainer(history=RUN | {"elbo": [None, None], "rate": [None, None]}).terms()
    assert terms["rate"] == terms["gap"] == -terms["ELBO"] == float("inf")


def test_without_a_run_it_says_so() -> None:
    with pytest.raises(ValueError, match="press Train, or set it"):
        LiveTrainer().terms()


def test_history_is_settable_and_goes_to_the_page() -> None:
    trainer = LiveTrainer(weight=0)
    assert "history" not in trainer.page_data()
    trainer.history = RUN
    assert trainer.page_data()["history"] == RUN
    assert re.search(r'"log_prob": \[-44.5, -29.0\]', trainer.to_html())


@pytest.mark.parametrize(
    "wrong",
    [{"step": [0]}, RUN | {"rate": [1.0]}, RUN | {"extra": [1.0, 2.0]}],
    ids=["some missing", "of two lengths", "one too many"],
)
def test_a_history_of_another_form_is_refused(wrong: dict[str, list[float | None]]) -> None:
    with pytest.raises(traitlets.TraitError, match=", ".join(SERIES)):
        LiveTrainer(history=wrong)


@pytest.mark.parametrize(("name", "value"), [("weight", 4.5), ("learning_rate", 0.0), ("seed", 0.5), ("noise", np.nan)])
def test_a_setting_beyond_its_ends_is_refused(name: str, value: float) -> None:
    with pytest.raises(traitlets.TraitError, match=name):
        setattr(LiveTrainer(), name, value)
