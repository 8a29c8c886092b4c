// A network with one hidden layer of tanh units, its gradient, and Adam, in single precision as torch has it.

/** @typedef {{ value: Float32Array, gradient: Float32Array, mean: Float32Array, square: Float32Array }} Parameter */

const [BETA1, BETA2, EPSILON] = [0.9, 0.999, 1e-8]; // of Adam, torch's

/** Return a parameter with room for its gradient and Adam's two averages. @param {Float32Array} value @returns {Parameter} */
const parameterOf = (value) => {
  const empty = () => new Float32Array(value.length);
  return { value, gradient: empty(), mean: empty(), square: empty() };
};

/** A linear layer y = x Wᵀ + b. */
class Linear {
  /**
   * Draw W and b evenly from ±1/√inputs, as torch does.
   * @param {number} inputs
   * @param {number} outputs
   * @param {() => number} random
   */
  constructor(inputs, outputs, random) {
    const draw = () => (2 * random() - 1) / Math.sqrt(inputs);
    this.inputs = inputs;
    this.outputs = outputs;
    this.weight = parameterOf(Float32Array.from({ length: inputs * outputs }, draw)); // [outputs, inputs]
    this.bias = parameterOf(Float32Array.from({ length: outputs }, draw));
  }

  /** Write y [rows, outputs] for x [rows, inputs]. @param {Float32Array} x @param {Float32Array} y @param {number} rows */
  forward(x, y, rows) {
    const { inputs, outputs } = this;
    const [weight, bias] = [this.weight.value, this.bias.value];
    let row = 0;
    for (; row + 4 <= rows; row += 4) {
      const [a, b, c, d] = [row, row + 1, row + 2, row + 3].map((r) => r * inputs);
      for (let out = 0; out < outputs; out++) {
        const at = out * inputs;
        let [ya, yb, yc, yd] = [0, 0, 0, 0]; // four sums that do not wait for each other
        for (let i = 0; i < inputs; i++) {
          const w = weight[at + i];
          ya += w * x[a + i];
          yb += w * x[b + i];
          yc += w * x[c + i];
          yd += w * x[d + i];
        }
        const to = row * outputs + out;
        y[to] = bias[out] + ya;
        y[to + outputs] = bias[out] + yb;
        y[to + 2 * outputs] = bias[out] + yc;
        y[to + 3 * outputs] = bias[out] + yd;
      }
    }
    for (; row < rows; row++) {
      const from = row * inputs;
      for (let out = 0; out < outputs; out++) {
        const at = out * inputs;
        let total = bias[out];
        for (let i = 0; i < inputs; i++) total += weight[at + i] * x[from + i];
        y[row * outputs + out] = total;
      }
    }
  }

  /**
   * Write the gradients of weight and bias, and add that of x where it is asked for, from that of y.
   * @param {Float32Array} x
   * @param {Float32Array} dy
   * @param {number} rows
   * @param {Float32Array} [dx]
   */
  backward(x, dy, rows, dx) {
    const { inputs, outputs } = this;
    const [dWeight, dBias] = [this.weight.gradient.fill(0), this.bias.gradient.fill(0)];
    for (let row = 0; row < rows; row += 2) {
      const two = row + 1 < rows; // two rows at once, for each weight that is fetched
      const [a, b] = [row * inputs, (two ? row + 1 : row) * inputs];
      for (let out = 0; out < outputs; out++) {
        const da = dy[row * outputs + out];
        const db = two ? dy[(row + 1) * outputs + out] : 0;
        const at = out * inputs;
        dBias[out] += da + db;
        for (let i = 0; i < inputs; i++) dWeight[at + i] += da * x[a + i] + db * x[b + i];
      }
    }
    if (dx) this.backwardInput(dy, rows, dx);
  }

  /** Write the gradient of x from that of y. @param {Float32Array} dy @param {number} rows @param {Float32Array} dx */
  backwardInput(dy, rows, dx) {
    const { inputs, outputs } = this;
    const weight = this.weight.value;
    dx.fill(0);
    for (let row = 0; row < rows; row++) {
      const to = row * inputs;
      let out = 0;
      for (; out + 4 <= outputs; out += 4) {
        const from = row * outputs + out;
        const [d0, d1, d2, d3] = [dy[from], dy[from + 1], dy[from + 2], dy[from + 3]];
        const at = out * inputs;
        for (let i = 0; i < inputs; i++)
          dx[to + i] +=
            d0 * weight[at + i] +
            d1 * weight[at + inputs + i] +
            d2 * weight[at + 2 * inputs + i] +
            d3 * weight[at + 3 * inputs + i];
      }
      for (; out < outputs; out++) {
        const d = dy[row * outputs + out];
        for (let i = 0; i < inputs; i++) dx[to + i] += d * weight[out * inputs + i];
      }
    }
  }
}

/** Two linear layers with tanh between them; it keeps what its gradient needs. */
export class Network {
  /**
   * @param {[inputs: number, hidden: number, outputs: number]} widths
   * @param {() => number} random
   */
  constructor([inputs, hidden, outputs], random) {
    this.hidden = new Linear(inputs, hidden, random);
    this.output = new Linear(hidden, outputs, random);
    this.room = 0;
    this.activations = new Float32Array(0);
    this.slopes = new Float32Array(0);
    this.outputs = new Float32Array(0);
  }

  /** The parameters in torch's order: weight and bias, layer by layer. */
  parameters() {
    return [this.hidden, this.output].flatMap(({ weight, bias }) => [weight, bias]);
  }

  /** Return the outputs [rows, outputs], which stand until the next call. @param {Float32Array} x @param {number} rows */
  forward(x, rows) {
    if (rows > this.room) {
      this.room = rows;
      this.activations = new Float32Array(rows * this.hidden.outputs);
      this.slopes = new Float32Array(rows * this.hidden.outputs);
      this.outputs = new Float32Array(rows * this.output.outputs);
    }
    const { activations, outputs } = this;
    this.hidden.forward(x, activations, rows);
    const count = rows * this.hidden.outputs;
    for (let i = 0; i < count; i++) activations[i] = Math.tanh(activations[i]);
    this.output.forward(activations, outputs, rows);
    return outputs.subarray(0, rows * this.output.outputs);
  }

  /**
   * Write the gradients of the parameters after `forward(x, rows)`, and that of x where it is asked for.
   * @param {Float32Array} x
   * @param {Float32Array} dOutputs
   * @param {number} rows
   * @param {Float32Array} [dx]
   */
  backward(x, dOutputs, rows, dx) {
    const { activations, slopes } = this;
    this.output.backward(activations, dOutputs, rows, slopes);
    const count = rows * this.hidden.outputs;
    for (let i = 0; i < count; i++) slopes[i] *= 1 - activations[i] * activations[i];
    this.hidden.backward(x, slopes, rows, dx);
  }
}

/**
 * Take one step of Adam downhill.
 * @param {Parameter[]} parameters
 * @param {number} learningRate
 * @param {number} step 1 for the first
 */
export function adam(parameters, learningRate, step) {
  const [correction1, correction2] = [1 - BETA1 ** step, Math.sqrt(1 - BETA2 ** step)];
  const size = learningRate / correction1;
  for (const { value, gradient, mean, square } of parameters) {
    for (let i = 0; i < value.length; i++) {
      mean[i] += (1 - BETA1) * (gradient[i] - mean[i]);
      square[i] = BETA2 * square[i] + (1 - BETA2) * gradient[i] * gradient[i];
      value[i] -= (size * mean[i]) / (Math.sqrt(square[i]) / correction2 + EPSILON);
    }
  }
}
