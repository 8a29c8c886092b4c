"""The plain loop: what a tutorial would write, and the one contender that needs no other package."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

import vae_tutorial as vt


def network_of(part: nn.Module) -> nn.Sequential:
    """Return the network within an encoder or a decoder of the package."""
    network = part.net
    assert isinstance(network, nn.Sequential)
    return network


def train_plainly(
    model: vt.models.VAE, train: torch.Tensor, labels: torch.Tensor, batch_size: int, epochs: int
) -> None:
    """Train the networks of a VAE: a DataLoader of images and labels, BCE from logits, the closed-form KL, Adam."""
    encoder, decoder = network_of(model.encoder), network_of(model.decoder)
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    loader = DataLoader(TensorDataset(train, labels), batch_size=batch_size, shuffle=True)
    for _ in range(epochs):
        for x, _ in loader:
            loc, log_scale = encoder(x).chunk(2, dim=-1)
            z = loc + log_scale.exp() * torch.randn_like(loc)
            error = F.binary_cross_entropy_with_logits(decoder(z), x, reduction="none").sum(1)
            kl = (0.5 * (loc**2 + (2 * log_scale).exp() - 1) - log_scale).sum(1)
            loss = (error + kl).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
