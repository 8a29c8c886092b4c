import { addButton, addControls, onDrag, slider } from "../core/controls.js";
import { add, colorOf, draw, HALO, lineOf, publish, uniqueId } from "../core/elements.js";
import { addImage, paint } from "../core/images.js";
import { clamp, normalDraw, sigmoid, whole } from "../core/maths.js";
import { explorableOf, showInPage } from "../core/mount.js";
import { unpack } from "../core/packing.js";
import { addLegend, Plane } from "../core/plane.js";
import { Plot } from "../core/plot.js";
import { written } from "../core/words.js";
import { decoderOf, logLikelihood } from "../numerics/latent.js";

/** @typedef {"z1" | "z2" | "image"} Handle */

/**
 * Add a strip of images to choose from, as radio buttons: the arrow keys come with them.
 * @param {Element} root
 * @param {Float64Array[]} images
 * @param {{ shape: number[], names: string[], onChoose: (place: number) => void }} setting
 */
function addStrip(root, images, { shape, names, onChoose }) {
  const strip = add(root, "fieldset", { className: "strip" });
  add(strip, "legend", {}, "Choose an image x:");
  const name = uniqueId("images");
  const inputs = images.map((image, i) => {
    const label = add(strip, "label");
    const input = add(label, "input", { type: "radio", name });
    input.setAttribute("aria-label", `image ${i + 1}${names[i] ? `, labelled ${names[i]}` : ""}`);
    paint(addImage(label, shape), image);
    input.addEventListener("change", () => onChoose(i));
    return input;
  });
  return (/** @type {number} */ chosen) => {
    inputs[chosen].checked = true;
  };
}

/**
 * Add an image with words and a note below it.
 * @param {Element} parent
 * @param {number[]} shape
 * @param {string} name
 * @param {string} words
 */
function addPicture(parent, shape, name, words) {
  const figure = add(parent, "div", { className: "picture" });
  const canvas = addImage(figure, shape, name);
  add(figure, "span", {}, words);
  return { canvas, note: add(figure, "span", { className: "note" }) };
}

/** Add the legend of the plane. @param {Element} root @param {number} count @param {string} firstName */
function addNames(root, count, firstName) {
  const swatch = (/** @type {SVGSVGElement} */ svg) => {
    const group = draw(svg, "g", { class: "codes" });
    if (firstName) draw(group, "text", { x: 13, y: 7 }, firstName);
    else draw(group, "path", { d: "M8,7h0M18,7h0" });
  };
  const region = (/** @type {SVGSVGElement} */ svg) => {
    draw(svg, "rect", { x: 1, y: 2, width: 24, height: 10, fill: colorOf("true-posterior"), opacity: 0.6 });
  };
  addLegend(root, [
    ["prior p(z)", lineOf("prior", 2.5)],
    ["true posterior p(z|x): 50, 90, 99%", region],
    ["q(z|x)", lineOf("posterior", 2.5)],
    ...(count ? [/** @type {[string, typeof swatch]} */ ([`codes of ${count} images`, swatch])] : []),
  ]);
}

/** @param {import("../core/mount.js").Place<Handle>} place */
function build({ root, data, change, glide }) {
  const decode = decoderOf(data.decoder);
  const images = data.images.map((/** @type {string} */ text) => Float64Array.from(text, Number));
  const codes = unpack(data.codes, -data.limit, data.limit);
  const choose = addStrip(root, images, {
    shape: data.shape,
    names: data.names,
    onChoose: (image) => change({ image }),
  });
  const beside = add(root, "div", { className: "beside" });
  const plane = new Plane(beside, {
    limit: data.limit,
    label:
      "The latent plane: circles of the prior, codes, the true posterior of the chosen image, q's ellipse, and z. The values stand in the text below.",
  });
  const side = add(beside, "div", { className: "side" });
  const drawn = addPicture(side, data.shape, "What the decoder draws at z", "decoder at z:");
  drawn.note.textContent = "probabilities of black";
  const chosen = addPicture(side, data.shape, "The chosen image x", "image x");
  addNames(root, codes.length / 2, data.codeNames[0]);
  const low = 5 * Math.floor((Math.min(...data.terms.map((/** @type {number[]} */ row) => row[1])) - 1) / 5);
  const high = 5 * Math.ceil((Math.max(...data.terms.map((/** @type {number[]} */ row) => row[0])) + 1) / 5);
  const bars = new Plot(root, {
    height: 128,
    xlim: [low, Math.min(0, high)],
    ylim: [0, 2],
    label: "Two bars on an axis of nats: log p(x); ELBO and gap. The values stand in the text below.",
  });
  const controls = addControls(root);
  const ends = { low: -data.limit, high: data.limit, step: 0.01 };
  const show = {
    z1: slider(controls, { label: "z₁", ...ends, onInput: (z1) => change({ z1 }) }),
    z2: slider(controls, { label: "z₂", ...ends, onInput: (z2) => change({ z2 }) }),
  };
  const inPlane = (/** @type {number} */ value) => clamp(value, -data.limit, data.limit);
  const goTo = (/** @type {number[]} */ [z1, z2]) => glide({ z1: inPlane(z1), z2: inPlane(z2) });
  addButton(root, "z to the mean of q", () => goTo(posterior.loc));
  addButton(root, "z from the prior", () => goTo([normalDraw(), normalDraw()]));
  const follow = (/** @type {MouseEvent} */ event) =>
    change({ z1: inPlane(plane.valueX(event)), z2: inPlane(plane.valueY(event)) });
  onDrag(plane.svg, (_, event) => follow(event));
  plane.svg.addEventListener("click", follow);

  /** @type {Record<Handle, number>} */
  let state;
  /** @type {{ loc: number[], scale: number[], contours: string[][] }} */
  let posterior;
  /** @type {{ logP: number, elbo: number, gap: number, logLik: number }} */
  let numbers;
  /** @type {SVGElement} */
  let handle;
  let scene = ""; // what of the figure is drawn already: while z moves, only z is drawn anew

  /** @param {Record<Handle, number>} now */
  function redraw(now) {
    state = now;
    const image = whole("image", state.image, 0, images.length - 1);
    posterior = data.posteriors[image];
    const logits = decode([state.z1, state.z2]);
    const [logP, elbo, gap] = data.terms[image];
    numbers = { logP, elbo, gap, logLik: logLikelihood(images[image], logits) };
    const next = `${root.clientWidth} ${image}`;
    if (scene !== next) {
      drawPlane();
      drawBars();
      choose(image);
      paint(chosen.canvas, images[image]);
    }
    scene = next;
    paint(drawn.canvas, logits.map(sigmoid));
    chosen.note.textContent = `log p(x|z) = ${written(numbers.logLik, 1)}`;
    handle.setAttribute("transform", `translate(${plane.point(inPlane(state.z1), inPlane(state.z2))})`);
    show.z1(state.z1);
    show.z2(state.z2);
    publish(root, numbers);
  }

  function drawPlane() {
    plane.clear();
    plane.codes(codes, data.codeNames);
    const green = colorOf("true-posterior");
    const look = { fill: green, "fill-opacity": 0.35, "fill-rule": "evenodd", stroke: green, "stroke-width": 0.8 };
    for (const lines of posterior.contours) draw(plane.svg, "path", { d: plane.outlines(lines), ...look });
    plane.prior();
    plane.gaussian(posterior.loc, posterior.scale, lineOf("posterior", 2.5));
    handle = plane.handle("z", 0, 0);
    draw(handle, "text", { x: 13, y: -8, ...HALO }, "z");
  }

  function drawBars() {
    bars.clear();
    const { logP, elbo, gap } = numbers;
    const [left, right] = bars.xlim;
    bars.bars(
      [
        { title: `log p(x) ${written(logP)}`, parts: [[left, logP, { fill: colorOf("model"), opacity: 0.75 }]] },
        {
          title: `ELBO ${written(elbo)} + gap ${written(gap)}`,
          parts: [
            [left, elbo, { fill: colorOf("bound"), opacity: 0.75 }],
            [elbo, elbo + gap, { fill: colorOf("true-posterior"), opacity: 0.5 }],
          ],
        },
      ],
      { first: 22, step: 44, height: 20, reference: logP, from: 16, to: 92 },
    );
    const step = right - left > 50 ? 20 : 5;
    const count = Math.floor((right - left) / step) + 1;
    const ticks = Array.from({ length: count }, (_, i) => right - i * step);
    bars.foot(ticks, "nats");
  }

  function describe() {
    const { logP, elbo, gap, logLik } = numbers;
    return (
      `Image ${state.image + 1}: log p(x) ${written(logP)} = ELBO ${written(elbo)} + gap ${written(gap)}. ` +
      `At z = (${written(state.z1)}, ${written(state.z2)}), log p(x|z) = ${written(logLik)}. In nats.`
    );
  }

  return { redraw, describe };
}

const explorable = explorableOf({
  handles: /** @type {const} */ (["z1", "z2", "image"]),
  hint: "Drag z: the decoder, running in this page, draws what this code stands for. Choose another image x: green is where its code may be, the true posterior; dashed is the encoder’s guess q; their mismatch is the gap.",
  build,
});

export { explorable as default, showInPage };
