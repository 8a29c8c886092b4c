"""The three methods that everything downstream needs, and all that it needs.

A class of yours that has them works with every objective, estimator and diagnostic; no base class is asked for.
The functions below call the methods and refuse a wrong return at once, with its name, shape and rule.

**p(x|z) may depend on nothing but z**, and q(z|x) on nothing but x: not on the place of a row, on the other rows, on
labels of the batch that the model knows by itself, or on chance.  The estimators decode the same z for many x, and z in
pieces of any size.  A likelihood that takes its labels from the batch gives the right ELBO and a wrong log p(x).
``check_observations`` notices it where a few z in another order tell.  For p(x|y), make a model for each label::

    class Labelled(nn.Module):
        def __init__(self, encoder, decoder): ...        # two networks that take a label as well

        def given(self, label):                          # p(x, z | y = label): a model with the three methods
            return Given(self, label)

    class Given(nn.Module):
        def __init__(self, labelled, label): ...
        def prior(self): ...
        def likelihood(self, z):                         # the same label for every row
            return td.Independent(td.Bernoulli(logits=self.labelled.decoder(z, self.label.expand(len(z), -1))), 1)
        def posterior(self, x): ...

    log_prob = torch.stack([importance_sampling(model.given(y), x[labels == y], 1000).log_prob.mean() for y in …])

**Objectives take the model as it is**, in training mode or not, since training needs dropout and the statistics of a
batch.  **What measures** (``evidence``, ``inference``, ``diagnostics``) **holds every network of the model in eval()**
for the call, and gives it back as it was: in training mode p(x|z) depends on chance and on the other rows, and there is
no log p(x) to be measured.  Networks are found as ``protocol.modules.modules_of`` says.
"""

from vae_tutorial.numerics.supports import bounded_support, elementwise, is_inside, log_density, within_support
from vae_tutorial.protocol.measuring import measuring
from vae_tutorial.protocol.methods import (
    LatentVariableModel,
    TrainableModel,
    likelihood_of,
    posterior_of,
    prior_of,
)
from vae_tutorial.protocol.modules import evaluation_mode
from vae_tutorial.protocol.observations import check_observations, check_posterior

__all__ = [
    "LatentVariableModel",
    "TrainableModel",
    "bounded_support",
    "check_observations",
    "check_posterior",
    "elementwise",
    "evaluation_mode",
    "is_inside",
    "likelihood_of",
    "log_density",
    "measuring",
    "posterior_of",
    "prior_of",
    "within_support",
]
