// The pictures of a live run: the axis of weights, the curves over the steps, and a plane that widens.
import { AXIS, colorOf, draw, GRID, HALO, lineOf, MUTED } from "../core/elements.js";
import { clamp } from "../core/maths.js";
import { Plane } from "../core/plane.js";
import { Plot } from "../core/plot.js";
import { written } from "../core/words.js";
import { MARKS, placeOf, terms } from "../numerics/live.js";
import { goal, number, weightWords } from "./words.js";

/** @typedef {import("../numerics/live.js").Row} Row */

const LEVELS = /** @type {[number, number]} */ ([-34, -17]); // nats; they stay, so that runs can be compared
const SPAN = 1000; // steps on the axis, at least

/** Return the stretches of a run in which there is an ELBO: a code without noise has none. @param {Row[]} rows */
function withBound(rows) {
  /** @type {Row[][]} */
  const parts = [[]];
  for (const row of rows) {
    if (Number.isFinite(row.elbo)) parts[parts.length - 1].push(row);
    else parts.push([]);
  }
  return parts.filter((part) => part.length > 1);
}

/** The weight of the KL on an axis of its own, with a handle. */
export class Track extends Plot {
  /** @param {Element} parent */
  constructor(parent) {
    const label =
      "The weight of the KL on an axis with marks at 0, 0.1, 0.3, 1 and 4. The slider below moves it as well.";
    super(parent, { height: 72, xlim: [0, MARKS.length - 1], ylim: [0, 1], margin: [28, 18, 22, 18], label });
  }

  /** @param {number} weight */
  show(weight) {
    this.clear();
    this.text(0, 17, goal(weight), { "font-weight": 600 });
    this.level(44, { stroke: AXIS, "stroke-width": 2 });
    MARKS.forEach((mark, i) => {
      this.upright(this.x(i), 38, 50, { stroke: AXIS, "stroke-width": 2 });
      this.text(this.x(i), 69, weightWords(mark), { "text-anchor": "middle", ...MUTED });
    });
    this.handle("weight", this.x(placeOf(weight)), 44, colorOf("bound"));
  }
}

/** log p(x) and ELBO over the steps, with the gap between them; the last run stays, pale. */
export class Curves extends Plot {
  /** @param {Element} parent */
  constructor(parent) {
    const label =
      "ELBO and exact log p(x) of held-out digits over the steps of training, the gap between them shaded. The values stand beside the plane and in the text below.";
    super(parent, { height: 236, xlim: [0, SPAN], ylim: LEVELS, margin: [30, 16, 36, 34], label });
  }

  /** @param {Row[]} rows @param {{ rows: Row[], name: string }} ghost */
  show(rows, ghost) {
    const last = Math.max(rows.at(-1)?.step ?? 0, ghost.rows.at(-1)?.step ?? 0);
    this.xlim = /** @type {[number, number]} */ ([0, SPAN * Math.max(1, Math.ceil(last / SPAN))]);
    this.clear();
    for (const tick of [-30, -25, -20]) {
      this.level(this.y(tick), GRID);
      this.text(30, this.y(tick) + 4, written(tick, 0), { "text-anchor": "end", ...MUTED });
    }
    this.foot(
      [0, 0.25, 0.5, 0.75, 1].map((share) => share * this.xlim[1]),
      "steps",
    );
    this.text(34, this.height - 3, "nats per held-out digit", MUTED);
    this.run(ghost.rows, 0.4);
    this.run(rows, 1);
    this.name(ghost);
    this.title(rows.at(-1));
  }

  /** Draw a run; what lies below the axis runs along it. @param {Row[]} rows @param {number} opacity */
  run(rows, opacity) {
    if (rows.length < 2) return;
    const group = draw(this.svg, "g", { opacity });
    const inside = (/** @type {number} */ value) => clamp(value, ...LEVELS);
    const stepsOf = (/** @type {Row[]} */ some) => some.map(({ step }) => step);
    const heights = (/** @type {Row[]} */ some) => some.map(({ logP }) => inside(logP));
    for (const part of withBound(rows)) {
      const lower = part.map(({ elbo }) => inside(elbo));
      const back = this.path(stepsOf(part).reverse(), [...lower].reverse()).slice(1);
      const gap = { fill: colorOf("true-posterior"), opacity: 0.28, stroke: "none" };
      draw(group, "path", { d: `${this.path(stepsOf(part), heights(part))}L${back}Z`, ...gap });
      group.append(this.line(stepsOf(part), lower, lineOf("bound", 2.5)));
    }
    group.append(this.line(stepsOf(rows), heights(rows), lineOf("model", 2.5)));
    const last = rows[rows.length - 1];
    const [cx, cy] = [this.x(last.step), this.y(inside(last.logP))];
    draw(group, "circle", { cx, cy, r: 5, fill: colorOf("model"), stroke: "#fff" });
  }

  /** @param {{ rows: Row[], name: string }} ghost */
  name({ rows, name }) {
    if (rows.length < 2) return;
    const { step, logP } = rows[rows.length - 1];
    const y = clamp(this.y(logP) - 9, 42, this.height - 48);
    this.text(this.x(step) - 4, y, name, { "text-anchor": "end", class: "muted halo" });
  }

  /** @param {Row | undefined} row */
  title(row) {
    if (!row) return;
    const { logP, elbo, gap } = terms(row);
    this.text(0, 18, `log p(x) ${number(logP, 1)} = ELBO ${number(elbo, 1)} + gap ${number(gap, 1)}`, HALO);
    if (row.step === 0 || !Number.isFinite(elbo) || elbo > LEVELS[0]) return;
    const below = { "text-anchor": "end", ...HALO };
    this.text(this.x(row.step) - 8, this.height - 44, "ELBO: far below this axis", row.step > SPAN / 2 ? below : HALO);
  }
}

/** A latent plane that widens when the codes leave it. */
export class WidePlane extends Plane {
  /** Make room for codes. @param {number[]} codes */
  fit(codes) {
    const reach = Math.max(0, ...codes.map(Math.abs));
    this.limit = [4, 8, 12, 16, 24, 32, 48].find((room) => reach <= room) ?? 64;
    const ends = /** @type {[number, number]} */ ([-this.limit, this.limit]);
    [this.xlim, this.ylim] = [ends, ends];
  }

  /** Draw codes as names of one letter each, all in one text, which is quick. @param {ArrayLike<number>} codes @param {string} names */
  letters(codes, names) {
    const at = Array.from(names, (_, i) => i);
    const x = at.map((i) => this.x(codes[2 * i]).toFixed(1)).join(" ");
    const y = at.map((i) => this.y(codes[2 * i + 1]).toFixed(1)).join(" ");
    draw(draw(this.svg, "g", { class: "codes" }), "text", { x, y }, names);
  }

  axes() {
    const [top, , , left] = this.margin;
    const ticks = [-3, -2, -1, 0, 1, 2, 3].map((i) => (i * this.limit) / 4);
    this.foot(ticks, "z₁");
    this.upright(left, top, this.y(-this.limit), { stroke: AXIS });
    for (const tick of ticks) {
      this.level(this.y(tick), { stroke: AXIS }, left - 4, left);
      this.text(left - 7, this.y(tick) + 4, written(tick, 0), { "text-anchor": "end", ...MUTED });
    }
    this.text(2, top + 10, "z₂", MUTED);
  }
}
