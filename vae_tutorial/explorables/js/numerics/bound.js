// z ~ N(0, 1), x ~ N(z + bend · z², 0.5²), and q(z) = N(loc, scale²).
import { clamp, gaussianMean, klToStandard, linspace, logIntegral, logNormal, midpoints } from "../core/maths.js";

const NOISE = 0.5;

/** @typedef {{ x: number, bend: number }} Model */
/** @typedef {{ loc: number, scale: number }} Gaussian */

/** @param {number} z @param {Model} model */
export const logLikelihood = (z, { x, bend }) => logNormal(x, z + bend * z * z, NOISE);

/** @param {number} z @param {Model} model */
export const logJoint = (z, model) => logLikelihood(z, model) + logNormal(z, 0, 1);

/**
 * Return the five numbers, in nats. log p(x), the ELBO and the gap are computed apart, so that their sum is a test.
 * @param {Model & Gaussian} state
 */
export function terms(state) {
  const { loc, scale } = state;
  const joint = (/** @type {number} */ z) => logJoint(z, state);
  const logP = logIntegral(joint, linspace(-9, 9, 1801)); // the trapezoid rule
  const reconstruction = gaussianMean((z) => logLikelihood(z, state), loc, scale);
  const rate = klToStandard(loc, scale);
  const logTotal = logIntegral(joint, midpoints(-20, 20, 4000)); // the posterior has a normaliser of its own
  const gap = gaussianMean((z) => logNormal(z, loc, scale) - joint(z) + logTotal, loc, scale);
  return { logP, elbo: reconstruction - rate, gap, reconstruction, rate };
}

/**
 * Return the Gaussian with the highest ELBO: a coarse search, then a finer one around the best so far.
 * @param {Model} model
 * @returns {Gaussian}
 */
export function best(model) {
  const elbo = (/** @type {number} */ loc, /** @type {number} */ scale) =>
    gaussianMean((z) => logJoint(z, model), loc, scale) + Math.log(scale);
  let [loc, scale, reach] = [0, 1, 3];
  for (let round = 0; round < 9; round++) {
    let top = -Infinity;
    const around = [loc, scale];
    for (const a of linspace(-1, 1, 13)) {
      for (const b of linspace(-1, 1, 9)) {
        const place = clamp(around[0] + a * reach, -4, 4);
        const width = clamp(around[1] * Math.exp((b * reach) / 2), 0.05, 3);
        const value = elbo(place, width);
        if (value > top) [top, loc, scale] = [value, place, width];
      }
    }
    reach /= 2.5;
  }
  return { loc, scale };
}
