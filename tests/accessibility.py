"""What axe-core has against a page, on a phone and in a wide window, in light and in dark colours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from axe_playwright_python.sync_playwright import Axe

if TYPE_CHECKING:
    from playwright.sync_api import Page

# A chapter has thousands of coloured words of code, and axe takes most of its time to judge each one's contrast.
# Contrast follows from the look of an element and of all that it stands in, so one element of each look is judged:
# same tags and classes all the way up, and the same computed colours, sizes and places.
MARK_ONE_OF_EACH_LOOK = """() => {
  const traits = ["color", "backgroundColor", "backgroundImage", "opacity", "fontSize", "fontWeight", "textShadow",
                  "position", "clip", "transform", "zIndex"];
  const looks = new Map(), look = new Map();
  for (const element of document.querySelectorAll("*")) {
    const style = getComputedStyle(element);
    const own = [element.tagName, element.getAttribute("class"), element.checkVisibility({ visibilityProperty: true }),
                 ...traits.map((trait) => style[trait])];
    const key = [look.get(element.parentNode), ...own].join("|");
    const is_new = !looks.has(key);
    if (is_new) looks.set(key, looks.size);
    look.set(element, looks.get(key));
    element.toggleAttribute("data-first-of-its-look", is_new);
  }
}"""
RUN = """(options) => {
  axe.configure({ rules: [{ id: "color-contrast", selector: "[data-first-of-its-look]" }] });
  return axe.run(options);
}"""
RULES_OF_COLOUR = ("color-contrast", "link-in-text-block")

# Axe needs half of its time for the insides of formulas, which MathJax builds all alike. The first in a line of text,
# the first on a line of its own and all that scroll are judged; the others are taken out, once each is seen to have
# the colour of the text that it stands in.
COLOURED_FORMULAS = """() => [...document.querySelectorAll("mjx-container")].filter((formula) =>
  [formula, ...formula.querySelectorAll("*")].some(
    (part) => getComputedStyle(part).color !== getComputedStyle(part.parentNode).color)).length"""
LEAVE_ONE_FORMULA_OF_EACH_KIND = """() => {
  const seen = new Set();
  for (const formula of document.querySelectorAll("mjx-container")) {
    const own_line = formula.getAttribute("display");
    const scrolls = own_line && formula.scrollWidth > formula.clientWidth;
    if (seen.has(own_line) && !scrolls) formula.remove();
    seen.add(own_line);
  }
}"""

PHONE = {"width": 360, "height": 740}
WIDE = {"width": 1280, "height": 740}


def faults(page: Page, *rules: str) -> list[str]:
    """Return what axe-core has against a page: the rule, and the first element that breaks it."""
    page.evaluate(Axe().axe_script)
    page.evaluate(MARK_ONE_OF_EACH_LOOK)
    # The nodes that pass are not told: to describe them all takes as long as to judge them.
    options: dict[str, Any] = {"resultTypes": ["violations"]} | ({"runOnly": list(rules)} if rules else {})
    found = page.evaluate(RUN, options)["violations"]
    return [f"{fault['id']}: {fault['nodes'][0]['html'][:120]}" for fault in found]


def faults_of_a_page_of_the_book(page: Page) -> dict[str, list[str]]:
    """Return the faults at both widths in both themes; in the dark one, by the rules of colour. Most formulas go."""
    found = {}
    for theme in ("dark", "light"):
        show(page, PHONE, theme)
        coloured = page.evaluate(COLOURED_FORMULAS)
        found[f"formulas, {theme}"] = [f"{coloured} have colours of their own"] * bool(coloured)
    page.evaluate(LEAVE_ONE_FORMULA_OF_EACH_KIND)
    for theme, rules in {"light": (), "dark": RULES_OF_COLOUR}.items():
        for window in (PHONE, WIDE):
            show(page, window, theme)
            found[f"{window['width']} px, {theme}"] = faults(page, *rules)
    return {name: said for name, said in found.items() if said}


def show(page: Page, window: dict[str, int], theme: str) -> None:
    """Show a page of the book in a window of this size, in light or dark colours, none of them still fading."""
    page.set_viewport_size(window)
    page.emulate_media(color_scheme=theme)
    page.wait_for_function("theme => document.documentElement.dataset.theme === theme", arg=theme)
    page.evaluate("() => document.getAnimations().forEach((change) => change.finish())")
