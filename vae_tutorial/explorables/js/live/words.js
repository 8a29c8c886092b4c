// What just happened, in a sentence.
import { signed, written } from "../core/words.js";
import { EPOCH } from "./runner.js";

/** @typedef {import("../numerics/live.js").Row} Row */
/** @typedef {{ weight: number, learning_rate: number, seed: number, noise: number }} State */

/** Write a weight with as many digits as it needs. @param {number} weight */
export const weightWords = (weight) => String(Number(weight.toFixed(weight < 1 ? 3 : 2)));

/** Write a number that may be infinite. @param {number} value @param {number} [digits] */
export const number = (value, digits) => (Number.isFinite(value) ? written(value, digits) : value > 0 ? "∞" : "−∞");

/** Write a learning rate. @param {number} rate */
export const rateWords = (rate) => String(Number(rate.toPrecision(2)));

/** Say what training goes after. @param {number} weight */
export function goal(weight) {
  if (weight === 0) return "goal: reconstruction alone";
  if (weight === 1) return "goal: ELBO = reconstruction − rate";
  const bound = weight < 1 ? " (no bound)" : "";
  return `goal: reconstruction − ${weightWords(weight)} × rate${bound}`;
}

/** Say with what it trains. @param {State} state */
const setting = ({ weight, learning_rate, seed, noise }) =>
  `weight ${weightWords(weight)}, learning rate ${rateWords(learning_rate)}, seed ${seed}` +
  (noise ? "" : ", encoder without noise");

/** @typedef {import("./session.js").Session} Session */

/**
 * Say what happened since the row that was spoken of before.
 * @param {Session} session
 * @param {State} state
 * @param {Row | undefined} before
 */
export function sentence(session, state, before) {
  const { event, last, seed } = session;
  if (event === "broken") {
    return `Stopped: the numbers have left what a computer can hold (${setting(state)}). Lower the learning rate, then press Start again.`;
  }
  if (!last || last.step === 0) {
    const found = last ? ` log p(x) is ${written(last.logP)}.` : "";
    return `Not trained yet.${found} Train begins with ${setting(state)}.`;
  }
  const first = event === "hidden" ? "Paused, since this page was in the background. " : "";
  const waits = state.seed === seed ? "" : ` Seed ${state.seed} waits for Start again.`;
  return `${first}Epoch ${epochOf(last)}: ${whatHappened(session, last, state.weight, before)}${waits}`;
}

/** @param {Row} row */
const epochOf = ({ step }) => Math.floor(step / EPOCH);

/**
 * @param {Session} session
 * @param {Row} row the last one
 * @param {number} weight
 * @param {Row | undefined} before
 */
function whatHappened({ event, rows, ghost }, row, weight, before) {
  const other = ghost.rows.at(-1);
  if (event === "refit" && rows.length > 1) {
    const old = rows[rows.length - 2];
    return `the prior is now one Gaussian, fitted to the codes. log p(x) went from ${written(old.logP)} to ${written(row.logP)}; no network has moved, and the reconstruction is what it was.`;
  }
  if (event === "done" && other?.step === row.step) {
    return `against the ${ghost.name}: reconstruction ${difference(row, other, "reconstruction")}, log p(x) ${difference(row, other, "logP")}.${because(row, weight)}`;
  }
  const base = before && before.step < row.step ? before : rows[Math.max(0, rows.length - 6)];
  const since = `since epoch ${epochOf(base)} reconstruction ${difference(row, base, "reconstruction")}, log p(x) ${difference(row, base, "logP")}.`;
  return `${since}${because(row, weight)}`;
}

/** Write how far a number has gone. @param {Row} now @param {Row} then @param {"reconstruction" | "logP"} name */
const difference = (now, then, name) => signed(now[name] - then[name]);

/** @param {Row} row @param {number} weight */
function because({ logP, elbo, rate }, weight) {
  if (rate === Infinity) {
    return " A code without noise costs an infinite rate, so there is no ELBO. log p(x), into which no encoder enters, is still there.";
  }
  if (rate > 8 && weight < 1) {
    return ` The codes leave the prior (rate ${written(rate, 1)}); the model is prior and decoder, and log p(x) is what both together give the digits.`;
  }
  if (rate < 0.3) return ` The rate is ${written(rate)}: the codes say almost nothing about the digit.`;
  return ` The ELBO lies below log p(x) by the gap, ${written(logP - elbo)}: how far q is from the true posterior.`;
}
