// The worker of the live trainer: runs of its own, away from the page.
import { runnerOf } from "../live/runner.js";

const SLICE = 40; // milliseconds, after which orders are read

const run = runnerOf((news) => postMessage(news), SLICE);
addEventListener("message", ({ data }) => run(data));
