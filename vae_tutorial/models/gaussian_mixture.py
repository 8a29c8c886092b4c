"""The mixture of Gaussians as a latent-variable model: z says which component, and every sum over z is finite."""

from __future__ import annotations

import torch
import torch.distributions as td
from torch import Tensor, nn

from vae_tutorial.checks import check_agrees, check_count, check_matrix, validate_args


class GaussianMixture(nn.Module):
    """Model x by K Gaussians: z is one-hot [K].

    ::

        p(x)         = Σ_k π_k N(x; μ_k, Σ_k)
        p(z = k | x) = π_k N(x; μ_k, Σ_k) / p(x)

    ``posterior`` returns the true posterior (the responsibilities), so the ELBO equals log p(x).
    ``inference.expectation_maximization`` fits it; so does gradient ascent on ``log_prob``.

    Args:
        weights: π [K], positive, with sum one.
        loc: μ [K, D].
        covariance: Σ [K, D, D], positive definite.

    Raises:
        ValueError: shapes do not fit, the weights are no distribution, or a covariance is not positive definite.

    References:
        Bishop (2006), Pattern Recognition and Machine Learning, section 9.2

    Example:
        >>> mixture = GaussianMixture(torch.ones(2) / 2, torch.zeros(2, 3), torch.eye(3).repeat(2, 1, 1))
        >>> mixture.log_prob(torch.zeros(5, 3)).shape
        torch.Size([5])
    """

    def __init__(self, weights: Tensor, loc: Tensor, covariance: Tensor) -> None:
        super().__init__()
        check_matrix(loc, "loc")
        num_components, d = loc.shape
        if weights.shape != (num_components,) or covariance.shape != (num_components, d, d):
            raise ValueError(
                f"weights are {list(weights.shape)}, loc {list(loc.shape)}, covariance {list(covariance.shape)}: "
                "they must be [K], [K, D] and [K, D, D]"
            )
        if not (weights > 0).all() or abs(float(weights.sum()) - 1) > 1e-6:
            raise ValueError(f"weights must be positive and sum to one, got {weights.tolist()}")
        scale_tril, failed = torch.linalg.cholesky_ex(covariance)
        if failed.any():
            raise ValueError(f"covariance of component {int(failed.nonzero()[0])} is not positive definite")
        self.logits = nn.Parameter(weights.detach().log())
        self.loc = nn.Parameter(loc.detach().clone())
        self.off_diagonal = nn.Parameter(scale_tril.detach().tril(-1))
        self.log_diagonal = nn.Parameter(scale_tril.detach().diagonal(dim1=-2, dim2=-1).log())

    @property
    def weights(self) -> Tensor:
        """Return π [K]."""
        return self.logits.softmax(0)

    @property
    def scale_tril(self) -> Tensor:
        """Return the Cholesky factors of the covariances [K, D, D]."""
        return self.off_diagonal.tril(-1) + torch.diag_embed(self.log_diagonal.exp())

    @classmethod
    def start_from(cls, x: Tensor, num_components: int) -> GaussianMixture:
        """Start from K different examples, drawn at random, as means, equal weights and the covariance of all of x.

        Args:
            x: examples [N, D].
            num_components: K, at most N.
        """
        check_matrix(x, "x")
        check_count(num_components, "num_components")
        if num_components > len(x):
            raise ValueError(f"num_components must be at most the number of examples, {len(x)}, got {num_components}")
        loc = x[torch.randperm(len(x), device=x.device)[:num_components]]
        covariance = torch.atleast_2d(x.T.cov(correction=0)).expand(num_components, -1, -1)
        return cls(torch.full_like(loc[:, 0], 1 / num_components), loc, covariance)

    def prior(self) -> td.OneHotCategorical:
        """Return p(z): batch [], event [K]."""
        return td.OneHotCategorical(logits=self.logits, validate_args=validate_args())

    def likelihood(self, z: Tensor) -> td.MultivariateNormal:
        """Return p(x|z) for one-hot z [M, K]: batch [M], event [D]."""
        scale_tril = torch.einsum("mk,kij->mij", z, self.scale_tril)
        return td.MultivariateNormal(z @ self.loc, scale_tril=scale_tril, validate_args=validate_args())

    def posterior(self, x: Tensor) -> td.OneHotCategorical:
        """Return the true p(z|x) for x [N, D]: batch [N], event [K]."""
        return td.OneHotCategorical(logits=self._log_joint(x), validate_args=validate_args())

    def log_prob(self, x: Tensor) -> Tensor:
        """Return the exact log p(x) [N] for x [N, D], in nats."""
        return self._log_joint(x).logsumexp(1)

    def _log_joint(self, x: Tensor) -> Tensor:
        """Return log p(x, z = k) [N, K]."""
        check_matrix(x, "x")
        check_agrees(x, "x", self.loc)
        if x.shape[1] != self.loc.shape[1]:
            raise ValueError(f"x has shape {list(x.shape)}, but this mixture scores [N, {self.loc.shape[1]}]")
        components = td.MultivariateNormal(self.loc, scale_tril=self.scale_tril, validate_args=False)
        return self.logits.log_softmax(0) + components.log_prob(x[:, None])
