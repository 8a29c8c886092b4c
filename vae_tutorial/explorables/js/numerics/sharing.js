// Four images, a code for each, and one prior for all.
import { klToStandard, linspace, logNormal, mean, sum } from "../core/maths.js";

/** @typedef {{ spread: number, scale: number }} State */
/** @typedef {{ patterns: number[][], places: number[], sharpness: number, doubt: number }} World what Python sends along */

const NODES = 1601; // the decoder may go from pattern to pattern within a hundredth of z
const NOISE = Float64Array.from(linspace(-8, 8, NODES)); // the trapezoid rule, for the prior and for every code
const WEIGHTS = NOISE.map((t) => (Math.exp(logNormal(t, 0, 1)) * 16) / (NODES - 1));

/** Return the mean of each pixel given z. @param {number} z @param {number} spread @param {World} world */
export function decoded(z, spread, { patterns, places, sharpness, doubt }) {
  const scores = places.map((place) => -0.5 * ((z - spread * place) / sharpness) ** 2);
  const top = Math.max(...scores);
  const weights = scores.map((score) => Math.exp(score - top));
  const scale = (1 - 2 * doubt) / sum(weights);
  return patterns[0].map((_, pixel) => {
    let on = 0;
    for (let j = 0; j < weights.length; j++) on += weights[j] * patterns[j][pixel];
    return doubt + scale * on;
  });
}

/** Return p(x|z) from the means of the pixels. @param {number[]} x @param {number[]} means */
const likelihood = (x, means) => means.reduce((product, mean, pixel) => product * (x[pixel] ? mean : 1 - mean), 1);

/**
 * Return p(x) of each image: all are scored under the one prior.
 * @param {number} spread
 * @param {World} world
 */
export function shared(spread, world) {
  const totals = world.patterns.map(() => 0);
  NOISE.forEach((z, node) => {
    const means = decoded(z, spread, world);
    world.patterns.forEach((x, i) => {
      totals[i] += WEIGHTS[node] * likelihood(x, means);
    });
  });
  return totals;
}

/**
 * Return exp E[log p(x|z)] of each image under its own code.
 * @param {State} state
 * @param {World} world
 */
export const own = ({ spread, scale }, world) =>
  world.patterns.map((x, i) => {
    let score = 0;
    NOISE.forEach((t, node) => {
      score += WEIGHTS[node] * Math.log(likelihood(x, decoded(spread * world.places[i] + scale * t, spread, world)));
    });
    return Math.exp(score);
  });

/**
 * Return what the images claim under their own codes, what the prior gives them, and means over them, in nats.
 * @param {State} state
 * @param {World} world
 */
export function scored(state, world) {
  const [claimed, given] = [own(state, world), shared(state.spread, world)];
  const reconstruction = mean(claimed.map(Math.log));
  const rate = mean(world.places.map((place) => klToStandard(state.spread * place, state.scale)));
  const elbo = reconstruction - rate;
  const logP = mean(given.map(Math.log));
  const numbers = {
    reconstruction,
    rate,
    elbo,
    logP,
    claimed: sum(claimed),
    given: sum(given),
    least: Math.min(...given),
  };
  return { claimed, given, numbers };
}

/** Return the numbers alone. @param {State} state @param {World} world */
export const terms = (state, world) => scored(state, world).numbers;
