"""What axe-core has against a page, and what is wrong with a page of the book in light and in dark colours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from axe_playwright_python.sync_playwright import Axe

if TYPE_CHECKING:
    from playwright.sync_api import Page

Theme = Literal["light", "dark"]
LIGHT_AND_DARK: tuple[Theme, Theme] = ("light", "dark")

# A chapter has thousands of words of code and of elements inside formulas, and axe would take most of its time to judge
# their contrast.  What it says of one holds for all of the same look: tags and classes all the way up, computed
# colours, sizes and places, and whether there is no text, one letter or more.  The first of each look is judged, or is
# a fault.  A formula is one element here, since no part of it has colours of its own: that is a law below.
GIVE_EACH_A_LOOK = """() => {
  const traits = ["color", "backgroundColor", "backgroundImage", "opacity", "fontSize", "fontWeight", "textShadow",
                  "position", "clip", "transform", "zIndex"];
  const looks = new Map();
  for (const element of document.querySelectorAll(":not(mjx-container *)")) {
    const style = getComputedStyle(element);
    const text = [...element.childNodes].map((node) => (node.nodeType === 3 ? node.data.trim() : "")).join("");
    const own = [element.tagName, element.getAttribute("class"), element.checkVisibility({ visibilityProperty: true }),
                 Math.min(text.length, 2), ...traits.map((trait) => style[trait])];
    const key = [element.parentElement?.dataset.look, ...own].join("|");
    element.toggleAttribute("data-first-of-its-look", !looks.has(key));
    if (!looks.has(key)) element.dataset.kept = looks.size;
    if (!looks.has(key)) looks.set(key, looks.size);
    element.dataset.look = looks.get(key);
  }
}"""
CODE = ":is(pre, .sig)"  # elsewhere the first of a look may lie out of sight or under an edge that fades
WORDS_TO_JUDGE = f":not({CODE} *), {CODE} [data-first-of-its-look]"
# The others go, or axe would spend its time on building its tree: formulas with all their parts, and of the words of
# code what colours them.
TAKE_ALIKE_OUT = """() => {
  for (const formula of document.querySelectorAll("mjx-container:not([data-kept])"))
    if (formula.scrollWidth <= formula.clientWidth || !formula.hasAttribute("display")) formula.remove();
  for (const word of document.querySelectorAll(":is(pre, .sig) span:not([data-kept])"))
    if (!word.querySelector("[data-kept]")) word.replaceWith(...word.childNodes);
  for (const box of document.querySelectorAll("pre, .sig")) box.normalize();
}"""
COLOURED_FORMULAS = """() => [...document.querySelectorAll("mjx-container")].filter((formula) =>
  [formula, ...formula.querySelectorAll("*")].some((part) => {
    const { color, opacity, backgroundColor, backgroundImage } = getComputedStyle(part);
    return color !== getComputedStyle(part.parentNode).color || opacity !== "1" || backgroundImage !== "none"
      || backgroundColor !== "rgba(0, 0, 0, 0)";
  })
).map((formula) => `a formula has a colour of its own: ${formula.textContent}`)"""

# What does not fit scrolls inside its own box; the page itself does not, and a moving figure holds all its parts.
TOO_WIDE = """() => [...document.querySelectorAll("html, .explorable")]
  .filter((box) => box.scrollWidth > (box.tagName === "HTML" ? window.innerWidth : box.clientWidth))
  .map((box) => `${box.tagName}.${box.className} is ${box.scrollWidth} px wide`)"""

# The nodes that pass are not told: to describe them all takes as long as to judge them.
# A page's style sheets, which axe asks for anew at each run for its one rule of orientation, are read at the first.
RUN = """async ([words, rules]) => {
  axe.configure({ rules: [{ id: "color-contrast", selector: words }] });
  const preload = !window.sheetsAreRead;
  window.sheetsAreRead = true;
  const options = rules.length ? { runOnly: rules } : {};
  const found = await axe.run({ ...options, resultTypes: ["violations", "incomplete"], elementRef: true, preload });
  const of_looks = found.incomplete.filter((rule) => rule.id === "color-contrast").flatMap((rule) => rule.nodes)
    .filter((node) => node.element.matches("[data-first-of-its-look]") && node.element.closest("pre, .sig"))
    .filter((node) => node.any[0].data.messageKey !== "nonBmp");  // axe judges no arrow, wherever it stands
  return [
    ...found.violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${node.html.slice(0, 120)}`)),
    ...of_looks.map((node) => `color-contrast not judged: ${node.html.slice(0, 120)}`),
  ];
}"""


# All that rules go by but those of colour and of the logo, of which each theme has its own.  Where it is the same in
# both themes, the dark one needs these alone.  Drawings follow the width of their frame, and no rule asks for it.
ALL_BUT_COLOURS = """() => {
  const sizes = /^(style|d|x|y|cx|cy|r|[xy][12]|width|height|viewBox|transform|points|data-.*)$/;
  return [...document.querySelectorAll("body, body *:not(.only-light, .only-dark, mjx-container *)")].map((element) => [
    element.tagName, element.checkVisibility({ visibilityProperty: true, opacityProperty: true }),
    element.scrollWidth > element.clientWidth, element.scrollHeight > element.clientHeight,
    ...[...element.attributes].filter(({ name }) => !sizes.test(name)).map(({ name, value }) => `${name}=${value}`),
    ...[...element.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data),
  ].join("|")).join("¶");
}"""
RULES_OF_COLOUR_AND_LOGO = ("color-contrast", "link-in-text-block", "image-alt", "link-name")


def faults(page: Page, words: str = "*", rules: tuple[str, ...] = ()) -> list[str]:
    """Return what axe-core has against a page: the rule, and the element that breaks it.

    ``words`` selects the elements whose contrast is judged; no ``rules`` are all rules.
    """
    page.evaluate(Axe().axe_script)
    found: list[str] = page.evaluate(RUN, [words, list(rules)])
    return found


def faults_in_both_themes(page: Page) -> dict[str, list[str]]:
    """Return the faults of a page of the book in this window: axe's, colours, widths.  What looks alike goes."""
    found, said = {}, {}
    for theme in reversed(LIGHT_AND_DARK):
        show_in(theme, page)
        page.evaluate(GIVE_EACH_A_LOOK)
        found[f"formulas, {theme}"] = page.evaluate(COLOURED_FORMULAS)
        found[f"too wide, {theme}"] = page.evaluate(TOO_WIDE)
        said[theme] = page.evaluate(ALL_BUT_COLOURS)
    rules = {"light": (), "dark": RULES_OF_COLOUR_AND_LOGO if said["dark"] == said["light"] else ()}
    page.evaluate(TAKE_ALIKE_OUT)
    for theme in LIGHT_AND_DARK:
        show_in(theme, page)
        page.evaluate(GIVE_EACH_A_LOOK)
        found[theme] = faults(page, WORDS_TO_JUDGE, rules[theme])
    return {name: fault for name, fault in found.items() if fault}


def show_in(theme: Theme, page: Page) -> None:
    """Show a page of the book in light or dark colours, none of them still fading."""
    page.emulate_media(color_scheme=theme)
    page.wait_for_function("theme => document.documentElement.dataset.theme === theme", arg=theme)
    page.evaluate("() => document.getAnimations().forEach((change) => change.finish())")
