"""The models and the functions that the laws run over: a new one joins by being added to a list.

Every entry builds a model under the default dtype of the moment; `make` adds examples that the model itself drew, so
that its likelihood supports them.  `CALLS` holds every public function of a model and examples.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import torch
import torch.distributions as td
from torch import Tensor, nn

from tests.support.laws import lattice
from tests.support.narrowing import as_a, linear_layers
from vae_tutorial import diagnostics, evidence, inference, objectives
from vae_tutorial.likelihoods import Bernoulli, Binomial, Gaussian, HeteroscedasticGaussian
from vae_tutorial.models import VAE, GaussianMixture, LinearGaussian, StandardNormal, UniformCategorical, WithPrior
from vae_tutorial.networks import MLP
from vae_tutorial.posteriors import Categorical, DiagonalGaussian, FullGaussian
from vae_tutorial.training import TrainConfig, fit


def decoder_net(latent_dim: int, out_features: int, gain: float = 4.0) -> MLP:
    """Return a small network whose output depends on z as strongly as a trained one's."""
    net = MLP(latent_dim, out_features, hidden_features=(8,))
    with torch.no_grad():
        linear_layers(net)[-1].weight.mul_(gain)
    return net


def encoder_net(in_features: int, out_features: int) -> MLP:
    return MLP(in_features, out_features, hidden_features=(8,))


def vae(latent_dim: int, likelihood: nn.Module, num_pixels: int) -> VAE:
    return VAE(DiagonalGaussian(encoder_net(num_pixels, 2 * latent_dim)), likelihood)


def linear(num_pixels: int, latent_dim: int, noise_scale: float | Tensor) -> LinearGaussian:
    return LinearGaussian(torch.randn(num_pixels, latent_dim), torch.randn(num_pixels), noise_scale)


def mixture(dimension: int = 2) -> td.MixtureSameFamily:
    """Return three Gaussians of different weight, width and tilt."""
    means = torch.tensor([[-1.5, 0.5], [0.5, 1.0], [1.0, -1.2]])[:, :dimension]
    trils = torch.tensor([[[0.5, 0.0], [0.3, 0.4]], [[0.8, 0.0], [-0.2, 0.5]], [[0.4, 0.0], [0.0, 0.9]]])
    weights = td.Categorical(torch.tensor([0.5, 0.3, 0.2]))
    return td.MixtureSameFamily(weights, td.MultivariateNormal(means, scale_tril=trils[:, :dimension, :dimension]))


class Plain:
    """Stand for a user's own class: three methods, tensors, no base class and nothing of ours in it."""

    def __init__(self) -> None:
        self.to_logits = torch.randn(2, 5).requires_grad_()
        self.to_loc = (0.3 * torch.randn(5, 2)).requires_grad_()
        self.log_scale = torch.full((2,), -0.3).requires_grad_()

    def parameters(self) -> list[Tensor]:
        return [self.to_logits, self.to_loc, self.log_scale]

    def prior(self) -> td.Distribution:
        loc, scale = self.log_scale.new_tensor([[0.2, 0.2], [1.0, 1.2]])
        return td.Independent(td.Normal(loc, scale), 1)

    def likelihood(self, z: Tensor) -> td.Distribution:
        return td.Independent(td.Bernoulli(logits=z @ self.to_logits), 1)

    def posterior(self, x: Tensor) -> td.Distribution:
        loc = x @ self.to_loc
        return td.Independent(td.Normal(loc, self.log_scale.exp().expand_as(loc)), 1)


class Categories(nn.Module):
    """Take one of three categories, one-hot, as latent variable, with a prior that is learned."""

    def __init__(self) -> None:
        super().__init__()
        self.prior_logits = nn.Parameter(torch.tensor([0.5, -0.3, 0.1]))
        self.to_logits = nn.Parameter(2 * torch.randn(3, 6))
        self.encoder = nn.Linear(6, 3)

    def prior(self) -> td.OneHotCategorical:
        return td.OneHotCategorical(logits=self.prior_logits)

    def likelihood(self, z: Tensor) -> td.Independent[td.Bernoulli]:
        return td.Independent(td.Bernoulli(logits=z @ self.to_logits), 1)

    def posterior(self, x: Tensor) -> td.OneHotCategorical:
        return td.OneHotCategorical(logits=self.encoder(x))


class Unstacked(nn.Module):
    """Let only [M, width] through, as the reshaping of a convolutional net would, and count the rows."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.width = width
        self.rows = 0

    def forward(self, input: Tensor) -> Tensor:
        assert input.ndim == 2, f"a net of images was given shape {list(input.shape)}"
        assert input.shape[1] == self.width, f"a net of images was given shape {list(input.shape)}"
        self.rows += len(input)
        return input


def convolutional() -> VAE:
    decoder = nn.Sequential(Unstacked(2), nn.Unflatten(1, (2, 1, 1)), nn.ConvTranspose2d(2, 1, kernel_size=3))
    to_image = nn.Sequential(Unstacked(9), nn.Unflatten(1, (1, 3, 3)))
    encoder = nn.Sequential(to_image, nn.Conv2d(1, 4, kernel_size=2), nn.Tanh(), nn.Flatten(), nn.Linear(16, 4))
    return VAE(DiagonalGaussian(encoder), Bernoulli(decoder), prior=StandardNormal(2))


def other_prior() -> WithPrior:
    return WithPrior(vae(2, Bernoulli(decoder_net(2, 9)), 9), mixture())


def categorical() -> VAE:
    return VAE(Categorical(nn.Linear(6, 3)), Bernoulli(nn.Linear(3, 6)), prior=UniformCategorical(3))


def gaussian_mixture() -> GaussianMixture:
    prior = mixture()
    component = as_a(td.MultivariateNormal, prior.component_distribution)
    return GaussianMixture(prior.mixture_distribution.probs, component.loc, component.covariance_matrix)


EXACT: dict[str, Callable[[], Any]] = {
    "linear, one noise scale, d = 1": lambda: linear(4, 1, 0.7),
    "linear, one noise scale, d = 2": lambda: linear(5, 2, 0.8),
    "linear, noise scale per coordinate, d = 1": lambda: linear(3, 1, torch.tensor([0.5, 0.9, 1.4])),
    "linear, noise scale per coordinate, d = 2": lambda: linear(4, 2, torch.tensor([0.5, 0.9, 1.4, 0.8])),
}
CONTINUOUS: dict[str, Callable[[], Any]] = {
    **EXACT,
    "Bernoulli, d = 1": lambda: vae(1, Bernoulli(decoder_net(1, 9)), 9),
    "Bernoulli, d = 2": lambda: vae(2, Bernoulli(decoder_net(2, 9)), 9),
    "Binomial": lambda: vae(2, Binomial(decoder_net(2, 4, gain=1.0), total_count=5), 4),
    "Gaussian, fixed scale": lambda: vae(1, Gaussian(decoder_net(1, 3, gain=2.0), scale=0.6), 3),
    "Gaussian, learned scale": lambda: vae(2, Gaussian(decoder_net(2, 3, gain=2.0), scale=0.8, learn_scale=True), 3),
    "Gaussian, scale per pixel": lambda: vae(1, HeteroscedasticGaussian(decoder_net(1, 6, gain=1.0)), 3),
    "full posterior": lambda: VAE(FullGaussian(encoder_net(9, 5)), Bernoulli(decoder_net(2, 9))),
    "mixture prior": other_prior,
    "plain class": Plain,
    "convolutional": convolutional,
}
DISCRETE: dict[str, Callable[[], Any]] = {
    "categories": Categories,
    "categorical VAE": categorical,
    "mixture of Gaussians": gaussian_mixture,
}
ALL = CONTINUOUS | DISCRETE


def prior_for_each(model: Any, num_examples: int) -> Any:
    """Return the prior as a q for each example; whatever else `prior` returned is handed on."""
    prior = model.prior()
    proper = isinstance(prior, td.Distribution) and not prior.batch_shape
    return prior.expand((num_examples,)) if proper else prior


ONE_EPOCH = TrainConfig(epochs=1, batch_size=4, progress=False)
CALLS: dict[str, Callable[[Any, Tensor], Any]] = {
    "elbo": objectives.elbo,
    "elbo_terms": objectives.elbo_terms,
    "beta_elbo": functools.partial(objectives.beta_elbo, beta=2.0),
    "elbo_terms_by_quadrature": functools.partial(objectives.elbo_terms_by_quadrature, order=6),
    "log_importance_weights": functools.partial(objectives.log_importance_weights, num_samples=3),
    "iwae_bound": functools.partial(objectives.iwae_bound, num_samples=3),
    "iwae_bound, doubly reparameterized": functools.partial(
        objectives.iwae_bound, num_samples=3, gradient="doubly reparameterized"
    ),
    "score_function_elbo": objectives.score_function_elbo,
    "sticking_the_landing_elbo": objectives.sticking_the_landing_elbo,
    "quadrature": evidence.quadrature,
    "enumeration": evidence.enumeration,
    "annealed_importance_sampling": functools.partial(
        evidence.annealed_importance_sampling, num_samples=2, num_steps=3
    ),
    "prior_monte_carlo": functools.partial(evidence.prior_monte_carlo, num_samples=7),
    "importance_sampling": functools.partial(evidence.importance_sampling, num_samples=7),
    "grid_posterior": functools.partial(inference.grid_posterior, num_points=20),
    "kl_to_posterior": functools.partial(inference.kl_to_posterior, num_points=20, order=6),
    "fit_posterior": functools.partial(inference.fit_posterior, num_steps=2),
    "rate_per_dimension": diagnostics.rate_per_dimension,
    "active_units": diagnostics.active_units,
    "rate_decomposition": diagnostics.rate_decomposition,
    "refit_gaussian_prior": diagnostics.refit_gaussian_prior,
    "refit_mixture_prior": functools.partial(diagnostics.refit_mixture_prior, num_components=2),
    "inference_gaps": lambda model, x: diagnostics.inference_gaps(
        model, x, torch.zeros(6, device=getattr(x, "device", None)), best=prior_for_each(model, 6), num_samples=3
    ),
    "fit": lambda model, x: fit(model, x, ONE_EPOCH),
    "fit, validation": lambda model, x: fit(model, observations(model, 4), ONE_EPOCH, validation=x),
}


def observations(model: Any, num_examples: int) -> Tensor:
    """Draw x [N, D] from the model."""
    with torch.no_grad():
        return model.likelihood(model.prior().sample((num_examples,))).sample()


def make(name: str, num_examples: int = 6, seed: int = 0) -> tuple[Any, Tensor]:
    """Build a member of the zoo, always the same one, and draw examples [N, D] from it."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = ALL[name]()
        return model, observations(model, num_examples)


def parameters(model: Any) -> list[Tensor]:
    return list(getattr(model, "model", model).parameters())


@torch.no_grad()
def log_prob(model: Any, x: Tensor, half_width: float = 9.0) -> Tensor:
    """Return log p(x) [N] the plainest way: closed form where the model has one, else one sum over every z."""
    if hasattr(model, "log_prob"):
        return model.log_prob(x)
    d = model.prior().event_shape[-1]
    if model.prior().support.is_discrete:
        z, cell = torch.eye(d), 1.0
    else:
        z, cell = lattice(half_width, {1: 4001, 2: 131}[d], d)
    each = model.likelihood(z).log_prob(x[:, None]) + model.prior().log_prob(z)
    return (each.exp().sum(1) * cell).log()


class Edged(nn.Module):
    """Take z from a prior with an edge, x = z + noise, and the Gaussian q that a user would write without a thought."""

    def __init__(self, prior: td.Distribution, noise_scale: float = 0.5) -> None:
        super().__init__()
        self.given, self.noise_scale = prior, noise_scale

    def prior(self) -> td.Distribution:
        return self.given

    def likelihood(self, z: Tensor) -> td.Distribution:
        return td.Independent(td.Normal(z, self.noise_scale), 1)

    def posterior(self, x: Tensor) -> td.Distribution:
        return td.Independent(td.Normal(x, self.noise_scale), 1)


def edged_priors(d: int = 1) -> dict[str, td.Distribution]:
    """Return priors whose support is not all of R^d, of the families that torch has."""
    one = torch.ones(d)
    families: dict[str, td.Distribution] = {
        "Exponential": td.Exponential(one),
        "Gamma": td.Gamma(2.5 * one, 1.5 * one),
        "LogNormal": td.LogNormal(0.1 * one, 0.6 * one),
        "Pareto": td.Pareto(0.8 * one, 3.0 * one),
        "Beta": td.Beta(2.0 * one, 1.5 * one),
        "Uniform": td.Uniform(-0.5 * one, 1.5 * one),
    }
    return {name: td.Independent(prior, 1) for name, prior in families.items()}


def log_prob_of_edged(family: str, x: Tensor, noise_scale: float = 0.5) -> Tensor:
    """Return log p(x) [N] of an ``Edged`` model: integrals over each z_j, in coordinates that have no edge."""
    base: Any = edged_priors()[family]
    base = base.base_dist
    to_support = td.biject_to(base.support)
    u = torch.linspace(-40, 40, 20_001)[:, None]
    z = to_support(u)
    log_density = base.log_prob(z) + to_support.log_abs_det_jacobian(u, z)
    inside = log_density.isfinite() & z.isfinite()
    log_density = log_density.masked_fill(~inside, -torch.inf)
    z = torch.where(inside, z, 1.0)
    each = [(td.Normal(z, noise_scale).log_prob(value) + log_density).logsumexp(0) for value in x.flatten()]
    return (torch.cat(each) + torch.log(u[1] - u[0])).view_as(x).sum(1)
