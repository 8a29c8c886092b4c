// z ~ N(0, 1), x ~ N(2 sin(1.3 z + 0.5), 0.3²).
import { linspace, logNormal, sum } from "../core/maths.js";

export const NOISE = 0.3;
const lattice = linspace(-8, 8, 1601); // the trapezoid rule over z
const step = lattice[1] - lattice[0];

/** Return the mean of x given z. @param {number} z */
export const decoder = (z) => 2 * Math.sin(1.3 * z + 0.5);

/** Return p(x|z) p(z). @param {number} z @param {number} x */
export const integrand = (z, x) => Math.exp(logNormal(x, decoder(z), NOISE) + logNormal(z, 0, 1));

/** Return p(x), per unit of x. @param {number} x */
export const density = (x) => sum(lattice.map((z) => integrand(z, x) * step));
