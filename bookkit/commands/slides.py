"""Make slides of the lecturer's road: one HTML file that asks for nothing else.

    python -m bookkit.commands.slides

Arrow keys, space, Home and End move; print it for paper.  Chromium sets the formulas, by the book's own MathJax.
"""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

from playwright.sync_api import Page

from bookkit import chromium, slides
from bookkit.paths import ROOT

MADE = ROOT / "_build" / "slides.html"
MATHJAX = "static/mathjax/tex-chtml.js"
TO_MATHML = "([tex, display]) => MathJax.tex2mml(tex, {display})"
APPLIED = re.compile(r"<mo[^>]*>&#x2061;</mo>(?=\s*<m(?:i|sub)\b)")  # "log" before its letter: TeX leaves a thin space


def mathjax() -> Path:
    """Return the script that the pages use too."""
    found = find_spec("sphinx-mathjax-offline")
    if found is None or found.submodule_search_locations is None:
        raise SystemExit("sphinx-mathjax-offline is not installed: run `make book` first, or its pip line.")
    return Path(found.submodule_search_locations[0]) / MATHJAX


def typesetter_in(page: Page) -> slides.Typeset:
    """Return a function that turns TeX into MathML in a browser's page."""
    page.add_script_tag(path=mathjax())
    page.evaluate("() => MathJax.startup.promise.then(() => null)")
    return lambda tex, display: APPLIED.sub('<mspace width="0.17em"/>', page.evaluate(TO_MATHML, [tex, display]))


def main() -> None:
    """Write the deck."""
    with chromium.launched() as browser:
        deck = slides.deck(typesetter_in(browser.new_page()))
    MADE.parent.mkdir(exist_ok=True)
    MADE.write_text(deck, encoding="utf-8", newline="\n")
    print(f"{deck.count('<section')} slides, {MADE.stat().st_size / 1e6:.1f} MB: {MADE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
