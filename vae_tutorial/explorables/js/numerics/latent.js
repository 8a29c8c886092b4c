// A decoder with weights that Python packed, and the likelihood of a binary image under its logits.
import { softplus } from "../core/maths.js";
import { unpack } from "../core/packing.js";

/** @typedef {{ kind: "tanh" | "relu" }} Activation */
/** @typedef {(values: Float64Array) => Float64Array} Layer */
/** @typedef {{ kind: "linear", size: [number, number], scale: number, numbers: string }} Linear */

/**
 * Return the decoder as a function from z to logits, with all its weights unpacked once.
 * @param {(Activation | Linear)[]} steps
 * @returns {(z: number[]) => Float64Array}
 */
export function decoderOf(steps) {
  const layers = steps.map((step) => (step.kind === "linear" ? linear(step) : ACTIVATIONS[step.kind]));
  return (z) => layers.reduce((/** @type {Float64Array} */ values, layer) => layer(values), new Float64Array(z));
}

/** @type {Record<Activation["kind"], Layer>} */
const ACTIVATIONS = {
  tanh: (values) => values.map(Math.tanh),
  relu: (values) => values.map((value) => Math.max(0, value)),
};

/** @param {Linear} step @returns {Layer} */
function linear({ size: [rows, columns], scale, numbers: text }) {
  const numbers = unpack(text, -scale, scale, 4);
  if (numbers.length !== rows * columns) {
    throw new Error(`a layer of the decoder must hold ${rows * columns} numbers, and holds ${numbers.length}`);
  }
  return (values) => {
    const output = new Float64Array(rows);
    for (let row = 0; row < rows; row++) {
      const start = row * columns;
      let sum = numbers[start + columns - 1]; // the bias
      for (let i = 0; i < columns - 1; i++) sum += numbers[start + i] * values[i];
      output[row] = sum;
    }
    return output;
  };
}

/**
 * Return log p(x|z) of an image of zeros and ones.
 * @param {Float64Array} image
 * @param {Float64Array} logits
 */
export const logLikelihood = (image, logits) =>
  logits.reduce((sum, logit, i) => sum + image[i] * logit - softplus(logit), 0);
