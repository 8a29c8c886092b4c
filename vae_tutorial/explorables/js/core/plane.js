// The latent plane, its prior and codes, and the legend below it.
import { AXIS, add, draw, HALO, lineOf, MUTED } from "./elements.js";
import { linspace } from "./maths.js";
import { unpack } from "./packing.js";
import { Plot } from "./plot.js";
import { written } from "./words.js";

/** @typedef {import("./elements.js").Attributes} Attributes */
/** @typedef {(svg: SVGSVGElement) => void} Swatch */

const TURNS = linspace(0, 2 * Math.PI, 65);

/** A square part of the latent plane, with equal scales. */
export class Plane extends Plot {
  /** @param {Element} parent @param {{ limit: number, label: string }} setting */
  constructor(parent, { limit, label }) {
    const frame = add(parent, "div", { className: "plane" });
    super(frame, { height: 0, xlim: [-limit, limit], ylim: [-limit, limit], margin: [8, 8, 36, 26], label });
    this.limit = limit;
  }

  clear() {
    const [top, right, bottom, left] = this.margin;
    const width = Math.max(200, this.frame.clientWidth);
    this.resize(width, width - left - right + top + bottom);
    this.axes();
  }

  /** Draw both axes, with their ticks and names. */
  axes() {
    const [top, , , left] = this.margin;
    const step = this.limit > 5 ? 2 : 1;
    const count = Math.floor(this.limit / step);
    const ticks = Array.from({ length: 2 * count + 1 }, (_, i) => (i - count) * step);
    this.foot(ticks, "z₁");
    this.upright(left, top, this.y(-this.limit), { stroke: AXIS });
    for (const tick of ticks) {
      this.level(this.y(tick), { stroke: AXIS }, left - 4, left);
      if (tick > this.limit - 0.4 * step) continue; // here stands the name
      this.text(left - 7, this.y(tick) + 4, written(tick, 0), { "text-anchor": "end", ...MUTED });
    }
    this.text(2, top + 10, "z₂", MUTED);
  }

  /** Draw N(0, I) as circles at one and two standard deviations. */
  prior() {
    this.gaussian([0, 0], [1, 0, 0, 1], lineOf("prior", 2.5));
  }

  /**
   * Draw N(loc, scale scaleᵀ) as ellipses at one and two standard deviations, scale being two rows of two numbers.
   * @param {number[]} loc
   * @param {number[]} scale
   * @param {Attributes} attributes
   */
  gaussian(loc, [a, b, c, d], attributes) {
    for (const times of [1, 2]) {
      const xs = TURNS.map((t) => loc[0] + times * (a * Math.cos(t) + b * Math.sin(t)));
      const ys = TURNS.map((t) => loc[1] + times * (c * Math.cos(t) + d * Math.sin(t)));
      this.line(xs, ys, attributes);
    }
  }

  /**
   * Draw codes, two numbers each in a row: a name, or a dot where there are no names.
   * @param {Float64Array} points
   * @param {string[]} names
   */
  codes(points, names = []) {
    const group = draw(this.svg, "g", { class: "codes" });
    let dots = "";
    for (let i = 0; 2 * i < points.length; i++) {
      const [x, y] = [this.x(points[2 * i]).toFixed(1), this.y(points[2 * i + 1]).toFixed(1)];
      if (names.length) draw(group, "text", { x, y }, names[i]);
      else dots += `M${x},${y}h0`;
    }
    if (dots) draw(group, "path", { d: dots });
  }

  /** Return the path of closed outlines, each as packed points. @param {string[]} lines */
  outlines(lines) {
    const closed = lines.map((text) => {
      const points = [...unpack(text, -this.limit, this.limit)];
      const even = (/** @type {unknown} */ _, /** @type {number} */ i) => i % 2 === 0;
      const odd = (/** @type {unknown} */ _, /** @type {number} */ i) => i % 2 === 1;
      return `${this.path(points.filter(even), points.filter(odd))}Z`;
    });
    return closed.join("");
  }

  /** Write words into the upper left corner. @param {string[]} lines */
  title(...lines) {
    lines.forEach((words, i) => {
      this.text(this.margin[3] + 8, 20 + 18 * i, words, HALO);
    });
  }
}

/**
 * Add a legend: for each entry words, and a swatch that is a line or draws itself.
 * @param {Element} parent
 * @param {[string, Attributes | Swatch][]} entries
 */
export function addLegend(parent, entries) {
  const legend = add(parent, "p", { className: "legend" });
  for (const [words, look] of entries) {
    const entry = add(legend, "span");
    const svg = draw(entry, "svg", { viewBox: "0 0 26 14", width: 26, height: 14, "aria-hidden": "true" });
    if (typeof look === "function") look(svg);
    else draw(svg, "line", { x1: 1, x2: 25, y1: 7, y2: 7, ...look });
    entry.append(words);
  }
}
