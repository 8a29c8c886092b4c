import { addButton, addControls, onDrag, slider } from "../core/controls.js";
import { colorOf, draw, lineOf, publish } from "../core/elements.js";
import { clamp, linspace, logNormal } from "../core/maths.js";
import { explorableOf, showInPage } from "../core/mount.js";
import { Plot } from "../core/plot.js";
import { written } from "../core/words.js";
import { decoded, scored } from "../numerics/sharing.js";

/** @typedef {"spread" | "scale"} Handle */

const BEST = { spread: 0.95, scale: 0.2 }; // of the ELBO
const SIZE = 18; // of a small image, in pixels
const WHOLE = linspace(-6, 6, 13);

/** Write the probabilities of the images and their sum. @param {number[]} values @param {number} total */
const addedUp = (values, total) => `${values.map((p) => written(p)).join("+")} = ${written(total)}`;

/** @param {import("../core/mount.js").Place<Handle>} place */
function build({ root, data, change, glide }) {
  /** @type {import("../numerics/sharing.js").World} */
  const world = data;
  const axis = new Plot(root, {
    height: 236,
    xlim: [-7, 7],
    ylim: [0, 0.62],
    margin: [8, 8, 62, 8],
    label:
      "The axis of z with the prior's hill. Each of four images of 3 by 3 pixels stands over its own code. Below the axis, what the decoder makes of each z. The values stand in the text below.",
  });
  const bars = new Plot(root, {
    height: 136,
    xlim: [0, 4],
    ylim: [0, 2],
    label:
      "Two bars of four parts each: the probabilities of the four images under codes of their own, and under the prior that they share. A line stands at 1. The values stand in the text below.",
  });
  const controls = addControls(root);
  const step = 0.01;
  const show = {
    spread: slider(controls, { label: "codes apart", low: 0, high: 4, step, onInput: (spread) => change({ spread }) }),
    scale: slider(controls, {
      label: "width of a code",
      low: 0.05,
      high: 1,
      step,
      onInput: (scale) => change({ scale }),
    }),
  };
  const farthest = world.places[world.places.length - 1];
  onDrag(axis.svg, (_, event) => change({ spread: clamp(axis.valueX(event) / farthest, 0, 4) }));
  addButton(root, "Pull apart", () => glide({ spread: 4, scale: 0.1 }));
  addButton(root, "Best ELBO", () => glide(BEST));

  /** @type {Record<Handle, number>} */
  let state;
  /** @type {ReturnType<typeof scored>} */
  let found;

  /** @param {Record<Handle, number>} now */
  function redraw(now) {
    state = now;
    found = scored(state, world);
    show.spread(state.spread);
    show.scale(state.scale);
    publish(root, found.numbers);
    drawAxis();
    drawBars();
  }

  function drawAxis() {
    const { spread, scale } = state;
    const z = linspace(-7, 7, 281);
    const prior = z.map((t) => Math.exp(logNormal(t, 0, 1)));
    axis.clear();
    axis.area(z, prior, { fill: colorOf("prior"), opacity: 0.2 });
    axis.line(z, prior, lineOf("prior"));
    axis.legend([
      ["prior p(z), shared by all", lineOf("prior", 2.5)],
      ["own code: mean ± 2 widths", lineOf("posterior", 2.5)],
    ]);
    axis.foot([-6, -4, -2, 0, 2, 4, 6], "z");
    const foot = axis.y(0);
    const apart = Math.max(SIZE + 4, axis.x(spread) - axis.x(0));
    world.places.forEach((place, i) => {
      const [code, above] = [axis.x(spread * place), axis.x(0) + place * apart];
      const look = { stroke: colorOf("posterior"), "stroke-width": 1.2 };
      draw(axis.svg, "line", { x1: above, y1: 62, x2: code, y2: foot - 5, ...look });
      const [left, right] = [-2, 2].map((widths) => axis.x(clamp(spread * place + widths * scale, -7, 7)));
      axis.level(foot - 5, { ...look, "stroke-width": 4 }, left, right);
      small(world.patterns[i], above, 44);
    });
    axis.handleInside("spread", axis.x(spread * farthest), foot - 5, colorOf("posterior"));
    for (const at of WHOLE) small(decoded(at, spread, world), axis.x(at), foot + 24);
  }

  /** Draw a small image, its upper edge's middle at a place. @param {number[]} pixels @param {number} x @param {number} y */
  function small(pixels, x, y) {
    const side = SIZE / 3;
    draw(axis.svg, "rect", { x: x - SIZE / 2, y, width: SIZE, height: SIZE, fill: "#fff", stroke: "#777" });
    pixels.forEach((value, i) => {
      const [left, top] = [x - SIZE / 2 + side * (i % 3), y + side * Math.floor(i / 3)];
      draw(axis.svg, "rect", { x: left, y: top, width: side, height: side, fill: "#1b1b1b", opacity: value });
    });
  }

  function drawBars() {
    const { claimed, given, numbers } = found;
    bars.clear();
    bars.bars(
      [
        { title: `own codes ${addedUp(claimed, numbers.claimed)}`, parts: stacked(claimed, "posterior") },
        { title: `p(x) ${addedUp(given, numbers.given)}`, parts: stacked(given, "model") },
      ],
      { first: 24, step: 44, height: 18, reference: 1, from: 18, to: 100 },
    );
    bars.foot([0, 1, 2, 3, 4], "probability; there is 1 to hand out");
  }

  /** Return parts one after the other. @param {number[]} values @param {string} role */
  function stacked(values, role) {
    let from = 0;
    return values.map((value) => {
      const part = /** @type {import("../core/plot.js").Part} */ ([
        from,
        from + value,
        { fill: colorOf(role), opacity: 0.6 },
      ]);
      from += value;
      return part;
    });
  }

  function describe() {
    const { reconstruction, rate, elbo, logP, claimed, given } = found.numbers;
    const verdict = claimed > 1 ? "more than any distribution has" : "less than a distribution has";
    return (
      `Scored under their own codes, the four images claim ${written(claimed)} in all, ${verdict}; ` +
      `under the prior that they share they get ${written(given)}. Means in nats: ` +
      `reconstruction ${written(reconstruction)}; log p(x) ${written(logP)}; ` +
      `ELBO ${written(reconstruction)} − rate ${written(rate)} = ${written(elbo)}.`
    );
  }

  return { redraw, describe };
}

const explorable = explorableOf({
  handles: /** @type {const} */ (["spread", "scale"]),
  hint: "Pull the codes apart by the sliders, or drag the dot: the upper bar grows, and what the prior can reach (the lower bar) loses two images.",
  build,
});

export { explorable as default, showInPage };
