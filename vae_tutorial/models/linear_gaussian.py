"""The linear-Gaussian model, in which log p(x), the posterior and the best bound are closed form."""

from __future__ import annotations

import math

import torch
import torch.distributions as td
from torch import Tensor, nn

from vae_tutorial.checks import check_agrees, check_count, check_matrix, check_positive, trusted, validate_args


class LinearGaussian(nn.Module):
    """Model x = W z + b + σ ε with z and ε standard normal: probabilistic PCA, or factor analysis where σ is a vector.

    Everything is closed form::

        p(x)   = N(x; b, W Wᵀ + diag σ²)
        p(z|x) = N(z; S Wᵀ diag(σ⁻²) (x − b), S)   with   S = (I + Wᵀ diag(σ⁻²) W)⁻¹

    ``posterior`` returns the true posterior, so the ELBO equals log p(x).

    Args:
        weight: W [D, d].
        bias: b [D].
        noise_scale: σ, in the units of x: a positive number, or one for each of the D coordinates [D].

    Raises:
        ValueError: shapes do not fit, or ``noise_scale`` is not positive.

    References:
        Tipping and Bishop (1999), https://doi.org/10.1111/1467-9868.00196

    Example:
        >>> model = LinearGaussian(torch.ones(3, 1), torch.zeros(3), noise_scale=0.5)
        >>> model.log_prob(torch.zeros(4, 3)).shape
        torch.Size([4])
    """

    def __init__(self, weight: Tensor, bias: Tensor, noise_scale: float | Tensor) -> None:
        super().__init__()
        check_matrix(weight, "weight", columns="d")
        scale = torch.as_tensor(noise_scale, dtype=weight.dtype, device=weight.device).detach()
        if bias.shape != weight.shape[:1] or scale.shape not in (torch.Size([]), bias.shape):
            raise ValueError(
                f"weight is {list(weight.shape)}, bias {list(bias.shape)}, noise_scale {list(scale.shape)}: "
                "they must be [D, d], [D], and one number or [D]"
            )
        for value in (scale.min(), scale.max()):
            check_positive(float(value), "noise_scale")
        self.weight = nn.Parameter(weight.detach().clone())
        self.bias = nn.Parameter(bias.detach().clone())
        self.log_noise_scale = nn.Parameter(scale.log())

    @property
    def noise_scale(self) -> Tensor:
        """Return σ, one number [] or one for each coordinate [D]."""
        return self.log_noise_scale.exp()

    def _precision(self) -> Tensor:
        """Return Λ = I + Wᵀ diag(σ⁻²) W [d, d], the inverse covariance of p(z|x)."""
        whitened = self.weight / self.noise_scale.expand_as(self.bias)[:, None]
        return torch.eye(whitened.shape[1]).to(whitened) + whitened.T @ whitened

    def prior(self) -> td.Independent[td.Normal]:
        """Return p(z) = N(0, I): batch [], event [d]."""
        loc = self.weight.new_zeros(self.weight.shape[1])
        return td.Independent(td.Normal(loc, torch.ones_like(loc), validate_args=validate_args()), 1)

    def likelihood(self, z: Tensor) -> td.Independent[td.Normal]:
        """Return p(x|z) = N(W z + b, diag σ²) for z [M, d]: batch [M], event [D]."""
        loc = z @ self.weight.T + self.bias
        return td.Independent(td.Normal(loc, self.noise_scale.expand_as(loc), validate_args=validate_args()), 1)

    def posterior(self, x: Tensor) -> td.MultivariateNormal:
        """Return the true p(z|x) for x [N, D]: batch [N], event [d]."""
        self._check(x)
        precision = self._precision()
        scaled = self.weight / self.noise_scale.expand_as(self.bias)[:, None] ** 2
        loc = torch.linalg.solve(precision, scaled.T @ (x - self.bias).T).T
        return td.MultivariateNormal(loc, precision_matrix=precision, validate_args=validate_args())

    def best_diagonal_posterior(self, x: Tensor) -> td.Independent[td.Normal]:
        """Return the diagonal Gaussian q that maximises the ELBO of each x [N, D]: batch [N], event [d].

        It has the true mean and, in place of the true variances, the inverse of the precision's diagonal: narrower
        than the posterior wherever two latent dimensions are correlated.

        References:
            Bishop (2006), Pattern Recognition and Machine Learning, section 10.1.2
        """
        posterior = self.posterior(x)
        scale = posterior.precision_matrix.diagonal(dim1=-2, dim2=-1).rsqrt()
        normal = td.Normal(posterior.loc, scale.expand_as(posterior.loc), validate_args=validate_args())
        return td.Independent(normal, 1, validate_args=validate_args())

    def diagonal_gap(self) -> Tensor:
        """Return log p(x) − max ELBO over diagonal Gaussian q [], in nats; it is the same for every x.

        With the posterior's precision Λ = I + Wᵀ diag(σ⁻²) W::

            KL(q ‖ p(z|x)) = ½ (Σ_j log Λ_jj − log det Λ)  ≥  0,   zero where the columns of W / σ are orthogonal

        For full q the gap is zero: ``posterior`` is Gaussian itself.
        """
        precision = self._precision()
        return 0.5 * (precision.diagonal().log().sum() - torch.linalg.slogdet(precision).logabsdet)

    def marginal(self) -> td.LowRankMultivariateNormal:
        """Return p(x) = N(b, W Wᵀ + diag σ²): batch [], event [D]."""
        variance = self.noise_scale.expand_as(self.bias) ** 2
        return td.LowRankMultivariateNormal(self.bias, self.weight, variance, validate_args=validate_args())

    def log_prob(self, x: Tensor) -> Tensor:
        """Return the exact log p(x) [N] for x [N, D], in nats (of a density, where x has units)."""
        self._check(x)
        with trusted(self, x):
            return self.marginal().log_prob(x)

    def _check(self, x: Tensor) -> None:
        check_matrix(x, "x")
        check_agrees(x, "x", self.weight)
        if x.shape[1:] != self.bias.shape:
            raise ValueError(f"x has shape {list(x.shape)}, but the model scores [N, {len(self.bias)}]")

    @classmethod
    def fit(cls, x: Tensor, latent_dim: int) -> LinearGaussian:
        """Maximise Σ_n log p(x_n) in closed form, with one σ for all coordinates.

        With eigenvalues λ_1 ≥ … ≥ λ_D and eigenvectors U of the sample covariance (divided by N)::

            b = mean(x),   σ² = mean of λ_{d+1…D},   W = U_{1…d} (Λ_{1…d} − σ² I)^½

        Args:
            x: examples [N, D], N above ``latent_dim``.
            latent_dim: d, from 1 to D − 1.

        Returns:
            The maximum-likelihood model.  W is determined up to a rotation of z; each column's sign is chosen so that
            its largest entry is positive.

        Raises:
            ValueError: ``x`` is not [N, D], ``latent_dim`` is out of range, or the data have no noise left
                (σ² = 0, where the likelihood has no maximum).

        References:
            Tipping and Bishop (1999), equations 7 and 8, https://doi.org/10.1111/1467-9868.00196
        """
        check_matrix(x, "x")
        check_count(latent_dim, "latent_dim")
        if latent_dim >= min(x.shape):
            raise ValueError(f"latent_dim must be below both N and D, got {latent_dim} for x {list(x.shape)}")
        bias = x.mean(0)
        variances, directions = torch.linalg.eigh((x - bias).T @ (x - bias) / len(x))
        noise_variance = variances[:-latent_dim].mean()
        if noise_variance <= variances[-1] * torch.finfo(x.dtype).eps:
            raise ValueError(
                f"x {list(x.shape)} lies in {latent_dim} dimensions: σ² = 0 and the likelihood has no maximum; "
                "use fewer latent dimensions or drop the constant coordinates"
            )
        weight = directions[:, -latent_dim:] * (variances[-latent_dim:] - noise_variance).clamp(min=0).sqrt()
        weight = weight.flip(1)  # eigh sorts upwards; the first latent dimension explains most
        weight = weight * weight.gather(0, weight.abs().argmax(0, keepdim=True)).sign()
        return cls(weight, bias, math.sqrt(float(noise_variance)))
