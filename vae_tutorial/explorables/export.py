"""Export a notebook that has been run, so that its figures move without a kernel, a network or anybody's server.

A notebook that was run in Jupyter holds each explorable twice: as a live widget, which needs a kernel, and as HTML,
which needs nothing.  ``nbconvert`` exports the HTML, unless the state of the widgets was saved as well, as by
``nbconvert --execute`` or *Save Widget State*: then it prefers the widget, and the page asks a server of others for the
script that draws it.  With ``standalone`` it exports the HTML there too::

    jupyter nbconvert --to html --Exporter.preprocessors=vae_tutorial.explorables.export.standalone notebook.ipynb
"""

from __future__ import annotations

import copy
from typing import Any

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


def standalone(notebook: Any, resources: Any) -> tuple[Any, Any]:
    """Drop the live widget from every output that holds an explorable's HTML too; for nbconvert, which calls it.

    Other widgets stay as they are.  Where none is left, the stored state of the widgets goes as well, and the exported
    page asks nobody for anything.

    Args:
        notebook: as nbformat reads it; it is not changed.
        resources: handed on.

    Returns:
        The notebook without those widgets, and ``resources``.
    """
    notebook = copy.deepcopy(notebook)
    outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", [])]
    for data in (output.get("data", {}) for output in outputs):
        if "data-explorable" in "".join(data.get("text/html", "")):
            data.pop(WIDGET_VIEW, None)
    if not any(WIDGET_VIEW in output.get("data", {}) for output in outputs):
        notebook["metadata"].pop("widgets", None)
    return notebook, resources
