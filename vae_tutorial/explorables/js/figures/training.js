import { addButton, addControls, addPlaces, calm, onDrag } from "../core/controls.js";
import { add, colorOf, draw, GRID, lineOf, MUTED, publish } from "../core/elements.js";
import { ends, nearest, ticks, whole } from "../core/maths.js";
import { explorableOf, showInPage } from "../core/mount.js";
import { unpack } from "../core/packing.js";
import { addLegend, Plane } from "../core/plane.js";
import { Plot } from "../core/plot.js";
import { signed, written } from "../core/words.js";
import { change as changeOf, terms } from "../numerics/training.js";

const MOVED = { stroke: "#5b6672", "stroke-width": 1, fill: "none" }; // from where a code was before

/** Draw the legend's code, with a line from where it was before. @param {SVGSVGElement} svg */
function movedCode(svg) {
  const group = draw(svg, "g", { class: "codes" });
  draw(group, "path", { d: "M3,7L22,7", "stroke-width": 1, opacity: 0.6 });
  draw(group, "path", { d: "M22,7h0" });
}

/** @param {import("../core/mount.js").Place<"step">} place */
function build({ root, data, change }) {
  /** @type {{ epochs: number[], labels: string[] }} */
  const { epochs, labels } = data;
  const last = epochs.length - 1;
  const numbers = terms(data);
  const [elbo, logP, gap] = [data.elbo, data.logP, numbers.map((row) => row.gap)];
  const codes = data.codes.map((/** @type {string} */ text) => unpack(text, -data.limit, data.limit));
  const show = addPlaces(addControls(root), {
    label: "epoch",
    names: epochs.map(String),
    onInput: (step) => change({ step }),
  });
  const button = addButton(root, "Play", play);
  const beside = add(root, "div", { className: "beside" });
  const plane = new Plane(beside, {
    limit: data.limit,
    label: "The latent plane: circles of the prior, and the codes at the chosen epoch.",
  });
  const side = add(beside, "div", { className: "side curves" });
  /** @type {{ xlim: [number, number], margin: number[] }} */
  const common = { xlim: [epochs[0], epochs[last]], margin: [22, 10, 22, 34] };
  const curves = new Plot(side, {
    ...common,
    height: 220,
    ylim: ends([...elbo, ...logP]),
    label: "ELBO and log p(x) over the epochs. The values of the chosen epoch stand in the text below.",
  });
  const below = new Plot(side, {
    ...common,
    height: 150,
    ylim: ends([0, ...gap]),
    label: "The gap over the epochs, on a scale of its own.",
  });
  addLegend(root, [
    ["log p(x)", lineOf("model", 2.5)],
    ["ELBO", lineOf("bound", 2.5)],
    ["gap", lineOf("true-posterior", 2.5)],
    ["prior p(z)", lineOf("prior", 2.5)],
    ["codes, with a line from where each was before", movedCode],
  ]);
  for (const plot of [curves, below]) {
    onDrag(plot.svg, (_, event) => change({ step: nearest(epochs, plot.valueX(event)) }));
  }

  let step = 0;
  let playing = 0;

  function play() {
    if (playing) return stop();
    if (calm()) return change({ step: last });
    if (step === last) change({ step: 0 });
    button.textContent = "Stop";
    playing = setInterval(() => (step < last && root.isConnected ? change({ step: step + 1 }) : stop()), 500);
  }

  function stop() {
    clearInterval(playing);
    playing = 0;
    button.textContent = "Play";
  }

  /** @param {{ step: number }} now */
  function redraw(now) {
    step = whole("step", now.step, 0, last);
    show(step);
    drawPlane();
    drawCurves();
    publish(root, numbers[step]);
  }

  function drawPlane() {
    plane.clear();
    const [before, after] = [codes[Math.max(0, step - 1)], codes[step]];
    let d = "";
    for (let i = 0; i < after.length; i += 2) {
      d += `M${plane.point(before[i], before[i + 1])}L${plane.point(after[i], after[i + 1])}`;
    }
    draw(plane.svg, "path", { d, ...MOVED, opacity: 0.35 });
    plane.codes(after, labels);
    plane.prior();
    plane.title(`epoch ${epochs[step]}`);
  }

  function drawCurves() {
    const now = numbers[step];
    begin(curves, `log p(x) ${written(now.logP)}, ELBO ${written(now.elbo)}`);
    curves.line(epochs, logP, lineOf("model", 2.5));
    curves.line(epochs, elbo, lineOf("bound", 2.5));
    mark(curves, now.logP, "model");
    begin(below, `gap ${written(now.gap)} nats, magnified`);
    below.area(epochs, gap, { fill: colorOf("true-posterior"), opacity: 0.2 });
    below.line(epochs, gap, lineOf("true-posterior", 2.5));
    mark(below, now.gap, "true-posterior");
  }

  /** Begin a panel: its title, its grid and its axes. @param {Plot} plot @param {string} title */
  function begin(plot, title) {
    plot.clear();
    const { values, digits } = ticks(plot.ylim);
    for (const tick of values) {
      plot.level(plot.y(tick), GRID);
      plot.text(30, plot.y(tick) + 4, written(tick, digits), { "text-anchor": "end", ...MUTED });
    }
    plot.text(34, 14, title);
    plot.foot(ticks(plot.xlim).values, "");
  }

  /**
   * Mark the chosen epoch: a line, and a handle on the curve.
   * @param {Plot} plot
   * @param {number} value
   * @param {string} role
   */
  function mark(plot, value, role) {
    const x = plot.x(epochs[step]);
    plot.upright(x, 22, plot.height - 22);
    plot.handle("step", x, plot.y(value), colorOf(role));
  }

  function describe() {
    const now = numbers[step];
    const words = `Epoch ${epochs[step]}: log p(x) ${written(now.logP)} = ELBO ${written(now.elbo)} + gap ${written(now.gap)}.`;
    if (step === 0) return `${words} Mean over the images, in nats.`;
    const since = changeOf(now, numbers[step - 1]);
    return (
      `${words} Since epoch ${epochs[step - 1]}: ELBO ${signed(since.elbo)}, log p(x) ${signed(since.logP)}, ` +
      `gap ${signed(since.gap)}. In nats.`
    );
  }

  return { redraw, describe };
}

const explorable = explorableOf({
  handles: /** @type {const} */ (["step"]),
  hint: "Move through the epochs of a training run, or let it play. How do the codes spread, what rises, and does the gap close?",
  build,
});

export { explorable as default, showInPage };
