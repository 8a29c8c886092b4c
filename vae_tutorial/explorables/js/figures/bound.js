import { addButton, addControls, onDrag, slider } from "../core/controls.js";
import { colorOf, lineOf, publish } from "../core/elements.js";
import { clamp, linspace, logNormal } from "../core/maths.js";
import { explorableOf, showInPage } from "../core/mount.js";
import { Plot } from "../core/plot.js";
import { written } from "../core/words.js";
import { best, logJoint, terms } from "../numerics/bound.js";

/** @typedef {"loc" | "scale" | "bend" | "x"} Handle */

const LOW = -6; // the left end of the bars, nats

/** @param {import("../core/mount.js").Place<Handle>} place */
function build({ root, change, glide }) {
  const curves = new Plot(root, {
    height: 230,
    xlim: [-3.8, 3.2],
    ylim: [0, 1.25],
    label: "Densities over z: prior, true posterior and q. The values stand in the text below.",
  });
  const bars = new Plot(root, {
    height: 176,
    xlim: [LOW, 0],
    ylim: [0, 3],
    label:
      "Three bars on an axis of nats: log p(x); ELBO and gap; reconstruction and rate. The values stand in the text below.",
  });
  const controls = addControls(root);
  const step = 0.01;
  const show = {
    loc: slider(controls, { label: "mean of q", low: -4, high: 4, step, onInput: (loc) => change({ loc }) }),
    scale: slider(controls, { label: "width of q", low: 0.05, high: 3, step, onInput: (scale) => change({ scale }) }),
    bend: slider(controls, { label: "bend θ", low: 0, high: 1, step, onInput: (bend) => change({ bend }) }),
  };
  addButton(root, "Best Gaussian q", () => glide(best(state)));
  onDrag(curves.svg, (name, event) => {
    const z = curves.valueX(event);
    if (name === "loc") change({ loc: clamp(z, -4, 4) });
    else change({ scale: clamp(Math.abs(z - state.loc), 0.05, 3) });
  });

  /** @type {Record<Handle, number>} */
  let state;
  /** @type {ReturnType<typeof terms>} */
  let numbers;

  /** @param {Record<Handle, number>} now */
  function redraw(now) {
    state = now;
    numbers = terms(state);
    show.loc(state.loc);
    show.scale(state.scale);
    show.bend(state.bend);
    publish(root, numbers);
    drawCurves();
    drawBars();
  }

  function drawCurves() {
    const { loc, scale } = state;
    const z = linspace(-3.8, 3.2, 281);
    const q = z.map((t) => Math.exp(logNormal(t, loc, scale)));
    const posterior = z.map((t) => Math.exp(logJoint(t, state) - numbers.logP));
    const top = 1.18 * Math.max(0.7, ...posterior, Math.min(2.2, Math.max(...q)));
    curves.ylim = [0, top];
    curves.clear();
    curves.area(z, posterior, { fill: colorOf("true-posterior"), opacity: 0.22 });
    curves.line(z, posterior, lineOf("true-posterior"));
    const prior = z.map((t) => Math.exp(logNormal(t, 0, 1)));
    curves.line(z, prior, lineOf("prior"));
    const clipped = q.map((value) => Math.min(value, top));
    curves.line(z, clipped, lineOf("posterior", 2.5));
    const peak = Math.min(top, Math.exp(logNormal(loc, loc, scale)));
    curves.handleInside("loc", curves.x(loc), curves.y(peak), colorOf("posterior"));
    curves.handleInside("scale", curves.x(loc + scale), curves.y(peak * Math.exp(-0.5)), colorOf("posterior"));
    curves.legend([
      ["prior p(z)", lineOf("prior", 2.5)],
      ["true posterior", lineOf("true-posterior", 2.5)],
      ["q(z)", lineOf("posterior", 2.5)],
    ]);
    curves.foot([-3, -2, -1, 0, 1, 2, 3], "z");
  }

  function drawBars() {
    const { logP, elbo, gap, reconstruction, rate } = numbers;
    bars.xlim = [LOW, Math.max(0, reconstruction, logP)];
    bars.clear();
    const bound = { fill: colorOf("bound"), opacity: 0.75 };
    const beyond = elbo < LOW ? "‹ the ELBO is farther left" : "";
    bars.bars(
      [
        { title: `log p(x) ${written(logP)}`, parts: [[LOW, logP, { fill: colorOf("model"), opacity: 0.75 }]] },
        {
          title: `ELBO ${written(elbo)} + gap ${written(gap)}`,
          parts: [
            [LOW, elbo, bound],
            [elbo, elbo + gap, { fill: colorOf("true-posterior"), opacity: 0.4 }],
          ],
          beyond,
        },
        {
          title: `reconstruction ${written(reconstruction)} − rate ${written(rate)}`,
          parts: [
            [LOW, elbo, bound],
            [elbo, reconstruction, { fill: colorOf("prior"), opacity: 0.5 }],
          ],
          beyond,
        },
      ],
      { first: 22, step: 44, height: 20, reference: logP, from: 16, to: 140 },
    );
    const ticks = [-6, -5, -4, -3, -2, -1, 0];
    bars.foot(ticks, "nats");
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

const explorable = explorableOf({
  handles: /** @type {const} */ (["loc", "scale", "bend", "x"]),
  hint: "Drag the two dots of q, or use the sliders. ELBO and gap trade places; their sum stays. Then change the bend θ: now log p(x) itself moves.",
  build,
});

export { explorable as default, showInPage };
