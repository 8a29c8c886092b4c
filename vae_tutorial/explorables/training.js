import { Plot, add, clamp, draw, frame, onDrag, written } from "./shared.js";
import { Plane, addLegend, addPlaces, lineSwatch, place, unpack } from "./plane.js";

const signed = (value) => (value < 0 ? "" : "+") + written(value);

function build(root, change, data) {
  const { epochs, elbo, logP, labels } = data;
  const last = epochs.length - 1;
  const gaps = logP.map((value, i) => value - elbo[i]);
  const codes = data.codes.map((text) => unpack(text, -data.limit, data.limit));
  const controls = add(root, "div", { className: "controls" });
  const set = addPlaces(controls, { label: "epoch", names: epochs.map(String), onInput: (step) => change({ step }) });
  const button = add(root, "button", { type: "button" }, "Play");
  const beside = add(root, "div", { className: "beside" });
  const plane = new Plane(add(beside, "div", { className: "plane" }), { limit: data.limit, label: "The latent plane: circles of the prior, and the codes at the chosen epoch." });
  const side = add(beside, "div", { className: "side curves" });
  const common = { xlim: [epochs[0], epochs[last]], margin: [22, 10, 22, 34] };
  const curves = new Plot(side, { ...common, height: 220, ylim: nice([...elbo, ...logP]), label: "ELBO and log p(x) over the epochs. The values of the chosen epoch stand in the text below." });
  const below = new Plot(side, { ...common, height: 150, ylim: nice([0, ...gaps]), label: "The gap over the epochs, on a scale of its own." });
  addLegend(root, [
    ["log p(x)", lineSwatch("model", "")],
    ["ELBO", lineSwatch("bound", "7 3")],
    ["gap", lineSwatch("true-posterior", "9 3 2 3")],
    ["prior p(z)", lineSwatch("prior", "2 4")],
    ["codes, with a line from where each was before", (svg) => draw(svg, "g", { class: "codes" }).append(draw(svg, "path", { d: "M3,7L22,7", "stroke-width": 1, opacity: 0.6 }), draw(svg, "path", { d: "M22,7h0" }))],
  ]);
  for (const plot of [curves, below]) onDrag(plot.svg, ".handle", (_, event) => change({ step: nearest(plot.valueX(event)) }));

  /** Return the place of the epoch nearest to a number. */
  const nearest = (epoch) => epochs.reduce((best, value, i) => (Math.abs(value - epoch) < Math.abs(epochs[best] - epoch) ? i : best), 0);

  let step;
  let playing = 0;
  const stop = () => {
    clearInterval(playing);
    playing = 0;
    button.textContent = "Play";
  };
  button.addEventListener("click", () => {
    if (playing) return stop();
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return change({ step: last });
    if (step === last) change({ step: 0 });
    button.textContent = "Stop";
    playing = setInterval(() => (step < last && root.isConnected ? change({ step: step + 1 }) : stop()), 500);
  });

  function redraw(now) {
    step = place("step", now.step, last + 1);
    set(step);
    drawPlane();
    drawCurves();
    Object.assign(root.dataset, { elbo: elbo[step], logP: logP[step], gap: gaps[step] });
  }

  function drawPlane() {
    plane.clear();
    plane.axes();
    const [before, after] = [codes[Math.max(0, step - 1)], codes[step]];
    let paths = "";
    for (let i = 0; i < after.length; i += 2) paths += `M${plane.x(before[i]).toFixed(1)},${plane.y(before[i + 1]).toFixed(1)}L${plane.x(after[i]).toFixed(1)},${plane.y(after[i + 1]).toFixed(1)}`;
    draw(plane.svg, "path", { d: paths, stroke: "#5b6672", "stroke-width": 1, opacity: 0.35, fill: "none" });
    plane.codes(after, labels);
    plane.prior();
    plane.text(plane.margin[3] + 8, 20, `epoch ${epochs[step]}`, { class: "halo" });
  }

  function drawCurves() {
    begin(curves, `log p(x) ${written(logP[step])}, ELBO ${written(elbo[step])}`);
    curves.line(epochs, logP, { stroke: "var(--model)", "stroke-width": 2.5 });
    curves.line(epochs, elbo, { stroke: "var(--bound)", "stroke-dasharray": "7 3", "stroke-width": 2.5 });
    mark(curves, logP[step], "model");
    begin(below, `gap ${written(gaps[step])} nats, magnified`);
    below.area(epochs, gaps, { fill: "var(--true-posterior)", opacity: 0.2 });
    below.line(epochs, gaps, { stroke: "var(--true-posterior)", "stroke-dasharray": "9 3 2 3", "stroke-width": 2.5 });
    mark(below, gaps[step], "true-posterior");
  }

  /** Begin a panel: its title, its grid and its axes. */
  function begin(plot, title) {
    plot.clear();
    const ticks = steps(plot.ylim);
    for (const tick of ticks.values) {
      draw(plot.svg, "line", { x1: 34, x2: plot.width - 10, y1: plot.y(tick), y2: plot.y(tick), stroke: "#e3e8ec" });
      plot.text(30, plot.y(tick) + 4, written(tick, ticks.digits), { "text-anchor": "end", class: "muted" });
    }
    plot.text(34, 14, title);
    plot.foot(steps(plot.xlim).values, "");
  }

  /** Mark the chosen epoch: a line, and a handle on the curve. */
  function mark(plot, value, color) {
    const x = plot.x(epochs[step]);
    draw(plot.svg, "line", { x1: x, x2: x, y1: 22, y2: plot.height - 22, stroke: "#1b1b1b", "stroke-width": 1.4, "stroke-dasharray": "4 3" });
    const group = draw(plot.svg, "g", { class: "handle", "data-handle": "step" });
    draw(group, "circle", { cx: x, cy: plot.y(value), r: 22, fill: "transparent" });
    draw(group, "circle", { cx: x, cy: plot.y(value), r: 8, fill: "#fff", stroke: `var(--${color})`, "stroke-width": 3 });
  }

  function describe() {
    const now = `Epoch ${epochs[step]}: log p(x) ${written(logP[step])} = ELBO ${written(elbo[step])} + gap ${written(gaps[step])}.`;
    if (step === 0) return `${now} Mean over the images, in nats.`;
    const [dElbo, dLogP, dGap] = [elbo, logP, gaps].map((values) => values[step] - values[step - 1]);
    return `${now} Since epoch ${epochs[step - 1]}: ELBO ${signed(dElbo)}, log p(x) ${signed(dLogP)}, gap ${signed(dGap)}. In nats.`;
  }

  return { redraw, describe };
}

/** Return ends with a little room around the numbers. */
function nice(values) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const room = 0.06 * (high - low || 1);
  return [low === 0 ? 0 : low - room, high + room];
}

/** Return about four round numbers between two ends, and the digits that they need. */
function steps([low, high]) {
  const rough = (high - low) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((factor) => factor * power >= rough);
  const values = [];
  for (let tick = Math.ceil(low / step); tick * step <= high + 1e-9; tick++) values.push(tick * step);
  return { values, digits: Math.max(0, -Math.floor(Math.log10(step) + 1e-9)) };
}

const hint = "Move through the epochs of a training run, or let it play. How do the codes spread, what rises, and does the gap close?";

export default { render: (context) => frame(context, ["step"], { hint, build: (root, change) => build(root, change, context.model.get("_data")) }) };
