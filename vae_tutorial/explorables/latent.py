"""The latent plane of a trained VAE, under the finger."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
import torch.distributions as td
from contourpy import contour_generator
from torch import Tensor, nn

from vae_tutorial import evidence, inference, likelihoods, objectives
from vae_tutorial.explorables.explorable import Explorable, Number, Place, bundle, style
from vae_tutorial.explorables.packing import pack, written
from vae_tutorial.models import VAE
from vae_tutorial.posteriors import location_and_scale
from vae_tutorial.protocol import check_observations

MOST_IMAGES, MOST_CODES = 12, 400
GRID_POINTS = 240  # along each side of the plane, for the contours
SHARES = (0.99, 0.9, 0.5)  # of the true posterior, inside each contour
FORM = "LatentExplorer shows a VAE with a 2-D latent space, the prior N(0, I) and a Bernoulli decoder"


class InPlane(Number):
    """A coordinate in the part of the plane that the figure shows."""

    def __init__(self) -> None:
        super().__init__(0, -math.inf, math.inf)

    def ends(self, obj: Any) -> tuple[float, float]:
        """Return the two edges of the plane."""
        return -obj.limit, obj.limit


class LatentExplorer(Explorable):
    """Drag z through the latent plane and see what the decoder draws; choose an image and see q beside the truth.

    The decoder runs in the page.  Each image's true posterior, q, log p(x), ELBO and gap are computed here, by
    quadrature, and sent along.

    Args:
        model: a VAE with a 2-D latent space, the prior N(0, I), a Gaussian encoder and a Bernoulli decoder whose net
            is made of ``nn.Linear``, ``nn.Tanh`` and ``nn.ReLU``.
        images: binary images to choose from [n, D], at most 12.
        image_shape: height and width, whose product is D.
        labels: what each image is called, such as its class.
        codes_of: images [N, D] whose codes (the means of q) are shown in the plane; the first 400 of them.
        code_labels: what to write for each of these codes, in place of a dot.
        z1, z2: the code to begin with, within the plane.
        image: the image to begin with, 0 to n − 1.

    Raises:
        TypeError, ValueError: the model or the images are not of this form.
        traitlets.TraitError: z1, z2 or image is out of its range.
    """

    summary = "Drag z, and the decoder draws its image; choose an image, and see q beside its true posterior."
    _esm = bundle("latent")
    _css = style("plane")
    z1 = InPlane()
    z2 = InPlane()
    image = Place("images")

    def __init__(
        self,
        model: VAE,
        images: Tensor,
        image_shape: tuple[int, int],
        labels: Sequence[object] | Tensor | None = None,
        codes_of: Tensor | None = None,
        code_labels: Sequence[object] | Tensor | None = None,
        **numbers: float,
    ) -> None:
        steps = _checked_steps(model)
        _check_images(model, images, image_shape)
        with torch.no_grad():
            loc, scale = location_and_scale(model.posterior(images))
            codes = images.new_zeros(0, 2) if codes_of is None else _codes(model, codes_of[:MOST_CODES])
        reach = torch.cat([codes.abs().flatten(), loc.abs().flatten() + 2 * scale.norm(dim=-1).flatten()])
        self.model, self.images = model, images
        self._terms = _terms(model, images)
        self.limit = math.ceil(10 * max(3.0, float(reach.max()) + 0.1)) / 10
        super().__init__(**numbers)
        self._data = {
            "shape": list(image_shape),
            "limit": self.limit,
            "images": ["".join("01"[int(pixel)] for pixel in image) for image in images],
            "names": written(labels, len(images), "labels"),
            "codes": pack(codes, -self.limit, self.limit),
            "codeNames": written(code_labels, len(codes), "code_labels") if codes_of is not None else [],
            "decoder": [_packed_step(step) for step in steps],
            "terms": [[round(float(value), 6) for value in row] for row in zip(*self._terms.values(), strict=True)],
            "posteriors": _posteriors(model, images, self.limit),
        }

    @torch.no_grad()
    def terms(self) -> dict[str, float]:
        """Return log p(x), ELBO and gap of the chosen image, and its log p(x|z) at the chosen z, in nats."""
        image = int(self.image)
        likelihood = self.model.likelihood(self.images.new_tensor([[self.z1, self.z2]]))
        found = {name: float(values[image]) for name, values in self._terms.items()}
        return found | {"log p(x|z)": float(likelihood.log_prob(self.images[[image]]))}


def _checked_steps(model: VAE) -> list[nn.Module]:
    """Return the steps of the decoder's net, or say what the model lacks."""
    if not isinstance(model, VAE) or not isinstance(model.decoder, likelihoods.Bernoulli):
        got = type(model.decoder).__name__ if isinstance(model, VAE) else type(model).__name__
        raise TypeError(f"model must be a models.VAE with a likelihoods.Bernoulli decoder, got {got}: {FORM}")
    prior = model.prior()
    standard = prior.event_shape == (2,) and isinstance(getattr(prior, "base_dist", None), td.Normal)
    if not standard or bool((prior.mean != 0).any()) or bool((prior.stddev != 1).any()):
        raise ValueError(f"the prior must be N(0, I) over 2 dimensions, got {prior}: {FORM}")
    steps = _steps(model.decoder.net)
    for step in steps:
        if type(step) not in (nn.Linear, *ACTIVATIONS):
            raise TypeError(
                "the decoder's net must be an nn.Sequential of nn.Linear, nn.Tanh and nn.ReLU, "
                f"got one with {type(step).__name__}: the page can compute these three"
            )
    return steps


def _check_images(model: VAE, images: Tensor, image_shape: tuple[int, int]) -> None:
    check_observations(model, images, "images")
    if len(images) > MOST_IMAGES:
        raise ValueError(f"images must hold at most {MOST_IMAGES} images, got {len(images)}: choose some of them")
    if len(image_shape) != 2 or math.prod(image_shape) != images.shape[1]:
        raise ValueError(
            f"image_shape must be (height, width) with height · width = {images.shape[1]}, got {image_shape}"
        )


def _codes(model: VAE, x: Tensor) -> Tensor:
    check_observations(model, x, "codes_of")
    return model.posterior(x).mean


# The decoder, for a page.

ACTIVATIONS = {nn.Tanh: "tanh", nn.ReLU: "relu"}


def _steps(net: Tensor | nn.Module) -> list[nn.Module]:
    """Return the net's layers and activations in the order in which they are called."""
    if isinstance(net, nn.Sequential):
        return [step for part in net for step in _steps(part)]
    return [net] if isinstance(net, nn.Module) else []


def _packed_step(step: nn.Module) -> dict[str, Any]:
    """Write a layer or an activation; 24 bits for each weight are as exact as float32."""
    if not isinstance(step, nn.Linear):
        return {"kind": ACTIVATIONS[type(step)]}
    bias = step.weight.new_zeros(step.out_features) if step.bias is None else step.bias
    table = torch.cat([step.weight, bias[:, None]], 1).detach().cpu().numpy()  # [out, in + 1]
    scale = float(np.abs(table).max()) or 1.0
    return {"kind": "linear", "size": list(table.shape), "scale": scale, "numbers": pack(table, -scale, scale, 4)}


# The posteriors, and the numbers that go with them.


@torch.no_grad()
def _terms(model: VAE, x: Tensor) -> dict[str, Tensor]:
    """Return log p(x), ELBO and gap [n], each computed in its own way."""
    return {
        "log p(x)": evidence.quadrature(model, x, tolerance=1e-3).log_prob,
        "ELBO": objectives.elbo_terms_by_quadrature(model, x, order=32).elbo,
        "gap": inference.kl_to_posterior(model, x, num_points=GRID_POINTS),
    }


@torch.no_grad()
def _posteriors(model: VAE, images: Tensor, limit: float) -> list[dict[str, Any]]:
    """Return, for each image, q and the contours of the true posterior."""
    loc, scale = location_and_scale(model.posterior(images))
    grid = inference.grid_posterior(model, images, GRID_POINTS, low=-limit, high=limit)
    return [
        {
            "loc": [round(value, 4) for value in loc[n].tolist()],
            "scale": [round(value, 5) for value in scale[n].flatten().tolist()],
            "contours": _contours(grid.axes, grid.probabilities[n], limit),
        }
        for n in range(len(images))
    ]


def _contours(axes: Sequence[Tensor], probabilities: Tensor, limit: float) -> list[list[str]]:
    """Return the packed outlines of the regions that hold the densest 99, 90 and 50 per cent."""
    mass = probabilities.cpu().double().numpy().reshape(len(axes[0]), len(axes[1]))
    ordered = np.sort(mass, axis=None)[::-1]
    levels = ordered[np.searchsorted(np.cumsum(ordered) / ordered.sum(), SHARES)]
    generator = contour_generator(axes[0].cpu().numpy(), axes[1].cpu().numpy(), mass.T)
    outlines: list[list[Any]] = [list(generator.lines(float(level))) for level in levels]
    return [[pack(line, -limit, limit) for line in lines] for lines in outlines]
