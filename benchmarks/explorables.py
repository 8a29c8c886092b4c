"""Drag a handle of an explorable in Chromium and time each redraw, from the move of the pointer to the painted page.

The live trainer is dragged while it trains, and its training is timed as well: steps a second, and how soon it begins.

Run ``.venv/bin/python -m benchmarks.explorables``: it needs the browser and Playwright of the book's own environment.
"""

from __future__ import annotations

import itertools
import math
import statistics
from collections.abc import Callable

import torch
from playwright.sync_api import Browser, CDPSession, Page

import vae_tutorial as vt
from benchmarks.timing import arguments, record
from bookkit import chromium
from bookkit.digits import digits_vae
from vae_tutorial.explorables.explorable import Explorable

PAGE = '<!doctype html><html lang="en"><title>x</title><link rel="icon" href="data:,"><body>{}</body></html>'
# A message that an animation frame posts is handled when the frame has been styled, laid out and painted.
PROBE = """() => {
    window.times = [];
    let moved = 0;
    addEventListener("pointermove", () => (moved ||= performance.now()), true);
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => window.times.push(performance.now() - data);
    const original = window.requestAnimationFrame.bind(window);
    window.requestAnimationFrame = (callback) => original((now) => {
        callback(now);
        if (moved) port2.postMessage(moved);
        moved = 0;
    });
}"""

# When the live trainer has shown a step, in milliseconds since the page began; it looks at every frame.
REACHED = """(step) => new Promise((done) => {
    const look = () => {
        const shown = document.querySelector(".explorable").dataset.step;
        if (shown !== undefined && Number(shown) >= step) done(performance.now());
        else requestAnimationFrame(look);
    };
    look();
})"""


def explorers() -> dict[str, tuple[Explorable, str]]:
    """Return each explorable with the handle that is dragged."""
    data = vt.datasets.load_digits()
    model = digits_vae(1)
    vt.training.fit(model, data.train, vt.training.TrainConfig(epochs=10, seed=1, progress=False))
    latent = vt.explorables.LatentExplorer(
        model, data.test[:8], data.image_shape, codes_of=data.train, code_labels=data.train_labels
    )
    codes = torch.linspace(0.2, 1.0, 10)[:, None, None] * torch.randn(400, 2)  # [T, N, 2]
    epochs = torch.arange(10)
    run = vt.explorables.TrainingExplorer(epochs, epochs - 40.0, epochs - 39.5, codes, data.train_labels)
    return {
        "BoundExplorer": (vt.explorables.BoundExplorer(), "loc"),
        "DensityExplorer": (vt.explorables.DensityExplorer(), "loc"),
        "ImportanceExplorer": (vt.explorables.ImportanceExplorer(), "offset"),
        "LatentExplorer": (latent, "z"),
        "LiveTrainer": (vt.explorables.LiveTrainer(), "weight"),
        "LikelihoodExplorer": (vt.explorables.LikelihoodExplorer(), "loc"),
        "MarginalExplorer": (vt.explorables.MarginalExplorer(), "x"),
        "ReconstructionExplorer": (vt.explorables.ReconstructionExplorer(), "step"),
        "SharedPriorExplorer": (vt.explorables.SharedPriorExplorer(), "spread"),
        "TrainingExplorer": (run, "step"),
    }


def drag(page: Page, handle: str, moves: int, after_each: Callable[[], None] = lambda: None) -> None:
    """Lead a handle to and fro, 80 pixels to either side, one move about every second frame."""
    box = page.locator(f'[data-handle="{handle}"]').first.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    for move in range(moves):
        angle = 2 * math.pi * move / 60
        page.mouse.move(x + 80 * math.sin(angle), y + 40 * math.sin(2 * angle))
        page.wait_for_timeout(32)
        after_each()
    page.mouse.up()


def redraw_times(browser: Browser, explorer: Explorable, handle: str, moves: int) -> dict[str, dict[str, float]]:
    """Return median and 95th percentile of the redraws of one drag, in milliseconds, by two clocks.

    "processor" is that of the page's main thread, which nobody else's work slows; it counts the question for it too.
    """
    page = browser.new_page(viewport={"width": 1280, "height": 1200})
    page.set_content(PAGE.format(explorer.to_html()))
    page.wait_for_selector(".explorable .said")
    for button in page.get_by_role("button", name="Train", exact=True).all():
        button.click()  # it is dragged while it trains
    drag(page, handle, 60)  # the script warms up
    page.evaluate(PROBE)
    client = page.context.new_cdp_session(page)
    client.send("Performance.enable", {"timeDomain": "threadTicks"})
    readings = [processor_milliseconds(client)]
    drag(page, handle, moves, lambda: readings.append(processor_milliseconds(client)))
    wall = page.evaluate("() => window.times")
    page.close()
    return {"processor": summary([b - a for a, b in itertools.pairwise(readings)]), "wall": summary(wall)}


def training_times(browser: Browser) -> dict[str, float]:
    """Return medians of three of the live trainer, at its own settings, each in a new page.

    "first picture" is from the page's beginning to the first numbers, "first epoch" from the press of Train to the
    numbers after four steps, both in seconds; "steps a second" counts a whole run with all that is measured in it.
    """
    rows = []
    for _ in range(3):
        page = browser.new_page(viewport={"width": 1280, "height": 1200})
        page.set_content(PAGE.format(vt.explorables.LiveTrainer().to_html()))
        shown = page.evaluate(REACHED, 0)
        begin = page.evaluate(
            "() => { [...document.querySelectorAll('button')].find((b) => b.textContent === 'Train').click();"
            " return performance.now(); }"
        )
        epoch, end = page.evaluate(REACHED, 4), page.evaluate(REACHED, 1000)
        rows.append((shown / 1000, (epoch - begin) / 1000, 1000 / ((end - begin) / 1000)))
        page.close()
    names = ("first picture", "first epoch", "steps a second")
    return {name: round(statistics.median(row), 2) for name, row in zip(names, zip(*rows, strict=True), strict=True)}


def processor_milliseconds(client: CDPSession) -> float:
    """Return the processor time of the page's main thread so far."""
    metrics = client.send("Performance.getMetrics")["metrics"]
    return 1000 * float(next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration"))


def summary(times: list[float]) -> dict[str, float]:
    """Return the median, the 95th percentile and the number of the times."""
    return {
        "median": round(statistics.median(times), 1),
        "95th percentile": round(statistics.quantiles(times, n=20)[-1], 1),
        "redraws": len(times),
    }


def main() -> None:
    """Measure and record."""
    options = arguments(__doc__, repeats=300)
    with chromium.launched() as browser:
        times = {name: redraw_times(browser, *pair, options.repeats) for name, pair in explorers().items()}
        training = training_times(browser)
        version = browser.version
    result: dict[str, object] = {
        "task": "drag a handle; from the pointer's move to the painted page, window 1280 × 1200, headless, no GPU",
        "milliseconds": times,
        "live training": training,
        "browser": f"Chromium {version}",
    }
    record("explorables, redraw", options, result, ("playwright",))


if __name__ == "__main__":
    torch.set_default_dtype(torch.float64)
    main()
