"""The laws of the book: what holds in every notebook, every page and every module. pages.py says it in words.

Each law comes with an example that breaks it, so that a law which cannot fail is found here and not in the book.
"""

from __future__ import annotations

import base64
import copy
import io
import tomllib
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output
from PIL import Image, ImageChops, ImageDraw

from bookkit import notebooks as tool
from bookkit import pages, paths, pictures

every_notebook = pytest.mark.parametrize("path", paths.NOTEBOOKS, ids=lambda path: path.stem)
every_page = pytest.mark.parametrize("path", pages.MARKDOWN_PAGES, ids=lambda path: path.stem)
every_text = pytest.mark.parametrize("path", paths.NOTEBOOKS + pages.MARKDOWN_PAGES, ids=lambda path: path.name)
every_module = pytest.mark.parametrize(
    "path",
    [path for path in sorted((paths.PACKAGE).rglob("*.py")) if not path.name.startswith("__")],
    ids=lambda path: path.stem,
)


def text_of(path: Path) -> str:
    return pages.markdown(pages.read(path)) if path.suffix == ".ipynb" else path.read_text(encoding="utf-8")


def code(source: str, text: str = "", *, count: int = 1, kind: str = "stdout", **metadata: Any) -> Any:
    """Return a code cell that printed a text."""
    outputs = [new_output("stream", name=kind, text=text)] if text else []
    return new_code_cell(source, execution_count=count, outputs=outputs, metadata=metadata)


@pytest.fixture
def good() -> list[Any]:
    """A small notebook that keeps every law."""
    image = new_output("display_data", {"image/png": "iVBORw0KGgo=", "text/plain": "<Figure>"})
    alt = "Two curves, of which the lower touches the upper once."
    figure = code("plt.show()", count=2, mystnb={"image": {"alt": alt}})
    figure["outputs"] = [image]
    solutions = [code(f"# @title Solution {n}: …\nassert True", count=3 + n, tags=["hide-cell"]) for n in (1, 2, 3)]
    return [
        new_markdown_cell("# Does it hold?\n\nIt takes 2 minutes; expect 3.25."),
        code("import vae_tutorial as vt"),
        figure,
        new_markdown_cell("## The check: both sides"),
        code("assert left == right", "3.25", count=3, tags=["check"]),
        new_markdown_cell("## Summary\n\n* It holds."),
        new_markdown_cell("## Exercises"),
        *solutions,
        new_markdown_cell("## Further reading\n\n* [Kingma and Welling](https://arxiv.org/abs/1312.6114)"),
    ]


# What every notebook keeps, and how the good one is spoilt to show that each law can fail.

LAWS = {
    "opening": pages.opening_faults,
    "outputs": pages.output_faults,
    "exempt outputs": pages.ignored_output_faults,
    "images": pages.image_faults,
    "stills": pages.still_faults,
    "check": pages.check_faults,
    "exercises": pages.exercise_faults,
    "reading": pages.reading_faults,
    "length": pages.length_faults,
    "CommonMark": lambda cells: pages.commonmark_faults(pages.markdown(cells)),
}


@every_notebook
@pytest.mark.parametrize("law", LAWS)
def test_every_notebook_keeps_the_law(path: Path, law: str) -> None:
    assert LAWS[law](pages.read(path)) == []


@pytest.mark.parametrize("law", LAWS)
def test_the_good_example_keeps_the_law(good: list[Any], law: str) -> None:
    assert LAWS[law](good) == []


MOVING = '<div class="explorable-place" data-explorable="a1"><p>Drag q.</p></div>'
STILL = '<img class="still" alt="" src="data:image/png;base64,iVBORw0KGgo=">'

SPOILT = [
    ("opening", 0, {"source": "# It holds.\n\nIt takes 2 minutes."}),
    ("opening", 0, {"source": "# Does it hold?"}),
    ("outputs", 1, {"execution_count": 7}),
    ("outputs", 1, {"outputs": [new_output("stream", name="stderr", text="careful")]}),
    ("outputs", 1, {"outputs": [new_output("error", ename="ValueError", evalue="", traceback=[])]}),
    ("outputs", 1, {"outputs": [new_output("stream", text="saved to /home/reader/digits.pt")]}),
    ("outputs", 1, {"outputs": [new_output("stream", text="<Normal object at 0x7f3a5c2e>")]}),
    ("exempt outputs", 1, {"metadata": {"tags": ["nbval-ignore-output"]}}),
    ("images", 2, {"metadata": {}}),
    ("images", 2, {"metadata": {"mystnb": {"image": {"alt": "A plot."}}}}),
    ("stills", 2, {"outputs": [new_output("display_data", {"text/html": MOVING})]}),
    ("stills", 2, {"outputs": [new_output("display_data", {"text/html": MOVING.replace("<p>", STILL + "<p>")})]}),
    ("check", 3, {"source": "## Something else"}),
    ("check", 4, {"source": "print(left - right)"}),
    ("check", 4, {"metadata": {}}),
    ("check", 5, {"source": "## The end"}),
    ("exercises", 7, {"metadata": {}}),
    ("exercises", 7, {"source": "# @title Solution 1\nprint(1)"}),
    ("exercises", 7, {"source": "assert True"}),
    ("exercises", 7, {"source": ""}),
    ("reading", -1, {"source": "## Further reading\n\n* A book."}),
    ("length", 1, {"source": "x = 1\n" * 30}),
]


@pytest.mark.parametrize(("law", "number", "change"), SPOILT)
def test_a_spoilt_example_breaks_the_law(good: list[Any], law: str, number: int, change: dict[str, Any]) -> None:
    good[number].update(nbformat.from_dict(change))
    assert LAWS[law](good) != []


def test_a_reason_allows_one_exempt_output() -> None:
    exempt = code("# nbval-ignore-output: a duration\nprint(seconds)", tags=["nbval-ignore-output"])
    assert pages.ignored_output_faults([exempt]) == []
    assert pages.ignored_output_faults([exempt, exempt]) != []


@pytest.mark.parametrize(
    "text",
    [
        "```{note}\nx\n```",
        "~~~{figure} a.png\n~~~",
        ":::{note}\nx\n:::",
        "see {ref}`bound`",
        "(bound)=\n## The bound",
        "% a comment",
        "+++",
        "{{ version }}",
        "as shown[^1]",
        "{.dark}\nx",
        "> [!NOTE]\n> x",
        "[](bound.ipynb)",
        "\\begin{align}\nx\n\\end{align}",
    ],
)
def test_what_only_myst_renders_is_found(text: str) -> None:
    assert pages.commonmark_faults(text) != []


@pytest.mark.parametrize(
    "text",
    [
        "```python\nf'{{x}}' % 3\n(a)=\n```",
        "`{x}` and `{y}`, ``{note}`x` ``, $\\{x\\}$",
        "$$\n\\begin{aligned}\nx &= 1 % one\n\\end{aligned}\n$$",
        "$q_{\\phi}$ and $p_{\\theta}$, a [link](bound.ipynb#a-heading), ![a curve](a.png)",
        "<details>\n<summary>Why?</summary>\n\n$x^2$\n\n</details>",
    ],
)
def test_commonmark_with_dollars_is_allowed(text: str) -> None:
    assert pages.commonmark_faults(text) == []


# Numbers in prose come from cells.


@every_notebook
def test_every_decimal_in_a_notebook_is_shown_by_one_of_its_cells(path: Path) -> None:
    cells = pages.read(path)
    prose = "\n\n".join([pages.markdown(cells), *map(pages.alt_text, cells)])
    assert pages.unsupported_decimals(pages.stated_decimals(prose), pages.shown_decimals(cells)) == []


@every_page
def test_every_decimal_in_a_page_is_shown_by_a_notebook_it_links_to(path: Path) -> None:
    text = text_of(path)
    linked = [notebook for notebook in paths.NOTEBOOKS if f"({notebook.name}" in text]
    available = {number for notebook in linked for number in pages.shown_decimals(pages.read(notebook))}
    assert pages.unsupported_decimals(pages.stated_decimals(text), available) == []


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("It falls from −15.50 to $-17.88$.", ["-15.50", "-17.88"]),
        ("Between 0.5–0.7 and 0.1-0.2", ["0.5", "0.7", "0.1", "0.2"]),
        ("$\\log p(x) \\approx-3.25$, or 1.5e-07", ["3.25", "1.5"]),
        ("Python 3.11.7, `0.002`, [Kingma](https://arxiv.org/abs/1312.6114), doi 10.1000/1.25, arXiv:1906.02691v3", []),
        ("```python\nrate = 0.002\n```", []),
        ("Half of it: 0.50.", ["0.50"]),
    ],
)
def test_decimals_are_read_as_a_person_reads_them(text: str, numbers: list[str]) -> None:
    assert pages.stated_decimals(text) == numbers


def test_a_decimal_needs_its_own_digits_and_sign() -> None:
    assert pages.unsupported_decimals(["3.25", "-4.5", "4.5"], {"3.25", "-4.5"}) == []
    assert pages.unsupported_decimals(["3.2", "3.250", "-3.25"], {"3.25"}) == ["3.2", "3.250", "-3.25"]


def test_decimals_count_as_shown_only_where_they_are_compared_and_visible() -> None:
    table = code("table", count=2)
    table["outputs"] = [new_output("display_data", {"text/html": '<b width="9.5">2.75</b><script>8.5</script>'})]
    timing = code("time", "0.35 s", count=3, tags=["nbval-ignore-output"])
    assert pages.shown_decimals([code("print", "3.25 −1.5"), table, timing]) == {"3.25", "-1.5", "2.75"}


# Files.


@every_text
def test_links_between_chapters_lead_somewhere(path: Path) -> None:
    assert pages.link_faults(text_of(path), {page.name for page in paths.NOTEBOOKS + pages.MARKDOWN_PAGES}) == []


def test_a_broken_link_is_found() -> None:
    assert pages.link_faults("[a](here.ipynb#top) [b](there.md)", {"here.ipynb"}) == ["there.md does not exist"]


def test_the_set_up_cell_is_the_same_in_every_notebook() -> None:
    by_source: dict[str, list[str]] = {}
    for path in paths.NOTEBOOKS:
        by_source.setdefault(pages.code_cells(pages.read(path))[0]["source"], []).append(path.stem)
    assert len(by_source) <= 1, "\n\n".join(f"{names}\n{source}" for source, names in by_source.items())


@every_notebook
def test_the_set_up_cell_installs_this_version_from_this_repository(path: Path) -> None:
    address = tomllib.loads((paths.ROOT / "pyproject.toml").read_text())["project"]["urls"]["Repository"]
    version = pytest.importorskip("vae_tutorial").__version__
    assert f"git+{address}@v{version}" in pages.code_cells(pages.read(path))[0]["source"]


@every_notebook
def test_every_notebook_is_small_and_in_normal_form(path: Path) -> None:
    assert path.stat().st_size < pages.MAX_BYTES
    assert tool.is_normal(path), "run `make notebooks`"


def test_normal_form_forgets_the_run_and_folds_solutions(good: list[Any]) -> None:
    split = copy.deepcopy(good[4])
    split["outputs"] = [new_output("stream", name="stdout", text=part) for part in ("3.", "25")]
    split["metadata"]["execution"] = {"iopub.execute_input": "2026-01-01T00:00:00Z"}
    split["execution_count"] = 12
    notebook = nbformat.v4.new_notebook(cells=[*good[:4], split, *good[5:]], metadata={"widgets": {}})
    normal = nbformat.v4.reads(tool.normalise(notebook))

    assert pages.output_faults(normal["cells"]) == []
    assert [output["text"] for output in normal["cells"][4]["outputs"]] == ["3.25"]
    assert normal["cells"][4]["metadata"] == {"tags": ["check"]}
    assert normal["cells"][7]["metadata"]["cellView"] == "form"
    assert normal["cells"][7]["metadata"]["mystnb"]["code_prompt_show"] == "Solution 1: …"
    assert set(normal["metadata"]) == {"kernelspec", "language_info"}
    assert tool.normalise(copy.deepcopy(normal)) == tool.normalise(normal)


def stored(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def figure() -> Image.Image:
    """Discs and lines in the book's colours, with soft edges, on opaque white."""
    large = Image.new("RGB", (1600, 1200), "white")
    draw = ImageDraw.Draw(large, "RGBA")  # blends what is translucent
    for number, color in enumerate(["#3d3d3d", "#0072b2", "#e69f00", "#d55e00", "#009e73", "#b0508a"]):
        left = 40 + 200 * number
        draw.ellipse((left, 200, left + 500, 700), fill=f"{color}8c")
        draw.line((0, left, 1600, 1200 - left), fill=color, width=8)
    return large.resize((800, 600), Image.Resampling.LANCZOS).convert("RGBA")


def test_a_figure_is_stored_lighter_and_looks_the_same(figure: Image.Image) -> None:
    colors = figure.getcolors(2**20)
    assert colors is not None
    assert len(colors) > 1000
    full = stored(figure)
    light = pictures.lighten_png(full)
    assert len(light) < 0.6 * len(full)
    shown = Image.open(io.BytesIO(light)).convert("RGB")
    assert shown.size == figure.size
    assert shown.getpixel((2, 2)) == (255, 255, 255)
    assert np.asarray(ImageChops.difference(shown, figure.convert("RGB"))).max() <= pictures.LARGEST_SHIFT
    assert pictures.lighten_png(full) == light
    assert pictures.lighten_png(light) == light


def test_a_picture_that_256_colors_cannot_show_stays_as_it_is(figure: Image.Image) -> None:
    noise = Image.merge("RGB", [Image.effect_noise((300, 300), 200) for _ in "RGB"])
    glass = figure.copy()
    glass.putalpha(128)
    for image in (noise, glass):
        assert pictures.lighten_png(stored(image)) == stored(image)


def test_every_picture_of_a_notebook_is_lightened(figure: Image.Image) -> None:
    cell = code("plt.show()")
    encoded = base64.b64encode(stored(figure)).decode()
    cell["outputs"] = [new_output("display_data", {"image/png": encoded, "text/plain": "<Figure>"})]
    notebook = nbformat.v4.new_notebook(cells=[new_markdown_cell("A figure."), cell])
    tool.lighten(notebook)
    assert base64.b64decode(cell["outputs"][0]["data"]["image/png"]) == pictures.lighten_png(stored(figure))


def test_an_inserted_cell_renames_no_other() -> None:
    cells = [new_code_cell("x"), new_code_cell("y"), new_code_cell("x")]

    def ids(cells: list[Any]) -> list[str]:
        notebook = nbformat.v4.new_notebook(cells=copy.deepcopy(cells))
        return [cell["id"] for cell in nbformat.v4.reads(tool.normalise(notebook))["cells"]]

    before, after = ids(cells), ids([new_code_cell("z"), *cells])
    assert after[1:] == before
    assert len(set(after)) == 4
