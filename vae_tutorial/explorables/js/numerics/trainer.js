// A VAE on binary images that trains: the model, its objective with the gradient, and what is measured of it.
import { normalDraw, softplus } from "../core/maths.js";
import { distance, meanLogProb, pointOf } from "./evidence.js";
import { adam, Network } from "./network.js";

/** @typedef {import("./evidence.js").Prior} Prior */
/** @typedef {{ klWeight: number, noise: boolean, learningRate: number }} Settings */

const PIXELS = 64;
const HIDDEN = 64;
const BATCH = 100;
const SAMPLES = 8; // of the prior, shown

// Gauss–Hermite nodes and weights for the mean of a function of a standard normal number, exact to degree 9.
const NODES = [-2.8569700138728056, -1.355626179974266, 0, 1.355626179974266, 2.8569700138728056];
const WEIGHTS = [
  0.011257411327720689, 0.2220759220056126, 0.5333333333333333, 0.2220759220056126, 0.011257411327720689,
];

/** Return draws from [0, 1), the same for the same seed (the generator mulberry32). @param {number} seed */
export function uniform(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Return the precision of a prior, as its three numbers, and log det of its covariance. @param {Prior} prior */
function precisionOf({ scale: [a, b, c, d] }) {
  const [s11, s12, s22] = [a * a + b * b, a * c + b * d, c * c + d * d];
  const det = s11 * s22 - s12 * s12;
  return { p11: s22 / det, p12: -s12 / det, p22: s11 / det, logDet: Math.log(det) };
}

export class Trainer {
  /** @param {{ train: Float32Array, heldOut: Float32Array, seed: number }} setting images of zeros and ones [N × 64] */
  constructor({ train, heldOut, seed }) {
    this.random = uniform(seed);
    this.train = train;
    this.heldOut = heldOut;
    this.encoder = new Network([PIXELS, HIDDEN, 4], this.random); // two means, two logs of σ
    this.decoder = new Network([2, HIDDEN, PIXELS], this.random); // a logit for each pixel
    /** @type {Prior} */
    this.prior = { loc: [0, 0], scale: [1, 0, 0, 1] };
    this.taken = 0; // steps
    this.order = Uint32Array.from({ length: train.length / PIXELS }, (_, i) => i);
    this.next = this.order.length;
    this.batch = new Float32Array(BATCH * PIXELS);
    this.epsilon = new Float32Array(BATCH * 2);
    this.z = new Float32Array(BATCH * 2);
    this.dz = new Float32Array(BATCH * 2);
    this.dq = new Float32Array(BATCH * 4);
    this.dLogits = new Float32Array(BATCH * PIXELS);
    this.lit = Array.from({ length: heldOut.length / PIXELS }, (_, n) =>
      Uint8Array.from({ length: PIXELS }, (_, pixel) => pixel).filter((pixel) => heldOut[n * PIXELS + pixel] > 0),
    );
    const fixed = uniform(7);
    this.draws = Array.from({ length: SAMPLES }, () => [normalDraw(fixed), normalDraw(fixed)]);
  }

  /** The parameters in torch's order, the encoder's first. */
  parameters() {
    return [...this.encoder.parameters(), ...this.decoder.parameters()];
  }

  /** Take one step of Adam on the next batch. @param {Settings} settings */
  step(settings) {
    this.nextBatch();
    for (let i = 0; i < this.epsilon.length; i++) this.epsilon[i] = normalDraw(this.random);
    this.gradient(settings);
    this.taken++;
    adam(this.parameters(), settings.learningRate, this.taken);
  }

  /** Fill the batch with images that have not had their turn; all are shuffled when they have. */
  nextBatch() {
    const { order, random } = this;
    if (this.next + BATCH > order.length) {
      this.next = 0;
      for (let i = order.length - 1; i > 0; i--) {
        const j = Math.floor(random() * (i + 1));
        [order[i], order[j]] = [order[j], order[i]];
      }
    }
    for (let row = 0; row < BATCH; row++) {
      const from = order[this.next++] * PIXELS;
      for (let pixel = 0; pixel < PIXELS; pixel++) this.batch[row * PIXELS + pixel] = this.train[from + pixel];
    }
  }

  /**
   * Write the gradient, for the batch and its noise ε, of what is brought down: the batch's mean of
   *     −log p(x|z) + klWeight · KL(q(z|x) ‖ p(z)),   z = μ + σ ε.
   * Without noise z = μ, and the KL is left with the part that μ has in it.
   * @param {{ klWeight: number, noise: boolean }} settings
   */
  gradient({ klWeight, noise }) {
    const { batch, epsilon, z, dz, dq, dLogits } = this;
    const q = this.encoder.forward(batch, BATCH);
    for (let row = 0; row < BATCH; row++)
      for (let k = 0; k < 2; k++) {
        const sigma = noise ? Math.exp(q[4 * row + 2 + k]) : 0;
        z[2 * row + k] = q[4 * row + k] + sigma * epsilon[2 * row + k];
      }
    const logits = this.decoder.forward(z, BATCH);
    for (let i = 0; i < dLogits.length; i++) dLogits[i] = (1 / (1 + Math.exp(-logits[i])) - batch[i]) / BATCH;
    this.decoder.backward(z, dLogits, BATCH, dz);
    const { p11, p12, p22 } = precisionOf(this.prior);
    const share = klWeight / BATCH;
    for (let row = 0; row < BATCH; row++) {
      const [m1, m2] = [q[4 * row] - this.prior.loc[0], q[4 * row + 1] - this.prior.loc[1]];
      dq[4 * row] = dz[2 * row] + share * (p11 * m1 + p12 * m2);
      dq[4 * row + 1] = dz[2 * row + 1] + share * (p12 * m1 + p22 * m2);
      for (let k = 0; k < 2; k++) {
        const sigma = Math.exp(q[4 * row + 2 + k]);
        const kl = (k ? p22 : p11) * sigma * sigma - 1;
        dq[4 * row + 2 + k] = noise ? dz[2 * row + k] * sigma * epsilon[2 * row + k] + share * kl : 0;
      }
    }
    this.encoder.backward(batch, dq, BATCH);
  }

  /**
   * Return means over the held-out images, in nats, under the present prior; without noise the rate is infinite.
   *     ELBO = reconstruction − rate ≤ log p(x)
   * @param {boolean} noise
   */
  measure(noise = true) {
    const reconstruction = this.reconstruction(noise);
    const rate = noise ? this.rate() : Infinity;
    const elbo = reconstruction - rate;
    return { step: this.taken, elbo, logP: this.logP(), reconstruction, rate };
  }

  /** Return the mean of E[log p(x|z)] under q, by Gauss–Hermite, or log p(x|μ). @param {boolean} noise */
  reconstruction(noise) {
    const x = this.heldOut;
    const rows = x.length / PIXELS;
    const q = this.encoder.forward(x, rows);
    const z = new Float32Array(2 * rows);
    const nodes = noise ? NODES.flatMap((_, i) => NODES.map((_, j) => [i, j])) : [[2, 2]];
    let total = 0;
    for (const [i, j] of nodes) {
      for (let row = 0; row < rows; row++) {
        z[2 * row] = q[4 * row] + Math.exp(q[4 * row + 2]) * NODES[i];
        z[2 * row + 1] = q[4 * row + 1] + Math.exp(q[4 * row + 3]) * NODES[j];
      }
      const logits = this.decoder.forward(z, rows);
      let score = 0;
      for (let at = 0; at < logits.length; at++) score += x[at] * logits[at] - softplus(logits[at]);
      total += (noise ? WEIGHTS[i] * WEIGHTS[j] : 1) * score;
    }
    return total / rows;
  }

  /** Return the mean of KL(q(z|x) ‖ p(z)). */
  rate() {
    const rows = this.lit.length;
    const q = this.encoder.forward(this.heldOut, rows);
    const { p11, p12, p22, logDet } = precisionOf(this.prior);
    let total = 0;
    for (let row = 0; row < rows; row++) {
      const [m1, m2] = [q[4 * row] - this.prior.loc[0], q[4 * row + 1] - this.prior.loc[1]];
      const [l1, l2] = [q[4 * row + 2], q[4 * row + 3]];
      const spread = p11 * (m1 * m1 + Math.exp(2 * l1)) + 2 * p12 * m1 * m2 + p22 * (m2 * m2 + Math.exp(2 * l2));
      total += 0.5 * (spread - 2 + logDet) - l1 - l2;
    }
    return total / rows;
  }

  /** Return the mean of exact log p(x), into which no encoder enters but to say how far to look. */
  logP() {
    const codes = this.codes();
    const far = this.lit.reduce(
      (most, _, row) => Math.max(most, distance(this.prior, [codes[2 * row], codes[2 * row + 1]])),
      0,
    );
    return meanLogProb((z, rows) => this.decoder.forward(z, rows), this.lit, this.prior, far);
  }

  /** Return the means of q for the held-out images [N × 2]. */
  codes() {
    const q = this.encoder.forward(this.heldOut, this.lit.length);
    return Float32Array.from({ length: 2 * this.lit.length }, (_, i) => q[4 * (i >> 1) + (i & 1)]);
  }

  /** Return the decoder's means at a few draws of the prior [8 × 64], the same draws every time. */
  samples() {
    const z = Float32Array.from(this.draws.flatMap(([u1, u2]) => pointOf(this.prior, u1, u2)));
    return this.decoder.forward(z, SAMPLES).map((logit) => 1 / (1 + Math.exp(-logit)));
  }

  /** Make the prior the one Gaussian with the mean and the covariance of the training images' codes. @param {boolean} noise */
  refit(noise = true) {
    const rows = this.order.length;
    const q = this.encoder.forward(this.train, rows);
    const loc = [0, 0];
    for (let row = 0; row < rows; row++) for (let k = 0; k < 2; k++) loc[k] += q[4 * row + k] / rows;
    let [s11, s12, s22] = [0, 0, 0];
    for (let row = 0; row < rows; row++) {
      const [m1, m2] = [q[4 * row] - loc[0], q[4 * row + 1] - loc[1]];
      s11 += (m1 * m1 + (noise ? Math.exp(2 * q[4 * row + 2]) : 0)) / rows;
      s22 += (m2 * m2 + (noise ? Math.exp(2 * q[4 * row + 3]) : 0)) / rows;
      s12 += (m1 * m2) / rows;
    }
    const first = Math.sqrt(s11);
    this.prior = { loc, scale: [first, 0, s12 / first, Math.sqrt(s22 - s12 ** 2 / s11)] };
  }
}
