// STAND-IN for the core that another builder writes: a VAE on binary images that trains, and its exact log p(x).

const PIXELS = 64;
const HIDDEN = 64;
const BATCH = 100;
const GRID = 41; // points to a side, for log p(x)

/** Return draws from [0, 1), the same for the same seed (mulberry32). @param {number} seed */
export function uniform(seed) {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** @param {() => number} random */
const normal = (random) => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

class Linear {
  /** @param {number} fanIn @param {number} fanOut @param {() => number} random */
  constructor(fanIn, fanOut, random) {
    const bound = 1 / Math.sqrt(fanIn);
    const draw = () => (2 * random() - 1) * bound;
    this.fanIn = fanIn;
    this.fanOut = fanOut;
    this.w = Float32Array.from({ length: fanIn * fanOut }, draw); // [out, in]
    this.b = Float32Array.from({ length: fanOut }, draw);
    this.parts = [this.w, this.b].map((value) => ({
      value,
      gradient: new Float32Array(value.length),
      m: new Float32Array(value.length),
      v: new Float32Array(value.length),
    }));
  }
  /** @param {Float32Array} x @param {number} n */
  forward(x, n) {
    const { fanIn, fanOut, w, b } = this;
    const y = new Float32Array(n * fanOut);
    for (let i = 0; i < n; i++)
      for (let o = 0; o < fanOut; o++) {
        let s = b[o];
        const wo = o * fanIn;
        const xi = i * fanIn;
        for (let k = 0; k < fanIn; k++) s += w[wo + k] * x[xi + k];
        y[i * fanOut + o] = s;
      }
    return y;
  }
  /** @param {Float32Array} x @param {Float32Array} gy @param {number} n */
  backward(x, gy, n) {
    const { fanIn, fanOut, w } = this;
    const [gw, gb] = this.parts.map((part) => part.gradient.fill(0));
    const gx = new Float32Array(n * fanIn);
    for (let i = 0; i < n; i++)
      for (let o = 0; o < fanOut; o++) {
        const g = gy[i * fanOut + o];
        gb[o] += g;
        const wo = o * fanIn;
        const xi = i * fanIn;
        for (let k = 0; k < fanIn; k++) {
          gw[wo + k] += g * x[xi + k];
          gx[xi + k] += g * w[wo + k];
        }
      }
    return gx;
  }
}

/** @param {Float32Array} h */
const tanh = (h) => h.map(Math.tanh);

export class Trainer {
  /** @param {{ train: Float32Array, heldOut: Float32Array, seed: number }} setting */
  constructor({ train, heldOut, seed }) {
    const random = uniform(seed);
    this.random = random;
    this.train = train;
    this.heldOut = heldOut;
    this.count = train.length / PIXELS;
    this.layers = [
      new Linear(PIXELS, HIDDEN, random),
      new Linear(HIDDEN, 4, random),
      new Linear(2, HIDDEN, random),
      new Linear(HIDDEN, PIXELS, random),
    ];
    this.taken = 0;
    /** @type {number[]} */
    this.order = [];
    this.prior = { loc: [0, 0], scale: [1, 0, 0, 1] };
    const fixed = uniform(7);
    this.noise = Float32Array.from({ length: 2 * 8 * (heldOut.length / PIXELS) }, () => normal(fixed));
    this.draws = Array.from({ length: 16 }, () => normal(fixed));
  }

  /** @param {Float32Array} x @param {number} n */
  encode(x, n) {
    const [e1, e2] = this.layers;
    const h = tanh(e1.forward(x, n));
    return { h, out: e2.forward(h, n) };
  }
  /** @param {Float32Array} z @param {number} n */
  decode(z, n) {
    const [, , d1, d2] = this.layers;
    const h = tanh(d1.forward(z, n));
    return { h, logits: d2.forward(h, n) };
  }

  batch() {
    if (this.order.length < BATCH) {
      this.order = Array.from({ length: this.count }, (_, i) => i);
      for (let i = this.count - 1; i > 0; i--) {
        const j = Math.floor(this.random() * (i + 1));
        [this.order[i], this.order[j]] = [this.order[j], this.order[i]];
      }
    }
    const x = new Float32Array(BATCH * PIXELS);
    this.order.splice(0, BATCH).forEach((place, i) => {
      x.set(this.train.subarray(place * PIXELS, (place + 1) * PIXELS), i * PIXELS);
    });
    return x;
  }

  /** KL's gradient with respect to z's Gaussian under the present prior. */
  precision() {
    const [a, b, c, d] = this.prior.scale;
    const [s11, s12, s22] = [a * a + b * b, a * c + b * d, c * c + d * d];
    const det = s11 * s22 - s12 * s12;
    return { p11: s22 / det, p12: -s12 / det, p22: s11 / det, logDet: Math.log(det) };
  }

  /** @param {{ klWeight: number, noise: boolean, learningRate: number }} setting */
  step({ klWeight, noise, learningRate }) {
    const n = BATCH;
    const [e1, e2, d1, d2] = this.layers;
    const x = this.batch();
    const { h, out } = this.encode(x, n);
    const z = new Float32Array(2 * n);
    const eps = z.map(() => (noise ? normal(this.random) : 0));
    for (let i = 0; i < n; i++)
      for (let k = 0; k < 2; k++) z[2 * i + k] = out[4 * i + k] + Math.exp(out[4 * i + 2 + k]) * eps[2 * i + k];
    const { h: g, logits } = this.decode(z, n);
    const dLogits = logits.map((l, i) => (1 / (1 + Math.exp(-l)) - x[i]) / n);
    const dg = d2.backward(g, dLogits, n).map((v, i) => v * (1 - g[i] * g[i]));
    const dz = d1.backward(z, dg, n);
    const { p11, p12, p22 } = this.precision();
    const dOut = new Float32Array(4 * n);
    for (let i = 0; i < n; i++) {
      const [m1, m2] = [out[4 * i] - this.prior.loc[0], out[4 * i + 1] - this.prior.loc[1]];
      const kl = [p11 * m1 + p12 * m2, p12 * m1 + p22 * m2];
      for (let k = 0; k < 2; k++) {
        const sigma = Math.exp(out[4 * i + 2 + k]);
        dOut[4 * i + k] = dz[2 * i + k] + (klWeight * kl[k]) / n;
        if (noise)
          dOut[4 * i + 2 + k] =
            dz[2 * i + k] * sigma * eps[2 * i + k] + (klWeight * ((k ? p22 : p11) * sigma * sigma - 1)) / n;
      }
    }
    const dh = e2.backward(h, dOut, n).map((v, i) => v * (1 - h[i] * h[i]));
    e1.backward(x, dh, n);
    this.taken++;
    for (const layer of this.layers) for (const part of layer.parts) this.adam(part, learningRate);
  }

  /** @param {{ value: Float32Array, gradient: Float32Array, m: Float32Array, v: Float32Array }} part @param {number} rate */
  adam({ value, gradient, m, v }, rate) {
    const [c1, c2] = [1 - 0.9 ** this.taken, 1 - 0.999 ** this.taken];
    for (let i = 0; i < value.length; i++) {
      m[i] += 0.1 * (gradient[i] - m[i]);
      v[i] += 0.001 * (gradient[i] * gradient[i] - v[i]);
      value[i] -= (rate * (m[i] / c1)) / (Math.sqrt(v[i] / c2) + 1e-8);
    }
  }

  measure() {
    const x = this.heldOut;
    const n = x.length / PIXELS;
    const { out } = this.encode(x, n);
    const { p11, p12, p22, logDet } = this.precision();
    let rate = 0;
    let reconstruction = 0;
    for (let i = 0; i < n; i++) {
      const [m1, m2] = [out[4 * i] - this.prior.loc[0], out[4 * i + 1] - this.prior.loc[1]];
      const [l1, l2] = [out[4 * i + 2], out[4 * i + 3]];
      const trace = p11 * Math.exp(2 * l1) + p22 * Math.exp(2 * l2);
      rate += 0.5 * (p11 * m1 * m1 + 2 * p12 * m1 * m2 + p22 * m2 * m2 + trace - 2 + logDet) - l1 - l2;
    }
    for (let s = 0; s < 8; s++) {
      const z = new Float32Array(2 * n);
      for (let i = 0; i < n; i++)
        for (let k = 0; k < 2; k++)
          z[2 * i + k] = out[4 * i + k] + Math.exp(out[4 * i + 2 + k]) * this.noise[2 * (s * n + i) + k];
      const { logits } = this.decode(z, n);
      for (let i = 0; i < logits.length; i++)
        reconstruction += x[i] * logits[i] - Math.max(logits[i], 0) - Math.log1p(Math.exp(-Math.abs(logits[i])));
    }
    reconstruction /= 8 * n;
    rate /= n;
    return { step: this.taken, elbo: reconstruction - rate, logP: this.logP(), reconstruction, rate };
  }

  logP() {
    const count = GRID * GRID;
    const z = new Float32Array(2 * count);
    const weight = new Float64Array(count);
    const gap = 10 / (GRID - 1);
    const [a, b, c, d] = this.prior.scale;
    for (let i = 0; i < count; i++) {
      const [u, v] = [-5 + gap * (i % GRID), -5 + gap * Math.floor(i / GRID)];
      z[2 * i] = this.prior.loc[0] + a * u + b * v;
      z[2 * i + 1] = this.prior.loc[1] + c * u + d * v;
      weight[i] = -0.5 * (u * u + v * v) - Math.log(2 * Math.PI) + 2 * Math.log(gap);
    }
    const { logits } = this.decode(z, count);
    for (let i = 0; i < count; i++)
      for (let k = 0; k < PIXELS; k++) {
        const l = logits[i * PIXELS + k];
        weight[i] -= Math.max(l, 0) + Math.log1p(Math.exp(-Math.abs(l)));
      }
    const n = this.heldOut.length / PIXELS;
    let total = 0;
    const scores = new Float64Array(count);
    for (let j = 0; j < n; j++) {
      const on = [];
      for (let k = 0; k < PIXELS; k++) if (this.heldOut[j * PIXELS + k]) on.push(k);
      let top = -Infinity;
      for (let i = 0; i < count; i++) {
        let s = weight[i];
        for (const k of on) s += logits[i * PIXELS + k];
        scores[i] = s;
        if (s > top) top = s;
      }
      let sum = 0;
      for (let i = 0; i < count; i++) sum += Math.exp(scores[i] - top);
      total += top + Math.log(sum);
    }
    return total / n;
  }

  codes() {
    const n = this.heldOut.length / PIXELS;
    const { out } = this.encode(this.heldOut, n);
    return Float32Array.from({ length: 2 * n }, (_, i) => out[4 * (i >> 1) + (i & 1)]);
  }

  samples() {
    const [a, b, c, d] = this.prior.scale;
    const z = new Float32Array(16);
    for (let i = 0; i < 8; i++) {
      z[2 * i] = this.prior.loc[0] + a * this.draws[2 * i] + b * this.draws[2 * i + 1];
      z[2 * i + 1] = this.prior.loc[1] + c * this.draws[2 * i] + d * this.draws[2 * i + 1];
    }
    return this.decode(z, 8).logits.map((l) => 1 / (1 + Math.exp(-l)));
  }

  refit() {
    const n = this.count;
    const { out } = this.encode(this.train, n);
    const loc = [0, 0];
    let [s11, s12, s22] = [0, 0, 0];
    for (let i = 0; i < n; i++) for (let k = 0; k < 2; k++) loc[k] += out[4 * i + k] / n;
    for (let i = 0; i < n; i++) {
      const [u, v] = [out[4 * i] - loc[0], out[4 * i + 1] - loc[1]];
      s11 += (u * u + Math.exp(2 * out[4 * i + 2])) / n;
      s22 += (v * v + Math.exp(2 * out[4 * i + 3])) / n;
      s12 += (u * v) / n;
    }
    const a = Math.sqrt(s11);
    const c = s12 / a;
    this.prior = { loc, scale: [a, 0, c, Math.sqrt(s22 - c * c)] };
  }
}
