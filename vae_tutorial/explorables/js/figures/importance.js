import { addButton, addControls, onDrag, slider } from "../core/controls.js";
import { colorOf, draw, HALO, INK, lineOf, MUTED, publish } from "../core/elements.js";
import { clamp, linspace, logNormal, mean, whole } from "../core/maths.js";
import { explorableOf, showInPage } from "../core/mount.js";
import { Plot } from "../core/plot.js";
import { written } from "../core/words.js";
import {
  AS_PRIOR,
  allRuns,
  DOUBLINGS,
  gaussian,
  HIGH,
  hill,
  honest,
  LOG_P,
  LOW,
  levels,
  logWeight,
  POSTERIOR,
  RUNS,
  standardNoise,
  terms,
} from "../numerics/importance.js";

/** @typedef {"offset" | "scale" | "doublings"} Handle */

const [FIRST, GAP, TALL] = [62, 22, 40]; // pixels: the first hill's foot, from foot to foot, the height of a hill
const CHOICES = {
  "Narrow q": { offset: 1, scale: 0.3 },
  "Wide q": { offset: 1, scale: 1.5 },
  "q = prior": AS_PRIOR,
  "q = posterior": { offset: 0, scale: 1 },
};

/** Return the height of a hill's foot. @param {number} stage */
const foot = (stage) => FIRST + stage * GAP;

/** @param {import("../core/mount.js").Place<Handle>} place */
function build({ root, change, glide }) {
  const curves = new Plot(root, {
    height: 170,
    xlim: [-1.6, 4],
    ylim: [0, 1.25],
    label:
      "Densities over z: prior, true posterior and q; stems: the first draws of one run, as tall as their weights.",
  });
  const hills = new Plot(root, {
    height: foot(DOUBLINGS) + 46,
    xlim: [LOW, HIGH],
    ylim: [0, 1],
    margin: [8, 8, 36, 46],
    label:
      "One hill for each K from 1 to 1024: how 200 estimates of log p(x) are spread, with their mean; a line marks the true log p(x). The values stand in the text below.",
  });
  const controls = addControls(root);
  const show = {
    doublings: slider(controls, {
      label: "draws K",
      low: 0,
      high: DOUBLINGS,
      step: 1,
      words: (doublings) => String(2 ** doublings),
      spoken: (doublings) => `${2 ** doublings} draws`,
      onInput: (doublings) => change({ doublings }),
    }),
    offset: slider(controls, {
      label: "offset of q",
      low: -3,
      high: 3,
      step: 0.01,
      onInput: (offset) => change({ offset }),
    }),
    scale: slider(controls, {
      label: "width of q",
      low: 0.1,
      high: 4,
      step: 0.01,
      onInput: (scale) => change({ scale }),
    }),
  };
  for (const [words, goals] of Object.entries(CHOICES)) addButton(root, words, () => glide(goals));
  onDrag(curves.svg, (name, event) => {
    const away = (curves.valueX(event) - POSTERIOR.loc) / POSTERIOR.scale;
    if (name === "offset") change({ offset: clamp(away, -3, 3) });
    else change({ scale: clamp(Math.abs(away - state.offset), 0.1, 4) });
  });
  onDrag(hills.svg, (_, event) => {
    change({ doublings: clamp(Math.round((hills.pixelY(event) - FIRST) / GAP), 0, DOUBLINGS) });
  });

  const noise = standardNoise();
  /** @type {Record<Handle, number>} */
  let state;
  /** @type {import("../numerics/importance.js").Run[][]} */
  let stages;
  let made = ""; // for which q
  /** @type {ReturnType<typeof terms>} */
  let numbers;

  /** @param {Record<Handle, number>} now */
  function redraw(now) {
    state = now;
    const stage = whole("doublings", state.doublings, 0, DOUBLINGS);
    const key = `${state.offset} ${state.scale}`;
    if (made !== key) stages = allRuns(noise, gaussian(state));
    made = key;
    numbers = terms(state, stages[stage]);
    show.doublings(stage);
    show.offset(state.offset);
    show.scale(state.scale);
    publish(root, numbers);
    drawCurves();
    drawHills();
  }

  function drawCurves() {
    const { loc, width } = gaussian(state);
    const z = linspace(...curves.xlim, 301);
    const density = (/** @type {number} */ mu, /** @type {number} */ sigma) =>
      z.map((t) => Math.exp(logNormal(t, mu, sigma)));
    const peak = Math.exp(logNormal(loc, loc, width));
    const top = 1.2 * clamp(peak, 0.95, 3);
    const posterior = density(POSTERIOR.loc, POSTERIOR.scale);
    const q = density(loc, width).map((value) => Math.min(value, top));
    curves.ylim = [0, top];
    curves.clear();
    curves.area(z, posterior, { fill: colorOf("true-posterior"), opacity: 0.22 });
    curves.line(z, posterior, lineOf("true-posterior"));
    curves.line(z, density(0, 1), lineOf("prior"));
    curves.line(z, q, lineOf("posterior", 2.5));
    drawWeights();
    curves.legend([
      ["prior p(z)", lineOf("prior", 2.5)],
      ["true posterior", lineOf("true-posterior", 2.5)],
      ["q(z)", lineOf("posterior", 2.5)],
    ]);
    draw(curves.svg, "path", { d: "M9,70v-5m6,5v-11m6,11v-4m6,4v-8m6,8v-3", stroke: INK, "stroke-width": 1.2 });
    curves.text(42, 70, "weights in one run", HALO);
    const shown = Math.min(top, peak);
    curves.handleInside("offset", curves.x(loc), curves.y(shown), colorOf("posterior"));
    curves.handleInside("scale", curves.x(loc + width), curves.y(shown * Math.exp(-0.5)), colorOf("posterior"));
    curves.foot([-1, 0, 1, 2, 3], "z");
  }

  /** Draw the weights of the first run's draws as stems. */
  function drawWeights() {
    const q = gaussian(state);
    const draws = Array.from(noise.slice(0, 2 ** state.doublings));
    const weights = draws.map((e) => Math.exp(logWeight(e, q)));
    const unit = (0.4 * (curves.height - 44)) / Math.max(...weights);
    const base = curves.y(0);
    let d = "";
    draws.forEach((e, k) => {
      const z = q.loc + q.width * e;
      const seen = z > curves.xlim[0] && z < curves.xlim[1];
      if (seen) d += `M${curves.x(z).toFixed(1)},${base}v${(-weights[k] * unit).toFixed(1)}`;
    });
    const opacity = clamp(4 / Math.sqrt(draws.length), 0.15, 0.6);
    draw(curves.svg, "path", { d, stroke: INK, "stroke-width": 1.2, "stroke-opacity": opacity });
  }

  function drawHills() {
    hills.clear();
    const stripes = hills.stripes("bound");
    const truth = hills.x(LOG_P);
    hills.upright(truth, 20, foot(DOUBLINGS) + 4, lineOf("model"));
    stages.forEach((runs, stage) => {
      drawHill(runs, stage, stripes);
    });
    const words = Math.min(truth + 5, hills.width - 98);
    hills.text(words, 14, `log p(x) ${written(LOG_P)}`);
    const elbo = hills.x(Math.max(numbers.elbo, LOW));
    hills.upright(elbo, 20, FIRST, { stroke: INK, "stroke-dasharray": "2 3" });
    const beyond = numbers.elbo < LOW ? "‹ " : "";
    const anchor = numbers.elbo < -4.5 ? "start" : "end";
    hills.text(Math.min(elbo, words - 8), 14, `${beyond}ELBO ${written(numbers.elbo)}`, { "text-anchor": anchor });
    hills.foot([-5, -4, -3, -2, -1, 0], "estimate of log p(x), nats");
    drawMeans(truth);
  }

  /**
   * Draw one hill, and in the chosen one those that are off by more than they claim.
   * @param {import("../numerics/importance.js").Run[]} runs
   * @param {number} stage
   * @param {string} stripes
   */
  function drawHill(runs, stage, stripes) {
    const chosen = stage === state.doublings;
    const heights = hill(runs.map((run) => run.estimate));
    const tallest = Math.max(...heights, 1e-9);
    hills.level(foot(stage), { stroke: "#e4e4e4" });
    draw(hills.svg, "path", {
      d: outline(heights, stage, tallest),
      fill: colorOf("bound"),
      "fill-opacity": chosen ? 0.75 : 0.22,
      stroke: colorOf("bound"),
      "stroke-width": chosen ? 1.5 : 1,
      "stroke-opacity": chosen ? 1 : 0.6,
    });
    if (chosen) {
      const liars = hill(runs.filter((run) => !honest(run)).map((run) => run.estimate));
      draw(hills.svg, "path", { d: outline(liars, stage, tallest), fill: stripes, stroke: colorOf("bound") });
    }
    const look = chosen ? { "font-weight": 700 } : MUTED;
    hills.text(hills.x(LOW) - 6, foot(stage) + 4, `${stage ? "" : "K = "}${2 ** stage}`, {
      "text-anchor": "end",
      ...look,
    });
  }

  /**
   * Return the outline of a hill; where there is nothing it stops.
   * @param {number[]} heights
   * @param {number} stage
   * @param {number} tallest
   */
  function outline(heights, stage, tallest) {
    const y = foot(stage);
    let d = "";
    let open = false;
    heights.forEach((height, i) => {
      const x = hills.x(levels[i]).toFixed(1);
      const here = height > 0.01 * tallest;
      if (here) d += `${open ? "L" : `M${x},${y}L`}${x},${(y - (TALL * height) / tallest).toFixed(1)}`;
      else if (open) d += `L${x},${y}`;
      open = here;
    });
    return d || `M${hills.x(LOW)},${y}`;
  }

  /**
   * Draw the mean of each hill, and of the chosen one its claimed error, its bias and its handle.
   * @param {number} truth
   */
  function drawMeans(truth) {
    const at = (/** @type {number} */ value) => hills.x(clamp(value, LOW, HIGH));
    stages.forEach((runs, stage) => {
      const average = mean(runs.map((run) => run.estimate));
      draw(hills.svg, "circle", { cx: at(average), cy: foot(stage), r: 2.5, fill: colorOf("bound") });
    });
    const row = foot(state.doublings);
    if (Number.isFinite(numbers.error)) {
      const [from, to] = [-2, 2].map((times) => at(numbers.mean + times * numbers.error));
      const d = `M${from},${row - 5}v10M${from},${row}H${to}M${to},${row - 5}v10`;
      draw(hills.svg, "path", { d, fill: "none", stroke: INK, "stroke-width": 2 });
    }
    hills.text(truth + 6, row - 5, `bias ${written(numbers.bias)}`, HALO);
    const place = Math.max(at(numbers.mean), hills.x(LOW) + 12);
    hills.handleInside("doublings", place, row, colorOf("bound"));
  }

  function describe() {
    const k = 2 ** state.doublings;
    const claim =
      k === 1
        ? "One draw cannot tell its own error."
        : `They claim an error of ±${written(numbers.error)} on average; ${numbers.honest} of ${RUNS} are within twice their own of the truth.`;
    const effective = written(numbers.effective, numbers.effective < 100 ? 1 : 0);
    return (
      `K = ${k}: ${RUNS} estimates average ${written(numbers.mean)}; log p(x) = ${written(LOG_P)}, so the bias is ` +
      `${written(numbers.bias)} nats. Effective sample size ${effective} of ${k}. ${claim}`
    );
  }

  return { redraw, describe };
}

const explorable = explorableOf({
  handles: /** @type {const} */ (["offset", "scale", "doublings"]),
  hint: "Each hill: 200 estimates of log p(x), each from K draws of q. Raise K and the hill slides to the truth, from far away where q is the prior. With a narrow q it starts close and stops short: striped estimates are off by more than twice the error that they claim.",
  build,
});

export { explorable as default, showInPage };
