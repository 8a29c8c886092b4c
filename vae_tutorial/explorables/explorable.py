"""What all explorables share: one bundle of script and style, shown by a kernel or by the page alone.

A figure NAME is drawn by ``js/figures/NAME.js``, which computes with ``js/numerics/NAME.js`` (nothing is drawn there,
so node can test it) and shares ``js/core``.  ``make js`` bundles each into ``built/NAME.js``, an ES module in the
format of anywidget.  A test holds what is stored equal to a fresh build; neither importing nor installing the package
needs node.

A worker enters as text, since a page has one file.  The build first makes ``js/workers/NAME.js`` into a script of its
own, in ``build/workers``; the figure imports that as text, and starts a worker from a Blob of it.
"""

from __future__ import annotations

import hashlib
import html
import json
import math
import sys
from importlib import resources
from typing import Any, ClassVar

import anywidget
import traitlets

from vae_tutorial.figures import ROLES

FOLDER = resources.files("vae_tutorial") / "explorables"
EXPORTS = "export{explorable as default,showInPage};\n"  # the last line of each bundle


def bundle(name: str) -> str:
    """Return the ES module of a figure: its default export is the explorable, and ``showInPage`` needs no kernel."""
    return (FOLDER / "built" / f"{name}.js").read_text(encoding="utf-8")


def style(*names: str) -> str:
    """Return the style sheet that all share, and the ones named."""
    return "".join((FOLDER / "css" / f"{name}.css").read_text(encoding="utf-8") for name in ("explorables", *names))


class Number(traitlets.CFloat):  # type: ignore[type-arg]  # older traitlets are not generic
    """A finite number between two ends, both allowed.

    Args:
        low, high: the ends.
        default: the value to begin with.

    Raises:
        traitlets.TraitError: on assignment of anything else, with the name, the value and the rule.
    """

    def __init__(self, default: float, low: float, high: float) -> None:
        super().__init__(default)
        self.low, self.high = low, high
        self.tag(sync=True)

    def ends(self, obj: Any) -> tuple[float, float]:
        """Return the ends that hold for this figure."""
        return self.low, self.high

    def validate(self, obj: Any, value: Any) -> float:
        """Return the number, or raise with the rule."""
        low, high = self.ends(obj)
        rule = f"{self.name} must be one finite number from {low:g} to {high:g}"
        try:
            number = float(value)
        except (TypeError, ValueError) as error:
            raise traitlets.TraitError(f"{rule}, got {value!r}") from error
        if not math.isfinite(number) or not low <= number <= high:
            raise traitlets.TraitError(f"{rule}, got {value!r}")
        return number


class Whole(Number):
    """A whole number between two ends, both allowed."""

    def validate(self, obj: Any, value: Any) -> float:
        """Return the number, or raise with the rule."""
        number = super().validate(obj, value)
        if not number.is_integer():
            raise traitlets.TraitError(f"{self.name} must be a whole number, got {value!r}")
        return number


class Place(Whole):
    """A place in a sequence that the figure holds: a whole number from 0 to one less than its length.

    Args:
        sequence: the attribute that holds the sequence.
        default: the place to begin with.
    """

    def __init__(self, sequence: str, default: int = 0) -> None:
        super().__init__(default, 0, math.inf)
        self.sequence = sequence

    def ends(self, obj: Any) -> tuple[float, float]:
        """Return the first and the last place."""
        return 0, len(getattr(obj, self.sequence)) - 1


class Explorable(anywidget.AnyWidget):
    """A figure that moves, in Jupyter and in a page without a kernel.

    A subclass names its script, and in one sentence each what it shows, what to try and what to notice.
    """

    summary: ClassVar[str]
    _colors = traitlets.Dict().tag(sync=True)  # of the roles, and the dashes of their lines
    _dashes = traitlets.Dict().tag(sync=True)
    _data = traitlets.Dict().tag(sync=True)  # what the page draws and no handle moves

    def __init__(self, **numbers: float) -> None:
        unknown = sorted(numbers.keys() - self.numbers().keys())
        if unknown:
            raise TypeError(f"{type(self).__name__} has no {unknown[0]!r}: it takes {', '.join(self.numbers())}")
        roles = {name.replace(" ", "-"): role for name, role in ROLES.items()}
        super().__init__(
            _colors={name: role.color for name, role in roles.items()},
            _dashes={name: role.dashes for name, role in roles.items()},
            **numbers,
        )

    def numbers(self) -> dict[str, float]:
        """Return the current value of each handle, by name."""
        return {name: getattr(self, name) for name, trait in self.traits().items() if isinstance(trait, Number)}

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={value:g}" for name, value in self.numbers().items())
        return f"{type(self).__name__}({values})"

    def page_data(self) -> dict[str, Any]:
        """Return what the page draws and no handle moves."""
        return dict(self._data)

    def to_html(self) -> str:
        """Return the figure as HTML that needs no kernel, no network and no other file."""
        data = {"_data": self.page_data()} if self._data else {}
        looks = {"_colors": self._colors, "_dashes": self._dashes}
        state = json.dumps({**self.numbers(), **looks, **data}).replace("<", "\\u003c")
        key = hashlib.sha256((type(self).__name__ + state).encode()).hexdigest()[:12]
        return (
            f"<style>{self._css}</style>\n"
            f'<div class="explorable-place" data-explorable="{key}">'
            f"<p>{html.escape(self.summary)} (This figure moves where scripts run.)</p></div>\n"
            f'<script type="module">\n{self.page_script()}showInPage(explorable, "{key}", {state});\n</script>'
        )

    def page_script(self) -> str:
        """Return the script as it stands in a page: nothing imports from it there."""
        return str(self._esm).removesuffix(EXPORTS).replace("</script", "<\\/script")

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the HTML form, and beside it the live widget where the front end will show one."""
        forms = {"text/plain": repr(self), "text/html": self.to_html()}
        if "google.colab" in sys.modules:  # it asks before it shows a third party's widget; the HTML needs no leave
            return forms, {}
        live, metadata = super()._repr_mimebundle_(**kwargs) or ({}, {})
        return live | forms, metadata
