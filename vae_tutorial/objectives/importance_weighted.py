"""The importance-weighted bound and the log-weights that it averages."""

from __future__ import annotations

from torch import Tensor

from vae_tutorial.numerics.families import detached
from vae_tutorial.numerics.log_mean import log_mean
from vae_tutorial.objectives.draw import Draw
from vae_tutorial.protocol import LatentVariableModel


def log_importance_weights(model: LatentVariableModel, x: Tensor, num_samples: int) -> Tensor:
    """Draw z_1…z_K from q(z|x) and return log w_k = log p(x|z_k) + log p(z_k) − log q(z_k|x).

    E[w_k] = p(x).  Every objective here is a way to average these weights: the mean of log w is the ELBO, the log of
    the mean is the importance-weighted bound.

    Args:
        model: anything with the three methods.
        x: examples [N, D].
        num_samples: K.

    Returns:
        Log-weights [K, N], in nats.

    Raises:
        ValueError: bad ``x`` or ``num_samples``; or a gradient is asked for through a q that has no ``rsample``.
    """
    draw = Draw.of(model, x, num_samples)
    return draw.log_likelihood + draw.log_prior - draw.log_q


def iwae_bound(model: LatentVariableModel, x: Tensor, num_samples: int, gradient: str = "reparameterized") -> Tensor:
    """Estimate the importance-weighted bound [N], in nats.

    ::

        L_K(x) = E[log (1/K) Σ_k w_k],   ELBO = L_1 ≤ L_K ≤ L_{K+1} ≤ log p(x)

    Args:
        model: anything with the three methods.
        x: examples [N, D].
        num_samples: K; 1 is the ELBO, larger is tighter, and the limit is log p(x).
        gradient: "reparameterized" differentiates the estimate as it stands; the signal-to-noise ratio of the
            encoder's gradient then falls as K grows.  "doubly reparameterized" returns the same value and an unbiased
            gradient without that fault; it needs a Gaussian q.

    Raises:
        ValueError: bad ``x``, ``num_samples`` or ``gradient``; a gradient through a q that has no ``rsample``;
            "sticking the landing", which is biased here for K > 1.
        TypeError: "doubly reparameterized" with a q that is not Gaussian.

    References:
        Burda, Grosse and Salakhutdinov (2016), https://arxiv.org/abs/1509.00519;
        Tucker, Lawson, Gu and Maddison (2019), https://arxiv.org/abs/1810.04152;
        Rainforth et al. (2018), https://arxiv.org/abs/1802.04537
    """
    if gradient == "sticking the landing":
        raise ValueError(
            'gradient "sticking the landing" is biased for the importance-weighted bound with K > 1 '
            '(Tucker et al. 2019, https://arxiv.org/abs/1810.04152): use "doubly reparameterized", '
            "or sticking_the_landing_elbo for the ELBO"
        )
    if gradient == "reparameterized":
        return log_mean(log_importance_weights(model, x, num_samples), 0)
    if gradient == "doubly reparameterized":
        return _doubly_reparameterized(model, x, num_samples)
    raise ValueError(f'gradient must be "reparameterized" or "doubly reparameterized", got {gradient!r}')


def _doubly_reparameterized(model: LatentVariableModel, x: Tensor, num_samples: int) -> Tensor:
    draw = Draw.of(model, x, num_samples)
    log_weights = draw.log_likelihood + draw.log_prior - detached(draw.q).log_prob(draw.z)
    if draw.z.requires_grad:
        # Differentiating the bound multiplies what reaches z by w_k / Σ w; the estimator wants its square.
        normalized = log_weights.detach().softmax(0)
        draw.z.register_hook(lambda grad: grad * normalized[..., None])
    return log_mean(log_weights, 0)
