import { Plot, add, clamp, draw, frame, onDrag, written } from "./shared.js";
import { Plane, addImage, addLegend, addPlaces, lineSwatch, paint, place, unpack } from "./plane.js";

// What the chart shows: its place in a row of numbers, its words, its colour, its dashes, and its marker.
const LINES = [
  [0, "reconstruction", "posterior", "7 4"],
  [2, "log p(x), prior as declared", "model", ""],
  [3, "log p(x), one Gaussian refitted", "prior", "9 3 2 3"],
];

function build(root, change, data) {
  const last = data.weights.length - 1;
  const controls = add(root, "div", { className: "controls" });
  const set = addPlaces(controls, { label: "weight of the KL", names: data.weights, onInput: (step) => change({ step }) });
  const refit = add(root, "label", { className: "switch" });
  const box = add(refit, "input", { type: "checkbox" });
  refit.append("refit the prior: one Gaussian, fitted to the codes");
  box.addEventListener("change", () => change({ refitted: box.checked ? 1 : 0 }));

  const chart = new Plot(root, { height: 268, xlim: [-0.5, last + 0.3], ylim: [-21, -14], margin: [8, 8, 54, 34], label: "Over the weight of the KL: the reconstruction term and log p(x) under two priors, three seeds. The values of the chosen weight stand in the text below." });
  addLegend(root, LINES.map(([, words, color, dash]) => [words, lineSwatch(color, dash)]));
  const beside = add(root, "div", { className: "beside" });
  const plane = new Plane(add(beside, "div", { className: "plane" }), { limit: data.limit, label: "The latent plane: codes of held-out digits and the prior." });
  const side = add(beside, "div", { className: "side samples" });
  const title = add(side, "span");
  const shape = [8, 8];
  const grid = add(side, "div", { className: "grid" });
  grid.setAttribute("role", "img");
  const canvases = data.pictures[0].means.declared.map(() => addImage(grid, shape));
  onDrag(chart.svg, ".handle", (_, event) => change({ step: clamp(Math.round(chart.valueX(event)), 0, last) }));

  let state, row;
  function redraw(now) {
    state = { step: place("step", now.step, last + 1), refitted: place("refitted", now.refitted, 2) };
    row = data.rows[state.step][0];
    set(state.step);
    box.checked = state.refitted === 1;
    drawChart();
    drawPlane();
    drawSamples();
    const [reconstruction, rate, declared, gaussian, mixture] = row;
    Object.assign(root.dataset, { reconstruction, rate, declared, gaussian, mixture });
  }

  function drawChart() {
    const all = data.rows.flat().flatMap((numbers) => LINES.map(([at]) => numbers[at]));
    chart.ylim = [Math.floor(Math.min(...all)), Math.ceil(Math.max(...all))];
    chart.clear();
    const level = chart.y(chart.ylim[0]);
    draw(chart.svg, "line", { x1: chart.x(state.step), x2: chart.x(state.step), y1: 8, y2: level, stroke: "#1b1b1b", "stroke-width": 1.4, "stroke-dasharray": "4 3" });
    for (let tick = chart.ylim[0]; tick <= chart.ylim[1]; tick++) {
      draw(chart.svg, "line", { x1: 30, x2: chart.width - 8, y1: chart.y(tick), y2: chart.y(tick), stroke: "#e3e8ec" });
      chart.text(27, chart.y(tick) + 4, written(tick, 0), { "text-anchor": "end", class: "muted" });
    }
    for (const [at, , color, dash] of LINES) {
      const line = data.rows.map((seeds) => seeds[0][at]);
      const fades = at === 3 && !state.refitted;
      const group = draw(chart.svg, "g", { opacity: fades ? 0.35 : 1 });
      group.append(chart.line(line.map((_, i) => i), line, { stroke: `var(--${color})`, "stroke-dasharray": dash, "stroke-width": 2.5 }));
      data.rows.forEach((seeds, i) => seeds.forEach((numbers, seed) => draw(group, "circle", { cx: chart.x(i), cy: chart.y(numbers[at]), r: seed ? 2.5 : 4, fill: `var(--${color})` })));
    }
    draw(chart.svg, "line", { x1: 30, x2: chart.width - 8, y1: level, y2: level, stroke: "#777" });
    data.weights.forEach((weight, i) => {
      chart.text(chart.x(i), level + 17, weight, { "text-anchor": "middle", class: "muted" });
      chart.text(chart.x(i), level + 33, written(data.rows[i][0][1], 1), { "text-anchor": "middle" });
    });
    chart.text(0, level + 17, "weight", { class: "muted halo" });
    chart.text(0, level + 33, "rate", { class: "halo" });
    chart.text(chart.width - 8, level + 50, "nats per held-out digit", { "text-anchor": "end", class: "muted" });
    const group = draw(chart.svg, "g", { class: "handle", "data-handle": "step" });
    const at = { cx: chart.x(state.step), cy: chart.y(row[state.refitted ? 3 : 2]) };
    draw(group, "circle", { ...at, r: 22, fill: "transparent" });
    draw(group, "circle", { ...at, r: 8, fill: "#fff", stroke: `var(--${state.refitted ? "prior" : "model"})`, "stroke-width": 3 });
  }

  function drawPlane() {
    const { codes, loc, scale_tril: scale } = data.pictures[state.step];
    plane.clear();
    plane.axes();
    plane.codes(unpack(codes, -data.limit, data.limit));
    if (!state.refitted) plane.prior();
    else for (const times of [1, 2]) plane.ellipse(loc, scale.flat().map((value) => times * value), { stroke: "var(--prior)", "stroke-dasharray": "9 3 2 3", "stroke-width": 2.5 });
    plane.text(plane.margin[3] + 8, 20, "dots: codes of held-out digits", { class: "halo" });
    plane.text(plane.margin[3] + 8, 38, state.refitted ? "dashed: refitted prior" : "dotted: prior N(0, I)", { class: "halo" });
  }

  function drawSamples() {
    const source = state.refitted ? "the refitted prior" : "N(0, I)";
    title.textContent = `Decoder means at ${canvases.length} codes z drawn from ${source}:`;
    grid.setAttribute("aria-label", title.textContent.slice(0, -1));
    const images = data.pictures[state.step].means[state.refitted ? "gaussian" : "declared"];
    canvases.forEach((canvas, i) => paint(canvas, Float64Array.from(images[i], (digit) => parseInt(digit, 16) / 15)));
  }

  function describe() {
    const [reconstruction, rate, declared, gaussian, mixture] = row.map((value) => written(value));
    return (
      `Weight ${data.weights[state.step]}: reconstruction ${reconstruction}, rate ${rate}. log p(x) ${declared} with the prior as declared, ` +
      `${gaussian} with one Gaussian refitted, ${mixture} with a mixture of 100. Nats per held-out digit, seed 0.`
    );
  }

  return { redraw, describe };
}

const hint = "Move the weight of the KL from 1, the ELBO, down to 0, reconstruction alone. Watch the codes (dots) leave the prior, and what log p(x) makes of it. Then refit the prior.";

export default { render: (context) => frame(context, ["step", "refitted"], { hint, build: (root, change) => build(root, change, context.model.get("_data")) }) };
