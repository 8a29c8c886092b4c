"""A bar is seen where somebody can see it: in a terminal, and in a notebook, whose stderr is no terminal."""

from __future__ import annotations

import io
import os
import sys
import types
from collections.abc import Iterator
from typing import Any

import nbclient
import nbformat
import pytest

from vae_tutorial.training.progress import in_notebook, with_bar


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def nobody_hides_bars(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TQDM_DISABLE", raising=False)


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Look like the kernel of a notebook to whoever asks IPython, and let tqdm look again."""
    shell = types.SimpleNamespace(kernel=object())
    monkeypatch.setitem(sys.modules, "IPython", types.SimpleNamespace(get_ipython=lambda: shell))
    monkeypatch.setitem(sys.modules, "ipykernel.zmqshell", types.ModuleType("ipykernel.zmqshell"))
    for name in ("tqdm.auto", "tqdm.autonotebook", "tqdm.notebook"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    yield
    for name in ("tqdm.auto", "tqdm.autonotebook", "tqdm.notebook"):
        sys.modules.pop(name, None)


def shown(monkeypatch: pytest.MonkeyPatch, stderr: io.StringIO, progress: bool = True) -> str:
    monkeypatch.setattr(sys, "stderr", stderr)
    assert list(with_bar(range(1, 4), progress)) == [1, 2, 3]
    return stderr.getvalue()


def test_a_terminal_shows_it_and_a_file_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not in_notebook()
    assert "epochs: 100%" in shown(monkeypatch, Terminal())
    assert shown(monkeypatch, io.StringIO()) == ""
    assert shown(monkeypatch, Terminal(), progress=False) == ""


@pytest.mark.parametrize("value", ["1", "true"])
def test_the_environment_hides_it_whenever_it_is_set(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("TQDM_DISABLE", value)
    assert shown(monkeypatch, Terminal()) == ""
    monkeypatch.setenv("TQDM_DISABLE", "0")
    assert "epochs: 100%" in shown(monkeypatch, Terminal())


@pytest.mark.usefixtures("kernel")
def test_a_notebook_without_widgets_shows_text_and_no_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    monkeypatch.setitem(sys.modules, "IPython.html.widgets", None)
    assert in_notebook()
    assert "epochs: 100%" in shown(monkeypatch, io.StringIO())
    monkeypatch.setenv("TQDM_DISABLE", "1")
    assert shown(monkeypatch, io.StringIO()) == ""


FIT = """
import torch, vae_tutorial as vt
model = vt.models.LinearGaussian(torch.ones(3, 1), torch.zeros(3), 1.0)
config = vt.training.TrainConfig(epochs=3, batch_size=5)
_ = vt.training.fit(model, torch.randn(10, 3), config, objective=lambda model, x: model.log_prob(x))
"""


def outputs_of(source: str) -> list[Any]:
    """Run a cell in a kernel of its own, and return its outputs."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    nbclient.NotebookClient(notebook, timeout=300, kernel_name="python3", store_widget_state=False).execute()
    return list(notebook.cells[0].outputs)


@pytest.mark.slow
def test_a_real_kernel_shows_a_widget_and_hides_it_on_request() -> None:
    (bar,) = outputs_of(FIT)
    assert "application/vnd.jupyter.widget-view+json" in bar.data
    assert "epochs" in bar.data["text/plain"]
    os.environ["TQDM_DISABLE"] = "1"
    try:
        assert outputs_of(FIT) == []
    finally:
        del os.environ["TQDM_DISABLE"]
