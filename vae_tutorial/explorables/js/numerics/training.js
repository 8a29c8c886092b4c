// A training run: what rose and what fell, from one epoch at which it was looked at to the next.

/** @typedef {{ elbo: number, logP: number, gap: number }} Terms */

/**
 * Return ELBO, log p(x) and gap at each epoch.
 * @param {{ elbo: number[], logP: number[] }} run
 * @returns {Terms[]}
 */
export const terms = ({ elbo, logP }) => logP.map((value, i) => ({ elbo: elbo[i], logP: value, gap: value - elbo[i] }));

/** Return what changed. @param {Terms} now @param {Terms} before @returns {Terms} */
export const change = (now, before) => ({
  elbo: now.elbo - before.elbo,
  logP: now.logP - before.logP,
  gap: now.gap - before.gap,
});
