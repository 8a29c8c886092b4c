// A training run in slices, the same in a worker and on the page: orders come in, news goes out.
import { Trainer } from "../numerics/trainer.js";

/** @typedef {{ klWeight: number, noise: boolean, learningRate: number }} Settings what a reader may change under way */
/** @typedef {import("../numerics/live.js").Row} Row */
/** @typedef {"begin" | "measure" | "step" | "pause" | "refit" | "done" | "broken"} Event what a piece of news is about */
/**
 * @typedef {{
 *   run: number, event: Event, row: Row, codes: ArrayLike<number>, samples: Float32Array, refitted: boolean,
 *   prior: { loc: number[], scale: number[] },
 * }} News codes of the held-out digits, decoder means at draws from the prior, and the prior
 */
/**
 * @typedef {{ order: "begin", run: number, train: Float32Array, heldOut: Float32Array, seed: number }
 *   | { order: "set", settings: Settings }
 *   | { order: "train", steps: number }
 *   | { order: "pause" | "step" | "refit" }} Order
 */

export const EPOCH = 4; // steps: 400 digits in batches of 100
const OFTEN = 10 * EPOCH; // up to here every epoch is measured
const SELDOM = 5 * EPOCH; // and from there on every fifth

/** Return whether the model is measured after this step: at the same steps in every run. @param {number} step */
export const measuredAt = (step) => step % (step <= OFTEN ? EPOCH : SELDOM) === 0;

/**
 * Return what takes orders.
 * @param {(news: News) => void} tell
 * @param {number} slice milliseconds of training after which others have their turn
 */
export function runnerOf(tell, slice) {
  /** @type {Trainer | undefined} */
  let trainer;
  /** @type {Settings} */
  let settings = { klWeight: 1, noise: true, learningRate: 0.005 };
  let [run, refitted, until] = [0, false, 0];
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let waiting;

  /** Measure, and say what it was about; a run stops where log p(x) is no number any more. @param {Event} event */
  function report(event) {
    if (!trainer) return;
    const row = trainer.measure(settings.noise);
    const sound = Number.isFinite(row.logP) && Number.isFinite(row.reconstruction) && !Number.isNaN(row.rate);
    if (!sound) until = 0;
    const { prior } = trainer;
    const pictures = { codes: trainer.codes(), samples: trainer.samples() };
    tell({ run, event: sound ? event : "broken", row, ...pictures, prior, refitted });
  }

  function go() {
    if (!trainer) return;
    const end = performance.now() + slice;
    while (trainer.taken < until && performance.now() < end) {
      trainer.step(settings);
      if (trainer.taken === until) report("done");
      else if (measuredAt(trainer.taken)) report("measure");
    }
    waiting = trainer.taken < until ? setTimeout(go, 0) : undefined;
  }

  function pause() {
    clearTimeout(waiting);
    waiting = undefined;
    until = 0;
  }

  return (/** @type {Order} */ message) => {
    if (message.order === "set") settings = message.settings;
    else if (message.order === "begin") {
      pause();
      [run, refitted, trainer] = [message.run, false, new Trainer(message)];
      report("begin");
    } else if (message.order === "train") {
      until = (trainer?.taken ?? 0) + message.steps;
      waiting ??= setTimeout(go, 0);
    } else if (message.order === "refit") {
      trainer?.refit(settings.noise);
      refitted = true;
      report("refit");
    } else {
      pause();
      if (message.order === "step") trainer?.step(settings);
      report(message.order);
    }
  };
}
