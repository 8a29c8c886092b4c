// The model N(loc, scale²), and what it makes of a few dots that stay where they are.
import { linspace, logIntegral, logNormal, mean } from "../core/maths.js";
import { fitted } from "./likelihood.js";

/** @typedef {import("./likelihood.js").Gaussian} Gaussian */

/** Return log p(x) of each dot, in nats. @param {Gaussian} model @param {number[]} dots */
export const scores = ({ loc, scale }, dots) => dots.map((x) => logNormal(x, loc, scale));

/**
 * Return the numbers: the average of log p at the dots, that of the best Gaussian, the lowest log p, and the area.
 * @param {Gaussian} model
 * @param {number[]} dots
 */
export function terms(model, dots) {
  const { loc, scale } = model;
  const found = scores(model, dots);
  const everywhere = linspace(loc - 12 * scale, loc + 12 * scale, 481); // the trapezoid rule
  return {
    average: mean(found),
    best: mean(scores(fitted(dots), dots)),
    lowest: Math.min(...found),
    area: Math.exp(logIntegral((x) => logNormal(x, loc, scale), everywhere)),
  };
}
