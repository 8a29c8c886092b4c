// What the explorables of a 2-D latent space share: packed numbers, the plane with its prior and codes, small images.
import { Plot, add, draw, slider, written } from "./shared.js";

// ---- numbers

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const PLACES = new Map([...ALPHABET].map((letter, place) => [letter, place]));

/** Turn packed text back into numbers: each stands as some digits in base 64, its place between two ends. */
export function unpack(text, low, high, digits = 2) {
  const numbers = new Float64Array(text.length / digits);
  for (let i = 0; i < numbers.length; i++) {
    let place = 0;
    for (let k = 0; k < digits; k++) place = 64 * place + PLACES.get(text[i * digits + k]);
    numbers[i] = low + ((high - low) * place) / (64 ** digits - 1);
  }
  return numbers;
}

/** Return the whole number that a state holds, or say what is wrong with it. */
export function place(name, value, count) {
  if (Number.isInteger(value) && value >= 0 && value < count) return value;
  throw new Error(`${name} must be a whole number from 0 to ${count - 1}, and is ${value}`);
}

// ---- small images

/** Add a small image, whose pixels are set later; a name makes it known to a screen reader. */
export function addImage(parent, [height, width], name = "") {
  const canvas = add(parent, "canvas", { height, width, className: "image" });
  if (name) {
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", name);
  } else canvas.setAttribute("aria-hidden", "true");
  return canvas;
}

/** Draw values from 0, white, to 1, black. */
export function paint(canvas, values) {
  const context = canvas.getContext("2d");
  const picture = context.createImageData(canvas.width, canvas.height);
  values.forEach((value, i) => {
    picture.data.fill(Math.round(255 * (1 - value)), 4 * i, 4 * i + 3);
    picture.data[4 * i + 3] = 255;
  });
  context.putImageData(picture, 0, 0);
}

// ---- the plane

/** A square part of the latent plane, with equal scales. */
export class Plane extends Plot {
  constructor(parent, { limit, label }) {
    super(parent, { height: 0, xlim: [-limit, limit], ylim: [-limit, limit], margin: [8, 8, 36, 26], label });
    this.limit = limit;
  }

  clear() {
    const [top, right, bottom, left] = this.margin;
    this.width = Math.max(200, this.svg.parentElement.clientWidth);
    this.height = this.width - left - right + top + bottom;
    this.svg.setAttribute("viewBox", `0 0 ${this.width} ${this.height}`);
    this.svg.setAttribute("height", this.height);
    this.svg.replaceChildren();
  }

  /** Draw both axes, with their ticks and names. */
  axes() {
    const [top, , , left] = this.margin;
    const ticks = [];
    const step = this.limit > 5 ? 2 : 1;
    for (let tick = -Math.floor(this.limit / step) * step; tick <= this.limit; tick += step) ticks.push(tick);
    this.foot(ticks, "z\u2081");
    draw(this.svg, "line", { x1: left, x2: left, y1: top, y2: this.y(-this.limit), stroke: "#777" });
    for (const tick of ticks) {
      draw(this.svg, "line", { x1: left - 4, x2: left, y1: this.y(tick), y2: this.y(tick), stroke: "#777" });
      if (tick < this.limit - 0.4 * step) this.text(left - 7, this.y(tick) + 4, written(tick, 0), { "text-anchor": "end", class: "muted" });
    }
    this.text(2, top + 10, "z\u2082", { class: "muted" });
  }

  /** Draw N(0, I) as circles at one and two standard deviations. */
  prior() {
    for (const radius of [1, 2]) this.ellipse([0, 0], [radius, 0, 0, radius], { stroke: "var(--prior)", "stroke-dasharray": "2 4", "stroke-width": 2.5 });
  }

  /** Draw the points loc + scale·(cos t, sin t), scale being two rows of two numbers. */
  ellipse(loc, [a, b, c, d], attributes) {
    const turns = Array.from({ length: 65 }, (_, i) => (2 * Math.PI * i) / 64);
    const xs = turns.map((t) => loc[0] + a * Math.cos(t) + b * Math.sin(t));
    return this.line(xs, turns.map((t) => loc[1] + c * Math.cos(t) + d * Math.sin(t)), attributes);
  }

  /** Draw codes, two numbers each in a row: a name, or a dot where there are no names. */
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

  /** Return the path of closed outlines, each as packed points. */
  outlines(lines) {
    return lines.map((text) => {
      const points = unpack(text, -this.limit, this.limit);
      const xs = Array.from({ length: points.length / 2 }, (_, i) => points[2 * i]);
      return this.path(xs, xs.map((_, i) => points[2 * i + 1])) + "Z";
    }).join("");
  }
}

/** Add a legend: for each entry a swatch, drawn by a function on a small SVG, and words. */
export function addLegend(parent, entries) {
  const legend = add(parent, "p", { className: "legend" });
  for (const [words, swatch] of entries) {
    const entry = add(legend, "span");
    swatch(draw(entry, "svg", { viewBox: "0 0 26 14", width: 26, height: 14, "aria-hidden": "true" }));
    entry.append(words);
  }
}

/** Return a swatch that is a line in a role's colour. */
export const lineSwatch = (role, dash) => (svg) => draw(svg, "line", { x1: 1, x2: 25, y1: 7, y2: 7, stroke: `var(--${role})`, "stroke-width": 2.5, "stroke-dasharray": dash });

// ---- a slider over a few places

/** Add a slider whose places have names of their own. */
export function addPlaces(controls, { label, names, onInput }) {
  const show = slider(controls, { label, low: 0, high: names.length - 1, step: 1, digits: 0, onInput });
  const [input, output] = [...controls.children].slice(-2);
  return (at) => {
    show(at);
    output.textContent = names[at];
    input.setAttribute("aria-valuetext", names[at]);
  };
}
