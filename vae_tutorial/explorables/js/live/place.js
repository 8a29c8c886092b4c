// Where a training run takes place: in a worker, or on the page where none may start.
import script from "../../../../build/workers/live.txt";
import { runnerOf } from "./runner.js";

/** @typedef {import("./runner.js").Order} Order */
/** @typedef {import("./runner.js").News} News */
/** @typedef {typeof openPlace} OpenPlace */

const SLICE = 8; // milliseconds on the page, half a frame

/**
 * Open a place for runs. Orders are kept until the worker has answered; if it fails before, the page carries them out.
 * @param {(news: News) => void} tell
 */
export function openPlace(tell) {
  /** @type {Order[] | undefined} */
  let kept = [];
  /** @type {Worker | undefined} */
  let worker;
  let send = (/** @type {Order} */ order) => worker?.postMessage(order);

  function moveToPage() {
    worker?.terminate();
    worker = undefined;
    send = runnerOf(tell, SLICE);
    for (const order of kept ?? []) send(order);
    kept = undefined;
  }

  const address = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  try {
    worker = new Worker(address);
    worker.onmessage = ({ data }) => {
      kept = undefined;
      tell(data);
    };
    worker.onerror = () => {
      if (kept) moveToPage();
    };
  } catch {
    moveToPage();
  }
  return {
    send(/** @type {Order} */ order) {
      kept?.push(order);
      send(order);
    },
    close() {
      send({ order: "pause" });
      worker?.terminate();
      URL.revokeObjectURL(address);
    },
  };
}
