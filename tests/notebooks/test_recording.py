"""A recorded call gives back what it gave, and nothing that knows of log p(x) is recorded."""

from __future__ import annotations

import subprocess
import sys

import pytest

from bookkit import paths

START = f"""
import sys
sys.path.insert(0, {str(paths.ROOT)!r})
from bookkit import recording
recording.start()
import torch
import vae_tutorial as vt
torch.set_default_dtype(torch.float64)
digits = vt.datasets.load_digits()
x = digits.train[:100]

def fitted(seed=1, epochs=2, **options):
    torch.manual_seed(seed)
    model = vt.models.VAE(
        encoder=vt.posteriors.DiagonalGaussian(vt.networks.MLP(64, 4)),
        decoder=vt.likelihoods.Bernoulli(vt.networks.MLP(2, 64)),
    )
    config = vt.training.TrainConfig(epochs=epochs, seed=seed, progress=False)
    history = vt.training.fit(model, x, config, **options)
    return model, history

def replayed():
    return recording.counts["replayed"]
"""
LAWS = {
    "the same fit is made once, and gives the same": """
(one, first), after = fitted(), torch.get_rng_state()
(two, second) = fitted()
assert replayed() == 1
assert first == second and first is not second
assert all(torch.equal(a, b) for a, b in zip(one.parameters(), two.parameters()))
assert torch.equal(after, torch.get_rng_state())
assert one is not two
""",
    "another seed, length, data or objective is another fit": """
fitted(), fitted(seed=2), fitted(epochs=3)
x = x + 0; x[0, 0] = 1 - x[0, 0]; fitted()
fitted(objective=lambda model, x: vt.objectives.beta_elbo(model, x, 0.5))
assert replayed() == 0
""",
    "a fit that calls back is made each time": """
calls = []
for _ in range(2): fitted(callback=lambda epoch, model: calls.append(epoch))
assert replayed() == 0 and len(calls) == 4
""",
    "a fit whose objective measures log p(x) is made each time": """
class Trained(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(64, 1))
    def exact(self):
        return vt.models.LinearGaussian(self.weight, torch.zeros(64), 1.0)
    prior = lambda self: self.exact().prior()
    likelihood = lambda self, z: self.exact().likelihood(z)
    posterior = lambda self, x: self.exact().posterior(x)

config = vt.training.TrainConfig(epochs=1, progress=False)
for _ in range(2): vt.training.fit(Trained(), x, config, objective=lambda model, x: model.exact().log_prob(x))
assert recording.counts["estimates"] > 0 and replayed() == 0
for _ in range(2): vt.training.fit(Trained(), x, config)
assert replayed() == 1
""",
    "an estimate is recorded and what is planted outside of it is not": """
from bookkit.planted import plant_in_package
model, _ = fitted()
before = vt.evidence.quadrature(model, x[:5]).log_prob
plant_in_package()
after = vt.evidence.quadrature(model, x[:5]).log_prob
assert replayed() == 1 and torch.equal(after, before + 5)
""",
    "a draw moves the generator as it did": """
model, _ = fitted()
torch.manual_seed(3); one = vt.evidence.importance_sampling(model, x[:5], 20).log_prob, torch.rand(3)
torch.manual_seed(3); two = vt.evidence.importance_sampling(model, x[:5], 20).log_prob, torch.rand(3)
torch.manual_seed(4); three = vt.evidence.importance_sampling(model, x[:5], 20).log_prob
assert replayed() == 1 and all(map(torch.equal, one, two)) and not torch.equal(one[0], three)
""",
    "the second run begins where the first did": """
torch.manual_seed(17)
recording.again()
assert torch.get_default_dtype() == torch.float32
assert torch.equal(torch.get_rng_state(), recording._at_start[0])
""",
}


@pytest.mark.slow
@pytest.mark.parametrize("law", LAWS)
def test_recording(law: str) -> None:
    done = subprocess.run([sys.executable, "-c", START + LAWS[law]], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
