"""What users do with a chapter outside the book: export it as a script, and as a page whose figures still move."""

from __future__ import annotations

import copy
from typing import Any

import nbformat
import pytest

from bookkit import notebooks
from vae_tutorial import explorables
from vae_tutorial.explorables.export import WIDGET_VIEW, standalone

VIEW = {"model_id": "0123456789abcdef", "version_major": 2, "version_minor": 0}


def as_run() -> Any:
    """Return a notebook with an explorable as it is after a run that saved the state of its widgets."""
    live = explorables.BoundExplorer()._repr_mimebundle_()[0]
    assert {WIDGET_VIEW, "text/html"} <= set(live)
    cell = nbformat.v4.new_code_cell("figure", outputs=[nbformat.v4.new_output("display_data", live)])
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("A chapter."), cell])
    state = {"state": {live[WIDGET_VIEW]["model_id"]: {}}, "version_major": 2, "version_minor": 0}
    notebook["metadata"] |= notebooks.NOTEBOOK_METADATA | {
        "widgets": {"application/vnd.jupyter.widget-state+json": state}
    }
    return notebook


def with_slider(notebook: Any) -> Any:
    slider = nbformat.v4.new_output("display_data", {"text/plain": "IntSlider()", WIDGET_VIEW: VIEW})
    notebook["cells"].append(nbformat.v4.new_code_cell("slider", outputs=[slider]))
    return notebook


def test_the_html_of_an_explorable_is_kept_and_its_widget_dropped() -> None:
    notebook = as_run()
    before = copy.deepcopy(notebook)
    exported, resources = standalone(notebook, {"handed": "on"})
    assert notebook == before
    assert resources == {"handed": "on"}
    assert set(exported["cells"][1]["outputs"][0]["data"]) == {"text/plain", "text/html"}
    assert "widgets" not in exported["metadata"]
    assert standalone(exported, {})[0] == exported


def test_widgets_of_others_are_left_alone() -> None:
    exported, _ = standalone(with_slider(as_run()), {})
    assert WIDGET_VIEW not in exported["cells"][1]["outputs"][0]["data"]
    assert exported["cells"][2]["outputs"][0]["data"][WIDGET_VIEW] == VIEW
    assert "widgets" in exported["metadata"]


def test_the_exported_page_moves_and_asks_nobody() -> None:
    nbconvert = pytest.importorskip("nbconvert")
    plain, _ = nbconvert.HTMLExporter().from_notebook_node(as_run())
    assert "data-explorable" not in plain, "what nbconvert does by itself"
    exporter = nbconvert.HTMLExporter(preprocessors=["vae_tutorial.explorables.export.standalone"])
    page, _ = exporter.from_notebook_node(as_run())
    assert "data-explorable" in page
    assert "showInPage(explorable" in page
    assert "html-manager" not in page


def test_a_chapter_exports_as_a_python_script() -> None:
    info = notebooks.NOTEBOOK_METADATA["language_info"]
    assert (info["file_extension"], info["nbconvert_exporter"], info["mimetype"]) == (".py", "python", "text/x-python")
    nbconvert = pytest.importorskip("nbconvert")
    _, resources = nbconvert.ScriptExporter().from_notebook_node(as_run())
    assert resources["output_extension"] == ".py"
