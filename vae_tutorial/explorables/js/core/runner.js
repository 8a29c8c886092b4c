// A training run in slices, the same in a worker and on the page: orders come in, news goes out.
import { Trainer } from "../numerics/trainer.js";

/** @typedef {{ klWeight: number, noise: boolean, learningRate: number }} Settings what a reader may change under way */
/** @typedef {{ step: number, elbo: number, logP: number, reconstruction: number, rate: number }} Row means per held-out digit */
/**
 * @typedef {{
 *   row: Row, codes: Float32Array, samples: Float32Array, prior: { loc: number[], scale: number[] },
 *   running: boolean, refitted: boolean, last: boolean,
 * }} News
 */
/**
 * @typedef {{ order: "begin", train: Float32Array, heldOut: Float32Array, seed: number }
 *   | { order: "set", settings: Settings }
 *   | { order: "train", until: number }
 *   | { order: "pause" | "step" | "refit" }} Order
 */

export const EPOCH = 4; // steps: 400 digits in batches of 100
const OFTEN = 10 * EPOCH; // up to here every epoch is measured
const SELDOM = 5 * EPOCH; // and from there on every fifth

/** Return whether the model is measured after this step: at the same steps in every run. @param {number} step */
export const measured = (step) => step % (step <= OFTEN ? EPOCH : SELDOM) === 0;

const now = () => performance.now();

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
  let until = 0;
  let waiting = 0;
  let refitted = false;

  const report = () => {
    if (!trainer) return;
    const row = trainer.measure();
    const sound = Number.isFinite(row.logP) && Number.isFinite(row.reconstruction);
    if (!sound) until = 0;
    const running = row.step < until;
    const last = until > 0 && !running;
    tell({ row, codes: trainer.codes(), samples: trainer.samples(), prior: trainer.prior, running, refitted, last });
  };
  const go = () => {
    waiting = 0;
    if (!trainer) return;
    const end = now() + slice;
    while (trainer.taken < until) {
      trainer.step(settings);
      if (measured(trainer.taken) || trainer.taken === until) report();
      if (now() > end) break;
    }
    if (trainer.taken < until) waiting = soon(go);
    else until = 0;
  };
  const pause = () => {
    clearTimeout(waiting);
    waiting = 0;
    until = 0;
  };

  return (/** @type {Order} */ message) => {
    switch (message.order) {
      case "begin":
        pause();
        trainer = new Trainer(message);
        refitted = false;
        return report();
      case "set":
        settings = message.settings;
        return;
      case "train":
        until = message.until;
        if (!waiting) waiting = soon(go);
        return;
      case "pause":
        pause();
        return report();
      case "step":
        pause();
        trainer?.step(settings);
        return report();
      case "refit":
        trainer?.refit();
        refitted = true;
        return report();
    }
  };
}

/** Call when others have had their turn. @param {() => void} act @returns {number} */
const soon = (act) => /** @type {number} */ (/** @type {unknown} */ (setTimeout(act, 0)));
