import { Plot, add, clamp, draw, frame, gaussianMean, glide, linspace, logNormal, onDrag, slider, written } from "./shared.js";

const TRUTH = 2; // the scale of p_data, whose mean is 0
const [LOW, HIGH] = [-4.5, -0.5]; // the ends of the bars, nats
const FLOOR = -5.5; // the foot of the stems, nats
const RANGE = [-7.5, 7.5];
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Return the points at hand; samples holds five times forty. */
function chosen(samples, { sample, size }) {
  const points = samples[sample - 1]?.slice(0, size);
  if (points?.length !== size || size < 2) throw new Error(`sample must be a whole number from 1 to 5 and size one from 2 to 40, and they are ${sample} and ${size}`);
  return points;
}

/** Return the numbers, in nats. The expectation, the ceiling and KL are computed apart, so that their sum is a test. */
function terms({ loc, scale }, points) {
  const ceiling = -Math.log(TRUTH) - 0.5 * Math.log(2 * Math.PI) - 0.5;
  const kl = Math.log(scale / TRUTH) + (TRUTH ** 2 + loc ** 2) / (2 * scale ** 2) - 0.5;
  const expected = gaussianMean((x) => logNormal(x, loc, scale), 0, TRUTH);
  const average = mean(points.map((x) => logNormal(x, loc, scale)));
  const truth = mean(points.map((x) => logNormal(x, 0, TRUTH)));
  return { ceiling, kl, expected, average, truth };
}

/** Write a number as what is added to another. */
const added = (value) => `${Number(value.toFixed(2)) < 0 ? "\u2212" : "+"} ${written(Math.abs(value))}`;

function build(root, change, samples) {
  const curves = new Plot(root, { height: 150, xlim: RANGE, ylim: [0, 0.4], margin: [8, 8, 0, 8], label: "Densities over x: the truth, filled, and the model. The points of the sample lie on the axis." });
  const stems = new Plot(root, { height: 190, xlim: RANGE, ylim: [FLOOR, 0], margin: [0, 8, 36, 8], label: "Under each point a stem as long as minus its log density under the model; two level lines: the average of the points, and the ceiling. The values stand in the text below." });
  const bars = new Plot(root, { height: 190, xlim: [LOW, HIGH], ylim: [0, 3], label: "Three bars on an axis of nats, with the ceiling as a line: the model on fresh data, the model on these points, the truth on these points. The values stand in the text below." });
  const controls = add(root, "div", { className: "controls" });
  const set = {
    loc: slider(controls, { label: "mean of the model", low: -5, high: 5, step: 0.01, onInput: (loc) => change({ loc }) }),
    scale: slider(controls, { label: "width of the model", low: 0.4, high: 6, step: 0.01, onInput: (scale) => change({ scale }) }),
    size: slider(controls, { label: "number of points", low: 2, high: 40, step: 1, digits: 0, onInput: (size) => change({ size }) }),
  };
  let state, points, numbers;
  const glideTo = (goals) => glide({ get: (name) => state[name], set: (name, value) => change({ [name]: value }), save_changes() {} }, goals);
  const button = (words, act) => add(root, "button", { type: "button" }, words).addEventListener("click", act);
  button("Fit to the points", () => {
    const centre = mean(points);
    glideTo({ loc: clamp(centre, -5, 5), scale: clamp(Math.sqrt(mean(points.map((x) => (x - centre) ** 2))), 0.4, 6) });
  });
  button("Another sample", () => change({ sample: ((state.sample + 2) % samples.length) + 1 }));
  button("Take the truth", () => glideTo({ loc: 0, scale: TRUTH }));
  onDrag(curves.svg, ".handle", (handle, event) => {
    const x = curves.valueX(event);
    if (handle === "loc") change({ loc: clamp(x, -5, 5) });
    else change({ scale: clamp(Math.abs(x - state.loc), 0.4, 6) });
  });

  function redraw(now) {
    state = now;
    points = chosen(samples, state);
    numbers = terms(state, points);
    for (const [name, show] of Object.entries(set)) show(state[name]);
    Object.assign(root.dataset, numbers);
    drawCurves();
    drawStems();
    drawBars();
  }

  function drawCurves() {
    const { loc, scale } = state;
    const x = linspace(...RANGE, 301);
    const truth = x.map((t) => Math.exp(logNormal(t, 0, TRUTH)));
    const peak = Math.exp(logNormal(loc, loc, scale));
    curves.ylim = [0, 1.2 * clamp(peak, 0.25, 1)];
    curves.clear();
    curves.area(x, truth, { fill: "var(--data)", opacity: 0.18 });
    curves.line(x, truth, { stroke: "var(--data)", "stroke-width": 1.5 });
    const top = curves.ylim[1];
    curves.line(x, x.map((t) => Math.min(top, Math.exp(logNormal(t, loc, scale)))), { stroke: "var(--model)", "stroke-width": 2.5 });
    [["truth", "data", 1.5], ["model", "model", 2.5]].forEach(([words, color, width], i) => {
      const y = 16 + 18 * i;
      draw(curves.svg, "line", { x1: 6, x2: 36, y1: y - 4, y2: y - 4, stroke: `var(--${color})`, "stroke-width": width });
      curves.text(42, y, words);
    });
    const level = curves.y(0);
    draw(curves.svg, "line", { x1: curves.x(RANGE[0]), x2: curves.x(RANGE[1]), y1: level, y2: level, stroke: "#777" });
    handle("loc", loc, Math.min(top, peak));
    handle("scale", loc + scale, Math.min(top, peak) * Math.exp(-0.5));
  }

  function handle(name, x, height) {
    const at = { cx: clamp(curves.x(x), 10, curves.width - 10), cy: clamp(curves.y(height), 12, curves.y(0) - 14) };
    const group = draw(curves.svg, "g", { class: "handle", "data-handle": name });
    draw(group, "circle", { ...at, r: 22, fill: "transparent" }); // room for a finger
    draw(group, "circle", { ...at, r: 8, fill: "#fff", stroke: "var(--model)", "stroke-width": 3 });
  }

  function drawStems() {
    stems.clear();
    const [left, right] = RANGE.map((end) => stems.x(end));
    for (const tick of [-1, -3, -4, -5]) draw(stems.svg, "line", { x1: left, x2: right, y1: stems.y(tick), y2: stems.y(tick), stroke: "#e4e4e4" });
    stems.text(right, stems.y(-5) - 4, `${written(-5, 0)} nats`, { "text-anchor": "end", class: "muted" });
    for (const point of points) {
      const score = logNormal(point, state.loc, state.scale);
      const [x, end] = [stems.x(point), stems.y(Math.max(score, FLOOR))];
      draw(stems.svg, "line", { class: "stem", "data-score": score, x1: x, x2: x, y1: stems.y(0), y2: end, stroke: "var(--model)", "stroke-width": 2, opacity: 0.75 });
      draw(stems.svg, "rect", { x: x - 4, y: stems.y(0) - 4, width: 8, height: 8, fill: "var(--data)", stroke: "#fff" });
      if (score > FLOOR) draw(stems.svg, "circle", { cx: x, cy: end, r: 3.5, fill: "var(--model)" });
      else draw(stems.svg, "path", { d: `M${x - 5},${end - 9}h10l-5,9z`, fill: "var(--model)" }); // it goes on below
    }
    const { ceiling, average } = numbers;
    const above = average > ceiling;
    level(ceiling, `ceiling ${written(ceiling)}`, !above, { stroke: "#1b1b1b", "stroke-width": 1.4, "stroke-dasharray": "4 3" }, "end");
    level(average, `average ${written(average)}`, above && average < -1, { stroke: "var(--model)", "stroke-width": 2.5 }, "start");
    stems.foot([-6, -4, -2, 0, 2, 4, 6], "x");
  }

  function level(value, words, above, line, anchor) {
    const y = stems.y(Math.max(value, FLOOR));
    const [left, right] = RANGE.map((end) => stems.x(end));
    draw(stems.svg, "line", { x1: left, x2: right, y1: y, y2: y, ...line });
    stems.text(anchor === "end" ? right : left, above || value < FLOOR ? y - 6 : y + 15, words, { "text-anchor": anchor, class: "halo" });
  }

  /** Return the paint of stripes in a color: what does not last on fresh data. */
  function stripes(color) {
    const id = `stripes-${color}-${(stripes.count = (stripes.count ?? 0) + 1)}`;
    const pattern = draw(draw(bars.svg, "defs"), "pattern", { id, width: 7, height: 7, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" });
    draw(pattern, "rect", { width: 7, height: 7, fill: "#fff" });
    draw(pattern, "rect", { width: 3.5, height: 7, fill: `var(--${color})` });
    return `url(#${id})`;
  }

  function drawBars() {
    bars.clear();
    const { ceiling, kl, expected, average, truth } = numbers;
    const shown = (value) => clamp(value, LOW, HIGH);
    const rows = [
      [`fresh data: ${written(expected)} = ceiling − KL ${written(kl)}`, expected, [LOW, expected, "var(--model)", 0.75], [expected, ceiling, "var(--model)", 0.2]],
      [`these ${state.size} points: ${written(average)} = truth ${added(average - truth)}`, average, [LOW, Math.min(average, truth), "var(--model)", 0.75], [truth, average, stripes("model"), 1]],
      [`truth on them: ${written(truth)} = ceiling ${added(truth - ceiling)} luck`, truth, [LOW, Math.min(truth, ceiling), "var(--data)", 0.6], [ceiling, truth, stripes("data"), 1]],
    ];
    rows.forEach(([, total, ...parts], row) => {
      const top = 38 + row * 40;
      for (const [from, to, fill, opacity] of parts) {
        const [a, b] = [bars.x(shown(from)), bars.x(shown(to))];
        if (b - a > 0.2) draw(bars.svg, "rect", { x: a, y: top, width: b - a, height: 18, fill, "fill-opacity": opacity, stroke: "#333", "stroke-width": 0.6 });
      }
      if (total < LOW) bars.text(bars.x(LOW) + 4, top + 14, "‹ it ends farther left", { class: "halo" });
    });
    const x = bars.x(ceiling);
    draw(bars.svg, "line", { x1: x, x2: x, y1: 18, y2: 154, stroke: "#1b1b1b", "stroke-width": 1.4, "stroke-dasharray": "4 3" });
    bars.text(x, 13, `ceiling −H = ${written(ceiling)}`, { "text-anchor": "middle" });
    rows.forEach(([title], row) => bars.text(bars.x(LOW), 34 + row * 40, title, { class: "halo" }));
    bars.foot([-4, -3, -2, -1], "nats");
  }

  function describe() {
    const { ceiling, kl, expected, average, truth } = numbers;
    return (
      `Fresh data: ${written(expected)} = ceiling ${written(ceiling)} − KL ${written(kl)}. ` +
      `These ${state.size} points: ${written(average)} = ceiling ${written(ceiling)} ${added(truth - ceiling)} (luck of the sample) ${added(average - truth)} (against the truth). In nats.`
    );
  }

  return { redraw, describe };
}

const hint = "Fit the model to the points, then draw another sample: the bar for these points jumps, the bar for fresh data stays. Try 2 points and 40: only luck and the fit to these very points (striped) pass the ceiling.";

export default { render: (context) => frame(context, ["loc", "scale", "size", "sample"], { hint, build: (root, change) => build(root, change, context.model.get("_data").samples) }) };
