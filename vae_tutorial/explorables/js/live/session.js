// What the reader has done and what came of it: this run, the last one, and whether it trains.
import { withRow } from "../numerics/live.js";

/** @typedef {import("../numerics/live.js").Row} Row */
/** @typedef {import("./runner.js").News} News */
/** @typedef {import("./runner.js").Settings} Settings */

const RUN = 1000; // steps for one press of Train

export class Session {
  /**
   * @param {{
   *   train: Float32Array, heldOut: Float32Array, recorded: Row[], onNews: () => void, openPlace: import("./place.js").OpenPlace,
   * }} setting
   */
  constructor({ train, heldOut, recorded, onNews, openPlace }) {
    this.digits = { train, heldOut };
    this.onNews = onNews;
    /** @type {Row[]} */
    this.rows = [];
    this.ghost = { rows: recorded, name: "recorded run" };
    /** @type {News | undefined} */
    this.news = undefined;
    this.running = false;
    this.hidden = false; // it was paused because nobody looked
    /** @type {import("./runner.js").Event | "hidden"} */
    this.event = "begin";
    this.run = 0;
    this.seed = -1; // of this run
    /** @type {Set<number>} */
    this.weights = new Set(); // with which this run was trained
    /** @type {Settings | undefined} */
    this.settings = undefined;
    this.place = openPlace((news) => this.hear(news));
  }

  get last() {
    return this.rows.at(-1);
  }

  /** Begin anew with a seed; what was trained stays as a ghost. @param {number} seed */
  begin(seed) {
    if ((this.last?.step ?? 0) > 0) {
      const [weight] = this.weights;
      this.ghost = { rows: this.rows, name: this.weights.size === 1 ? `last run, weight ${weight}` : "last run" };
    }
    this.rows = [];
    this.weights = new Set();
    this.running = false;
    this.seed = seed;
    this.run++;
    this.place.send({ order: "begin", run: this.run, seed, ...this.digits });
  }

  /** @param {Settings} settings */
  set(settings) {
    this.settings = settings;
    if (this.running) this.note();
    this.place.send({ order: "set", settings });
  }

  /** Remember the weight with which this run is trained. */
  note() {
    if (this.settings) this.weights.add(Number(this.settings.klWeight.toFixed(3)));
  }

  train() {
    this.running = true;
    this.note();
    this.place.send({ order: "train", steps: RUN });
  }

  pause() {
    this.running = false;
    this.place.send({ order: "pause" });
  }

  /** Pause where nobody looks. */
  hide() {
    if (!this.running) return;
    this.pause();
    this.hidden = true;
  }

  step() {
    this.running = false;
    this.note();
    this.place.send({ order: "step" });
  }

  refit() {
    this.place.send({ order: "refit" });
  }

  /** @param {News} news */
  hear(news) {
    if (news.run !== this.run) return; // of a run that is over
    const { event, row } = news;
    this.event = event === "pause" && this.hidden ? "hidden" : event;
    if (event === "pause") this.hidden = false;
    if (event === "done" || event === "broken") this.running = false;
    if (event !== "broken") {
      if (event !== "refit" && this.last?.step === row.step) this.rows.pop();
      this.rows = withRow(this.rows, row);
      this.news = news;
    }
    this.onNews();
  }

  close() {
    this.place.close();
  }
}
