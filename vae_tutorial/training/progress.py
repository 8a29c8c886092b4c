"""A bar over the epochs, in a terminal and in a notebook."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterable


def with_bar(epochs: range, shown: bool) -> Iterable[int]:
    """Return the epochs with a bar around them, where one is wanted and can be seen.

    A notebook gets tqdm's widget, or its text where ipywidgets is missing; elsewhere the bar is text, and is left out
    where stderr is no terminal.  ``TQDM_DISABLE`` is read now: tqdm itself reads it once, when it is imported.
    """
    if not shown or os.environ.get("TQDM_DISABLE", "0") not in ("", "0"):
        return epochs
    if not in_notebook():
        from tqdm.std import tqdm

        return tqdm(epochs, desc="epochs", disable=None)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # where ipywidgets is missing it says so, and falls back to text
        from tqdm.auto import tqdm as tqdm_of_notebooks
    return tqdm_of_notebooks(epochs, desc="epochs", disable=False)


def in_notebook() -> bool:
    """Tell whether this process is the kernel of a notebook, whose stderr is shown though it is no terminal."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return getattr(shell, "kernel", None) is not None
