"""Hold a model still while numbers are computed with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import torch
from torch import Tensor

from vae_tutorial.checks import trusted
from vae_tutorial.protocol.methods import LatentVariableModel
from vae_tutorial.protocol.modules import evaluation_mode


@contextmanager
def measuring(model: LatentVariableModel, x: Tensor) -> Iterator[Tensor]:
    """Hold the model in evaluation mode while numbers are computed from an ``x`` that has been checked.

    No gradient is kept.  An inference mode around the call is left for the block, so that gradients in z can be taken;
    the tensor that is given to the block is x, or, where x was made under that mode, a copy that gradients may meet.

    Raises:
        TypeError: ``x`` has less than the precision of float32.
        RuntimeError: the call stands under ``torch.autocast``.
    """
    _check_precision(x)
    outside = torch.inference_mode(False) if torch.is_inference_mode_enabled() else nullcontext()
    with outside, torch.no_grad(), evaluation_mode(model):
        usable = x.clone() if x.is_inference() else x
        try:
            with trusted(model, usable):
                yield usable
        except RuntimeError as error:
            if "nference tensor" not in str(error):
                raise
            raise RuntimeError(
                "a tensor of the model was made under torch.inference_mode(), where no gradient can be taken of what "
                "is computed with it, and this function takes gradients in z: build or load the model outside of "
                "that block; calling the function inside of it does no harm"
            ) from error


def _check_precision(x: Tensor) -> None:
    """Refuse networks that compute in half precision: their log p(x) can be nats off, and no error bar would tell."""
    if torch.finfo(x.dtype).bits < 32:
        raise TypeError(
            f"x is {x.dtype}, whose eight bits or so are too few for a sum over pixels: measure in float32 or float64, "
            "model.float() and x.float()"
        )
    if torch.is_autocast_enabled(x.device.type):
        raise RuntimeError(
            f"this call stands under torch.autocast, which rounds what the networks return to "
            f"{torch.get_autocast_dtype(x.device.type)}: log p(x) could be nats off without a sign of it; "
            f'measure outside of the block, or inside torch.autocast("{x.device.type}", enabled=False)'
        )
