// The worker of the live trainer: a run of its own, away from the page.
import { runnerOf } from "../core/runner.js";

const SLICE = 40; // milliseconds, after which orders are read

const run = runnerOf((news) => postMessage(news), SLICE);
addEventListener("message", ({ data }) => run(data));
