import { Plot, add, clamp, draw, frame, gaussianMean, glide, linspace, logNormal, logSumExp, midpoints, onDrag, slider, written } from "./shared.js";

const NOISE = 0.5;
const LOW = -6; // the left end of the bars, nats

const logJoint = (z, { x, bend }) => logNormal(x, z + bend * z * z, NOISE) + logNormal(z, 0, 1);

/** Return the five numbers, in nats. log p(x), the ELBO and the gap are computed apart, so that their sum is a test. */
function terms(state) {
  const { loc, scale, x, bend } = state;
  const lattice = linspace(-9, 9, 1801); // the trapezoid rule
  const logP = logSumExp(lattice.map((z) => logJoint(z, state))) + Math.log(lattice[1] - lattice[0]);
  const reconstruction = gaussianMean((z) => logNormal(x, z + bend * z * z, NOISE), loc, scale);
  const rate = 0.5 * (loc * loc + scale * scale - 1) - Math.log(scale);
  const cells = midpoints(-20, 20, 4000); // another grid: the posterior has its own normaliser
  const logTotal = logSumExp(cells.map((z) => logJoint(z, state))) + Math.log(cells[1] - cells[0]);
  const gap = gaussianMean((z) => logNormal(z, loc, scale) - logJoint(z, state) + logTotal, loc, scale);
  return { logP, elbo: reconstruction - rate, gap, reconstruction, rate };
}

/** Return the Gaussian with the highest ELBO: a coarse search, then a finer one around the best so far. */
function best(state) {
  const elbo = (loc, scale) => {
    const value = gaussianMean((z) => logJoint(z, state), loc, scale);
    return value + Math.log(scale);
  };
  let [loc, scale, reach] = [0, 1, 3];
  for (let round = 0; round < 9; round++) {
    let top = -Infinity;
    const around = [loc, scale];
    for (const a of linspace(-1, 1, 13)) {
      for (const b of linspace(-1, 1, 9)) {
        const candidate = [clamp(around[0] + a * reach, -4, 4), clamp(around[1] * Math.exp((b * reach) / 2), 0.05, 3)];
        const value = elbo(...candidate);
        if (value > top) [top, loc, scale] = [value, ...candidate];
      }
    }
    reach /= 2.5;
  }
  return { loc, scale };
}

function build(root, change) {
  const curves = new Plot(root, { height: 230, xlim: [-3.8, 3.2], ylim: [0, 1.25], label: "Densities over z: prior, true posterior and q. The values stand in the text below." });
  const bars = new Plot(root, { height: 176, xlim: [LOW, 0], ylim: [0, 3], label: "Three bars on an axis of nats: log p(x); ELBO and gap; reconstruction and rate. The values stand in the text below." });
  const controls = add(root, "div", { className: "controls" });
  const set = {
    loc: slider(controls, { label: "mean of q", low: -4, high: 4, step: 0.01, onInput: (loc) => change({ loc }) }),
    scale: slider(controls, { label: "width of q", low: 0.05, high: 3, step: 0.01, onInput: (scale) => change({ scale }) }),
    bend: slider(controls, { label: "bend θ", low: 0, high: 1, step: 0.01, onInput: (bend) => change({ bend }) }),
  };
  let state;
  const fit = add(root, "button", { type: "button" }, "Best Gaussian q");
  fit.addEventListener("click", () => glide({ get: (name) => state[name], set: (name, value) => change({ [name]: value }), save_changes() {} }, best(state)));
  onDrag(curves.svg, ".handle", (handle, event) => {
    const z = curves.valueX(event);
    if (handle === "loc") change({ loc: clamp(z, -4, 4) });
    else change({ scale: clamp(Math.abs(z - state.loc), 0.05, 3) });
  });

  let numbers;
  function redraw(now) {
    state = now;
    numbers = terms(state);
    for (const [name, show] of Object.entries(set)) show(state[name]);
    Object.assign(root.dataset, Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, value])));
    drawCurves();
    drawBars();
  }

  function drawCurves() {
    const { loc, scale } = state;
    const z = linspace(-3.8, 3.2, 281);
    const q = z.map((t) => Math.exp(logNormal(t, loc, scale)));
    const posterior = z.map((t) => Math.exp(logJoint(t, state) - numbers.logP));
    curves.ylim = [0, 1.18 * Math.max(0.7, ...posterior, Math.min(2.2, ...[Math.max(...q)]))];
    curves.clear();
    curves.area(z, posterior, { fill: "var(--true-posterior)", opacity: 0.22 });
    curves.line(z, posterior, { stroke: "var(--true-posterior)", "stroke-dasharray": "9 3 2 3" });
    curves.line(z, z.map((t) => Math.exp(logNormal(t, 0, 1))), { stroke: "var(--prior)", "stroke-dasharray": "2 3" });
    const peak = Math.min(curves.ylim[1], Math.exp(logNormal(loc, loc, scale)));
    const clipped = q.map((value) => Math.min(value, curves.ylim[1]));
    curves.line(z, clipped, { stroke: "var(--posterior)", "stroke-dasharray": "7 4", "stroke-width": 2.5 });
    handle("loc", loc, peak);
    handle("scale", loc + scale, peak * Math.exp(-0.5));
    legend([["prior p(z)", "prior", "2 3"], ["true posterior", "true-posterior", "9 3 2 3"], ["q(z)", "posterior", "7 4"]]);
    curves.foot([-3, -2, -1, 0, 1, 2, 3], "z");
  }

  function handle(name, z, level) {
    const at = { cx: clamp(curves.x(z), 10, curves.width - 10), cy: Math.max(curves.y(level), 12) };
    const group = draw(curves.svg, "g", { class: "handle", "data-handle": name });
    draw(group, "circle", { ...at, r: 22, fill: "transparent" }); // room for a finger
    draw(group, "circle", { ...at, r: 8, fill: "#fff", stroke: "var(--posterior)", "stroke-width": 3 });
  }

  function legend(entries) {
    entries.forEach(([words, color, dash], i) => {
      const y = 16 + 18 * i;
      draw(curves.svg, "line", { x1: 6, x2: 36, y1: y - 4, y2: y - 4, stroke: `var(--${color})`, "stroke-width": 2.5, "stroke-dasharray": dash });
      curves.text(42, y, words);
    });
  }

  function drawBars() {
    bars.xlim = [LOW, Math.max(0, numbers.reconstruction, numbers.logP)];
    bars.clear();
    const { logP, elbo, gap, reconstruction, rate } = numbers;
    const shown = (value) => clamp(value, LOW, bars.xlim[1]);
    const rows = [
      [`log p(x) ${written(logP)}`, [LOW, logP, "model", 0.75]],
      [`ELBO ${written(elbo)} + gap ${written(gap)}`, [LOW, elbo, "bound", 0.75], [elbo, elbo + gap, "true-posterior", 0.4]],
      [`reconstruction ${written(reconstruction)} − rate ${written(rate)}`, [LOW, elbo, "bound", 0.75], [elbo, reconstruction, "prior", 0.5]],
    ];
    rows.forEach(([, ...parts], row) => {
      const top = 6 + row * 44;
      for (const [from, to, color, opacity] of parts) {
        const [a, b] = [bars.x(shown(from)), bars.x(shown(to))];
        if (b - a > 0.2) draw(bars.svg, "rect", { x: a, y: top + 16, width: b - a, height: 20, fill: `var(--${color})`, opacity, stroke: "#333", "stroke-width": 0.6 });
      }
      if (row > 0 && elbo < LOW) bars.text(bars.x(LOW) + 4, top + 31, "‹ the ELBO is farther left");
    });
    draw(bars.svg, "line", { x1: bars.x(shown(logP)), x2: bars.x(shown(logP)), y1: 16, y2: 140, stroke: "#1b1b1b", "stroke-width": 1.4, "stroke-dasharray": "4 3" });
    rows.forEach(([title], row) => bars.text(bars.x(LOW), 17 + row * 44, title, { class: "halo" }));
    bars.foot([-6, -5, -4, -3, -2, -1, 0].filter((tick) => tick <= bars.xlim[1]), "nats");
  }

  function describe() {
    const { logP, elbo, gap, reconstruction, rate } = numbers;
    return (
      `log p(x) ${written(logP)} = ELBO ${written(elbo)} + gap ${written(gap)}. ` +
      `ELBO = reconstruction ${written(reconstruction)} − rate ${written(rate)}. In nats.`
    );
  }

  return { redraw, describe };
}

const hint = "Drag the two dots of q, or use the sliders. ELBO and gap trade places; their sum stays. Then change the bend θ: now log p(x) itself moves.";

export default { render: (context) => frame(context, ["loc", "scale", "bend", "x"], { hint, build }) };
