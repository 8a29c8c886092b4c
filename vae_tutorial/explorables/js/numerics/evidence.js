// Exact log p(x) of binary images under a decoder with two latent dimensions: a sum over a lattice of z.

/** @typedef {{ loc: number[], scale: number[] }} Prior N(loc, LLᵀ), with L two by two, row by row, lower triangular */

const STEPS = [0.25, 0.125, 0.0625]; // between points, in standard deviations of the prior
const CHANGE = 0.02; // nats: a lattice twice as coarse may differ by so much in the mean; the error is its square or so
const [NEAR, FAR] = [5, 9]; // the lattice ends between these, beyond the farthest code
const AT_ONCE = 2048;
const NOTHING = 40; // nats below the largest, where a term is lost in the sum's rounding

/** Return the point of the prior's own coordinates u. @param {Prior} prior @param {number} u1 @param {number} u2 */
export const pointOf = ({ loc, scale: [a, b, c, d] }, u1, u2) => [loc[0] + a * u1 + b * u2, loc[1] + c * u1 + d * u2];

/** Return how far a code is from the prior's centre, in its standard deviations. @param {Prior} prior @param {number[]} z */
export function distance({ loc, scale: [a, , c, d] }, [z1, z2]) {
  const u1 = (z1 - loc[0]) / a;
  return Math.hypot(u1, (z2 - loc[1] - c * u1) / d);
}

/**
 * Return the mean of log p(x) over images, in nats: the lattice is made finer until it no longer moves.
 * @param {(z: Float32Array, rows: number) => Float32Array} decode logits [rows, D]
 * @param {Uint8Array[]} lit for each image, the pixels that are on
 * @param {Prior} prior
 * @param {number} farthest of the codes from the prior's centre, in its standard deviations
 */
export function meanLogProb(decode, lit, prior, farthest) {
  const reach = Math.min(FAR, Math.max(NEAR, Math.ceil(farthest + 1)));
  let value = Number.NaN;
  for (const step of STEPS) {
    const [fine, coarse] = onLattice(decode, lit, prior, 2 * Math.round(reach / step / 2), step);
    value = fine;
    if (!(Math.abs(fine - coarse) > CHANGE)) break;
  }
  return value;
}

/**
 * Return the mean of log p(x) on a lattice from −half to half steps, and on every second point of it.
 * @param {(z: Float32Array, rows: number) => Float32Array} decode
 * @param {Uint8Array[]} lit
 * @param {Prior} prior
 * @param {number} half an even number of steps
 * @param {number} step
 * @returns {[fine: number, coarse: number]}
 */
function onLattice(decode, lit, prior, half, step) {
  const side = 2 * half + 1;
  const [fine, coarse] = [lit, lit].map((images) => images.map(() => new LogSum()));
  const z = new Float32Array(2 * AT_ONCE);
  const [base, scores] = [new Float64Array(AT_ONCE), new Float64Array(AT_ONCE)];
  const onCoarse = new Uint8Array(AT_ONCE);
  for (let first = 0; first < side * side; first += AT_ONCE) {
    const rows = Math.min(AT_ONCE, side * side - first);
    for (let row = 0; row < rows; row++) {
      const [i, j] = [(first + row) % side, Math.floor((first + row) / side)];
      const [u1, u2] = [step * (i - half), step * (j - half)];
      z.set(pointOf(prior, u1, u2), 2 * row);
      base[row] = -0.5 * (u1 * u1 + u2 * u2) - Math.log(2 * Math.PI);
      onCoarse[row] = i % 2 || j % 2 ? 0 : 1;
    }
    const logits = decode(z, rows);
    const pixels = logits.length / rows;
    for (let row = 0; row < rows; row++) base[row] -= softplusSum(logits, row * pixels, pixels);
    lit.forEach((on, n) => {
      for (let row = 0; row < rows; row++) {
        const at = row * pixels;
        let score = base[row];
        for (let i = 0; i < on.length; i++) score += logits[at + on[i]];
        scores[row] = score;
      }
      fine[n].add(scores, rows);
      coarse[n].add(scores, rows, onCoarse);
    });
  }
  const cell = 2 * Math.log(step);
  return [meanOf(fine) + cell, meanOf(coarse) + cell + 2 * Math.log(2)];
}

/**
 * Return Σ log(1 + exp(value)): one logarithm for all, since each factor that is left is at most 2.
 * @param {Float32Array} values at most 1000 of them
 * @param {number} from
 * @param {number} count
 */
function softplusSum(values, from, count) {
  let [above, product] = [0, 1];
  for (let i = from; i < from + count; i++) {
    above += Math.max(values[i], 0);
    product *= 1 + Math.exp(-Math.abs(values[i]));
  }
  return above + Math.log(product);
}

/** log Σ exp of numbers that come in parts, without overflow. */
class LogSum {
  top = -Infinity;
  total = 0;

  /** Add the first count numbers, or those of them that are marked. @param {Float64Array} scores @param {number} count @param {Uint8Array} [marked] */
  add(scores, count, marked) {
    let top = this.top;
    for (let i = 0; i < count; i++) if (scores[i] > top && (!marked || marked[i])) top = scores[i];
    if (top === -Infinity) return;
    let total = this.total * Math.exp(this.top - top);
    const least = top - NOTHING;
    for (let i = 0; i < count; i++) if (scores[i] > least && (!marked || marked[i])) total += Math.exp(scores[i] - top);
    [this.top, this.total] = [top, total];
  }
}

/** Return the mean of the logarithms. @param {LogSum[]} sums */
const meanOf = (sums) => sums.reduce((mean, { top, total }) => mean + (top + Math.log(total)) / sums.length, 0);
