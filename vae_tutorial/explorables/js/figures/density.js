import { addButton, addControls, onDrag, slider } from "../core/controls.js";
import { colorOf, draw, lineOf, publish } from "../core/elements.js";
import { clamp, linspace, logNormal } from "../core/maths.js";
import { explorableOf, showInPage } from "../core/mount.js";
import { Plot } from "../core/plot.js";
import { written } from "../core/words.js";
import { scores, terms } from "../numerics/density.js";
import { fitted } from "../numerics/likelihood.js";

/** @typedef {"loc" | "scale"} Handle */

/** @type {[number, number]} */
const RANGE = [-5, 5];
const LOW = -7; // the left end of the bar, nats
const TOP = 1.05; // of the density's axis, which stays: what gets narrower is seen to get taller

const withinLoc = (/** @type {number} */ loc) => clamp(loc, -4, 4);
const withinScale = (/** @type {number} */ scale) => clamp(scale, 0.4, 4);

/** Write how many times something is multiplied. @param {number} factor */
const times = (factor) => (factor < 100 ? factor.toPrecision(2) : "more than 100");

/** @param {import("../core/mount.js").Place<Handle>} place */
function build({ root, data, change, glide }) {
  /** @type {number[]} */
  const dots = data.dots;
  const curve = new Plot(root, {
    height: 200,
    xlim: RANGE,
    ylim: [0, TOP],
    label:
      "The density of the model over x, filled, its area 1. The data are dots on the axis, and a line leads from each up to the curve. The values stand in the text below.",
  });
  const bar = new Plot(root, {
    height: 84,
    xlim: [LOW, -1],
    ylim: [0, 1],
    label:
      "A bar on an axis of nats: the average of log p at the dots, and a line at the best that a curve of this kind can reach. The values stand in the text below.",
  });
  const controls = addControls(root);
  const step = 0.01;
  const show = {
    loc: slider(controls, { label: "centre", low: -4, high: 4, step, onInput: (loc) => change({ loc }) }),
    scale: slider(controls, { label: "width", low: 0.4, high: 4, step, onInput: (scale) => change({ scale }) }),
  };
  addButton(root, "Best curve", () => glide(fitted(dots)));
  onDrag(curve.svg, (name, event) => {
    const x = curve.valueX(event);
    if (name === "loc") change({ loc: withinLoc(x) });
    else change({ scale: withinScale(Math.abs(x - state.loc)) });
  });

  /** @type {Record<Handle, number>} */
  let state;
  /** @type {ReturnType<typeof terms>} */
  let numbers;

  /** @param {Record<Handle, number>} now */
  function redraw(now) {
    state = now;
    numbers = terms(state, dots);
    show.loc(state.loc);
    show.scale(state.scale);
    publish(root, numbers);
    drawCurve();
    drawBar();
  }

  function drawCurve() {
    const { loc, scale } = state;
    const density = (/** @type {number} */ x) => Math.exp(logNormal(x, loc, scale));
    const x = linspace(...RANGE, 401);
    const heights = x.map(density);
    curve.clear();
    curve.area(x, heights, { fill: colorOf("model"), opacity: 0.18 });
    curve.line(x, heights, lineOf("model", 2.5));
    for (const dot of dots) drawDot(dot, density(dot));
    curve.legend([["model p(x), area 1", lineOf("model", 2.5)]]);
    curve.text(6, 34, "■ data, which never move", { fill: colorOf("data") });
    curve.foot([-4, -2, 0, 2, 4], "x");
    curve.handleInside("loc", curve.x(loc), curve.y(density(loc)), colorOf("model"));
    curve.handleInside("scale", curve.x(loc + scale), curve.y(density(loc + scale)), colorOf("model"));
  }

  /** Draw a dot on the axis, and the height of the curve above it. @param {number} x @param {number} height */
  function drawDot(x, height) {
    const [at, foot] = [curve.x(x), curve.y(0)];
    curve.upright(at, curve.y(height), foot, { stroke: colorOf("data"), "stroke-width": 1.5 });
    draw(curve.svg, "rect", { x: at - 4, y: foot - 4, width: 8, height: 8, fill: colorOf("data"), stroke: "#fff" });
  }

  function drawBar() {
    const { average, best } = numbers;
    bar.clear();
    const title = `average log p ${written(average)}, best ${written(best)}`;
    const parts = /** @type {import("../core/plot.js").Part[]} */ ([
      [LOW, average, { fill: colorOf("model"), opacity: 0.75 }],
    ]);
    const beyond = average < LOW ? "‹ far to the left of this axis" : "";
    bar.bars([{ title, parts, beyond }], { first: 24, step: 0, height: 20, reference: best, from: 18, to: 48 });
    bar.foot([-7, -6, -5, -4, -3, -2, -1], "nats");
  }

  function describe() {
    const { average, best, lowest } = numbers;
    const worst = dots[scores(state, dots).indexOf(lowest)];
    const gap = best - average;
    const verdict =
      gap < 0.005
        ? "This is the best curve of its kind for these dots."
        : `The best curve reaches ${written(best)}: it makes a dot ${times(Math.exp(gap))} times as probable, on (geometric) average.`;
    return (
      `Average of log p at the ${dots.length} dots: ${written(average)}. ${verdict} ` +
      `The least probable dot, at ${written(worst, 1)}, has log p ${written(lowest)}.`
    );
  }

  return { redraw, describe };
}

const explorable = explorableOf({
  handles: /** @type {const} */ (["loc", "scale"]),
  hint: "Move the curve with its sliders, or drag its two dots. The data stay. Watch the bar.",
  build,
});

export { explorable as default, showInPage };
