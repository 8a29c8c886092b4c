"""Other people's models as the three methods: wrap one, and every objective, estimator and diagnostic takes it.

Each function imports its library on first use; the package asks for none of them.  What a function cannot wrap without
changing the model's log p(x), it refuses.
"""

from vae_tutorial.adapters.diffusers_kl import DiffusersVAE, from_diffusers
from vae_tutorial.adapters.lightning_log import lightning_callback
from vae_tutorial.adapters.pyro_pair import PyroPair, from_pyro
from vae_tutorial.adapters.pythae_vae import PythaeVAE, from_pythae

__all__ = [
    "DiffusersVAE",
    "PyroPair",
    "PythaeVAE",
    "from_diffusers",
    "from_pyro",
    "from_pythae",
    "lightning_callback",
]
