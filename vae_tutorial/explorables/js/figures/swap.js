import { addChoice } from "../core/choice.js";
import { add, colorOf, publish } from "../core/elements.js";
import { ticks } from "../core/maths.js";
import { explorableOf, showInPage } from "../core/mount.js";
import { Plot } from "../core/plot.js";
import { written } from "../core/words.js";
import { span, terms } from "../numerics/swap.js";

/** @typedef {"encoder" | "decoder" | "prior"} Handle */

/** @type {Handle[]} */
const PARTS = ["encoder", "decoder", "prior"];

/** @param {import("../core/mount.js").Place<Handle>} place */
function build({ root, data, change }) {
  const [low, high] = span(data);
  const room = 0.06 * (high - low);
  const bars = new Plot(root, {
    height: 136,
    xlim: [low - room, high + room],
    ylim: [0, 2],
    label:
      "Two bars on an axis of nats: log p(x), and the ELBO with the gap beside it. A line stands where log p(x) was to begin with. The values stand in the text below.",
  });
  const choices = add(root, "div", { className: "choices" });
  const show = PARTS.map((part, i) =>
    addChoice(choices, { legend: part, names: data.names[i], onChoose: (place) => change({ [part]: place }) }),
  );

  /** @type {Record<Handle, number>} */
  let state;
  /** @type {Record<Handle, number>} */
  let first;
  /** @type {ReturnType<typeof terms>} */
  let numbers;

  /** @param {Record<Handle, number>} now */
  function redraw(now) {
    state = { ...now };
    first ??= state;
    numbers = terms(state, data);
    PARTS.forEach((part, i) => {
      show[i](state[part]);
    });
    publish(root, numbers);
    drawBars();
  }

  function drawBars() {
    const { logP, elbo, gap } = numbers;
    const from = bars.xlim[0];
    bars.clear();
    bars.bars(
      [
        { title: `log p(x) ${written(logP)}`, parts: [[from, logP, { fill: colorOf("model"), opacity: 0.75 }]] },
        {
          title: `ELBO ${written(elbo)} + gap ${written(gap)}`,
          parts: [
            [from, elbo, { fill: colorOf("bound"), opacity: 0.75 }],
            [elbo, logP, { fill: colorOf("true-posterior"), opacity: 0.4 }],
          ],
        },
      ],
      { first: 24, step: 44, height: 18, reference: terms(first, data).logP, from: 18, to: 100 },
    );
    bars.foot(ticks(bars.xlim).values, "nats per example");
  }

  function describe() {
    const { logP, elbo, gap } = numbers;
    const before = terms(first, data);
    const swapped = PARTS.filter((part) => state[part] !== first[part]);
    const sum = `log p(x) ${written(logP)} = ELBO ${written(elbo)} + gap ${written(gap)}, means over ${data.count} examples.`;
    if (!swapped.length) return `${sum} Now swap one part.`;
    const moved = Math.abs(logP - before.logP) >= 0.005;
    const from = `${written(before.logP)} to ${written(logP)}`;
    const verdict = moved
      ? `log p(x) itself moved, from ${from}: decoder and prior are the model.`
      : "log p(x) did not move: the encoder is no part of it. Only the bound moved.";
    return `Another ${swapped.join(", another ")}: ${verdict} ${sum}`;
  }

  return { redraw, describe };
}

const explorable = explorableOf({
  handles: /** @type {const} */ (["encoder", "decoder", "prior"]),
  hint: "Swap one part at a time. Which of them moves the upper bar?",
  build,
});

export { explorable as default, showInPage };
