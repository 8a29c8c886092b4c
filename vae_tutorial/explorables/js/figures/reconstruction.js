import { addControls, addPlaces, onDrag } from "../core/controls.js";
import { AXIS, add, colorOf, draw, GRID, HALO, lineOf, MUTED, publish } from "../core/elements.js";
import { addImage, paint } from "../core/images.js";
import { clamp, whole } from "../core/maths.js";
import { explorableOf, showInPage } from "../core/mount.js";
import { pixels, unpack } from "../core/packing.js";
import { addLegend, Plane } from "../core/plane.js";
import { Plot } from "../core/plot.js";
import { written } from "../core/words.js";
import { terms } from "../numerics/reconstruction.js";

/** @typedef {"step" | "refitted"} Handle */
/** @typedef {{ name: "reconstruction" | "declared" | "gaussian", words: string, role: string, line: import("../core/elements.js").Attributes }} Line */

const REFITTED = { ...lineOf("prior", 2.5), "stroke-dasharray": "9 3 2 3" }; // told apart from the prior as declared
const SHAPE = [8, 8]; // of the digits

/** @type {Line[]} */
const LINES = [
  { name: "reconstruction", words: "reconstruction", role: "posterior", line: lineOf("posterior", 2.5) },
  { name: "declared", words: "log p(x), prior as declared", role: "model", line: lineOf("model", 2.5) },
  { name: "gaussian", words: "log p(x), one Gaussian refitted", role: "prior", line: REFITTED },
];

/** @param {import("../core/mount.js").Place<Handle>} place */
function build({ root, data, change }) {
  /** @type {import("../numerics/reconstruction.js").Terms[][]} for each weight and seed */
  const models = data.rows.map((/** @type {number[][]} */ seeds) => seeds.map(terms));
  const last = models.length - 1;
  const show = addPlaces(addControls(root), {
    label: "weight of the KL",
    names: data.weights,
    onInput: (step) => change({ step }),
  });
  const label = add(root, "label", { className: "switch" });
  const box = add(label, "input", { type: "checkbox" });
  label.append("refit the prior: one Gaussian, fitted to the codes");
  box.addEventListener("change", () => change({ refitted: box.checked ? 1 : 0 }));

  const all = models.flat().flatMap((numbers) => LINES.map(({ name }) => numbers[name]));
  const chart = new Plot(root, {
    height: 268,
    xlim: [-0.5, last + 0.3],
    ylim: [Math.floor(Math.min(...all)), Math.ceil(Math.max(...all))],
    margin: [8, 8, 54, 34],
    label:
      "Over the weight of the KL: the reconstruction term and log p(x) under two priors, three seeds. The values of the chosen weight stand in the text below.",
  });
  addLegend(
    root,
    LINES.map(({ words, line }) => [words, line]),
  );
  const beside = add(root, "div", { className: "beside" });
  const plane = new Plane(beside, {
    limit: data.limit,
    label: "The latent plane: codes of held-out digits and the prior.",
  });
  const side = add(beside, "div", { className: "side samples" });
  const title = add(side, "span");
  const grid = add(side, "div", { className: "grid" });
  grid.setAttribute("role", "img");
  /** @type {HTMLCanvasElement[]} */
  const canvases = data.pictures[0].means.declared.map(() => addImage(grid, SHAPE));
  onDrag(chart.svg, (_, event) => change({ step: clamp(Math.round(chart.valueX(event)), 0, last) }));

  let step = 0;
  let refitted = false;
  /** @type {import("../numerics/reconstruction.js").Terms} */
  let numbers;

  /** @param {Record<Handle, number>} now */
  function redraw(now) {
    step = whole("step", now.step, 0, last);
    refitted = whole("refitted", now.refitted, 0, 1) === 1;
    numbers = models[step][0];
    show(step);
    box.checked = refitted;
    drawChart();
    drawPlane();
    drawSamples();
    publish(root, numbers);
  }

  function drawChart() {
    chart.clear();
    const [low, high] = chart.ylim;
    const level = chart.y(low);
    chart.upright(chart.x(step), 8, level);
    for (let tick = low; tick <= high; tick++) {
      chart.level(chart.y(tick), GRID, 30);
      chart.text(27, chart.y(tick) + 4, written(tick, 0), { "text-anchor": "end", ...MUTED });
    }
    for (const line of LINES) drawLine(line);
    chart.level(level, { stroke: AXIS }, 30);
    models.forEach(([first], i) => {
      chart.text(chart.x(i), level + 17, data.weights[i], { "text-anchor": "middle", ...MUTED });
      chart.text(chart.x(i), level + 33, written(first.rate, 1), { "text-anchor": "middle" });
    });
    chart.text(0, level + 17, "weight", { class: "muted halo" });
    chart.text(0, level + 33, "rate", HALO);
    chart.text(chart.width - 8, level + 50, "nats per held-out digit", { "text-anchor": "end", ...MUTED });
    const [height, role] = refitted ? [numbers.gaussian, "prior"] : [numbers.declared, "model"];
    chart.handle("step", chart.x(step), chart.y(height), colorOf(role));
  }

  /** Draw a quantity: a line through seed 0, and a dot for each seed. @param {Line} line */
  function drawLine({ name, role, line }) {
    const group = draw(chart.svg, "g", { opacity: name === "gaussian" && !refitted ? 0.35 : 1 });
    const places = models.map((_, i) => i);
    const heights = models.map(([first]) => first[name]);
    group.append(chart.line(places, heights, line));
    models.forEach((seeds, i) => {
      seeds.forEach((of, seed) => {
        const at = { cx: chart.x(i), cy: chart.y(of[name]) };
        draw(group, "circle", { ...at, r: seed ? 2.5 : 4, fill: colorOf(role) });
      });
    });
  }

  function drawPlane() {
    const { codes, loc, scale_tril: scale } = data.pictures[step];
    plane.clear();
    plane.codes(unpack(codes, -data.limit, data.limit));
    if (refitted) plane.gaussian(loc, scale.flat(), REFITTED);
    else plane.prior();
    plane.title("dots: codes of held-out digits", refitted ? "dashed: refitted prior" : "dotted: prior N(0, I)");
  }

  function drawSamples() {
    const words = `Decoder means at ${canvases.length} codes z drawn from ${refitted ? "the refitted prior" : "N(0, I)"}`;
    title.textContent = `${words}:`;
    grid.setAttribute("aria-label", words);
    const images = data.pictures[step].means[refitted ? "gaussian" : "declared"];
    canvases.forEach((canvas, i) => {
      paint(canvas, pixels(images[i]));
    });
  }

  function describe() {
    const { reconstruction, rate, declared, gaussian, mixture } = numbers;
    return (
      `Weight ${data.weights[step]}: reconstruction ${written(reconstruction)}, rate ${written(rate)}. ` +
      `log p(x) ${written(declared)} with the prior as declared, ${written(gaussian)} with one Gaussian refitted, ` +
      `${written(mixture)} with a mixture of 100. Nats per held-out digit, seed 0.`
    );
  }

  return { redraw, describe };
}

const explorable = explorableOf({
  handles: /** @type {const} */ (["step", "refitted"]),
  hint: "Move the weight of the KL from 1, the ELBO, down to 0, reconstruction alone. Watch the codes (dots) leave the prior, and what log p(x) makes of it. Then refit the prior.",
  build,
});

export { explorable as default, showInPage };
