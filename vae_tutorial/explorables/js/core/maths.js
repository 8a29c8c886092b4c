// Numbers alone: nothing here knows of a page, so that node can test it.

/** @typedef {ArrayLike<number>} Numbers */

/** @param {number} value @param {number} low @param {number} high */
export const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

/** Return the sum of numbers. @param {number[]} values */
export const sum = (values) => values.reduce((total, value) => total + value, 0);

/** Return the mean of numbers. @param {number[]} values */
export const mean = (values) => sum(values) / values.length;

/**
 * Return count points from low to high, both included.
 * @param {number} low
 * @param {number} high
 * @param {number} count
 */
export const linspace = (low, high, count) =>
  Array.from({ length: count }, (_, i) => low + ((high - low) * i) / (count - 1));

/**
 * Return count midpoints of equal cells from low to high.
 * @param {number} low
 * @param {number} high
 * @param {number} count
 */
export const midpoints = (low, high, count) =>
  Array.from({ length: count }, (_, i) => low + ((high - low) * (i + 0.5)) / count);

/**
 * Return the log density of N(loc, scale²) at x.
 * @param {number} x
 * @param {number} loc
 * @param {number} scale
 */
export const logNormal = (x, loc, scale) =>
  -0.5 * ((x - loc) / scale) ** 2 - Math.log(scale) - 0.5 * Math.log(2 * Math.PI);

/** Return log Σ exp(values), without overflow. @param {number[]} values */
export function logSumExp(values) {
  const top = values.reduce((a, b) => Math.max(a, b), -Infinity);
  return top === -Infinity ? top : top + Math.log(sum(values.map((value) => Math.exp(value - top))));
}

/**
 * Return log ∫ exp(f(z)) dz as a sum over equally spaced points.
 * @param {(z: number) => number} f
 * @param {number[]} points
 */
export const logIntegral = (f, points) => logSumExp(points.map(f)) + Math.log(points[1] - points[0]);

/**
 * Return E[f(z)] under N(loc, scale²): equal steps out to eight scales, where a Gaussian sum is exact to rounding.
 * @param {(z: number) => number} f
 * @param {number} loc
 * @param {number} scale
 */
export function gaussianMean(f, loc, scale) {
  const nodes = linspace(-8, 8, 257);
  const weights = nodes.map((t) => Math.exp(-0.5 * t * t));
  const total = sum(weights);
  return nodes.reduce((found, t, i) => found + (weights[i] / total) * f(loc + scale * t), 0);
}

/** Return KL(N(loc, scale²) ‖ N(0, 1)). @param {number} loc @param {number} scale */
export const klToStandard = (loc, scale) => 0.5 * (loc * loc + scale * scale - 1) - Math.log(scale);

/** Return log(1 + exp(value)), without overflow. @param {number} value */
export const softplus = (value) => Math.max(value, 0) + Math.log1p(Math.exp(-Math.abs(value)));

/** @param {number} logit */
export const sigmoid = (logit) => 1 / (1 + Math.exp(-logit));

/** Return one draw from N(0, 1), by Box and Muller. @param {() => number} random */
export const normalDraw = (random = Math.random) =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

/**
 * Return where a glide stands: from start to goal as t goes from 0 to 1, slow at both ends.
 * @param {number} start
 * @param {number} goal
 * @param {number} t
 */
export const eased = (start, goal, t) => (t >= 1 ? goal : start + t * t * (3 - 2 * t) * (goal - start));

/**
 * Return the place of the number nearest to a value; of two as near, the first.
 * @param {number[]} values
 * @param {number} value
 */
export const nearest = (values, value) =>
  values.reduce((best, other, i) => (Math.abs(other - value) < Math.abs(values[best] - value) ? i : best), 0);

/**
 * Return ends with a little room around the numbers; an end at 0 stays there.
 * @param {number[]} values
 * @returns {[number, number]}
 */
export function ends(values) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const room = 0.06 * (high - low || 1);
  return [low === 0 ? 0 : low - room, high + room];
}

/**
 * Return about four round numbers between two ends, and the digits that they need.
 * @param {[number, number]} ends
 */
export function ticks([low, high]) {
  const rough = (high - low) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10);
  const values = [];
  for (let tick = Math.ceil(low / step); tick * step <= high + 1e-9; tick++) values.push(tick * step);
  return { values, digits: Math.max(0, -Math.floor(Math.log10(step) + 1e-9)) };
}

/**
 * Return a number, or say what is wrong with it.
 * @param {string} name
 * @param {unknown} value
 */
export function finite(name, value) {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw new Error(`${name} must be a finite number, and is ${value}`);
}

/**
 * Return a whole number, or say what is wrong with it.
 * @param {string} name
 * @param {number} value
 * @param {number} low
 * @param {number} high
 */
export function whole(name, value, low, high) {
  if (Number.isInteger(value) && value >= low && value <= high) return value;
  throw new Error(`${name} must be a whole number from ${low} to ${high}, and is ${value}`);
}
