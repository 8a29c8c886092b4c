import { Plot, add, clamp, draw, frame, linspace, logNormal, onDrag, slider, written } from "./shared.js";

const NOISE = 0.3;
const mean = (z) => 2 * Math.sin(1.3 * z + 0.5);
const lattice = linspace(-8, 8, 1601); // the trapezoid rule over z
const step = lattice[1] - lattice[0];
const integrand = (z, x) => Math.exp(logNormal(x, mean(z), NOISE) + logNormal(z, 0, 1));
const density = (x) => lattice.reduce((sum, z) => sum + integrand(z, x) * step, 0);
const allX = linspace(-3, 3, 121);
const allDensities = allX.map(density); // p(x), once and for all

function build(root, change) {
  const plane = new Plot(root, { height: 210, xlim: [-4, 4], ylim: [-3, 3], margin: [8, 8, 20, 8], label: "The plane of z and x: the decoder's curve, a band of noise around it, and the line of the chosen x." });
  const slice = new Plot(root, { height: 220, xlim: [-4, 4], ylim: [0, 2.5], margin: [42, 8, 36, 8], label: "The integrand over z for the chosen x, filled; its area is p(x). Dashed: the posterior of z, which is the integrand divided by that area." });
  const marginal = new Plot(root, { height: 150, xlim: [-3, 3], ylim: [0, 0.36], label: "p(x) over x, with a mark at the chosen x." });
  const controls = add(root, "div", { className: "controls" });
  const set = slider(controls, { label: "x", low: -3, high: 3, step: 0.01, onInput: (x) => change({ x }) });
  onDrag(plane.svg, ".handle", (_, event) => change({ x: clamp(plane.valueY(event), -3, 3) }));
  onDrag(marginal.svg, ".handle", (_, event) => change({ x: clamp(marginal.valueX(event), -3, 3) }));
  const z = linspace(-4, 4, 401);
  let p;

  function redraw({ x }) {
    p = density(x);
    root.dataset.density = p;
    set(x);
    drawPlane(x);
    drawSlice(x);
    drawMarginal(x);
  }

  function dot(plot, cx, cy) {
    const group = draw(plot.svg, "g", { class: "handle", "data-handle": "x" });
    draw(group, "circle", { cx, cy, r: 22, fill: "transparent" });
    draw(group, "circle", { cx, cy, r: 8, fill: "#fff", stroke: "#1b1b1b", "stroke-width": 3 });
  }

  function drawPlane(x) {
    plane.clear();
    // Where the prior is high the band is dark: the joint p(x, z).
    for (let i = 0; i + 4 < z.length; i += 4) {
      const middle = z[i + 2];
      const opacity = 0.75 * Math.exp(-0.5 * middle * middle);
      const part = z.slice(i, i + 5);
      const upper = part.map((t) => `${plane.x(t).toFixed(1)},${plane.y(mean(t) + 2 * NOISE).toFixed(1)}`);
      const lower = part.map((t) => `${plane.x(t).toFixed(1)},${plane.y(mean(t) - 2 * NOISE).toFixed(1)}`).reverse();
      draw(plane.svg, "path", { d: `M${[...upper, ...lower].join("L")}Z`, fill: "var(--model)", opacity, stroke: "none" });
    }
    plane.line(z, z.map(mean), { stroke: "var(--model)", "stroke-width": 1.5 });
    const level = plane.y(x);
    draw(plane.svg, "line", { x1: plane.x(-4), x2: plane.x(4), y1: level, y2: level, stroke: "#1b1b1b", "stroke-width": 1.5, "stroke-dasharray": "5 3" });
    plane.text(plane.x(3.05), level < 24 ? level + 18 : level - 7, `x = ${written(x)}`, { "text-anchor": "end", class: "halo" });
    plane.text(6, 16, "f(z) ± 2σ, dark where p(z) is high", { class: "halo" });
    dot(plane, plane.x(3.5), level);
  }

  function drawSlice(x) {
    slice.clear();
    const values = z.map((t) => integrand(t, x));
    const posterior = values.map((value) => value / p);
    slice.area(z, values, { fill: "var(--model)", opacity: 0.4 });
    slice.line(z, values, { stroke: "var(--model)" });
    slice.line(z, posterior.map((value) => Math.min(value, slice.ylim[1])), { stroke: "var(--true-posterior)", "stroke-dasharray": "9 3 2 3" });
    slice.text(6, 16, `filled: p(x|z) p(z), area p(x) = ${written(p, 4)}`);
    slice.text(6, 34, "dashed: divided by p(x): p(z|x), area 1");
    slice.foot([-3, -2, -1, 0, 1, 2, 3], "z");
  }

  function drawMarginal(x) {
    marginal.ylim = [0, 1.2 * Math.max(...allDensities)];
    marginal.clear();
    marginal.area(allX, allDensities, { fill: "var(--model)", opacity: 0.12 });
    marginal.line(allX, allDensities, { stroke: "var(--model)" });
    const [cx, cy] = [marginal.x(x), marginal.y(p)];
    draw(marginal.svg, "line", { x1: cx, x2: cx, y1: marginal.y(0), y2: cy, stroke: "#1b1b1b", "stroke-width": 1.5, "stroke-dasharray": "5 3" });
    marginal.text(6, 16, "p(x), one such area for each x");
    dot(marginal, cx, cy);
    marginal.foot([-3, -2, -1, 0, 1, 2, 3], "x");
  }

  return { redraw, describe: ({ x }) => `At x = ${written(x)} the area under p(x|z) p(z) is p(x) = ${written(p, 4)} per unit of x; log p(x) = ${written(Math.log(p))} nats.` };
}

const hint = "Drag one of the dots, or use the slider, to choose x. The filled area is p(x); divided by that area, the same curve is the posterior p(z|x). Try x = 1: the z that explain it lie in two groups.";

export default { render: (context) => frame(context, ["x"], { hint, build }) };
