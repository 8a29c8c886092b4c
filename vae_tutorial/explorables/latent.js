import { Plot, add, clamp, draw, frame, glide, onDrag, slider, written } from "./shared.js";
import { Plane, addImage, addLegend, lineSwatch, paint, place, unpack } from "./plane.js";

/** Return the decoder as a function from z to logits, with all its weights unpacked once. */
function decoderOf(steps) {
  const layers = steps.map((step) => {
    if (step.kind !== "linear") return { kind: step.kind };
    const [rows, columns] = step.size;
    const numbers = unpack(step.numbers, -step.scale, step.scale, 4);
    if (numbers.length !== rows * columns) throw new Error(`a layer of the decoder must hold ${rows * columns} numbers, and holds ${numbers.length}`);
    return { kind: "linear", rows, columns, numbers, output: new Float64Array(rows) };
  });
  return (z) => {
    let values = Float64Array.from(z);
    for (const { kind, rows, columns, numbers, output } of layers) {
      if (kind === "tanh") values = values.map(Math.tanh);
      else if (kind === "relu") values = values.map((value) => Math.max(0, value));
      else {
        for (let row = 0; row < rows; row++) {
          const start = row * columns;
          let sum = numbers[start + columns - 1]; // the bias
          for (let i = 0; i < columns - 1; i++) sum += numbers[start + i] * values[i];
          output[row] = sum;
        }
        values = output.slice();
      }
    }
    return values;
  };
}

const softplus = (value) => Math.max(value, 0) + Math.log1p(Math.exp(-Math.abs(value)));
const logLikelihood = (image, logits) => logits.reduce((sum, logit, i) => sum + image[i] * logit - softplus(logit), 0);
const sigmoid = (logit) => 1 / (1 + Math.exp(-logit));

/** Return one draw from N(0, 1). */
const normalDraw = () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());

/** Add a strip of images to choose from, as radio buttons: the arrow keys come with them. */
function addStrip(root, images, { shape, names, onChoose }) {
  const strip = add(root, "fieldset", { className: "strip" });
  add(strip, "legend", {}, "Choose an image x:");
  const group = `explorable-images-${(addStrip.count = (addStrip.count ?? 0) + 1)}`;
  const inputs = images.map((image, i) => {
    const label = add(strip, "label");
    const input = add(label, "input", { type: "radio", name: group });
    input.setAttribute("aria-label", `image ${i + 1}${names[i] ? `, labelled ${names[i]}` : ""}`);
    paint(addImage(label, shape), image);
    input.addEventListener("change", () => onChoose(i));
    return input;
  });
  return (chosen) => (inputs[chosen].checked = true);
}

function addPicture(parent, shape, name, words) {
  const figure = add(parent, "div", { className: "picture" });
  const canvas = addImage(figure, shape, name);
  add(figure, "span", {}, words);
  return { canvas, note: add(figure, "span", { className: "note" }) };
}

function build(root, change, data) {
  const decode = decoderOf(data.decoder);
  const images = data.images.map((text) => Float64Array.from(text, Number));
  const codes = unpack(data.codes, -data.limit, data.limit);
  const choose = addStrip(root, images, { shape: data.shape, names: data.names, onChoose: (image) => change({ image }) });
  const beside = add(root, "div", { className: "beside" });
  const plane = new Plane(add(beside, "div", { className: "plane" }), { limit: data.limit, label: "The latent plane: circles of the prior, codes, the true posterior of the chosen image, q's ellipse, and z. The values stand in the text below." });
  const side = add(beside, "div", { className: "side" });
  const drawn = addPicture(side, data.shape, "What the decoder draws at z", "decoder at z:");
  drawn.note.textContent = "probabilities of black";
  const chosen = addPicture(side, data.shape, "The chosen image x", "image x");
  addLegend(root, [
    ["prior p(z)", lineSwatch("prior", "2 4")],
    ["true posterior p(z|x): 50, 90, 99%", (svg) => draw(svg, "rect", { x: 1, y: 2, width: 24, height: 10, fill: "var(--true-posterior)", opacity: 0.6 })],
    ["q(z|x)", lineSwatch("posterior", "7 4")],
    ...(codes.length ? [[`codes of ${codes.length / 2} images`, (svg) => draw(svg, "g", { class: "codes" }).append(...(data.codeNames.length ? [draw(svg, "text", { x: 13, y: 7 }, data.codeNames[0])] : [draw(svg, "path", { d: "M8,7h0M18,7h0" })]))]] : []),
  ]);
  const bars = new Plot(root, { height: 128, xlim: [-30, 0], ylim: [0, 2], label: "Two bars on an axis of nats: log p(x); ELBO and gap. The values stand in the text below." });
  const controls = add(root, "div", { className: "controls" });
  const ends = { low: -data.limit, high: data.limit, step: 0.01 };
  const set = {
    z1: slider(controls, { label: "z\u2081", ...ends, onInput: (z1) => change({ z1 }) }),
    z2: slider(controls, { label: "z\u2082", ...ends, onInput: (z2) => change({ z2 }) }),
  };
  const inPlane = (value) => clamp(value, -data.limit, data.limit);
  let state, posterior, logLik;
  const goTo = ([z1, z2]) => glide({ get: (name) => state[name], set: (name, value) => change({ [name]: value }), save_changes() {} }, { z1: inPlane(z1), z2: inPlane(z2) });
  add(root, "button", { type: "button" }, "z to the mean of q").addEventListener("click", () => goTo(posterior.loc));
  add(root, "button", { type: "button" }, "z from the prior").addEventListener("click", () => goTo([normalDraw(), normalDraw()]));
  const follow = (event) => change({ z1: inPlane(plane.valueX(event)), z2: inPlane(plane.valueY(event)) });
  onDrag(plane.svg, ".handle", (_, event) => follow(event));
  plane.svg.addEventListener("click", follow);

  let scene = ""; // what of the figure is drawn already: while z moves, only z is drawn anew
  let handle;
  function redraw(now) {
    state = now;
    const image = place("image", state.image, images.length);
    posterior = data.posteriors[image];
    const logits = decode([state.z1, state.z2]);
    logLik = logLikelihood(images[image], logits);
    const next = `${root.clientWidth} ${image}`;
    if (scene !== next) {
      drawPlane();
      drawBars();
      choose(image);
      paint(chosen.canvas, images[image]);
    }
    scene = next;
    paint(drawn.canvas, logits.map(sigmoid));
    chosen.note.textContent = `log p(x|z) = ${written(logLik, 1)}`;
    handle.setAttribute("transform", `translate(${plane.x(inPlane(state.z1)).toFixed(1)} ${plane.y(inPlane(state.z2)).toFixed(1)})`);
    for (const [name, show] of Object.entries(set)) show(state[name]);
    const [logP, elbo, gap] = data.terms[state.image];
    Object.assign(root.dataset, { logP, elbo, gap, logLik });
  }

  function drawPlane() {
    plane.clear();
    plane.axes();
    plane.codes(codes, data.codeNames);
    for (const lines of posterior.contours) {
      draw(plane.svg, "path", { d: plane.outlines(lines), fill: "var(--true-posterior)", "fill-opacity": 0.35, "fill-rule": "evenodd", stroke: "var(--true-posterior)", "stroke-width": 0.8 });
    }
    plane.prior();
    for (const times of [1, 2]) plane.ellipse(posterior.loc, posterior.scale.map((value) => times * value), { stroke: "var(--posterior)", "stroke-dasharray": "7 4", "stroke-width": 2.5 });
    handle = draw(plane.svg, "g", { class: "handle", "data-handle": "z" });
    draw(handle, "circle", { r: 22, fill: "transparent" }); // room for a finger
    draw(handle, "circle", { r: 8, fill: "#fff", stroke: "#1b1b1b", "stroke-width": 3 });
    draw(handle, "text", { x: 13, y: -8, class: "halo" }, "z");
  }

  const low = 5 * Math.floor((Math.min(...data.terms.map((terms) => terms[1])) - 1) / 5);
  const high = Math.min(0, 5 * Math.ceil((Math.max(...data.terms.map((terms) => terms[0])) + 1) / 5));
  function drawBars() {
    bars.xlim = [low, high];
    bars.clear();
    const [logP, elbo, gap] = data.terms[state.image];
    const rows = [
      [`log p(x) ${written(logP)}`, [low, logP, "model", 0.75]],
      [`ELBO ${written(elbo)} + gap ${written(gap)}`, [low, elbo, "bound", 0.75], [elbo, elbo + gap, "true-posterior", 0.5]],
    ];
    rows.forEach(([, ...parts], row) => {
      for (const [from, to, color, opacity] of parts) {
        draw(bars.svg, "rect", { x: bars.x(from), y: 22 + 44 * row, width: Math.max(0, bars.x(to) - bars.x(from)), height: 20, fill: `var(--${color})`, opacity, stroke: "#333", "stroke-width": 0.6 });
      }
    });
    draw(bars.svg, "line", { x1: bars.x(logP), x2: bars.x(logP), y1: 16, y2: 92, stroke: "#1b1b1b", "stroke-width": 1.4, "stroke-dasharray": "4 3" });
    rows.forEach(([title], row) => bars.text(bars.x(low), 17 + row * 44, title, { class: "halo" }));
    const step = high - low > 50 ? 20 : 5;
    bars.foot(Array.from({ length: Math.floor((high - low) / step) + 1 }, (_, i) => high - i * step), "nats");
  }

  function describe() {
    const [logP, elbo, gap] = data.terms[state.image];
    return (
      `Image ${state.image + 1}: log p(x) ${written(logP)} = ELBO ${written(elbo)} + gap ${written(gap)}. ` +
      `At z = (${written(state.z1)}, ${written(state.z2)}), log p(x|z) = ${written(logLik)}. In nats.`
    );
  }

  return { redraw, describe };
}

const hint = "Drag z: the decoder, running in this page, draws what this code stands for. Choose another image x: green is where its code may be, the true posterior; dashed is the encoder\u2019s guess q; their mismatch is the gap.";

export default { render: (context) => frame(context, ["z1", "z2", "image"], { hint, build: (root, change) => build(root, change, context.model.get("_data")) }) };
