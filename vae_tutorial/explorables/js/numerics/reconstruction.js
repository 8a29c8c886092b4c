// Recorded models, and the numbers of each: seed 0 is the one whose pictures are shown.

const QUANTITIES = /** @type {const} */ (["reconstruction", "rate", "declared", "gaussian", "mixture"]);

/** @typedef {Record<typeof QUANTITIES[number], number>} Terms */

/** Give a recorded row of numbers its names. @param {number[]} row @returns {Terms} */
export const terms = (row) => /** @type {Terms} */ (Object.fromEntries(QUANTITIES.map((name, i) => [name, row[i]])));
