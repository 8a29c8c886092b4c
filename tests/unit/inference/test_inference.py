"""The true posterior on a grid and nodes that follow q: against closed forms, and independent of the quadrature."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
import torch.distributions as td

from tests.support import zoo
from tests.support.laws import assert_close, lattice, refused
from tests.support.narrowing import as_a
from vae_tutorial.evidence import integral
from vae_tutorial.evidence.charts import charts_of
from vae_tutorial.inference import gauss_hermite, grid, grid_posterior, kl_to_posterior
from vae_tutorial.numerics import chunks, hermite

pytestmark = pytest.mark.usefixtures("double_precision")


def diagonal(loc: torch.Tensor, scale: torch.Tensor) -> td.Distribution:
    return td.Independent(td.Normal(loc, scale), 1)


def gaussians(d: int, num: int = 4) -> dict[str, td.Distribution]:
    """Return q's with batch [num]: shifted, wide and narrow, diagonal and full."""
    loc = torch.randn(num, d)
    tril = 0.4 * torch.eye(d) + 0.3 * torch.ones(d, d).tril(-1)
    return {
        "diagonal": diagonal(loc, torch.full((num, d), 0.6)),
        "full": td.MultivariateNormal(loc, scale_tril=tril.expand(num, d, d)),
        "narrow": diagonal(loc, torch.full((num, d), 1e-4)),
    }


@pytest.mark.parametrize("name", zoo.CONTINUOUS)
def test_the_grid_holds_a_distribution_and_its_own_evidence(name: str) -> None:
    model, x = zoo.make(name)
    posterior = grid_posterior(model, x)
    d = model.prior().event_shape[-1]
    assert (len(posterior.axes), *posterior.points.shape) == (d, 300**d, d)
    assert posterior.log_prob.shape == (6, 300**d)
    assert_close(posterior.probabilities.sum(1), 1.0, f"{name}: mass")
    assert_close(posterior.log_normalizer, zoo.log_prob(model, x), f"{name}: log p(x)", 1e-6)


@pytest.mark.parametrize("name", zoo.EXACT)
def test_moments_of_the_grid_are_those_of_the_exact_posterior(name: str) -> None:
    model, x = zoo.make(name)
    posterior, exact = grid_posterior(model, x), model.posterior(x)
    assert_close(posterior.mean, exact.mean, f"{name}: mean", 1e-7)
    assert_close(posterior.covariance, exact.covariance_matrix, f"{name}: covariance", 1e-7)
    assert_close(posterior.log_prob, exact.log_prob(posterior.points[:, None]).T, f"{name}: log p(z|x)", 1e-7)


def test_points_are_midpoints_with_the_last_dimension_fastest() -> None:
    model, x = zoo.make("plain class")
    posterior = grid_posterior(model, x, num_points=4, low=-2.0, high=6.0)
    assert_close(posterior.axes[0], torch.tensor([-1.0, 1.0, 3.0, 5.0]), "midpoints of four cells")
    assert_close(posterior.points[:2], torch.tensor([[-1.0, -1.0], [-1.0, 1.0]]), "order")
    assert posterior.cell == pytest.approx(4.0)


def test_the_range_covers_the_prior_and_every_q() -> None:
    model, x = zoo.make("plain class")
    model.posterior = lambda x: diagonal(torch.linspace(-20, 9, len(x))[:, None].expand(-1, 2), torch.ones(len(x), 2))
    first, second = grid_posterior(model, x, num_points=100).axes
    assert first[0] < -26.2 < 15.2 < first[-1]
    assert second[0] < -26.2 < 15.2 < second[-1]
    model.posterior = lambda x: diagonal(torch.zeros(len(x), 2), torch.full((len(x), 2), 0.1))
    first, second = grid_posterior(model, x, num_points=100).axes
    assert first[0] < -6.2 < 6.6 < first[-1], "6.5 standard deviations of a prior N(0.2, 1)"
    assert second[0] < -7.4 < 7.9 < second[-1], "6.5 standard deviations of a prior N(0.2, 1.2²)"


def test_the_grid_shares_no_point_and_no_range_with_the_quadrature() -> None:
    model, x = zoo.make("Bernoulli, d = 2")
    (chart,) = charts_of(model.prior(), x.dtype, x.device)
    axis = grid_posterior(model, x).axes[0]
    points = torch.stack([axis, axis], 1)
    numbers = chart.cover(points, torch.zeros_like(points))[0][:, 0] / chart.step * 2**6
    assert ((numbers - numbers.round()).abs() > 1e-6).any()
    assert grid.HALF_WIDTH < integral.HALF_WIDTH


@pytest.mark.parametrize("kind", ["diagonal", "full", "narrow"])
@pytest.mark.parametrize("name", zoo.EXACT)
def test_kl_to_the_posterior_is_the_closed_form(name: str, kind: str) -> None:
    model, x = zoo.make(name, num_examples=4)
    q = gaussians(model.prior().event_shape[-1])[kind]
    exact = model.posterior(x)
    full = q if isinstance(q, td.MultivariateNormal) else td.MultivariateNormal(q.mean, torch.diag_embed(q.variance))
    expected = td.kl_divergence(full, td.MultivariateNormal(exact.loc, exact.covariance_matrix))
    assert_close(kl_to_posterior(model, x, q), expected, f"{name}: {kind} q", 1e-7)
    if kind == "narrow":
        with refused("mass", "row", "does not resolve q", "kl_to_posterior"):
            grid_posterior(model, x).kl_from(q)
    else:
        assert_close(grid_posterior(model, x).kl_from(q), expected, f"{name}: {kind} q, by the grid", 1e-7)


@pytest.mark.parametrize("name", zoo.EXACT)
def test_the_true_posterior_has_no_kl_to_itself(name: str) -> None:
    model, x = zoo.make(name)
    assert_close(kl_to_posterior(model, x), 0.0, name, 1e-7)
    assert_close(grid_posterior(model, x).kl_from(model.posterior(x)), 0.0, name, 1e-7)


@pytest.mark.parametrize("name", [name for name in zoo.CONTINUOUS if name not in zoo.EXACT])
def test_two_ways_to_the_kl_agree_and_it_is_never_negative(name: str) -> None:
    model, x = zoo.make(name)
    by_nodes, by_grid = kl_to_posterior(model, x, order=64), grid_posterior(model, x).kl_from(model.posterior(x))
    tolerance = 1e-2 if name == "mixture prior" else 1e-5  # log of a mixture: nodes converge more slowly
    assert_close(by_nodes, by_grid, name, tolerance)
    assert (by_grid > 0).all()


def test_a_range_that_cuts_q_off_is_refused() -> None:
    model, x = zoo.make("linear, one noise scale, d = 1")
    with refused("mass", "wider range"):
        grid_posterior(model, x, low=-0.1, high=0.1).kl_from(model.posterior(x))


@pytest.mark.parametrize("d", [1, 2, 3])
@pytest.mark.parametrize("order", [1, 2, 5])
def test_nodes_are_exact_for_polynomials_up_to_twice_their_number(order: int, d: int) -> None:
    q = gaussians(d)["full"]
    z, weights = gauss_hermite(q, order)
    assert (z.shape, weights.shape) == ((order**d, 4, d), (order**d,))
    assert_close(weights.sum(), 1.0, "weights")
    loc, scale = q.mean, q.variance.sqrt()
    for degree in range(2 * order):
        moments = sum(  # E[(μ + σ ε)^degree] by the binomial theorem
            math.comb(degree, k) * loc ** (degree - k) * scale**k * math.prod(range(1, k, 2))
            for k in range(0, degree + 1, 2)
        )
        actual = torch.einsum("k,knd->nd", weights, z**degree)
        assert_close(actual, moments, f"order {order}, degree {degree}", 1e-8)
    if order > 1:
        centred = z - loc
        covariance = torch.einsum("k,kni,knj->nij", weights, centred, centred)
        assert_close(covariance, as_a(td.MultivariateNormal, q).covariance_matrix, f"order {order}: covariance")


@pytest.mark.parametrize("order", [64, 128, 200])
def test_nodes_of_high_order_are_right(order: int) -> None:
    z, weights = gauss_hermite(diagonal(torch.zeros(1, 1), torch.ones(1, 1)), order)
    assert_close((weights[:, None] * z[:, :, 0].cos()).sum(0), math.exp(-0.5), f"E[cos z], order {order}", 1e-9)


def test_an_order_beyond_what_numpy_can_compute_is_refused() -> None:
    with refused("order", "1000"):
        gauss_hermite(diagonal(torch.zeros(1, 1), torch.ones(1, 1)), 1000)


def test_an_expectation_does_not_depend_on_its_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    q = gaussians(2)["full"]
    z, weights = gauss_hermite(q, 7)
    whole = hermite.expectation(lambda z: z.square().sum(-1), z, weights)
    sizes = []
    monkeypatch.setattr(chunks, "MOST_ROWS", 20)

    def recorded(z: torch.Tensor) -> torch.Tensor:
        sizes.append(len(z))
        return z.square().sum(-1)

    assert_close(hermite.expectation(recorded, z, weights), whole, "chunks of 5 nodes for 4 examples")
    assert max(sizes) == 5


@pytest.mark.parametrize("order", [8, 32])
@pytest.mark.parametrize("num_points", [150, 300])
def test_the_kl_does_not_depend_on_the_resolution(num_points: int, order: int) -> None:
    model, x = zoo.make("Bernoulli, d = 2")
    expected: Any = kl_to_posterior(model, x, num_points=500, order=48)
    assert_close(kl_to_posterior(model, x, num_points=num_points, order=order), expected, (num_points, order), 1e-3)


def test_a_density_on_the_lattice_of_the_laws_agrees() -> None:
    model, x = zoo.make("full posterior")
    z, cell = lattice(9.0, 261, 2)
    joint = model.likelihood(z).log_prob(x[:, None]) + model.prior().log_prob(z)
    log_q = model.posterior(x).log_prob(z[:, None]).T
    expected = (log_q.exp() * (log_q - joint)).sum(1) * cell + zoo.log_prob(model, x)
    assert_close(kl_to_posterior(model, x), expected, "KL(q ‖ p(z|x))", 1e-6)
