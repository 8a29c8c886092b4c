"""Encoders: what the numbers of the net mean, and that the result is a distribution that passes gradients on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from tests.support.laws import assert_close, assert_mean, lattice, refused
from vae_tutorial.networks import MLP
from vae_tutorial.posteriors import Categorical, DiagonalGaussian, FullGaussian, detached, location_and_scale

pytestmark = pytest.mark.usefixtures("double_precision")
Family = Callable[[nn.Module], DiagonalGaussian | FullGaussian]
ENCODERS: dict[str, tuple[Family, int, int]] = {
    "diagonal, d = 1": (DiagonalGaussian, 2, 1),
    "diagonal, d = 2": (DiagonalGaussian, 4, 2),
}
ENCODERS |= {f"full, d = {d}": (FullGaussian, d + d * (d + 1) // 2, d) for d in (1, 2, 3)}


def test_a_diagonal_gaussian_takes_means_then_log_scales() -> None:
    q = DiagonalGaussian(nn.Identity())(torch.tensor([[0.3, -2.0, 0.5, -0.7], [1.0, 0.0, -1.0, 0.2]]))
    assert_close(q.mean, torch.tensor([[0.3, -2.0], [1.0, 0.0]]), "μ")
    assert_close(q.stddev.log(), torch.tensor([[0.5, -0.7], [-1.0, 0.2]]), "log σ, not log σ²")


def test_a_full_gaussian_takes_means_then_the_rows_of_its_triangle() -> None:
    output = torch.tensor([[1.0, 2.0, 3.0, 0.1, 0.4, 0.2, 0.5, 0.6, 0.3]])
    q = FullGaussian(nn.Identity())(output)
    tril = torch.tensor([[0.1, 0.0, 0.0], [0.4, 0.2, 0.0], [0.5, 0.6, 0.3]])
    tril = tril.tril(-1) + tril.diagonal().exp().diag()
    assert_close(q.mean, torch.tensor([[1.0, 2.0, 3.0]]), "μ")
    assert_close(q.scale_tril[0], tril, "L, its diagonal as logarithms")
    assert_close(q.covariance_matrix[0], tril @ tril.T, "L Lᵀ")


def test_a_full_gaussian_without_off_diagonal_is_a_diagonal_one() -> None:
    loc, log_scale, z = torch.randn(5, 2), torch.randn(5, 2), torch.randn(5, 2)
    entries = torch.stack([log_scale[:, 0], torch.zeros(5), log_scale[:, 1]], 1)
    full = FullGaussian(nn.Identity())(torch.cat([loc, entries], 1))
    diagonal = DiagonalGaussian(nn.Identity())(torch.cat([loc, log_scale], 1))
    assert_close(full.log_prob(z), diagonal.log_prob(z), "log q(z|x)")


@pytest.mark.parametrize("name", ENCODERS)
def test_q_has_the_shape_of_the_contract_and_mass_one(name: str) -> None:
    family, width, d = ENCODERS[name]
    q = family(MLP(6, width, (4,)))(torch.randn(5, 6))
    assert (q.batch_shape, q.event_shape) == ((5,), (d,))
    if d < 3:
        z, cell = lattice(12.0, 401, d)
        assert_close(q.log_prob(z[:, None]).exp().sum(0) * cell, 1.0, name)
    z = q.rsample((20_000,))
    assert_mean(z, q.mean, f"{name}: mean")
    assert_mean((z - q.mean) ** 2, q.variance, f"{name}: variance")


@pytest.mark.parametrize("name", ENCODERS)
def test_gradients_flow_through_samples_to_every_output_of_the_net(name: str) -> None:
    family, width, _ = ENCODERS[name]
    output = torch.randn(3, width, requires_grad=True)
    q = family(nn.Identity())(output)
    q.rsample((4,)).square().sum().backward()
    assert output.grad is not None
    assert (output.grad != 0).all()


@pytest.mark.parametrize("name", ENCODERS)
def test_the_latent_dimension_is_read_off_the_net(name: str) -> None:
    family, width, d = ENCODERS[name]
    assert family(MLP(6, width)).latent_dim == d
    assert family(nn.Linear(6, width)).latent_dim == d


@pytest.mark.parametrize(
    ("family", "width"), [(DiagonalGaussian, 3), (FullGaussian, 3), (FullGaussian, 6), (FullGaussian, 1)]
)
def test_a_width_that_fits_no_dimension_is_refused(family: Any, width: int) -> None:
    with refused(str(width), "must return"):
        family(nn.Identity())(torch.zeros(2, width))
    with refused(str(width), "must return"):
        _ = family(nn.Linear(4, width)).latent_dim


def test_an_encoder_of_images_may_end_in_more_axes() -> None:
    q = DiagonalGaussian(nn.Unflatten(1, (2, 1, 2)))(torch.arange(8.0).view(2, 4) / 8)
    assert_close(q.mean, torch.tensor([[0.0, 0.125], [0.5, 0.625]]), "the first half, flattened")


def test_a_categorical_takes_logits_and_draws_one_hot() -> None:
    logits = torch.tensor([[0.3, -1.0, 0.5], [2.0, 0.0, -2.0]])
    q = Categorical(nn.Identity())(logits)
    assert (q.batch_shape, q.event_shape) == ((2,), (3,))
    assert_close(q.log_prob(torch.eye(3)[:, None]).T, logits.log_softmax(1), "log q(z|x)")
    z = q.sample((20_000,))
    assert_close(z.sum(-1), 1.0, "one-hot")
    assert_mean(z, logits.softmax(1), "frequencies")


@pytest.mark.parametrize("name", ENCODERS)
def test_location_and_scale_are_the_moments_and_detaching_keeps_the_density(name: str) -> None:
    family, width, d = ENCODERS[name]
    output = torch.randn(3, width, requires_grad=True)
    q = family(nn.Identity())(output)
    loc, tril = location_and_scale(q)
    assert_close(loc, q.mean, name)
    assert_close((tril @ tril.mT).diagonal(dim1=-2, dim2=-1), q.variance, name)
    assert_close(tril, tril.tril(), name)
    z = torch.randn(3, d, requires_grad=True)
    fixed = detached(q).log_prob(z)
    assert_close(fixed, q.log_prob(z), name)
    fixed.sum().backward()
    assert output.grad is None
    assert z.grad is not None
