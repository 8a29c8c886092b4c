import { Plot, add, clamp, draw, frame, glide, linspace, logNormal, onDrag, slider, written } from "./shared.js";

// z ~ N(0, 1), x ~ N(z, 0.5²), x = 1.5: the posterior and log p(x) are closed forms.
const [NOISE, X] = [0.5, 1.5];
const POSTERIOR = { loc: X / (1 + NOISE ** 2), scale: NOISE / Math.sqrt(1 + NOISE ** 2) };
const LOG_P = logNormal(X, 0, Math.sqrt(1 + NOISE ** 2));
const [RUNS, DOUBLINGS] = [200, 10];
const MOST = 2 ** DOUBLINGS;
const [LOW, HIGH] = [-6, 0]; // the ends of the estimates' axis, nats
const AS_PRIOR = { offset: -POSTERIOR.loc / POSTERIOR.scale, scale: 1 / POSTERIOR.scale };

/** Return standard normal numbers, 1024 for each run: a counter through a mixer of bits, then Box–Muller, as in Python. */
function standardNoise() {
  const uniform = (counter) => {
    let mixed = (counter + 2654435769) | 0;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 2146121005);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 2221713035);
    return (((mixed ^ (mixed >>> 16)) >>> 0) + 0.5) / 2 ** 32;
  };
  const noise = new Float64Array(RUNS * MOST);
  for (let i = 0; i < noise.length; i += 2) {
    const [radius, angle] = [Math.sqrt(-2 * Math.log(uniform(i))), 2 * Math.PI * uniform(i + 1)];
    noise[i] = radius * Math.cos(angle);
    noise[i + 1] = radius * Math.sin(angle);
  }
  return noise;
}

/** Return log p(x, z) − log q(z) of a draw z = loc + width · e. */
const logWeight = (e, { loc, width }) => {
  const z = loc + width * e;
  return Math.log(width / NOISE) - 0.5 * Math.log(2 * Math.PI) - 0.5 * ((X - z) / NOISE) ** 2 - 0.5 * z * z + 0.5 * e * e;
};

const gaussian = ({ offset, scale }) => ({ loc: POSTERIOR.loc + offset * POSTERIOR.scale, width: scale * POSTERIOR.scale });

/** Return the runs after 1, 2, 4, …, 1024 draws: estimate, claimed standard error and effective sample size of each. */
function allRuns(noise, q) {
  const stages = Array.from({ length: DOUBLINGS + 1 }, () => []);
  for (let run = 0; run < RUNS; run++) {
    let [sum, squares, stage] = [0, 0, 0];
    for (let k = 1; k <= MOST; k++) {
      const weight = Math.exp(logWeight(noise[run * MOST + k - 1], q) - LOG_P); // in units of p(x)
      sum += weight;
      squares += weight * weight;
      if (k === 1 << stage) {
        const effective = (sum * sum) / squares;
        const error = k === 1 ? Infinity : Math.sqrt(Math.max(0, k / effective - 1) / (k - 1));
        stages[stage++].push({ estimate: LOG_P + Math.log(sum / k), effective, error });
      }
    }
  }
  return stages;
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const honest = ({ estimate, error }) => Math.abs(estimate - LOG_P) <= 2 * error + 1e-9; // q = posterior leaves rounding errors only

function terms({ offset, scale }, runs) {
  const average = mean(runs.map((run) => run.estimate));
  return {
    logP: LOG_P,
    elbo: LOG_P + Math.log(scale) - 0.5 * (scale * scale + offset * offset - 1),
    mean: average,
    bias: average - LOG_P,
    effective: mean(runs.map((run) => run.effective)),
    error: mean(runs.map((run) => run.error)),
    honest: runs.filter(honest).length,
  };
}

// ---- the hills: how the estimates are spread, smoothed with a bell

const STEP = 0.03;
const levels = linspace(LOW, HIGH, Math.round((HIGH - LOW) / STEP) + 1);
const REACH = 8; // steps
const bell = Array.from({ length: 2 * REACH + 1 }, (_, i) => Math.exp(-0.5 * ((i - REACH) / 2.5) ** 2));

function hill(estimates) {
  const heights = levels.map(() => 0);
  for (const estimate of estimates) {
    const centre = Math.round((estimate - LOW) / STEP);
    for (let i = 0; i < bell.length; i++) {
      const place = centre + i - REACH;
      if (place >= 0 && place < heights.length) heights[place] += bell[i];
    }
  }
  return heights;
}

const [FIRST, GAP, TALL] = [62, 22, 40]; // pixels: the first hill's foot, from foot to foot, the height of a hill

function build(root, change) {
  const curves = new Plot(root, { height: 170, xlim: [-1.6, 4], ylim: [0, 1.25], label: "Densities over z: prior, true posterior and q; stems: the first draws of one run, as tall as their weights." });
  const hills = new Plot(root, { height: FIRST + DOUBLINGS * GAP + 46, xlim: [LOW, HIGH], ylim: [0, 1], margin: [8, 8, 36, 46], label: "One hill for each K from 1 to 1024: how 200 estimates of log p(x) are spread, with their mean; a line marks the true log p(x). The values stand in the text below." });
  const controls = add(root, "div", { className: "controls" });
  const set = {
    doublings: slider(controls, { label: "draws K", low: 0, high: DOUBLINGS, step: 1, digits: 0, onInput: (doublings) => change({ doublings }) }),
  };
  const [input, output] = [...controls.children].slice(-2);
  set.offset = slider(controls, { label: "offset of q", low: -3, high: 3, step: 0.01, onInput: (offset) => change({ offset }) });
  set.scale = slider(controls, { label: "width of q", low: 0.1, high: 4, step: 0.01, onInput: (scale) => change({ scale }) });
  let state, stages, made, numbers;
  const noise = standardNoise();
  const choices = { "Narrow q": { offset: 1, scale: 0.3 }, "Wide q": { offset: 1, scale: 1.5 }, "q = prior": AS_PRIOR, "q = posterior": { offset: 0, scale: 1 } };
  for (const [words, goals] of Object.entries(choices)) {
    const button = add(root, "button", { type: "button" }, words);
    button.addEventListener("click", () => glide({ get: (name) => state[name], set: (name, value) => change({ [name]: value }), save_changes() {} }, goals));
  }
  onDrag(curves.svg, ".handle", (handle, event) => {
    const away = (curves.valueX(event) - POSTERIOR.loc) / POSTERIOR.scale;
    if (handle === "offset") change({ offset: clamp(away, -3, 3) });
    else change({ scale: clamp(Math.abs(away - state.offset), 0.1, 4) });
  });
  onDrag(hills.svg, ".handle", (_, event) => {
    const y = (1 - hills.valueY(event)) * (hills.height - 44) + 8; // in pixels
    change({ doublings: clamp(Math.round((y - FIRST) / GAP), 0, DOUBLINGS) });
  });

  function redraw(now) {
    state = now;
    const stage = state.doublings;
    if (!Number.isInteger(stage) || stage < 0 || stage > DOUBLINGS) throw new Error(`doublings must be a whole number from 0 to ${DOUBLINGS}, and is ${stage}`);
    const key = `${state.offset} ${state.scale}`;
    if (made !== key) [made, stages] = [key, allRuns(noise, gaussian(state))];
    numbers = terms(state, stages[stage]);
    for (const [name, show] of Object.entries(set)) show(state[name]);
    output.textContent = 2 ** stage;
    input.setAttribute("aria-valuetext", `${2 ** stage} draws`);
    Object.assign(root.dataset, numbers);
    drawCurves();
    drawHills();
  }

  function drawCurves() {
    const q = gaussian(state);
    const { loc, width } = q;
    const z = linspace(...curves.xlim, 301);
    const density = (mu, sigma) => z.map((t) => Math.exp(logNormal(t, mu, sigma)));
    const peak = Math.exp(logNormal(loc, loc, width));
    curves.ylim = [0, 1.2 * clamp(peak, 0.95, 3)];
    curves.clear();
    const top = curves.ylim[1];
    const posterior = density(POSTERIOR.loc, POSTERIOR.scale);
    curves.area(z, posterior, { fill: "var(--true-posterior)", opacity: 0.22 });
    curves.line(z, posterior, { stroke: "var(--true-posterior)", "stroke-dasharray": "9 3 2 3" });
    curves.line(z, density(0, 1), { stroke: "var(--prior)", "stroke-dasharray": "2 3" });
    curves.line(z, density(loc, width).map((value) => Math.min(value, top)), { stroke: "var(--posterior)", "stroke-dasharray": "7 4", "stroke-width": 2.5 });
    const draws = Array.from(noise.slice(0, 2 ** state.doublings)); // those of the first run
    const weights = draws.map((e) => Math.exp(logWeight(e, q)));
    const unit = (0.4 * (curves.height - 44)) / Math.max(...weights);
    const stems = draws.map((e, k) => [loc + width * e, weights[k] * unit]).filter(([place]) => place > curves.xlim[0] && place < curves.xlim[1]);
    draw(curves.svg, "path", { d: stems.map(([place, tall]) => `M${curves.x(place).toFixed(1)},${curves.y(0)}v${-tall.toFixed(1)}`).join(""), stroke: "#1b1b1b", "stroke-width": 1.2, "stroke-opacity": clamp(4 / Math.sqrt(draws.length), 0.15, 0.6) });
    legend([["prior p(z)", "var(--prior)", "2 3"], ["true posterior", "var(--true-posterior)", "9 3 2 3"], ["q(z)", "var(--posterior)", "7 4"]]);
    const shown = Math.min(top, peak);
    handle(curves, "offset", curves.x(loc), curves.y(shown), "posterior");
    handle(curves, "scale", curves.x(loc + width), curves.y(shown * Math.exp(-0.5)), "posterior");
    curves.foot([-1, 0, 1, 2, 3], "z");
  }

  function legend(entries) {
    entries.forEach(([words, stroke, dash], i) => {
      const y = 16 + 18 * i;
      draw(curves.svg, "line", { x1: 6, x2: 36, y1: y - 4, y2: y - 4, stroke, "stroke-width": 2.5, "stroke-dasharray": dash });
      curves.text(42, y, words);
    });
    const y = 16 + 18 * entries.length;
    draw(curves.svg, "path", { d: `M9,${y}v-5m6,5v-11m6,11v-4m6,4v-8m6,8v-3`, stroke: "#1b1b1b", "stroke-width": 1.2 });
    curves.text(42, y, "weights in one run", { class: "halo" });
  }

  function handle(plot, name, x, y, color) {
    const at = { cx: clamp(x, 10, plot.width - 10), cy: Math.max(y, 12) };
    const group = draw(plot.svg, "g", { class: "handle", "data-handle": name });
    draw(group, "circle", { ...at, r: 22, fill: "transparent" }); // room for a finger
    draw(group, "circle", { ...at, r: 8, fill: "#fff", stroke: `var(--${color})`, "stroke-width": 3 });
  }

  function drawHills() {
    hills.clear();
    const foot = (stage) => FIRST + stage * GAP;
    const left = hills.x(LOW);
    const shape = (heights, stage, tallest) => {
      const at = (i) => `${hills.x(levels[i]).toFixed(1)},${(foot(stage) - (TALL * heights[i]) / tallest).toFixed(1)}`;
      let [d, open] = ["", false]; // where there is nothing the outline stops
      heights.forEach((height, i) => {
        const here = height > 0.01 * tallest;
        if (here) d += open ? `L${at(i)}` : `M${hills.x(levels[i]).toFixed(1)},${foot(stage)}L${at(i)}`;
        else if (open) d += `L${hills.x(levels[i]).toFixed(1)},${foot(stage)}`;
        open = here;
      });
      return d || `M${left},${foot(stage)}`;
    };
    const id = `liars-${(build.count = (build.count ?? 0) + 1)}`;
    const pattern = draw(draw(hills.svg, "defs"), "pattern", { id, width: 7, height: 7, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" });
    draw(pattern, "rect", { width: 7, height: 7, fill: "#fff" });
    draw(pattern, "rect", { width: 3.5, height: 7, fill: "var(--bound)" });

    const truth = hills.x(LOG_P);
    draw(hills.svg, "line", { x1: truth, x2: truth, y1: 20, y2: foot(DOUBLINGS) + 4, stroke: "var(--model)", "stroke-width": 2 });
    stages.forEach((runs, stage) => {
      const chosen = stage === state.doublings;
      const heights = hill(runs.map((run) => run.estimate));
      const tallest = Math.max(...heights, 1e-9);
      draw(hills.svg, "line", { x1: left, x2: hills.x(HIGH), y1: foot(stage), y2: foot(stage), stroke: "#e4e4e4" });
      draw(hills.svg, "path", { d: shape(heights, stage, tallest), fill: "var(--bound)", "fill-opacity": chosen ? 0.75 : 0.22, stroke: "var(--bound)", "stroke-width": chosen ? 1.5 : 1, "stroke-opacity": chosen ? 1 : 0.6 });
      if (chosen) draw(hills.svg, "path", { d: shape(hill(runs.filter((run) => !honest(run)).map((run) => run.estimate)), stage, tallest), fill: `url(#${id})`, stroke: "var(--bound)" });
      hills.text(left - 6, foot(stage) + 4, `${stage ? "" : "K = "}${2 ** stage}`, { "text-anchor": "end", class: chosen ? "" : "muted", "font-weight": chosen ? 700 : 400 });
    });
    const words = Math.min(truth + 5, hills.width - 98);
    hills.text(words, 14, `log p(x) ${written(LOG_P)}`);
    const elbo = hills.x(Math.max(numbers.elbo, LOW));
    draw(hills.svg, "line", { x1: elbo, x2: elbo, y1: 20, y2: FIRST, stroke: "#1b1b1b", "stroke-dasharray": "2 3" });
    hills.text(Math.min(elbo, words - 8), 14, `${numbers.elbo < LOW ? "‹ " : ""}ELBO ${written(numbers.elbo)}`, { "text-anchor": numbers.elbo < -4.5 ? "start" : "end" });
    hills.foot([-5, -4, -3, -2, -1, 0], "estimate of log p(x), nats");
    const row = foot(state.doublings);
    const at = (value) => hills.x(clamp(value, LOW, HIGH));
    stages.forEach((runs, stage) => draw(hills.svg, "circle", { cx: at(mean(runs.map((run) => run.estimate))), cy: foot(stage), r: 2.5, fill: "var(--bound)" }));
    if (Number.isFinite(numbers.error)) {
      const [from, to] = [-2, 2].map((times) => at(numbers.mean + times * numbers.error));
      draw(hills.svg, "path", { d: `M${from},${row - 5}v10M${from},${row}H${to}M${to},${row - 5}v10`, fill: "none", stroke: "#1b1b1b", "stroke-width": 2 });
    }
    hills.text(truth + 6, row - 5, `bias ${written(numbers.bias)}`, { class: "halo" });
    handle(hills, "doublings", Math.max(at(numbers.mean), left + 12), row, "bound");
  }

  function describe() {
    const k = 2 ** state.doublings;
    const claim = k === 1 ? "One draw cannot tell its own error." : `They claim an error of ±${written(numbers.error)} on average; ${numbers.honest} of ${RUNS} are within twice their own of the truth.`;
    const effective = written(numbers.effective, numbers.effective < 100 ? 1 : 0);
    return `K = ${k}: ${RUNS} estimates average ${written(numbers.mean)}; log p(x) = ${written(LOG_P)}, so the bias is ${written(numbers.bias)} nats. Effective sample size ${effective} of ${k}. ${claim}`;
  }

  return { redraw, describe };
}

const hint = "Each hill: 200 estimates of log p(x), each from K draws of q. Raise K and the hill slides to the truth, from far away where q is the prior. With a narrow q it starts close and stops short: striped estimates are off by more than twice the error that they claim.";

export default { render: (context) => frame(context, ["offset", "scale", "doublings"], { hint, build }) };
