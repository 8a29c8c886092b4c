"""Importance sampling from a mixture of proposals, each of which gives a fixed number of the draws."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.distributions as td
from torch import Tensor

from vae_tutorial.checks import check_agrees
from vae_tutorial.evidence.estimate import EvidenceEstimate, Kind
from vae_tutorial.evidence.running_mean import RunningMean
from vae_tutorial.numerics.chunks import sample_sizes
from vae_tutorial.numerics.random import isolated_rng
from vae_tutorial.protocol import LatentVariableModel, check_posterior, log_density, prior_of
from vae_tutorial.protocol.in_pieces import encode, log_joint, log_likelihood_of_all

PROBES = 8  # z at which two densities are compared


@dataclass(frozen=True)
class Mixture:
    """Hold r = Σ_j (K_j/K) r_j: proposals with batch [N] or [], and how many of the K draws come from each."""

    model: LatentVariableModel
    x: Tensor
    prior: td.Distribution
    members: list[td.Distribution]
    counts: list[int]

    @classmethod
    def of(
        cls,
        model: LatentVariableModel,
        x: Tensor,
        num_samples: int,
        proposal: td.Distribution | Sequence[td.Distribution] | None,
    ) -> Mixture:
        """Make the mixture that the user asked for, and check its members; None is half q(z|x), half prior."""
        prior = prior_of(model)
        if proposal is None:
            members = [encode(model, x, prior), prior]
        elif isinstance(proposal, (list, tuple)):
            members = [_checked(member, f"proposal[{j}]", prior, x) for j, member in enumerate(proposal)]
            members = [prior if _same(member, prior, x.device) else member for member in members]
            _check_enough(len(members), num_samples)
        else:
            members = [_checked(proposal, "proposal", prior, x).expand(x.shape[:1])]  # draws of its own for each x
        for member in members:
            if member.batch_shape:
                check_posterior(member, x.device)
        share, rest = divmod(num_samples, len(members))
        return cls(model, x, prior, members, [share + (j < rest) for j in range(len(members))])

    def estimate(self, exact_posterior_sample: Tensor | None = None) -> EvidenceEstimate:
        """Return log of the mean weight, or, given a z [N, d] that made x, an estimate that is too high on average.

        ::

            E[p̂] = p(x),   and E[1 / p̂] = 1 / p(x) where one of the K draws is exchanged for z* ~ p(z|x)

        The one that goes comes from member j with probability K_j r_j(z*) / (K r(z*)), so that the K together are the
        backward run of the forward one.  Then E[log p̂] ≥ log p(x), by Jensen's inequality for 1/p̂.
        """
        running = RunningMean(self.x[:, 0], sum(self.counts))
        given = None if exact_posterior_sample is None else self._exchange(exact_posterior_sample)
        for j, (member, count) in enumerate(zip(self.members, self.counts, strict=True)):
            shared = not member.batch_shape
            per_sample = self._shared_size() if shared else self.x.numel()
            for i, size in enumerate(sample_sizes(count, per_sample)):
                log_weights = self._of_shared(j, size) if shared else self._of_own(j, size)
                if given is not None and i == 0:
                    log_weights = _with_first_row(log_weights, *given, j)
                running.update(log_weights, shared=shared)
        kind: Kind = "stochastic lower bound" if given is None else "stochastic upper bound"
        counted = zip(self.members, self.counts, strict=True)
        return running.estimate(covers_prior=any(m is self.prior and count for m, count in counted), kind=kind)

    def _shared_size(self) -> int:
        return self.x.shape[0] * self.prior.event_shape[0] + self.x.shape[1]

    def _of_own(self, j: int, size: int) -> Tensor:
        """Return log-weights [k, N] of draws that member j makes for each example."""
        z = self.members[j].sample((size,))
        log_prior = log_density(self.prior, z)
        return log_joint(self.model, self.prior, self.x, z, log_prior) - self._log_mixture(z, log_prior, own=j)

    def _of_shared(self, j: int, size: int) -> Tensor:
        """Return log-weights [k, N] of draws that member j makes once for all examples."""
        z = self.members[j].sample((size,))
        log_prior = self.prior.log_prob(z)[:, None]  # of z that is inside: decoded as it is
        log_joint_of_all = log_likelihood_of_all(self.model, self.x, z).T + log_prior
        return log_joint_of_all - self._log_mixture(z[:, None], log_prior, own=j)

    def _log_mixture(self, z: Tensor, log_prior: Tensor, own: int | None = None) -> Tensor:
        """Return log r(z) [k, N] for z [k, N, d], or for z [k, 1, d] that serve all examples."""
        return functools.reduce(torch.logaddexp, self._log_parts(z, log_prior, own))

    def _log_parts(self, z: Tensor, log_prior: Tensor, own: int | None = None) -> list[Tensor]:
        parts = []
        for j, count in enumerate(self.counts):
            if count == 0:
                continue
            parts.append(self._log_density_of(j, z, log_prior, own) + math.log(count / sum(self.counts)))
        return parts

    def _log_density_of(self, j: int, z: Tensor, log_prior: Tensor, own: int | None) -> Tensor:
        member = self.members[j]
        if member is self.prior:
            return log_prior
        return member.log_prob(z) if j == own else log_density(member, z)  # its own draws are inside its support

    def _exchange(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """Return the log-weights [N] of exact posterior samples z [N, d], and of which member each is to be one [N]."""
        log_prior = log_density(self.prior, z)
        parts = torch.stack(self._log_parts(z, log_prior), -1)  # [N, J]
        parts = parts.expand(len(z), -1)
        log_weight = log_joint(self.model, self.prior, self.x, z[None], log_prior[None])[0] - parts.logsumexp(-1)
        return log_weight, td.Categorical(logits=parts).sample()


def _with_first_row(log_weights: Tensor, given: Tensor, of_member: Tensor, j: int) -> Tensor:
    first = torch.where(of_member == j, given, log_weights[0])
    return torch.cat([first[None], log_weights[1:]])


def _checked(proposal: object, name: str, prior: td.Distribution, x: Tensor) -> td.Distribution:
    event = prior.event_shape
    if not isinstance(proposal, td.Distribution):
        raise TypeError(f"{name} must be a torch Distribution, got {type(proposal).__name__}")
    if proposal.event_shape != event or proposal.batch_shape not in (torch.Size([]), x.shape[:1]):
        raise ValueError(
            f"{name} has batch {list(proposal.batch_shape)} and event {list(proposal.event_shape)}, but must have "
            f"batch [] or {list(x.shape[:1])}, one for each example, and the prior's event {list(event)}"
        )
    with isolated_rng(x.device):
        check_agrees(proposal.sample(), f"a sample of {name}", x)
    return proposal


def _same(member: td.Distribution, prior: td.Distribution, device: torch.device) -> bool:
    """Tell whether a member is the prior, made anew: the same density at a few draws."""
    if type(member) is not type(prior) or member.batch_shape:
        return False
    with isolated_rng(device):
        z = prior.sample((PROBES,))
    return bool(torch.equal(log_density(member, z), log_density(prior, z)))


def _check_enough(num_members: int, num_samples: int) -> None:
    if not num_members:
        raise ValueError("proposal is an empty sequence: name a distribution, or None for half q(z|x), half prior")
    if num_samples < num_members:
        raise ValueError(
            f"num_samples is {num_samples}, but proposal has {num_members} members, and each needs a draw at least"
        )
