"""What helps to read a page: edges that say that they cut, tables under their header, words that were searched for."""

from __future__ import annotations

import pytest

from tests.support import accessibility
from tests.support.visit import Visit

TABLE = ".pst-scrollable-table-container"
CUT = """(box) => box.scrollWidth - box.clientWidth - box.scrollLeft > 1"""
UNMARKED = f"""() => [...document.querySelectorAll('.bd-article :is(pre, .cell_output, {TABLE})')]
  .filter((box) => box.checkVisibility() && ({CUT})(box) !== box.hasAttribute("data-cut"))
  .map((box) => box.innerText.slice(0, 60))"""
FILTERS = """() => [".cell_output img", ".explorable"].map(
  (name) => getComputedStyle(document.querySelector(name)).filter)"""
FADES = "(box) => getComputedStyle(box).maskImage !== 'none'"


@pytest.mark.parametrize("width", [1280, 360])
def test_every_edge_that_cuts_is_marked_and_no_other(visit: Visit, site: str, width: int) -> None:
    visit.page.set_viewport_size({"width": width, "height": 740})
    visit.open(f"{site}/notation.html")
    visit.page.wait_for_function(f"() => ({UNMARKED})().length === 0")
    visit.page.locator("[data-cut]").first.evaluate("(box) => box.removeAttribute('data-cut')")
    assert visit.page.evaluate(UNMARKED) != []


def test_an_edge_fades_until_its_end_is_reached(visit: Visit, site: str) -> None:
    visit.page.set_viewport_size({"width": 360, "height": 740})
    visit.open(f"{site}/notation.html")
    box = visit.page.locator(f"{TABLE}[data-cut]").first
    assert box.evaluate(FADES)
    box.evaluate("(box) => { box.dataset.seen = ''; box.scrollLeft = box.scrollWidth; }")
    visit.page.wait_for_selector("[data-seen]:not([data-cut])")
    assert not visit.page.locator("[data-seen]").evaluate(FADES)


def test_on_a_phone_a_table_scrolls_under_its_header_and_beside_its_first_column(visit: Visit, site: str) -> None:
    visit.page.set_viewport_size({"width": 360, "height": 740})
    visit.open(f"{site}/notation.html")
    held = visit.page.locator(TABLE).first.evaluate("""(box) => {
        const places = () => [...box.querySelectorAll("thead th:first-child, tbody tr:last-child td:first-child")].map(
            (cell) => cell.getBoundingClientRect());
        const before = places();
        box.scrollTo({ left: 80, top: 120, behavior: "instant" });
        const after = places();
        return [box.scrollTop, box.scrollLeft, after[0].top - before[0].top, after[0].left - before[0].left,
                after[1].left - before[1].left];
    }""")
    assert held == pytest.approx([120, 80, 0, 0, 0], abs=1)


def test_in_the_dark_both_kinds_of_figure_are_equally_bright(visit: Visit, site: str) -> None:
    visit.open(f"{site}/maximum_likelihood.html")
    assert visit.page.evaluate(FILTERS) == ["none", "none"]
    accessibility.show_in("dark", visit.page)
    still, moving = visit.page.evaluate(FILTERS)
    assert still == moving == "brightness(0.88)"
    visit.page.emulate_media(media="print")
    assert visit.page.evaluate(FILTERS) == ["none", "none"]


def test_words_that_were_searched_for_are_marked_where_the_reader_arrives(visit: Visit, site: str) -> None:
    visit.open(f"{site}/search.html?q=Jensen")
    hit = visit.page.locator('ul.search a[href="evidence_lower_bound.html"]')
    hit.wait_for()
    hit.click()
    visit.page.wait_for_selector("span.highlighted")
    marked = visit.page.locator("span.highlighted")
    assert {text.lower() for text in marked.all_inner_texts()} == {"jensen"}
    visit.page.wait_for_function("""() => {
        const { top } = document.querySelector("span.highlighted").getBoundingClientRect();
        return top > 0 && top < innerHeight;
    }""")
    assert accessibility.faults(visit.page) == []
    visit.page.reload()
    assert marked.count() == 0


def test_excerpts_of_a_search_hold_no_tex(visit: Visit, site: str) -> None:
    visit.open(f"{site}/search.html?q=Jensen")
    visit.page.wait_for_selector("ul.search li p.context")
    visit.page.wait_for_timeout(1000)
    said = " ".join(visit.page.locator("ul.search li").all_inner_texts())
    assert "p_θ(x" in said
    assert "\\" not in said


def test_the_field_to_search_in_stays_while_the_contents_scroll(visit: Visit, site: str) -> None:
    visit.page.set_viewport_size({"width": 1280, "height": 500})
    visit.open(f"{site}/intro.html")
    top, height, above = visit.page.locator(".bd-sidebar-primary").evaluate("""(bar) => {
        bar.scrollTop = bar.scrollHeight;
        const field = bar.querySelector(".search-button-field").getBoundingClientRect();
        const over = document.elementFromPoint(field.left + 60, bar.getBoundingClientRect().top + 2);
        return [field.top - bar.getBoundingClientRect().top, field.height, over.closest("nav") !== null];
    }""")
    assert 0 <= top <= 40
    assert height > 20
    assert not above  # no line of the contents shows over it
