// A picture with axes.
import { AXIS, colorOf, draw, HALO, INK, MUTED, REFERENCE, uniqueId } from "./elements.js";
import { clamp } from "./maths.js";
import { written } from "./words.js";

/** @typedef {import("./elements.js").Attributes} Attributes */
/** @typedef {[from: number, to: number, attributes: Attributes]} Part of a bar, from one value to another */
/** @typedef {{ title: string, parts: Part[], beyond?: string }} Bar and words for what lies farther left than the axis */
/**
 * @typedef {{
 *   height: number, xlim: [number, number], ylim: [number, number], margin?: number[], label: string,
 * }} Setting
 */

/** A picture with axes in the reader's own pixels, so that text keeps its size on a phone. */
export class Plot {
  /** @param {Element} parent @param {Setting} setting the margin is that above, right, below and left */
  constructor(parent, { height, xlim, ylim, margin = [8, 8, 36, 8], label }) {
    this.frame = parent;
    this.svg = draw(parent, "svg", { role: "img", "aria-label": label });
    this.width = 0;
    this.height = height;
    this.xlim = xlim;
    this.ylim = ylim;
    this.margin = margin;
  }

  /** Begin a new picture at the present width. */
  clear() {
    this.resize(Math.max(240, this.frame.clientWidth - 26), this.height);
  }

  /** @param {number} width @param {number} height */
  resize(width, height) {
    this.width = width;
    this.height = height;
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.svg.setAttribute("height", String(height));
    this.svg.replaceChildren();
  }

  /** @param {number} value */
  x(value) {
    const [, right, , left] = this.margin;
    return left + ((value - this.xlim[0]) / (this.xlim[1] - this.xlim[0])) * (this.width - left - right);
  }

  /** @param {number} value */
  y(value) {
    const [top, , bottom] = this.margin;
    const share = (value - this.ylim[0]) / (this.ylim[1] - this.ylim[0]);
    return this.height - bottom - share * (this.height - top - bottom);
  }

  /** Return the value of x under a pointer. @param {MouseEvent} event */
  valueX(event) {
    const box = this.svg.getBoundingClientRect();
    const [, right, , left] = this.margin;
    const share = ((event.clientX - box.left) * (this.width / box.width) - left) / (this.width - left - right);
    return this.xlim[0] + share * (this.xlim[1] - this.xlim[0]);
  }

  /** Return the height of a pointer, in the picture's pixels from its top. @param {MouseEvent} event */
  pixelY(event) {
    const box = this.svg.getBoundingClientRect();
    return (event.clientY - box.top) * (this.height / box.height);
  }

  /** Return the value of y under a pointer. @param {MouseEvent} event */
  valueY(event) {
    const [top, , bottom] = this.margin;
    const share = (this.height - bottom - this.pixelY(event)) / (this.height - top - bottom);
    return this.ylim[0] + share * (this.ylim[1] - this.ylim[0]);
  }

  /** Return a point as a path writes it. @param {number} x @param {number} y */
  point(x, y) {
    return `${this.x(x).toFixed(1)},${this.y(y).toFixed(1)}`;
  }

  /** @param {number[]} xs @param {number[]} ys */
  path(xs, ys) {
    return `M${xs.map((x, i) => this.point(x, ys[i])).join("L")}`;
  }

  /** @param {number[]} xs @param {number[]} ys @param {Attributes} attributes */
  line(xs, ys, attributes) {
    return draw(this.svg, "path", { d: this.path(xs, ys), fill: "none", ...attributes });
  }

  /** @param {number[]} xs @param {number[]} ys @param {Attributes} attributes */
  area(xs, ys, attributes) {
    const base = this.y(0).toFixed(1);
    const [first, last] = [xs[0], xs[xs.length - 1]].map((x) => this.x(x).toFixed(1));
    const d = `${this.path(xs, ys)}L${last},${base}L${first},${base}Z`;
    return draw(this.svg, "path", { d, stroke: "none", ...attributes });
  }

  /**
   * Draw an upright line, between two heights in pixels.
   * @param {number} x
   * @param {number} top
   * @param {number} bottom
   */
  upright(x, top, bottom, attributes = /** @type {Attributes} */ (REFERENCE)) {
    return draw(this.svg, "line", { x1: x, x2: x, y1: top, y2: bottom, ...attributes });
  }

  /** Draw a level line, between two places in pixels. @param {number} y @param {Attributes} attributes */
  level(y, attributes = { stroke: AXIS }, left = this.margin[3], right = this.width - this.margin[1]) {
    return draw(this.svg, "line", { x1: left, x2: right, y1: y, y2: y, ...attributes });
  }

  /** @param {number} x @param {number} y @param {string} words @param {Attributes} attributes */
  text(x, y, words, attributes = {}) {
    return draw(this.svg, "text", { x, y, ...attributes }, words);
  }

  /** Draw the axis at the foot, with its ticks and its name. @param {number[]} ticks @param {string} name */
  foot(ticks, name) {
    const y = this.height - this.margin[2];
    this.level(y);
    for (const tick of ticks) {
      this.upright(this.x(tick), y, y + 4, { stroke: AXIS });
      this.text(this.x(tick), y + 17, written(tick, 0), { "text-anchor": "middle", ...MUTED });
    }
    this.text(this.width - this.margin[1], y + 33, name, { "text-anchor": "end", ...MUTED });
  }

  /**
   * Draw a handle, with room for a finger, at a place in pixels.
   * @param {string} name
   * @param {number} cx
   * @param {number} cy
   */
  handle(name, cx, cy, color = INK) {
    const group = draw(this.svg, "g", { class: "handle", "data-handle": name });
    draw(group, "circle", { cx, cy, r: 22, fill: "transparent" });
    draw(group, "circle", { cx, cy, r: 8, fill: "#fff", stroke: color, "stroke-width": 3 });
    return group;
  }

  /**
   * Draw a handle that stays in sight.
   * @param {string} name
   * @param {number} cx
   * @param {number} cy
   * @param {string} color
   */
  handleInside(name, cx, cy, color) {
    return this.handle(name, clamp(cx, 10, this.width - 10), Math.max(cy, 12), color);
  }

  /** Name the lines in the upper left corner. @param {[words: string, line: Attributes][]} entries */
  legend(entries) {
    entries.forEach(([words, line], i) => {
      this.level(12 + 18 * i, line, 6, 36);
      this.text(42, 16 + 18 * i, words);
    });
  }

  /**
   * Draw bars below each other, each with its title above it, and an upright line with which they are compared.
   * @param {Bar[]} bars
   * @param {{
   *   first: number, step: number, height: number, reference: number, from: number, to: number, look?: Attributes,
   * }} places the look is that of the words for what lies beyond
   */
  bars(bars, { first, step, height, reference, from, to, look = {} }) {
    const at = (/** @type {number} */ value) => this.x(clamp(value, ...this.xlim));
    const rise = Math.floor(height / 4);
    bars.forEach(({ parts, beyond }, row) => {
      const y = first + step * row;
      for (const [start, end, attributes] of parts) {
        const [x, width] = [at(start), at(end) - at(start)];
        if (width > 0.2)
          draw(this.svg, "rect", { x, y, width, height, stroke: "#333", "stroke-width": 0.6, ...attributes });
      }
      if (beyond) this.text(at(-Infinity) + 4, y + height - rise, beyond, look);
    });
    this.upright(at(reference), from, to);
    bars.forEach(({ title }, row) => {
      this.text(at(-Infinity), first + step * row - rise, title, HALO);
    });
  }

  /** Return the paint of stripes in a role's colour. @param {string} role */
  stripes(role) {
    const id = uniqueId("stripes");
    const size = { width: 7, height: 7 };
    const placed = { patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" };
    const pattern = draw(draw(this.svg, "defs"), "pattern", { id, ...size, ...placed });
    draw(pattern, "rect", { ...size, fill: "#fff" });
    draw(pattern, "rect", { ...size, width: 3.5, fill: colorOf(role) });
    return `url(#${id})`;
  }
}
