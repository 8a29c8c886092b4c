// What the live trainer shows of a run: its numbers, and the marks of the KL's weight.

/** @typedef {{ step: number, elbo: number, logP: number, reconstruction: number, rate: number }} Row means per held-out digit, nats */
/**
 * @typedef {{
 *   step: number[], elbo: (number | null)[], log_prob: number[], reconstruction: number[], rate: (number | null)[],
 * }} History as Python has it; null where a code without noise leaves no ELBO, since JSON knows no infinity
 */

/** Return the terms of a moment, in nats; log p(x) = ELBO + gap. @param {Row} row */
export const terms = ({ elbo, logP, reconstruction, rate }) => ({
  logP,
  elbo,
  gap: logP - elbo,
  reconstruction,
  rate,
});

/** Return the rows of a history. @param {Partial<History>} history @returns {Row[]} */
export const rowsOf = (history) =>
  (history.step ?? []).map((step, i) => ({
    step,
    elbo: history.elbo?.[i] ?? -Infinity,
    logP: history.log_prob?.[i] ?? NaN,
    reconstruction: history.reconstruction?.[i] ?? NaN,
    rate: history.rate?.[i] ?? Infinity,
  }));

/** @param {number} value */
const finiteOrNull = (value) => (Number.isFinite(value) ? value : null);

/** Return the history of rows. @param {Row[]} rows @returns {History} */
export const historyOf = (rows) => ({
  step: rows.map((row) => row.step),
  elbo: rows.map((row) => finiteOrNull(row.elbo)),
  log_prob: rows.map((row) => row.logP),
  reconstruction: rows.map((row) => row.reconstruction),
  rate: rows.map((row) => finiteOrNull(row.rate)),
});

const MOST = 400; // rows, so that memory stays flat however long it trains

/** Add a row; where there are too many, every second of the older ones goes. @param {Row[]} rows @param {Row} row */
export const withRow = (rows, row) => [
  ...(rows.length < MOST ? rows : rows.filter((_, i) => i === 0 || i % 2 === 1)),
  row,
];

export const MARKS = [0, 0.1, 0.3, 1, 4]; // weights at equal distances on the slider, and straight lines between them

/** Return the weight at a place from 0 to 4. @param {number} place */
export function weightAt(place) {
  const i = Math.min(Math.floor(place), MARKS.length - 2);
  return MARKS[i] + (place - i) * (MARKS[i + 1] - MARKS[i]);
}

/** Return the place of a weight. @param {number} weight */
export function placeOf(weight) {
  const above = MARKS.findIndex((mark, i) => i > 0 && weight <= mark);
  const i = above < 0 ? MARKS.length - 2 : above - 1;
  return i + (weight - MARKS[i]) / (MARKS[i + 1] - MARKS[i]);
}
