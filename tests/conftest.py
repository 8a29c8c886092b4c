"""Fixtures for every test: randomness stays local, and laws may ask for double precision."""

import sys
from collections.abc import Iterator

import hypothesis
import pytest

hypothesis.settings.register_profile("without a clock", deadline=None)  # no test fails by time
hypothesis.settings.load_profile("without a clock")


@pytest.fixture(autouse=True)
def local_randomness() -> Iterator[None]:
    """Seed torch for this test and give the old state back, where torch is in use at all."""
    torch = sys.modules.get("torch")  # not imported here: the tests of the pages need no torch
    if torch is None:
        yield
        return
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        yield


@pytest.fixture
def double_precision() -> Iterator[None]:
    """Let new tensors be float64, in which an identity holds to more digits than a mistake could hide in."""
    import torch

    previous = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(previous)
