"""Write the page on what libraries report as log p(x), from the record of ``benchmarks.conformance``.

``python -m bookkit.commands.conformance``; the benchmark itself runs in the environment of ``make bench``.
"""

from __future__ import annotations

import json
from typing import Any

from bookkit import paths

PAGE = paths.BOOK / "conformance.md"
RECORD = paths.RECORDS / "benchmarks.json"
TEXT = r"""# What do libraries report as log p(x)?

Other libraries estimate $\log p_\theta(x)$ too. Here each is given the same models, the same encoders and the same
images, in worlds where $\log p_\theta(x)$ has a closed form, and is called by its public function. Each table shows the
error of the mean over the images, in nats: the middle one of {repeats} seeded runs, and the least and most. A lower
bound may err below; an error above is chance. [How do you measure log p(x)?](measuring_log_likelihood.ipynb) explains
the estimators, and why all of them are blind where no draw lands.

Task: {task}. Versions: {versions}. To make the record and this page again:

```sh
{command}
python -m bookkit.commands.conformance
```

{worlds}

## How to read it

* **Where the encoder covers the posterior**, all importance-weighted estimates agree, whoever makes them.
* **`Trace_ELBO` is the ELBO**, with any number of particles: more of them make it less noisy, not larger. Its error is
  the gap between the bound and $\log p_\theta(x)$.
* **Where the encoder is too narrow or knows one mode of two**, every estimate from the encoder alone is too low, and
  neither its spread over seeds nor a standard error tells. In few dimensions draws from the prior mend it. In many they
  do not: there the verdict is at best *doubt*, or [`bracket`](api.md#evidence) must be asked.

## What a user of each library should set

* **pythae**, `VAE.get_nll(data, n_samples, batch_size)`. It returns the mean of $\log p_\theta(x)$, although its name
  speaks of the negative. It draws in whole batches, by default of 100: for `n_samples` of 1 or 50 it draws 100, and for
  150 or 199 as well. So make `n_samples` a multiple of `batch_size`. Call `eval()` first, and work under
  `torch.no_grad()`: the function does neither by itself.
* **Pyro**, `RenyiELBO(alpha=0, num_particles=K, vectorize_particles=True)`. It is the importance-weighted bound, image
  by image, where the images stand in a `plate`; `loss` is minus the *sum* over images. No error is reported.
* **vae_tutorial**, `importance_sampling(model, x, K)`. The default adds draws from the prior; `report()` says what to
  do next.
"""


def cell(row: dict[str, Any]) -> str:
    """Return a row's errors, as code: these numbers are the record's, and no notebook's."""
    least, most = row["error in nats, least and most"]
    return f"`{row['error in nats, median']:+.3f}` | `{least:+.3f}` … `{most:+.3f}`"


def stated(row: dict[str, Any]) -> str:
    """Return what an estimator says of its own error."""
    if row["stated"] is None:
        return "nothing"
    verdicts = ", ".join(f"{word} {n}" for word, n in row["stated"]["verdicts"].items() if n)
    return f"± `{row['stated']['standard error of the mean']:.3f}`; {verdicts}"


def table(world: dict[str, Any]) -> str:
    """Return a Markdown table of one world."""
    head = "| estimator | error in nats | of all runs | it says | processor time |\n|---|---:|---|---|---:|"
    rows = [
        f"| {who} | {cell(row)} | {stated(row)} | `{row['processor milliseconds']:.0f}` ms |"
        for who, row in world.items()
    ]
    return "\n".join([head, *rows])


def page() -> str:
    """Return the page's text."""
    record = json.loads(RECORD.read_text(encoding="utf-8"))["conformance"]
    worlds = "\n\n".join(f"## {name[0].upper()}{name[1:]}\n\n{table(rows)}" for name, rows in record["worlds"].items())
    return TEXT.format(
        repeats=record["repeats"],
        task=record["task"],
        versions=", ".join(f"{name} {version}" for name, version in record["versions"].items()),
        command=record["command"],
        worlds=worlds.replace(" 1.1 ", " `1.1` ").replace(" 0.8 ", " `0.8` "),
    )


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
