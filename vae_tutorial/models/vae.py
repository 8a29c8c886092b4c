"""The variational autoencoder, and wrappers that change one part of any model."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any, Self

import torch
import torch.distributions as td
from torch import Tensor, nn
from torch.distributions.kl import register_kl

from vae_tutorial.checks import check_count, validate_args
from vae_tutorial.protocol import LatentVariableModel


class StandardNormal(nn.Module):
    """Return the prior p(z) = N(0, I) in d dimensions.

    Args:
        latent_dim: d.
    """

    like: Tensor  # tells dtype and device, not the numbers

    def __init__(self, latent_dim: int) -> None:
        super().__init__()
        check_count(latent_dim, "latent_dim")
        self.register_buffer("like", torch.zeros(latent_dim), persistent=False)

    def forward(self) -> td.Independent[td.Normal]:
        """Return p(z): batch [], event [d]."""
        normal = td.Normal(torch.zeros_like(self.like), torch.ones_like(self.like), validate_args=validate_args())
        return _UnitGaussian(normal, 1, validate_args=validate_args())


class _UnitGaussian(td.Independent):  # type: ignore[type-arg]
    """N(0, I), told by its type: the KL to it takes fewer operations than to another Gaussian."""


@register_kl(td.Independent, _UnitGaussian)
def _kl_to_unit_gaussian(q: td.Independent[td.Distribution], p: _UnitGaussian) -> Tensor:
    """Return KL(q ‖ N(0, I)) = ½ Σ_j (σ_j² + μ_j² − 1 − log σ_j²) for a diagonal Gaussian q, else what torch knows.

    References:
        Kingma and Welling (2014), appendix B, https://arxiv.org/abs/1312.6114
    """
    if type(q.base_dist) is not td.Normal or q.event_shape != p.event_shape or p.batch_shape:
        return td.kl_divergence(q, td.Independent(p.base_dist, 1, validate_args=False))
    variance = q.base_dist.scale.pow(2)
    return (0.5 * (variance + q.base_dist.loc.pow(2) - 1 - variance.log())).sum(-1)


class VAE(nn.Module):
    """Join an encoder q(z|x), a decoder p(x|z) and a prior p(z).

    The generative model is p(x) = ∫ p(x|z) p(z) dz: decoder and prior.  The encoder is no part of it.

    Args:
        encoder: ``forward(x)`` returns q(z|x) for x [N, D]: batch [N], event [d]; see ``posteriors``.
        decoder: ``forward(z)`` returns p(x|z) for z [M, d]: batch [M], event [D]; see ``likelihoods``.
        prior: ``forward()`` returns p(z): batch [], event [d].  None means N(0, I) with d read off the encoder.

    Raises:
        TypeError: ``prior`` is None and the encoder does not tell its latent dimension.

    References:
        Kingma and Welling (2014), https://arxiv.org/abs/1312.6114;
        Rezende, Mohamed and Wierstra (2014), https://arxiv.org/abs/1401.4082

    Example:
        >>> from vae_tutorial import likelihoods, networks, posteriors
        >>> vae = VAE(
        ...     encoder=posteriors.DiagonalGaussian(networks.MLP(64, 4)),
        ...     decoder=likelihoods.Bernoulli(networks.MLP(2, 64)),
        ... )
        >>> vae.prior().event_shape
        torch.Size([2])
    """

    def __init__(self, encoder: nn.Module, decoder: nn.Module, prior: nn.Module | None = None) -> None:
        super().__init__()
        self.encoder = encoder
        self.decoder = decoder
        self.prior_module = StandardNormal(_latent_dim_of(encoder)) if prior is None else prior

    def prior(self) -> td.Distribution:
        """Return p(z): batch [], event [d]."""
        prior: td.Distribution = self.prior_module()
        return prior

    def likelihood(self, z: Tensor) -> td.Distribution:
        """Return p(x|z) for z [M, d]: batch [M], event [D]."""
        likelihood: td.Distribution = self.decoder(z)
        return likelihood

    def posterior(self, x: Tensor) -> td.Distribution:
        """Return q(z|x) for x [N, D]: batch [N], event [d]."""
        posterior: td.Distribution = self.encoder(x)
        return posterior


class UniformCategorical(nn.Module):
    """Return the prior that gives each of K categories the probability 1/K; z is one-hot [K].

    Args:
        num_categories: K.
    """

    logits: Tensor

    def __init__(self, num_categories: int) -> None:
        super().__init__()
        check_count(num_categories, "num_categories", minimum=2)
        self.register_buffer("logits", torch.zeros(num_categories), persistent=False)

    def forward(self) -> td.OneHotCategorical:
        """Return p(z): batch [], event [K]."""
        return td.OneHotCategorical(logits=self.logits, validate_args=validate_args())


class _Wrapper(nn.Module):
    """Hand the three methods on to another model; a subclass replaces one of them.

    It is a module whatever it wraps: ``parameters()``, ``to()``, ``train()``, ``eval()`` and ``state_dict()`` reach the
    wrapped model where that is a module.  The distribution that is put in moves along with ``to()``, but is neither
    trained nor saved.
    """

    def __init__(self, model: LatentVariableModel, replacement: td.Distribution) -> None:
        super().__init__()
        self.model = model
        self._replacement = replacement

    @property
    def same_likelihood_as(self) -> LatentVariableModel | None:
        """Return the wrapped model, whose p(x|z) is this one's too; None where a subclass has another."""
        return self.model if type(self).likelihood is _Wrapper.likelihood else None

    def prior(self) -> td.Distribution:
        """Return the wrapped model's p(z): batch [], event [d]."""
        return self.model.prior()

    def likelihood(self, z: Tensor) -> td.Distribution:
        """Return the wrapped model's p(x|z) for z [M, d]: batch [M], event [D]."""
        return self.model.likelihood(z)

    def posterior(self, x: Tensor) -> td.Distribution:
        """Return the wrapped model's q(z|x) for x [N, D]: batch [N], event [d]."""
        return self.model.posterior(x)

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Self:
        self._replacement = _moved(self._replacement, fn)
        return super()._apply(fn, recurse)


class WithPrior(_Wrapper):
    """Keep a model's likelihood and posterior, and put another prior in place of its own.

    Args:
        model: anything with the three methods.
        prior: a distribution with batch [] and event [d].  It stays as it is when the wrapper is trained or saved.

    Raises:
        ValueError: the two priors are not over the same space.
    """

    def __init__(self, model: LatentVariableModel, prior: td.Distribution) -> None:
        own = model.prior()
        if (prior.batch_shape, prior.event_shape) != (own.batch_shape, own.event_shape):
            raise ValueError(
                f"prior has batch {list(prior.batch_shape)} and event {list(prior.event_shape)}, but the model's own "
                f"has batch {list(own.batch_shape)} and event {list(own.event_shape)}: both are over the same z"
            )
        super().__init__(model, prior)

    def prior(self) -> td.Distribution:
        """Return the new p(z): batch [], event [d]."""
        return self._replacement


class WithPosterior(_Wrapper):
    """Keep a model's prior and likelihood, and put a distribution fitted to given examples in place of its encoder.

    Args:
        model: anything with the three methods.
        posterior: q with batch [N] and event [d], one for each of the examples that the wrapper will be called with.
    """

    def __init__(self, model: LatentVariableModel, posterior: td.Distribution) -> None:
        super().__init__(model, posterior)

    def posterior(self, x: Tensor) -> td.Distribution:
        """Return the fitted q: batch [N], event [d].

        Raises:
            ValueError: ``x`` does not hold as many examples as q was fitted to.
        """
        if self._replacement.batch_shape != x.shape[:1]:
            raise ValueError(
                f"x has shape {list(x.shape)}, but q was fitted to {list(self._replacement.batch_shape)} examples: "
                "pass the very examples of the fit"
            )
        return self._replacement


def _moved(value: Any, fn: Callable[[Tensor], Tensor]) -> Any:
    """Return a distribution with ``fn`` applied to every tensor in it; what was passed in is not changed."""
    if isinstance(value, Tensor):
        return fn(value)
    if isinstance(value, (list, tuple)) and type(value) in (list, tuple):
        return type(value)(_moved(item, fn) for item in value)
    if not isinstance(value, (td.Distribution, td.Transform)):
        return value
    moved = copy.copy(value)
    moved.__dict__.update({name: _moved(part, fn) for name, part in vars(value).items()})
    return moved


def _latent_dim_of(encoder: nn.Module) -> int:
    latent_dim = getattr(encoder, "latent_dim", None)
    if not isinstance(latent_dim, int):
        raise TypeError(
            f"cannot tell the latent dimension: encoder {type(encoder).__name__} has no attribute latent_dim; "
            "pass the prior, prior=StandardNormal(d)"
        )
    return latent_dim
