import { addControls, onDrag, slider } from "../core/controls.js";
import { colorOf, draw, HALO, INK, lineOf, publish } from "../core/elements.js";
import { clamp, linspace } from "../core/maths.js";
import { explorableOf, showInPage } from "../core/mount.js";
import { Plot } from "../core/plot.js";
import { written } from "../core/words.js";
import { decoder, density, integrand, NOISE } from "../numerics/marginal.js";

const TICKS = [-3, -2, -1, 0, 1, 2, 3];
const CHOSEN = { stroke: INK, "stroke-width": 1.5, "stroke-dasharray": "5 3" }; // the line of the chosen x
const allX = linspace(-3, 3, 121);
const allDensities = allX.map(density); // p(x), once and for all
const z = linspace(-4, 4, 401);

/** @param {import("../core/mount.js").Place<"x">} place */
function build({ root, change }) {
  const plane = new Plot(root, {
    height: 210,
    xlim: [-4, 4],
    ylim: [-3, 3],
    margin: [8, 8, 20, 8],
    label: "The plane of z and x: the decoder's curve, a band of noise around it, and the line of the chosen x.",
  });
  const slice = new Plot(root, {
    height: 220,
    xlim: [-4, 4],
    ylim: [0, 2.5],
    margin: [42, 8, 36, 8],
    label:
      "The integrand over z for the chosen x, filled; its area is p(x). Dashed: the posterior of z, which is the integrand divided by that area.",
  });
  const marginal = new Plot(root, {
    height: 150,
    xlim: [-3, 3],
    ylim: [0, 1.2 * Math.max(...allDensities)],
    label: "p(x) over x, with a mark at the chosen x.",
  });
  const show = slider(addControls(root), { label: "x", low: -3, high: 3, step: 0.01, onInput: (x) => change({ x }) });
  onDrag(plane.svg, (_, event) => change({ x: clamp(plane.valueY(event), -3, 3) }));
  onDrag(marginal.svg, (_, event) => change({ x: clamp(marginal.valueX(event), -3, 3) }));
  let [x, p] = [NaN, NaN];

  /** @param {{ x: number }} now */
  function redraw(now) {
    x = now.x;
    p = density(x);
    publish(root, { density: p });
    show(x);
    drawPlane();
    drawSlice();
    drawMarginal();
  }

  function drawPlane() {
    plane.clear();
    // Where the prior is high the band is dark: the joint p(x, z).
    for (let i = 0; i + 4 < z.length; i += 4) {
      const opacity = 0.75 * Math.exp(-0.5 * z[i + 2] ** 2);
      const part = z.slice(i, i + 5);
      const upper = part.map((t) => plane.point(t, decoder(t) + 2 * NOISE));
      const lower = part.map((t) => plane.point(t, decoder(t) - 2 * NOISE)).reverse();
      const d = `M${[...upper, ...lower].join("L")}Z`;
      draw(plane.svg, "path", { d, fill: colorOf("model"), opacity, stroke: "none" });
    }
    plane.line(z, z.map(decoder), lineOf("model", 1.5));
    const level = plane.y(x);
    plane.level(level, CHOSEN);
    const words = level < 24 ? level + 18 : level - 7;
    plane.text(plane.x(3.05), words, `x = ${written(x)}`, { "text-anchor": "end", ...HALO });
    plane.text(6, 16, "f(z) ± 2σ, dark where p(z) is high", HALO);
    plane.handle("x", plane.x(3.5), level);
  }

  function drawSlice() {
    slice.clear();
    const values = z.map((t) => integrand(t, x));
    const posterior = values.map((value) => Math.min(value / p, slice.ylim[1]));
    slice.area(z, values, { fill: colorOf("model"), opacity: 0.4 });
    slice.line(z, values, lineOf("model"));
    slice.line(z, posterior, lineOf("true-posterior"));
    slice.text(6, 16, `filled: p(x|z) p(z), area p(x) = ${written(p, 4)}`);
    slice.text(6, 34, "dashed: divided by p(x): p(z|x), area 1");
    slice.foot(TICKS, "z");
  }

  function drawMarginal() {
    marginal.clear();
    marginal.area(allX, allDensities, { fill: colorOf("model"), opacity: 0.12 });
    marginal.line(allX, allDensities, lineOf("model"));
    const [cx, cy] = [marginal.x(x), marginal.y(p)];
    marginal.upright(cx, marginal.y(0), cy, CHOSEN);
    marginal.text(6, 16, "p(x), one such area for each x");
    marginal.handle("x", cx, cy);
    marginal.foot(TICKS, "x");
  }

  const describe = () =>
    `At x = ${written(x)} the area under p(x|z) p(z) is p(x) = ${written(p, 4)} per unit of x; log p(x) = ${written(Math.log(p))} nats.`;

  return { redraw, describe };
}

const explorable = explorableOf({
  handles: /** @type {const} */ (["x"]),
  hint: "Drag one of the dots, or use the slider, to choose x. The filled area is p(x); divided by that area, the same curve is the posterior p(z|x). Try x = 1: the z that explain it lie in two groups.",
  build,
});

export { explorable as default, showInPage };
