// Four images, a code for each, and one prior for all.
import { klToStandard, linspace, logNormal, logSumExp, mean, sum } from "../core/maths.js";

/** @typedef {{ spread: number, scale: number }} State */
/** @typedef {{ patterns: number[][], places: number[], sharpness: number, doubt: number }} World what Python sends along */

const NODES = 1601; // the decoder may go from pattern to pattern within a hundredth of z
const NOISE = linspace(-8, 8, NODES); // the trapezoid rule, for the prior and for every code
const LOG_WEIGHTS = NOISE.map((t) => logNormal(t, 0, 1) + Math.log(16 / (NODES - 1)));
const WEIGHTS = LOG_WEIGHTS.map(Math.exp);

/** Return the mean of each pixel given z. @param {number} z @param {number} spread @param {World} world */
export function decoded(z, spread, { patterns, places, sharpness, doubt }) {
  const scores = places.map((place) => -0.5 * ((z - spread * place) / sharpness) ** 2);
  const total = logSumExp(scores);
  const weights = scores.map((score) => Math.exp(score - total));
  return patterns[0].map((_, pixel) => doubt + (1 - 2 * doubt) * sum(weights.map((w, j) => w * patterns[j][pixel])));
}

/** Return log p(x|z) from the means of the pixels. @param {number[]} x @param {number[]} means */
const logLikelihood = (x, means) => sum(x.map((on, pixel) => Math.log(on ? means[pixel] : 1 - means[pixel])));

/**
 * Return log p(x) of each image: all are scored under the one prior.
 * @param {number} spread
 * @param {World} world
 */
export function shared(spread, world) {
  const means = NOISE.map((z) => decoded(z, spread, world));
  return world.patterns.map((x) => logSumExp(means.map((mean, i) => logLikelihood(x, mean) + LOG_WEIGHTS[i])));
}

/**
 * Return E[log p(x|z)] of each image under its own code.
 * @param {State} state
 * @param {World} world
 */
export const own = ({ spread, scale }, world) =>
  world.patterns.map((x, i) => {
    const score = (/** @type {number} */ t) =>
      logLikelihood(x, decoded(spread * world.places[i] + scale * t, spread, world));
    return sum(NOISE.map((t, node) => WEIGHTS[node] * score(t)));
  });

/**
 * Return the numbers, means over the images in nats, and what the probabilities add up to.
 * @param {State} state
 * @param {World} world
 */
export function terms(state, world) {
  const [scores, logP] = [own(state, world), shared(state.spread, world)];
  const reconstruction = mean(scores);
  const rate = mean(world.places.map((place) => klToStandard(state.spread * place, state.scale)));
  return {
    reconstruction,
    rate,
    elbo: reconstruction - rate,
    logP: mean(logP),
    claimed: sum(scores.map(Math.exp)),
    handed: sum(logP.map(Math.exp)),
    least: Math.exp(Math.min(...logP)),
  };
}
