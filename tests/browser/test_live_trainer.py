"""The live trainer in a real browser: it trains, stays alive while it does, and says what happened."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page

from tests.support.moving import PAGE, Show, numbers, slide
from vae_tutorial.explorables import LiveTrainer

STEP = "Number(document.querySelector('.explorable').dataset.step)"
NO_WORKER = '<meta http-equiv="Content-Security-Policy" content="worker-src \'none\'">'
RUN: dict[str, list[float | None]] = {
    "step": [0, 1000],
    "elbo": [-45.0, -20.0],
    "log_prob": [-44.0, -19.5],
    "reconstruction": [-44.0, -17.0],
    "rate": [1.0, 3.0],
}
WITH_A_KERNEL = """async ([script, state]) => {
  const address = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  const { default: explorable } = await import(address);
  const [listeners, el] = [{}, document.createElement("div")];
  document.body.replaceChildren(el);
  const model = {
    get: (name) => state[name],
    set(name, value) {
      state[name] = value;
      for (const listener of listeners[`change:${name}`] ?? []) listener();
    },
    save_changes() {},
    on: (event, listener) => (listeners[event] ??= []).push(listener),
  };
  window.kernel = { el, state, set: model.set, leave: explorable.render({ model, el }) };
}"""
WORKER_REFUSED = """() => new Promise((done) => {
  try {
    const worker = new Worker(URL.createObjectURL(new Blob(["postMessage(1)"])));
    worker.onmessage = () => done(false);
    worker.onerror = () => done(true);
  } catch {
    done(true);
  }
})"""


def wait_for_step(page: Page, step: int) -> dict[str, float]:
    """Return the numbers once the model has taken this many steps."""
    page.wait_for_function(f"{STEP} >= {step}")
    return numbers(page)


def press(page: Page, name: str) -> None:
    """Press a button."""
    page.get_by_role("button", name=name, exact=True).click()


def ready(show: Show, trainer: LiveTrainer, **options: str) -> Page:
    """Show the trainer, and wait for its first numbers."""
    page = show(trainer, **options)
    page.wait_for_function(f"{STEP} === 0")
    return page


def paused_at(page: Page, step: int) -> dict[str, float]:
    """Train up to a step or a little beyond; return the numbers when it stands still."""
    press(page, "Train")
    wait_for_step(page, step)
    press(page, "Pause")
    page.get_by_role("button", name="Go on").wait_for()
    page.wait_for_timeout(300)
    return numbers(page)


def test_training_raises_log_p_and_the_elbo_stays_below(show: Show) -> None:
    page = ready(show, LiveTrainer())
    before = numbers(page)
    after = paused_at(page, 40)
    assert after["logP"] > before["logP"] + 10
    for found in (before, after):
        assert found["elbo"] < found["logP"]
        assert found["elbo"] + found["gap"] == pytest.approx(found["logP"], abs=1e-9)
        assert found["reconstruction"] - found["rate"] == pytest.approx(found["elbo"], abs=1e-9)
    assert "log p(x)" in page.locator(".said").inner_text()


def test_it_pauses_and_goes_on_where_it_was(show: Show) -> None:
    page = ready(show, LiveTrainer())
    stood = paused_at(page, 8)["step"]
    page.wait_for_timeout(300)
    assert numbers(page)["step"] == stood
    press(page, "One step")
    page.wait_for_function(f"{STEP} === {stood + 1}")
    press(page, "Go on")
    assert wait_for_step(page, int(stood) + 8)["step"] > stood


def test_the_same_seed_gives_the_same_run_and_another_seed_another(show: Show) -> None:
    page = ready(show, LiveTrainer())
    found = []
    for seed in (1, 1, 2):
        slide(page, "seed", seed)
        press(page, "Start again")
        page.wait_for_function(f"{STEP} === 0")
        for step in (1, 2):
            press(page, "One step")
            page.wait_for_function(f"{STEP} === {step}")
        found.append(numbers(page)["logP"])
    assert found[0] == found[1] != found[2]


def test_without_the_kl_the_codes_leave_and_a_refitted_prior_brings_log_p_back(show: Show) -> None:
    page = ready(show, LiveTrainer(weight=0))
    before = paused_at(page, 160)
    press(page, "Refit the prior")
    page.wait_for_function(
        "(old) => Number(document.querySelector('.explorable').dataset.logP) > old", arg=before["logP"]
    )
    after = numbers(page)
    assert before["rate"] > 5
    assert after["logP"] > before["logP"] + 0.5
    assert after["reconstruction"] == before["reconstruction"]  # there is no prior in it
    page.wait_for_function("document.querySelector('.said').textContent.includes('no network has moved')")


def test_without_noise_there_is_no_elbo_and_it_says_so(show: Show) -> None:
    page = ready(show, LiveTrainer(noise=0))
    found = paused_at(page, 40)
    assert found["rate"] == found["gap"] == -found["elbo"] == float("inf")
    assert found["logP"] > -30
    assert "there is no ELBO" in page.locator(".said").inner_text()
    assert page.locator("svg path[stroke='var(--bound)']").count() == 0


def test_the_last_run_stays_as_a_ghost_with_its_weight(show: Show) -> None:
    page = ready(show, LiveTrainer(weight=4))
    paused_at(page, 8)
    press(page, "Start again")
    page.wait_for_function(f"{STEP} === 0")
    assert page.locator("svg text", has_text="last run, weight 4").count() == 1


def test_numbers_that_leave_their_range_stop_it_and_it_says_the_way_back(show: Show) -> None:
    page = ready(show, LiveTrainer(learning_rate=1, weight=4))
    press(page, "Train")
    page.wait_for_function("document.querySelector('.said').textContent.includes('Lower the learning rate')")
    slide(page, "learning rate", -3)
    press(page, "Start again")
    page.wait_for_function(f"{STEP} === 0")
    assert paused_at(page, 8)["logP"] < 0


@pytest.mark.parametrize("how", ["by policy", "at once"])
def test_where_no_worker_may_start_the_page_trains_in_slices(browser: Browser, how: str) -> None:
    page = browser.new_page()
    if how == "at once":
        page.add_init_script("window.Worker = class { constructor() { throw new Error('no workers here'); } };")
        page.goto("data:text/html,<!doctype html>")
    policy = NO_WORKER if how == "by policy" else ""
    page.set_content(PAGE.replace("<body>", policy + "<body>").format(LiveTrainer().to_html()))
    refused = page.evaluate(WORKER_REFUSED)
    page.wait_for_function(f"{STEP} === 0")
    before = numbers(page)
    press(page, "Train")
    after = wait_for_step(page, 20)
    press(page, "Pause")
    page.close()
    assert refused
    assert after["logP"] > before["logP"] + 5


def test_input_is_answered_while_it_trains(show: Show) -> None:
    page = ready(show, LiveTrainer())
    press(page, "Train")
    wait_for_step(page, 8)
    for place, weight in [(0, 0), (4, 4), (3, 1)]:
        slide(page, "KL weight", place)
        assert numbers(page)["weight"] == weight  # after two frames, whatever the worker is at
    before = numbers(page)["step"]
    assert wait_for_step(page, int(before) + 20)["step"] > before


def test_a_page_in_the_background_pauses_and_says_so(show: Show) -> None:
    page = ready(show, LiveTrainer())
    press(page, "Train")
    wait_for_step(page, 8)
    page.evaluate(
        "() => { Object.defineProperty(document, 'hidden', { value: true, configurable: true });"
        "document.dispatchEvent(new Event('visibilitychange')); }"
    )
    page.wait_for_function("document.querySelector('.said').textContent.startsWith('Paused')")
    stood = numbers(page)["step"]
    page.wait_for_timeout(300)
    assert numbers(page)["step"] == stood


def test_it_speaks_once_in_a_while_not_with_every_step(show: Show) -> None:
    page = ready(show, LiveTrainer())
    page.evaluate(
        "() => { window.spoken = 0; new MutationObserver((list) => { window.spoken += list.length; })"
        ".observe(document.querySelector('.said'), { childList: true, characterData: true, subtree: true }); }"
    )
    press(page, "Train")
    wait_for_step(page, 100)
    press(page, "Pause")
    seconds = page.evaluate("performance.now()") / 1000
    assert 1 <= page.evaluate("window.spoken") <= 4 + 2 * seconds / 2.5


def test_a_recorded_run_is_drawn_pale_beside_the_readers_own(show: Show) -> None:
    page = ready(show, LiveTrainer(history=RUN))
    assert page.locator("svg text", has_text="recorded run").count() == 1
    assert paused_at(page, 8)["logP"] < -19.5


def test_where_little_motion_is_wanted_it_draws_once_a_second(show: Show) -> None:
    page = ready(show, LiveTrainer(), reduced_motion="reduce")
    page.evaluate(
        "() => { window.drawn = 0; new MutationObserver(() => { window.drawn++; })"
        ".observe(document.querySelectorAll('.explorable svg')[1], { childList: true }); }"
    )
    press(page, "Train")
    page.wait_for_timeout(2500)
    drawn = page.evaluate("window.drawn")
    press(page, "Pause")
    assert 1 <= drawn <= 4


def test_a_kernel_reads_the_history_and_sets_settings_and_history(show: Show) -> None:
    trainer = LiveTrainer()
    page = show(trainer)
    names = (*trainer.numbers(), "_data", "_colors", "_dashes", "history")
    page.evaluate(WITH_A_KERNEL, [trainer._esm, {name: getattr(trainer, name) for name in names}])
    page.wait_for_function("window.kernel.el.querySelector('.explorable').dataset.step === '0'")
    page.evaluate("() => window.kernel.set('weight', 0.3)")
    page.wait_for_function("window.kernel.el.querySelector('.explorable').dataset.weight === '0.3'")
    page.evaluate("() => window.kernel.el.querySelectorAll('button')[1].click()")  # one step
    page.wait_for_function("window.kernel.state.history.step?.at(-1) === 1")
    trainer.history = page.evaluate("window.kernel.state.history")  # Python accepts what the page sends
    assert trainer.terms()["log p(x)"] > trainer.terms()["ELBO"]
    page.evaluate("(run) => window.kernel.set('history', run)", RUN)
    page.wait_for_function("window.kernel.el.textContent.includes('recorded run')")
    page.evaluate("() => window.kernel.leave()")
