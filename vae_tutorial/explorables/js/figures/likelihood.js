import { addButton, addControls, onDrag, slider } from "../core/controls.js";
import { AXIS, colorOf, draw, HALO, lineOf, MUTED, publish, REFERENCE } from "../core/elements.js";
import { clamp, linspace, logNormal } from "../core/maths.js";
import { explorableOf, showInPage } from "../core/mount.js";
import { Plot } from "../core/plot.js";
import { added, written } from "../core/words.js";
import { chosen, fitted, TRUTH, terms } from "../numerics/likelihood.js";

/** @typedef {"loc" | "scale" | "size" | "sample"} Handle */

const [LOW, HIGH] = [-4.5, -0.5]; // the ends of the bars, nats
const FLOOR = -5.5; // the foot of the stems, nats
/** @type {[number, number]} */
const RANGE = [-7.5, 7.5];

const withinLoc = (/** @type {number} */ loc) => clamp(loc, -5, 5);
const withinScale = (/** @type {number} */ scale) => clamp(scale, 0.4, 6);

/** @param {import("../core/mount.js").Place<Handle>} place */
function build({ root, data, change, glide }) {
  const curves = new Plot(root, {
    height: 150,
    xlim: RANGE,
    ylim: [0, 0.4],
    margin: [8, 8, 0, 8],
    label: "Densities over x: the truth, filled, and the model. The points of the sample lie on the axis.",
  });
  const stems = new Plot(root, {
    height: 190,
    xlim: RANGE,
    ylim: [FLOOR, 0],
    margin: [0, 8, 36, 8],
    label:
      "Under each point a stem as long as minus its log density under the model; two level lines: the average of the points, and the ceiling. The values stand in the text below.",
  });
  const bars = new Plot(root, {
    height: 190,
    xlim: [LOW, HIGH],
    ylim: [0, 3],
    label:
      "Three bars on an axis of nats, with the ceiling as a line: the model on fresh data, the model on these points, the truth on these points. The values stand in the text below.",
  });
  const controls = addControls(root);
  const step = 0.01;
  const show = {
    loc: slider(controls, { label: "mean of the model", low: -5, high: 5, step, onInput: (loc) => change({ loc }) }),
    scale: slider(controls, {
      label: "width of the model",
      low: 0.4,
      high: 6,
      step,
      onInput: (scale) => change({ scale }),
    }),
    size: slider(controls, {
      label: "number of points",
      low: 2,
      high: 40,
      step: 1,
      words: String,
      onInput: (size) => change({ size }),
    }),
  };
  addButton(root, "Fit to the points", () => {
    const { loc, scale } = fitted(points);
    glide({ loc: withinLoc(loc), scale: withinScale(scale) });
  });
  addButton(root, "Another sample", () => change({ sample: ((state.sample + 2) % data.samples.length) + 1 }));
  addButton(root, "Take the truth", () => glide({ loc: 0, scale: TRUTH }));
  onDrag(curves.svg, (name, event) => {
    const x = curves.valueX(event);
    if (name === "loc") change({ loc: withinLoc(x) });
    else change({ scale: withinScale(Math.abs(x - state.loc)) });
  });

  /** @type {Record<Handle, number>} */
  let state;
  /** @type {number[]} */
  let points;
  /** @type {ReturnType<typeof terms>} */
  let numbers;

  /** @param {Record<Handle, number>} now */
  function redraw(now) {
    state = now;
    points = chosen(data.samples, state);
    numbers = terms(state, points);
    show.loc(state.loc);
    show.scale(state.scale);
    show.size(state.size);
    publish(root, numbers);
    drawCurves();
    drawStems();
    drawBars();
  }

  function drawCurves() {
    const { loc, scale } = state;
    const x = linspace(...RANGE, 301);
    const truth = x.map((t) => Math.exp(logNormal(t, 0, TRUTH)));
    const peak = Math.exp(logNormal(loc, loc, scale));
    const top = 1.2 * clamp(peak, 0.25, 1);
    const model = x.map((t) => Math.min(top, Math.exp(logNormal(t, loc, scale))));
    curves.ylim = [0, top];
    curves.clear();
    curves.area(x, truth, { fill: colorOf("data"), opacity: 0.18 });
    curves.line(x, truth, lineOf("data", 1.5));
    curves.line(x, model, lineOf("model", 2.5));
    curves.legend([
      ["truth", lineOf("data", 1.5)],
      ["model", lineOf("model", 2.5)],
    ]);
    curves.level(curves.y(0), { stroke: AXIS });
    handle("loc", loc, Math.min(top, peak));
    handle("scale", loc + scale, Math.min(top, peak) * Math.exp(-0.5));
  }

  /** @param {string} name @param {number} x @param {number} height */
  function handle(name, x, height) {
    const y = Math.min(curves.y(height), curves.y(0) - 14);
    curves.handleInside(name, curves.x(x), y, colorOf("model"));
  }

  function drawStems() {
    stems.clear();
    for (const tick of [-1, -3, -4, -5]) stems.level(stems.y(tick), { stroke: "#e4e4e4" });
    stems.text(stems.x(RANGE[1]), stems.y(-5) - 4, `${written(-5, 0)} nats`, { "text-anchor": "end", ...MUTED });
    for (const point of points) drawStem(point);
    const { ceiling, average } = numbers;
    const above = average > ceiling;
    level(ceiling, `ceiling ${written(ceiling)}`, !above, REFERENCE, "end");
    level(average, `average ${written(average)}`, above && average < -1, lineOf("model", 2.5), "start");
    stems.foot([-6, -4, -2, 0, 2, 4, 6], "x");
  }

  /** @param {number} point */
  function drawStem(point) {
    const score = logNormal(point, state.loc, state.scale);
    const [x, top, end] = [stems.x(point), stems.y(0), stems.y(Math.max(score, FLOOR))];
    const look = { ...lineOf("model"), class: "stem", "data-score": score, opacity: 0.75 };
    stems.upright(x, top, end, look);
    draw(stems.svg, "rect", { x: x - 4, y: top - 4, width: 8, height: 8, fill: colorOf("data"), stroke: "#fff" });
    const fill = colorOf("model");
    if (score > FLOOR) draw(stems.svg, "circle", { cx: x, cy: end, r: 3.5, fill });
    else draw(stems.svg, "path", { d: `M${x - 5},${end - 9}h10l-5,9z`, fill }); // it goes on below
  }

  /**
   * Draw a level line with words above or below it.
   * @param {number} value
   * @param {string} words
   * @param {boolean} above
   * @param {import("../core/elements.js").Attributes} line
   * @param {"start" | "end"} anchor
   */
  function level(value, words, above, line, anchor) {
    const y = stems.y(Math.max(value, FLOOR));
    stems.level(y, line);
    const x = stems.x(RANGE[anchor === "end" ? 1 : 0]);
    stems.text(x, above || value < FLOOR ? y - 6 : y + 15, words, { "text-anchor": anchor, ...HALO });
  }

  function drawBars() {
    bars.clear();
    const { ceiling, kl, expected, average, truth } = numbers;
    /** @param {string} role @param {number} opacity */
    const paint = (role, opacity) => ({ fill: colorOf(role), "fill-opacity": opacity });
    const beyond = (/** @type {number} */ total) => (total < LOW ? "‹ it ends farther left" : "");
    bars.bars(
      [
        {
          title: `fresh data: ${written(expected)} = ceiling − KL ${written(kl)}`,
          parts: [
            [LOW, expected, paint("model", 0.75)],
            [expected, ceiling, paint("model", 0.2)],
          ],
          beyond: beyond(expected),
        },
        {
          title: `these ${state.size} points: ${written(average)} = truth ${added(average - truth)}`,
          parts: [
            [LOW, Math.min(average, truth), paint("model", 0.75)],
            [truth, average, { fill: bars.stripes("model") }],
          ],
          beyond: beyond(average),
        },
        {
          title: `truth on them: ${written(truth)} = ceiling ${added(truth - ceiling)} luck`,
          parts: [
            [LOW, Math.min(truth, ceiling), paint("data", 0.6)],
            [ceiling, truth, { fill: bars.stripes("data") }],
          ],
          beyond: beyond(truth),
        },
      ],
      { first: 38, step: 40, height: 18, reference: ceiling, from: 18, to: 154, look: HALO },
    );
    bars.text(bars.x(ceiling), 13, `ceiling −H = ${written(ceiling)}`, { "text-anchor": "middle" });
    bars.foot([-4, -3, -2, -1], "nats");
  }

  function describe() {
    const { ceiling, kl, expected, average, truth } = numbers;
    return (
      `Fresh data: ${written(expected)} = ceiling ${written(ceiling)} − KL ${written(kl)}. ` +
      `These ${state.size} points: ${written(average)} = ceiling ${written(ceiling)} ${added(truth - ceiling)} ` +
      `(luck of the sample) ${added(average - truth)} (against the truth). In nats.`
    );
  }

  return { redraw, describe };
}

const explorable = explorableOf({
  handles: /** @type {const} */ (["loc", "scale", "size", "sample"]),
  hint: "Fit the model to the points, then draw another sample: the bar for these points jumps, the bar for fresh data stays. Try 2 points and 40: only luck and the fit to these very points (striped) pass the ceiling.",
  build,
});

export { explorable as default, showInPage };
