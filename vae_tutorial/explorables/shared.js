// What all explorables share: numbers, drawing, controls, and the page's stand-in for a kernel.

const SVG = "http://www.w3.org/2000/svg";

// ---- numbers

export const logNormal = (x, loc, scale) => -0.5 * ((x - loc) / scale) ** 2 - Math.log(scale) - 0.5 * Math.log(2 * Math.PI);

/** Return count points from low to high, both included. */
export const linspace = (low, high, count) => Array.from({ length: count }, (_, i) => low + ((high - low) * i) / (count - 1));

/** Return count midpoints of equal cells from low to high. */
export const midpoints = (low, high, count) => Array.from({ length: count }, (_, i) => low + ((high - low) * (i + 0.5)) / count);

export function logSumExp(values) {
  const top = values.reduce((a, b) => Math.max(a, b), -Infinity);
  return top === -Infinity ? top : top + Math.log(values.reduce((sum, value) => sum + Math.exp(value - top), 0));
}

/** Return E[f(z)] under N(loc, scale²): equal steps out to eight scales, where a Gaussian sum is exact to rounding. */
export function gaussianMean(f, loc, scale) {
  const nodes = linspace(-8, 8, 257);
  const weights = nodes.map((t) => Math.exp(-0.5 * t * t));
  const total = weights.reduce((a, b) => a + b, 0);
  return nodes.reduce((sum, t, i) => sum + (weights[i] / total) * f(loc + scale * t), 0);
}

/** Write a number with a true minus sign. */
export const written = (value, digits = 2) => {
  const text = value.toFixed(digits);
  return (Number(text) === 0 ? text.replace("-", "") : text).replace("-", "\u2212");
};

// ---- drawing

/** Add an SVG element to a parent. */
export function draw(parent, tag, attributes = {}, text = "") {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  if (text) node.textContent = text;
  parent.append(node);
  return node;
}

/** Add an HTML element to a parent. */
export function add(parent, tag, properties = {}, text = "") {
  const node = Object.assign(document.createElement(tag), properties);
  if (text) node.textContent = text;
  parent.append(node);
  return node;
}

/** A picture with axes in the reader's own pixels, so that text keeps its size on a phone. */
export class Plot {
  constructor(parent, { height, xlim, ylim, margin = [8, 8, 36, 8], label }) {
    this.svg = draw(parent, "svg", { role: "img", "aria-label": label });
    Object.assign(this, { height, xlim, ylim, margin });
  }

  /** Begin a new picture at the present width. */
  clear() {
    this.width = Math.max(240, this.svg.parentElement.clientWidth - 26);
    this.svg.setAttribute("viewBox", `0 0 ${this.width} ${this.height}`);
    this.svg.setAttribute("height", this.height);
    this.svg.replaceChildren();
  }

  x(value) {
    const [, right, , left] = this.margin;
    return left + ((value - this.xlim[0]) / (this.xlim[1] - this.xlim[0])) * (this.width - left - right);
  }

  y(value) {
    const [top, , bottom] = this.margin;
    return this.height - bottom - ((value - this.ylim[0]) / (this.ylim[1] - this.ylim[0])) * (this.height - top - bottom);
  }

  /** Return the value of x under a pointer. */
  valueX(event) {
    const box = this.svg.getBoundingClientRect();
    const [, right, , left] = this.margin;
    const share = ((event.clientX - box.left) * (this.width / box.width) - left) / (this.width - left - right);
    return this.xlim[0] + share * (this.xlim[1] - this.xlim[0]);
  }

  /** Return the value of y under a pointer. */
  valueY(event) {
    const box = this.svg.getBoundingClientRect();
    const [top, , bottom] = this.margin;
    const share = (this.height - bottom - (event.clientY - box.top) * (this.height / box.height)) / (this.height - top - bottom);
    return this.ylim[0] + share * (this.ylim[1] - this.ylim[0]);
  }

  path(xs, ys) {
    return xs.map((value, i) => `${i ? "L" : "M"}${this.x(value).toFixed(1)},${this.y(ys[i]).toFixed(1)}`).join("");
  }

  line(xs, ys, attributes) {
    return draw(this.svg, "path", { d: this.path(xs, ys), fill: "none", "stroke-width": 2, ...attributes });
  }

  area(xs, ys, attributes) {
    const base = this.y(0).toFixed(1);
    const d = `${this.path(xs, ys)}L${this.x(xs.at(-1)).toFixed(1)},${base}L${this.x(xs[0]).toFixed(1)},${base}Z`;
    return draw(this.svg, "path", { d, stroke: "none", ...attributes });
  }

  text(x, y, words, attributes = {}) {
    return draw(this.svg, "text", { x, y, ...attributes }, words);
  }

  /** Draw the axis at the foot, with its ticks and its name. */
  foot(ticks, name, digits = 0) {
    const level = this.height - this.margin[2];
    draw(this.svg, "line", { x1: this.margin[3], x2: this.width - this.margin[1], y1: level, y2: level, stroke: "#777" });
    for (const tick of ticks) {
      draw(this.svg, "line", { x1: this.x(tick), x2: this.x(tick), y1: level, y2: level + 4, stroke: "#777" });
      this.text(this.x(tick), level + 17, written(tick, digits), { "text-anchor": "middle", class: "muted" });
    }
    this.text(this.width - this.margin[1], level + 33, name, { "text-anchor": "end", class: "muted" });
  }
}

// ---- controls

/** Add a labelled slider to a grid of controls; the keyboard, the screen reader and the finger come with it. */
export function slider(controls, { label, low, high, step, digits = 2, onInput }) {
  const id = `explorable-${(slider.count = (slider.count ?? 0) + 1)}`;
  add(controls, "label", { htmlFor: id }, label);
  const input = add(controls, "input", { type: "range", id, min: low, max: high, step });
  const output = add(controls, "output", { htmlFor: id });
  input.addEventListener("input", () => onInput(Number(input.value)));
  return (value) => {
    input.value = value;
    output.textContent = written(value, digits);
    input.setAttribute("aria-valuetext", written(value, digits));
  };
}

/** Let a node be dragged: move(event) is called while a finger or the mouse holds it. */
export function onDrag(svg, selector, move) {
  svg.addEventListener("pointerdown", (event) => {
    const handle = event.target.closest(selector);
    if (!handle) return;
    event.preventDefault();
    svg.setPointerCapture(event.pointerId);
    const follow = (next) => move(handle.dataset.handle, next);
    const stop = () => svg.removeEventListener("pointermove", follow);
    svg.addEventListener("pointermove", follow);
    svg.addEventListener("pointerup", stop, { once: true });
    svg.addEventListener("pointercancel", stop, { once: true });
  });
}

export const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

/** Go to new values: at once where the reader wants little motion, over a third of a second elsewhere. */
export function glide(model, goals) {
  const set = (values) => {
    for (const [name, value] of Object.entries(values)) model.set(name, value);
    model.save_changes();
  };
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return set(goals);
  const starts = Object.fromEntries(Object.keys(goals).map((name) => [name, model.get(name)]));
  const begin = performance.now();
  const step = (now) => {
    const t = clamp((now - begin) / 330, 0, 1);
    const eased = t * t * (3 - 2 * t);
    set(Object.fromEntries(Object.entries(goals).map(([name, goal]) => [name, t === 1 ? goal : starts[name] + eased * (goal - starts[name])])));
    if (t < 1) requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
}

/** Build the frame of an explorable, draw now and on every change, and show a message where that fails. */
export function frame({ model, el }, names, { hint, build }) {
  const root = add(el, "div", { className: "explorable" });
  for (const [name, color] of Object.entries(model.get("_colors"))) root.style.setProperty(`--${name}`, color);
  add(root, "p", {}, hint);
  let waiting = 0;
  const broken = (error) => {
    root.replaceChildren();
    add(root, "p", { className: "broken" }, `This figure cannot be drawn: ${error.message}`);
  };
  const values = () => {
    const found = Object.fromEntries(names.map((name) => [name, model.get(name)]));
    for (const [name, value] of Object.entries(found)) {
      if (typeof value !== "number" || !Number.isFinite(value)) throw new Error(`${name} must be a finite number, and is ${value}`);
    }
    return found;
  };
  try {
    const change = (changes) => {
      for (const [name, value] of Object.entries(changes)) model.set(name, value);
      model.save_changes();
    };
    const { redraw, describe } = build(root, change);
    const said = add(root, "p", { className: "said", role: "status" });
    let speaking = 0;
    const update = () => {
      waiting = 0;
      try {
        const state = values();
        redraw(state);
        const words = describe(state);
        clearTimeout(speaking); // a screen reader hears the numbers when they have come to rest
        if (said.textContent) speaking = setTimeout(() => (said.textContent = words), 150);
        else said.textContent = words;
      } catch (error) {
        broken(error);
      }
    };
    const soon = () => (waiting ||= requestAnimationFrame(update));
    for (const name of names) model.on(`change:${name}`, soon);
    const sizes = new ResizeObserver(soon);
    sizes.observe(root);
    update();
    return () => sizes.disconnect();
  } catch (error) {
    broken(error);
    return () => {};
  }
}

/** Show an explorable in a page without a kernel: a small object takes the place of the model. */
export function showInPage(explorable, key, state) {
  const listeners = {};
  const model = {
    get: (name) => state[name],
    set(name, value) {
      if (state[name] === value) return;
      state[name] = value;
      for (const listener of listeners[`change:${name}`] ?? []) listener();
    },
    save_changes() {},
    on: (event, listener) => (listeners[event] ??= []).push(listener),
  };
  const place = document.querySelector(`[data-explorable="${key}"]:not([data-ready])`);
  place.dataset.ready = "";
  place.replaceChildren();
  explorable.render({ model, el: place });
}
