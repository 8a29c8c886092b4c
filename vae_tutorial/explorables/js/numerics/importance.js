// z ~ N(0, 1), x ~ N(z, 0.5²), x = 1.5: the posterior and log p(x) are closed forms.
import { klToStandard, linspace, logNormal, mean } from "../core/maths.js";

const [NOISE, X] = [0.5, 1.5];
export const POSTERIOR = { loc: X / (1 + NOISE ** 2), scale: NOISE / Math.sqrt(1 + NOISE ** 2) };
export const LOG_P = logNormal(X, 0, Math.sqrt(1 + NOISE ** 2));
export const [RUNS, DOUBLINGS] = [200, 10];
const MOST = 2 ** DOUBLINGS;

/** @typedef {{ offset: number, scale: number }} Guess q, from the posterior's mean and in its standard deviations */
/** @typedef {{ loc: number, width: number }} Gaussian q, in units of z */
/** @typedef {{ estimate: number, effective: number, error: number }} Run */

/** The guess that is the prior. */
export const AS_PRIOR = { offset: -POSTERIOR.loc / POSTERIOR.scale, scale: 1 / POSTERIOR.scale };

/** Return standard normal numbers, 1024 for each run: counters through a mixer of bits, then Box–Muller, as in Python. */
export function standardNoise() {
  const uniform = (/** @type {number} */ counter) => {
    let mixed = (counter + 2654435769) | 0;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 2146121005);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 2221713035);
    return (((mixed ^ (mixed >>> 16)) >>> 0) + 0.5) / 2 ** 32;
  };
  const noise = new Float64Array(RUNS * MOST);
  for (let i = 0; i < noise.length; i += 2) {
    const [radius, angle] = [Math.sqrt(-2 * Math.log(uniform(i))), 2 * Math.PI * uniform(i + 1)];
    noise[i] = radius * Math.cos(angle);
    noise[i + 1] = radius * Math.sin(angle);
  }
  return noise;
}

/** @param {Guess} guess @returns {Gaussian} */
export const gaussian = ({ offset, scale }) => ({
  loc: POSTERIOR.loc + offset * POSTERIOR.scale,
  width: scale * POSTERIOR.scale,
});

/**
 * Return log p(x, z) − log q(z) of a draw z = loc + width · e.
 * @param {number} e
 * @param {Gaussian} q
 */
export const logWeight = (e, { loc, width }) => {
  const z = loc + width * e;
  return (
    Math.log(width / NOISE) - 0.5 * Math.log(2 * Math.PI) - 0.5 * ((X - z) / NOISE) ** 2 - 0.5 * z * z + 0.5 * e * e
  );
};

/**
 * Return the runs after 1, 2, 4, …, 1024 draws: estimate, claimed standard error and effective sample size of each.
 * @param {Float64Array} noise
 * @param {Gaussian} q
 */
export function allRuns(noise, q) {
  const stages = Array.from({ length: DOUBLINGS + 1 }, () => /** @type {Run[]} */ ([]));
  for (let run = 0; run < RUNS; run++) {
    let [sum, squares, stage] = [0, 0, 0];
    for (let k = 1; k <= MOST; k++) {
      const weight = Math.exp(logWeight(noise[run * MOST + k - 1], q) - LOG_P); // in units of p(x)
      sum += weight;
      squares += weight * weight;
      if (k === 1 << stage) {
        const effective = (sum * sum) / squares;
        const error = k === 1 ? Infinity : Math.sqrt(Math.max(0, k / effective - 1) / (k - 1));
        stages[stage++].push({ estimate: LOG_P + Math.log(sum / k), effective, error });
      }
    }
  }
  return stages;
}

/**
 * Say whether a run is within two of its own errors of the truth; q = posterior leaves rounding errors only.
 * @param {Run} run
 */
export const honest = ({ estimate, error }) => Math.abs(estimate - LOG_P) <= 2 * error + 1e-9;

/** Return what the runs say, and the exact numbers beside it. @param {Guess} guess @param {Run[]} runs */
export function terms({ offset, scale }, runs) {
  const average = mean(runs.map((run) => run.estimate));
  return {
    logP: LOG_P,
    elbo: LOG_P - klToStandard(offset, scale),
    mean: average,
    bias: average - LOG_P,
    effective: mean(runs.map((run) => run.effective)),
    error: mean(runs.map((run) => run.error)),
    honest: runs.filter(honest).length,
  };
}

// ---- the hills: how the estimates are spread, smoothed with a bell

export const [LOW, HIGH] = [-6, 0]; // the ends of the estimates' axis, nats
const STEP = 0.03;
const REACH = 8; // steps
const bell = Array.from({ length: 2 * REACH + 1 }, (_, i) => Math.exp(-0.5 * ((i - REACH) / 2.5) ** 2));
export const levels = linspace(LOW, HIGH, Math.round((HIGH - LOW) / STEP) + 1);

/** Return how high the hill of these estimates is at each of the levels. @param {number[]} estimates */
export function hill(estimates) {
  const heights = levels.map(() => 0);
  for (const estimate of estimates) {
    const first = Math.round((estimate - LOW) / STEP) - REACH;
    for (let i = 0; i < bell.length; i++) {
      if (first + i >= 0 && first + i < heights.length) heights[first + i] += bell[i];
    }
  }
  return heights;
}
