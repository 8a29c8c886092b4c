// Data from p_data = N(0, 2²), and the model N(loc, scale²).
import { gaussianMean, logNormal, mean } from "../core/maths.js";

export const TRUTH = 2; // the scale of p_data, whose mean is 0

/** @typedef {{ loc: number, scale: number }} Gaussian */

/**
 * Return the points at hand; samples holds five times forty.
 * @param {number[][]} samples
 * @param {{ sample: number, size: number }} state
 */
export function chosen(samples, { sample, size }) {
  const points = samples[sample - 1]?.slice(0, size);
  if (points?.length === size && size >= 2) return points;
  throw new Error(
    `sample must be a whole number from 1 to 5 and size one from 2 to 40, and they are ${sample} and ${size}`,
  );
}

/** Return the model under which the points are the most likely. @param {number[]} points @returns {Gaussian} */
export function fitted(points) {
  const loc = mean(points);
  return { loc, scale: Math.sqrt(mean(points.map((x) => (x - loc) ** 2))) };
}

/**
 * Return the numbers, in nats. The expectation, the ceiling and KL are computed apart, so that their sum is a test.
 * @param {Gaussian} model
 * @param {number[]} points
 */
export function terms({ loc, scale }, points) {
  const ceiling = -Math.log(TRUTH) - 0.5 * Math.log(2 * Math.PI) - 0.5;
  const kl = Math.log(scale / TRUTH) + (TRUTH ** 2 + loc ** 2) / (2 * scale ** 2) - 0.5;
  const expected = gaussianMean((x) => logNormal(x, loc, scale), 0, TRUTH);
  const average = mean(points.map((x) => logNormal(x, loc, scale)));
  const truth = mean(points.map((x) => logNormal(x, 0, TRUTH)));
  return { ceiling, kl, expected, average, truth };
}
