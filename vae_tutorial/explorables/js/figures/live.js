import { addButton, addControls, calm, onDrag, slider } from "../core/controls.js";
import { AXIS, add, colorOf, draw, GRID, HALO, lineOf, MUTED, publish } from "../core/elements.js";
import { addImage, paint } from "../core/images.js";
import { clamp, whole } from "../core/maths.js";
import { explorableOf, showInPage } from "../core/mount.js";
import { unpack } from "../core/packing.js";
import { addLegend, Plane } from "../core/plane.js";
import { Plot } from "../core/plot.js";
import { startRun } from "../core/run.js";
import { EPOCH } from "../core/runner.js";
import { signed, written } from "../core/words.js";
import { historyOf, MARKS, placeOf, rowsOf, terms, weightAt, withRow } from "../numerics/live.js";

/** @typedef {"weight" | "learning_rate" | "seed" | "noise"} Handle */
/** @typedef {import("../numerics/live.js").Row} Row */
/** @typedef {import("../core/runner.js").News} News */
/** @typedef {import("../core/elements.js").Attributes} Attributes */

const RUN = 1000; // steps for one press of Train
const AXES = /** @type {[number, number]} */ ([-34, -15]); // nats; it stays, so that runs can be compared
const REFITTED = { ...lineOf("prior", 2.5), "stroke-dasharray": "9 3 2 3" }; // told apart from the prior as declared
const GHOST = 0.4; // of the last run's lines
const SPEAK = 2500; // milliseconds between sentences while it trains
const [PIXELS, SHAPE, PICTURES] = [64, [8, 8], 8];

/** Return the pixels, 0 or 1, of packed images. @param {string} text @param {number} count */
function bits(text, count) {
  const places = unpack(text, 0, 63, 1);
  return Float32Array.from({ length: count * PIXELS }, (_, i) => (places[Math.floor(i / 6)] >> (5 - (i % 6))) & 1);
}

/** Write a weight with as many digits as it needs. @param {number} weight */
const weightWords = (weight) => String(Number(weight.toFixed(weight < 1 ? 3 : 2)));

/** Write a learning rate. @param {number} rate */
const rateWords = (rate) => String(Number(rate.toPrecision(2)));

/** A latent plane that widens when the codes leave it. */
class WidePlane extends Plane {
  /** Make room for codes. @param {Float32Array} codes */
  fit(codes) {
    const reach = codes.reduce((far, value) => Math.max(far, Math.abs(value)), 0);
    const limit = [4, 8, 16, 32].find((room) => reach <= room) ?? 64;
    this.limit = limit;
    this.xlim = [-limit, limit];
    this.ylim = [-limit, limit];
  }

  axes() {
    const [top, , , left] = this.margin;
    const step = this.limit / 4;
    const ticks = [-3, -2, -1, 0, 1, 2, 3].map((i) => i * step);
    this.foot(ticks, "z₁");
    this.upright(left, top, this.y(-this.limit), { stroke: AXIS });
    for (const tick of ticks) {
      this.level(this.y(tick), { stroke: AXIS }, left - 4, left);
      this.text(left - 7, this.y(tick) + 4, written(tick, 0), { "text-anchor": "end", ...MUTED });
    }
    this.text(2, top + 10, "z₂", MUTED);
  }
}

/**
 * @param {import("../core/mount.js").Place<Handle>} place
 * @param {import("../core/mount.js").Model} model
 * @param {(leave: () => void) => void} onLeave
 */
function build({ root, data, change }, model, onLeave) {
  const [train, heldOut] = [bits(data.train, data.counts[0]), bits(data.held_out, data.counts[1])];
  /** @type {string[]} */
  const labels = [...data.labels];

  const first = add(root, "div");
  const main = addButton(first, "Train", () => (running ? pause() : go()));
  main.className = "first";
  addButton(first, "One step", () => order("step"));
  addButton(first, "Start again", again);
  addButton(first, "Refit the prior", () => order("refit"));

  const track = new Plot(root, {
    height: 66,
    xlim: [0, MARKS.length - 1],
    ylim: [0, 1],
    margin: [22, 18, 22, 18],
    label: "The weight of the KL on its axis, with marks at 0, 0.1, 0.3, 1 and 4. The slider below moves it too.",
  });
  const controls = addControls(root);
  const byPlace = (/** @type {number} */ at) => change({ weight: weightAt(at) });
  const showWeight = slider(controls, {
    label: "KL weight",
    low: 0,
    high: 4,
    step: 0.05,
    words: (at) => weightWords(weightAt(at)),
    onInput: byPlace,
  });
  onDrag(track.svg, (_, event) => {
    const at = clamp(track.valueX(event), 0, 4);
    byPlace(Math.abs(at - Math.round(at)) < 0.08 ? Math.round(at) : at);
  });

  const chart = new Plot(root, {
    height: 230,
    xlim: [0, RUN],
    ylim: AXES,
    margin: [26, 8, 36, 34],
    label:
      "ELBO and exact log p(x) of held-out digits over the steps of training, the gap between them shaded. The values stand beside the plane and in the text below.",
  });
  addLegend(root, [
    ["log p(x)", lineOf("model", 2.5)],
    ["ELBO", lineOf("bound", 2.5)],
    [
      "gap",
      (svg) => draw(svg, "rect", { x: 1, y: 1, width: 24, height: 12, fill: colorOf("true-posterior"), opacity: 0.3 }),
    ],
    ["prior", lineOf("prior", 2.5)],
    ["refitted prior", REFITTED],
  ]);
  const beside = add(root, "div", { className: "beside" });
  const plane = new WidePlane(beside, {
    limit: 4,
    label: "The latent plane: the codes of held-out digits, each written as its class, and the circles of the prior.",
  });
  const side = add(beside, "div", { className: "side samples" });
  const sum = add(side, "div", { className: "sum" });
  const sums = ["reconstruction", "− rate", "= ELBO", "+ gap", "= log p(x)"].map((words, i) => {
    const className = i === 2 || i === 4 ? "total" : "";
    add(sum, "span", { className }, words);
    return add(sum, "span", { className }, "…");
  });
  const caption = add(side, "span", {}, "What it draws from the prior:");
  caption.style.display = "block";
  caption.style.marginTop = "10px";
  const grid = add(side, "div", { className: "grid eight" });
  grid.setAttribute("role", "img");
  grid.setAttribute("aria-label", "Decoder means at eight codes drawn from the prior");
  const canvases = Array.from({ length: PICTURES }, () => addImage(grid, SHAPE));

  const more = addControls(root);
  const showRate = slider(more, {
    label: "learning rate",
    low: -4,
    high: 0,
    step: 0.1,
    words: (power) => rateWords(10 ** power),
    onInput: (power) => change({ learning_rate: Number((10 ** power).toPrecision(2)) }),
  });
  const showSeed = slider(more, {
    label: "seed",
    low: 0,
    high: 20,
    step: 1,
    words: (seed) => String(seed),
    onInput: (seed) => change({ seed }),
  });
  const label = add(root, "label", { className: "switch low" });
  const box = add(label, "input", { type: "checkbox" });
  label.append("cut the encoder's noise: a plain autoencoder, σ = 0");
  box.addEventListener("change", () => change({ noise: box.checked ? 0 : 1 }));

  /** @type {Record<Handle, number>} */
  let state;
  /** @type {News | undefined} */
  let news;
  let rows = rowsOf(data.history ?? {});
  /** @type {Row[]} */
  let ghost = [];
  let [ghostWords, begun, running, waiting, spoken, sentAt, drawnAt] = ["", -1, false, 0, 0, 0, 0];
  let happened = "";
  /** @type {Row | undefined} */
  let told;

  const run = startRun(hear);
  const order = (/** @type {"train" | "pause" | "step" | "refit"} */ name) => {
    if (begun < 0) begin();
    if (name !== "refit") keepRecorded();
    happened = name;
    run.send(name === "train" ? { order: name, until: (rows.at(-1)?.step ?? 0) + RUN } : { order: name });
  };

  /** Rows that Python sent are a run of its own: they stay as a ghost. */
  function keepRecorded() {
    if (news && rows.length && rows[rows.length - 1].step > news.row.step) keep();
  }

  function keep() {
    if (rows.length > 1) {
      ghost = rows;
      ghostWords = happened && told ? `last run` : "recorded run";
    }
    rows = news && news.row.step === 0 ? [news.row] : [];
  }

  /** A new model of this seed. */
  function begin() {
    begun = state.seed;
    run.send({ order: "begin", train, heldOut, seed: state.seed });
    settings();
  }

  function settings() {
    const { weight, learning_rate: learningRate, noise } = state;
    run.send({ order: "set", settings: { klWeight: weight, learningRate, noise: noise === 1 } });
  }

  function again() {
    running = false;
    keep();
    rows = [];
    happened = "again";
    told = undefined;
    begin();
  }

  function go() {
    running = true;
    order("train");
    refresh();
  }

  function pause() {
    running = false;
    order("pause");
    refresh();
  }

  /** @param {News} heard */
  function hear(heard) {
    const { row } = heard;
    news = heard;
    const recorded = rows.length > 0 && row.step === 0 && rows[rows.length - 1].step > 0;
    if (!recorded && Number.isFinite(row.logP)) {
      if (rows.at(-1)?.step === row.step && !heard.refitted) rows = rows.slice(0, -1);
      rows = withRow(rows, row);
    }
    if (!Number.isFinite(row.logP)) happened = "broken";
    if (running && !heard.running && heard.last) happened = happened === "broken" ? happened : "done";
    if (!heard.running && (heard.last || happened === "broken")) running = false;
    refresh();
    if (!recorded) share();
  }

  /** Let Python read the run: once a second, and whenever it stops. */
  function share() {
    const now = performance.now();
    if (running && now - sentAt < 1000) return;
    sentAt = now;
    model.set("history", historyOf(rows));
    model.save_changes();
  }

  /** Draw with the next frame; where little motion is wanted, once a second while it trains. */
  function refresh() {
    if (waiting) return;
    const wait = calm() && running ? Math.max(0, 1000 - (performance.now() - drawnAt)) : 0;
    const frame = () => {
      waiting = requestAnimationFrame(paintAll);
    };
    if (wait) waiting = setTimeout(frame, wait);
    else frame();
  }

  function paintAll() {
    waiting = 0;
    if (!state || !root.contains(chart.svg)) return;
    drawnAt = performance.now();
    main.textContent = running ? "Pause" : rows.length > 1 && happened !== "again" ? "Go on" : "Train";
    if (rows.length <= 1) main.textContent = running ? "Pause" : "Train";
    drawTrack();
    drawChart();
    drawPlane();
    drawSum();
    speak();
  }

  function drawTrack() {
    const { weight } = state;
    const at = placeOf(weight);
    const meaning =
      weight === 1 ? ": the ELBO" : weight === 0 ? ": reconstruction alone" : weight < 1 ? ": no bound" : "";
    track.clear();
    track.text(0, 13, `goal: reconstruction − ${weightWords(weight)} × rate${meaning}`);
    track.level(40, { stroke: AXIS, "stroke-width": 2 });
    MARKS.forEach((mark, i) => {
      track.upright(track.x(i), 34, 46, { stroke: AXIS, "stroke-width": 2 });
      track.text(track.x(i), 64, weightWords(mark), { "text-anchor": "middle", ...MUTED });
    });
    track.handle("weight", track.x(at), 40, colorOf("bound"));
  }

  function drawChart() {
    const last = Math.max(rows.at(-1)?.step ?? 0, ghost.at(-1)?.step ?? 0);
    chart.xlim = [0, RUN * Math.max(1, Math.ceil(last / RUN))];
    chart.clear();
    for (const tick of [-30, -25, -20]) {
      chart.level(chart.y(tick), GRID);
      chart.text(30, chart.y(tick) + 4, written(tick, 0), { "text-anchor": "end", ...MUTED });
    }
    chart.foot(
      [0, 0.25, 0.5, 0.75, 1].map((share) => share * chart.xlim[1]),
      "steps",
    );
    chart.text(34, chart.height - 3, "nats per held-out digit", MUTED);
    if (ghost.length > 1) {
      drawRun(ghost, GHOST);
      const { step, logP } = ghost[ghost.length - 1];
      const y = clamp(chart.y(logP), chart.margin[0] + 12, chart.height - 44);
      chart.text(chart.x(step) - 4, y - 6, ghostWords, { "text-anchor": "end", class: "muted halo" });
    }
    if (rows.length > 1) drawRun(rows, 1);
    drawTitle();
  }

  /** Draw a run: log p(x), ELBO, and the gap between them. @param {Row[]} of @param {number} opacity */
  function drawRun(of, opacity) {
    const group = draw(chart.svg, "g", { opacity });
    const inside = (/** @type {number} */ value) => clamp(value, ...AXES);
    const steps = of.map(({ step }) => step);
    const [upper, lower] = [of.map(({ logP }) => inside(logP)), of.map(({ elbo }) => inside(elbo))];
    const d = `${chart.path(steps, upper)}L${chart.path([...steps].reverse(), [...lower].reverse()).slice(1)}Z`;
    draw(group, "path", { d, fill: colorOf("true-posterior"), opacity: 0.28, stroke: "none" });
    group.append(chart.line(steps, lower, lineOf("bound", 2.5)), chart.line(steps, upper, lineOf("model", 2.5)));
  }

  function drawTitle() {
    const row = rows.at(-1);
    if (!row) return;
    const { logP, elbo, gap } = terms(row);
    const below = elbo < AXES[0] && row.step > 0 ? " (below this axis)" : "";
    chart.text(34, 16, `log p(x) ${written(logP, 1)}, ELBO ${written(elbo, 1)}${below}, gap ${written(gap, 1)}`, HALO);
  }

  function drawPlane() {
    if (!news) return plane.clear();
    plane.fit(news.codes);
    plane.clear();
    plane.codes(Float64Array.from(news.codes), labels);
    if (news.refitted) plane.gaussian(news.prior.loc, news.prior.scale, REFITTED);
    else plane.prior();
  }

  function drawSum() {
    const row = rows.at(-1);
    if (row) {
      const { reconstruction, rate, elbo, gap, logP } = terms(row);
      [reconstruction, rate, elbo, gap, logP].forEach((value, i) => {
        sums[i].textContent = written(value);
      });
      publish(root, { ...terms(row), step: row.step });
    }
    if (news) {
      const { samples } = news;
      canvases.forEach((canvas, i) => {
        paint(canvas, Float64Array.from(samples.subarray(PIXELS * i, PIXELS * (i + 1))));
      });
    }
  }

  /** Say what happened: at once when it stops, now and then while it trains. */
  function speak() {
    const line = root.querySelector(".said");
    if (!line || (running && performance.now() - spoken < SPEAK)) return;
    spoken = performance.now();
    line.textContent = describe();
  }

  /** @param {Record<Handle, number>} now */
  function redraw(now) {
    state = { ...now, seed: whole("seed", now.seed, 0, 20), noise: whole("noise", now.noise, 0, 1) };
    showWeight(placeOf(state.weight));
    showRate(Math.log10(state.learning_rate));
    showSeed(state.seed);
    box.checked = state.noise === 0;
    publish(root, state);
    if (begun < 0) begin();
    else settings();
    paintAll();
  }

  function describe() {
    const row = rows.at(-1);
    const planned =
      `weight ${weightWords(state.weight)}, learning rate ${rateWords(state.learning_rate)}, seed ${state.seed}` +
      (state.noise ? "" : ", encoder without noise");
    if (happened === "broken")
      return `The numbers have left what a computer can hold, with ${planned}. Lower the learning rate, and press Start again.`;
    if (!row || row.step === 0) {
      const start = row ? ` log p(x) is ${written(row.logP)}.` : "";
      return `Not trained yet.${start} Train starts with ${planned}.`;
    }
    const words = verdict(row);
    told = row;
    const seed = state.seed === begun ? "" : ` Seed ${state.seed} waits for Start again.`;
    return `Epoch ${Math.floor(row.step / EPOCH)}: ${words} Now: ${planned}.${seed}`;
  }

  /** @param {Row} row */
  function verdict(row) {
    const { logP, reconstruction } = row;
    if (happened === "refit" && rows.length > 1) {
      const before = rows[rows.length - 2];
      return `the prior is now one Gaussian fitted to the codes. log p(x) went from ${written(before.logP)} to ${written(logP)}, and no network has moved.`;
    }
    const base = told && told.step < row.step ? told : rows[Math.max(0, rows.length - 6)];
    const [rise, better] = [logP - base.logP, reconstruction - base.reconstruction];
    const since = `since epoch ${Math.floor(base.step / EPOCH)} log p(x) ${signed(rise)}, reconstruction ${signed(better)}.`;
    if (state.weight < 0.05 && rise < 0)
      return `${since} The codes leave the prior, and the model, which is prior and decoder, finds the digits less probable.`;
    if (state.weight > 1 && row.rate < 0.3)
      return `${since} The rate is ${written(row.rate)}: the codes say almost nothing.`;
    if (rise > 0) return `${since} The ELBO is below log p(x) by the gap, ${written(logP - row.elbo)}.`;
    return `${since} The digits are held out: from here on training may learn its own digits by heart.`;
  }

  const onHide = () => {
    if (document.hidden && running) pause();
  };
  document.addEventListener("visibilitychange", onHide);
  model.on("change:history", () => {
    const sent = rowsOf(model.get("history") ?? {});
    if (sent.length === rows.length && sent.at(-1)?.logP === rows.at(-1)?.logP) return; // our own
    rows = sent;
    refresh();
  });
  onLeave(() => {
    document.removeEventListener("visibilitychange", onHide);
    run.stop();
  });
  return { redraw, describe };
}

const explorable = {
  render: (/** @type {import("../core/mount.js").Context} */ context) => {
    let leave = () => {};
    const takeDown = explorableOf({
      handles: /** @type {const} */ (["weight", "learning_rate", "seed", "noise"]),
      hint: "Press Train: a VAE learns handwritten digits, here in the page. Then set the weight of the KL to 0, press Start again and Train. The last run stays, pale.",
      build: (place) =>
        build(/** @type {any} */ (place), context.model, (act) => {
          leave = act;
        }),
    }).render(context);
    return () => {
      leave();
      takeDown();
    };
  },
};

export { explorable as default, showInPage };
