import { addButton, addControls, calm, onDrag, slider } from "../core/controls.js";
import { add, colorOf, draw, lineOf, publish } from "../core/elements.js";
import { addImage, paint } from "../core/images.js";
import { clamp, whole } from "../core/maths.js";
import { explorableOf, showInPage } from "../core/mount.js";
import { unpack } from "../core/packing.js";
import { addLegend } from "../core/plane.js";
import { Curves, Track, WidePlane } from "../live/pictures.js";
import { openPlace } from "../live/place.js";
import { Session } from "../live/session.js";
import { number, rateWords, sentence, weightWords } from "../live/words.js";
import { historyOf, placeOf, rowsOf, terms, weightAt } from "../numerics/live.js";

/** @typedef {"weight" | "learning_rate" | "seed" | "noise"} Handle */
/** @typedef {import("../numerics/live.js").Row} Row */

const REFITTED = { ...lineOf("prior", 2.5), "stroke-dasharray": "9 3 2 3" }; // told apart from the prior as declared
const SUM = ["reconstruction", "− rate", "= ELBO", "+ gap", "= log p(x)"];
const [PIXELS, SHAPE, PICTURES] = [64, [8, 8], 8];
const SPEAK = 2500; // milliseconds from sentence to sentence while it trains
const FIRST = 500; // until the first
const RESTED = 200; // milliseconds after which a handle has come to rest
const SHARE = 1000; // and from history to history for Python

/** Return the pixels, 0 or 1, of packed images: six to a character. @param {string} text @param {number} count */
function bits(text, count) {
  const sixes = unpack(text, 0, 63, 1);
  return Float32Array.from({ length: count * PIXELS }, (_, i) => (sixes[Math.floor(i / 6)] >> (5 - (i % 6))) & 1);
}

/** Add the numbers that add up to log p(x); return how to show them. @param {Element} parent */
function addSum(parent) {
  const sum = add(parent, "div", { className: "sum" });
  const values = SUM.map((words) => {
    const className = words.startsWith("=") ? "total" : "";
    add(sum, "span", { className }, words);
    return add(sum, "span", { className }, "…");
  });
  return (/** @type {Row} */ row) => {
    const { reconstruction, rate, elbo, gap, logP } = terms(row);
    [reconstruction, rate, elbo, gap, logP].forEach((value, i) => {
      values[i].textContent = number(value);
    });
  };
}

/** Add pictures of what the model draws; return how to show them. @param {Element} parent */
function addSamples(parent) {
  add(parent, "span", { className: "title" }, "Drawn from the prior, decoded:");
  const grid = add(parent, "div", { className: "grid eight" });
  grid.setAttribute("role", "img");
  grid.setAttribute("aria-label", "Decoder means at eight codes drawn from the prior");
  const canvases = Array.from({ length: PICTURES }, () => addImage(grid, SHAPE));
  return (/** @type {Float32Array} */ samples) =>
    canvases.forEach((canvas, i) => {
      paint(canvas, Float64Array.from(samples.subarray(PIXELS * i, PIXELS * (i + 1))));
    });
}

/** @param {Element} root @param {import("../core/mount.js").Place<Handle>["change"]} change */
function addSettings(root, change) {
  const controls = addControls(root);
  const showRate = slider(controls, {
    label: "learning rate",
    low: -4,
    high: 0,
    step: 0.1,
    words: (power) => rateWords(10 ** power),
    onInput: (power) => change({ learning_rate: Number((10 ** power).toPrecision(2)) }),
  });
  const words = (/** @type {number} */ seed) => String(seed);
  const showSeed = slider(controls, {
    label: "seed",
    low: 0,
    high: 20,
    step: 1,
    words,
    onInput: (seed) => change({ seed }),
  });
  const label = add(root, "label", { className: "switch low" });
  const box = add(label, "input", { type: "checkbox" });
  label.append("cut the encoder's noise (σ = 0): a plain autoencoder");
  box.addEventListener("change", () => change({ noise: box.checked ? 0 : 1 }));
  return (/** @type {Record<Handle, number>} */ state) => {
    showRate(Math.log10(state.learning_rate));
    showSeed(state.seed);
    box.checked = state.noise === 0;
  };
}

/**
 * @param {import("../core/mount.js").Place<Handle>} place
 * @param {import("../core/mount.js").Model} model
 * @param {(leave: () => void) => void} onLeave
 */
function build({ root, data, change }, model, onLeave) {
  /** @type {Record<Handle, number>} */
  let state;
  const buttons = add(root, "div");
  const main = addButton(buttons, "Train", () => act(session.running ? "pause" : "train"));
  main.className = "first";
  addButton(buttons, "One step", () => act("step"));
  addButton(buttons, "Start again", () => act("begin"));
  addButton(buttons, "Refit the prior", () => act("refit"));
  const track = new Track(root);
  const byPlace = (/** @type {number} */ at) => change({ weight: weightAt(at) });
  onDrag(track.svg, (_, event) => {
    const at = clamp(track.valueX(event), 0, 4);
    byPlace(Math.abs(at - Math.round(at)) < 0.08 ? Math.round(at) : at);
  });
  const words = (/** @type {number} */ at) => weightWords(weightAt(at));
  const weight = { label: "KL weight", low: 0, high: 4, step: 0.05, words, onInput: byPlace };
  const showWeight = slider(addControls(root), weight);
  const curves = new Curves(root);
  const shade = { x: 1, y: 1, width: 24, height: 12, fill: colorOf("true-posterior"), opacity: 0.3 };
  addLegend(root, [
    ["log p(x), exact", lineOf("model", 2.5)],
    ["ELBO", lineOf("bound", 2.5)],
    ["gap", (svg) => draw(svg, "rect", shade)],
    ["prior p(z)", lineOf("prior", 2.5)],
    ["refitted prior", REFITTED],
  ]);
  const legend = root.lastElementChild;
  const beside = add(root, "div", { className: "beside" });
  const label =
    "The latent plane: the codes of held-out digits, each written as its class, and the circles of the prior.";
  const plane = new WidePlane(beside, { limit: 4, label });
  const side = add(beside, "div", { className: "side samples live" });
  const [showSum, showSamples] = [addSum(side), addSamples(side)];
  const showSettings = addSettings(root, change);

  /** @type {Row | undefined} */
  let told;
  let [waiting, resting, spoken, shared, drawn, width] = [0, 0, 0, 0, 0, 0];
  const recorded = rowsOf(data.history ?? model.get("history") ?? {});
  const [train, heldOut] = [bits(data.train, data.counts[0]), bits(data.held_out, data.counts[1])];
  const session = new Session({ train, heldOut, recorded, onNews, openPlace });

  function onNews() {
    share();
    refresh();
  }

  /** @param {"train" | "pause" | "step" | "begin" | "refit"} what */
  function act(what) {
    if (what === "begin") {
      told = undefined;
      session.begin(state.seed);
    } else session[what]();
    if (what === "train") spoken = performance.now() - SPEAK + FIRST;
    refresh();
  }

  /** Let Python read the run, once a second and whenever it stops. */
  function share() {
    const now = performance.now();
    if ((session.last?.step ?? 0) === 0 || (session.running && now - shared < SHARE)) return;
    shared = now;
    model.set("history", historyOf(session.rows));
    model.save_changes();
  }

  /** Draw with the next frame; where little motion is wanted, once a second while it trains. */
  function refresh() {
    if (waiting) return;
    const frame = () => {
      waiting = requestAnimationFrame(show);
    };
    const wait = calm() && session.running ? 1000 - (performance.now() - drawn) : 0;
    if (wait > 0) waiting = setTimeout(frame, wait);
    else frame();
  }

  function show() {
    waiting = 0;
    if (!root.contains(track.svg)) return; // broken, or taken down
    drawn = performance.now();
    const { rows, ghost, last, news, running } = session;
    main.textContent = running ? "Pause" : last?.step ? "Go on" : "Train";
    curves.show(rows, ghost);
    drawPlane();
    if (last) {
      showSum(last);
      publish(root, { ...terms(last), step: last.step });
    }
    if (news) showSamples(news.samples);
    speak();
  }

  function drawPlane() {
    const { news } = session;
    const codes = Array.from(news?.codes ?? []);
    plane.fit(codes);
    plane.clear();
    if (news) plane.letters(news.codes, data.labels);
    if (news?.refitted) plane.gaussian(news.prior.loc, news.prior.scale, REFITTED);
    else plane.prior();
  }

  /** Say what happened: at once when it stops, now and then while it trains. */
  function speak() {
    const line = root.querySelector(".said");
    const now = performance.now();
    if (line && line.previousElementSibling !== legend) legend?.after(line); // beside what it speaks of
    if (!line || (session.running && now - spoken < SPEAK)) return;
    spoken = now;
    line.textContent = describe();
    told = session.last;
  }

  /** @param {Record<Handle, number>} now */
  function redraw(now) {
    state = { ...now, seed: whole("seed", now.seed, 0, 20), noise: whole("noise", now.noise, 0, 1) };
    track.show(state.weight);
    showWeight(placeOf(state.weight));
    showSettings(state);
    publish(root, state);
    if (session.seed < 0) session.begin(state.seed);
    session.set({ klWeight: state.weight, learningRate: state.learning_rate, noise: state.noise === 1 });
    if (root.clientWidth !== width) show(); // the rest moves with what is learned, not with a handle
    width = root.clientWidth;
    clearTimeout(resting);
    resting = setTimeout(rest, RESTED);
  }

  /** Say what holds now: the frame speaks when a handle has come to rest, of what was before it moved. */
  function rest() {
    spoken = 0;
    speak();
  }

  const describe = () => sentence(session, state, told);

  const hide = () => {
    if (document.hidden) session.hide();
  };
  document.addEventListener("visibilitychange", hide);
  model.on("change:history", () => {
    const sent = rowsOf(model.get("history") ?? {});
    const own = sent.length === session.rows.length && sent.at(-1)?.logP === session.last?.logP;
    if (own || session.running) return;
    session.ghost = { rows: sent, name: "recorded run" };
    refresh();
  });
  onLeave(() => {
    document.removeEventListener("visibilitychange", hide);
    session.close();
  });
  return { redraw, describe };
}

const explorable = {
  /** @param {import("../core/mount.js").Context} context */
  render(context) {
    let leave = () => {};
    const takeDown = explorableOf({
      handles: /** @type {const} */ (["weight", "learning_rate", "seed", "noise"]),
      hint: "Press Train: a VAE learns handwritten digits, here in the page. Then set the weight of the KL to 0, press Start again, and Train. The last run stays, pale.",
      build: (place) =>
        build(place, context.model, (act) => {
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
