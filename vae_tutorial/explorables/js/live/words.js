// What just happened, in a sentence.
import { signed, written } from "../core/words.js";
import { EPOCH } from "./runner.js";

/** @typedef {import("../numerics/live.js").Row} Row */
/** @typedef {{ weight: number, learning_rate: number, seed: number, noise: number }} State */

/** Write a weight with as many digits as it needs. @param {number} weight */
export const weightWords = (weight) => String(Number(weight.toFixed(weight < 1 ? 3 : 2)));

/** Write a learning rate. @param {number} rate */
export const rateWords = (rate) => String(Number(rate.toPrecision(2)));

/** Say what training goes after. @param {number} weight */
export function goal(weight) {
  if (weight === 0) return "goal: reconstruction alone";
  if (weight === 1) return "goal: reconstruction − rate, which is the ELBO";
  const bound = weight < 1 ? ", no bound on log p(x)" : "";
  return `goal: reconstruction − ${weightWords(weight)} × rate${bound}`;
}

/** Say with what it trains. @param {State} state */
const setting = ({ weight, learning_rate, seed, noise }) =>
  `weight ${weightWords(weight)}, learning rate ${rateWords(learning_rate)}, seed ${seed}` +
  (noise ? "" : ", encoder without noise");

/**
 * Say what happened since the row that was spoken of before.
 * @param {import("./session.js").Session} session
 * @param {State} state
 * @param {Row | undefined} before
 */
export function sentence({ event, rows, seed }, state, before) {
  const row = rows.at(-1);
  if (event === "broken") {
    return `Stopped: the numbers have left what a computer can hold (${setting(state)}). Lower the learning rate, then press Start again.`;
  }
  if (!row || row.step === 0) {
    const found = row ? ` log p(x) is ${written(row.logP)}.` : "";
    return `Not trained yet.${found} Train begins with ${setting(state)}.`;
  }
  const first = event === "hidden" ? "Paused, since this page was in the background. " : "";
  const waits = state.seed === seed ? "" : ` Seed ${state.seed} waits for Start again.`;
  return `${first}Epoch ${epochOf(row)}: ${change(rows, row, event, state.weight, before)} Now: ${setting(state)}.${waits}`;
}

/** @param {Row} row */
const epochOf = ({ step }) => Math.floor(step / EPOCH);

/**
 * @param {Row[]} rows
 * @param {Row} row
 * @param {string} event
 * @param {number} weight
 * @param {Row | undefined} before
 */
function change(rows, row, event, weight, before) {
  if (event === "refit" && rows.length > 1) {
    const old = rows[rows.length - 2];
    return `the prior is now one Gaussian, fitted to the codes. log p(x) went from ${written(old.logP)} to ${written(row.logP)}; no network has moved.`;
  }
  const base = before && before.step < row.step ? before : rows[Math.max(0, rows.length - 6)];
  const [rise, better] = [row.logP - base.logP, row.reconstruction - base.reconstruction];
  const since = `since epoch ${epochOf(base)} log p(x) ${signed(rise)}, reconstruction ${signed(better)}.`;
  if (weight < 0.05 && rise < 0)
    return `${since} The codes leave the prior, and the model, prior and decoder, finds the digits less probable.`;
  if (weight > 1 && row.rate < 0.3)
    return `${since} The rate is ${written(row.rate)}: the codes say almost nothing about the digit.`;
  return `${since} The ELBO lies below log p(x) by the gap, ${written(row.logP - row.elbo)}.`;
}
