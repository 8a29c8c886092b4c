// What each figure computes: identities, closed forms and limits. Against the package it is tested from Python.
import assert from "node:assert/strict";
import { test } from "node:test";
import { linspace, logIntegral, logNormal, mean } from "../../vae_tutorial/explorables/js/core/maths.js";
import * as bound from "../../vae_tutorial/explorables/js/numerics/bound.js";
import * as density from "../../vae_tutorial/explorables/js/numerics/density.js";
import * as importance from "../../vae_tutorial/explorables/js/numerics/importance.js";
import * as latent from "../../vae_tutorial/explorables/js/numerics/latent.js";
import * as likelihood from "../../vae_tutorial/explorables/js/numerics/likelihood.js";
import * as marginal from "../../vae_tutorial/explorables/js/numerics/marginal.js";
import * as reconstruction from "../../vae_tutorial/explorables/js/numerics/reconstruction.js";
import * as training from "../../vae_tutorial/explorables/js/numerics/training.js";

const near = (found, expected, tolerance = 1e-9) =>
  assert.ok(Math.abs(found - expected) <= tolerance, `${found} is not ${expected} to within ${tolerance}`);

// ---- bound

const STATES = [
  { loc: 0, scale: 0.8, bend: 0.5, x: 0.5 },
  { loc: -2, scale: 0.05, bend: 0.5, x: 0.5 },
  { loc: 4, scale: 3, bend: 1, x: 4 },
  { loc: 0.4, scale: 0.3, bend: 0.25, x: -3 },
];

test("ELBO and gap make log p(x), reconstruction less rate makes the ELBO, and neither gap nor rate is negative", () => {
  for (const state of STATES) {
    const { logP, elbo, gap, reconstruction, rate } = bound.terms(state);
    near(elbo + gap, logP, 1e-8);
    near(reconstruction - rate, elbo);
    assert.ok(gap > -1e-9 && rate >= 0);
  }
});

test("log p(x) knows nothing of q, and is that of N(0, 1 + 0.5²) where the line is not bent", () => {
  const [one, other] = [STATES[0], STATES[1]].map((state) => bound.terms(state).logP);
  assert.equal(one, other);
  near(bound.terms({ loc: 1, scale: 2, bend: 0, x: 0.7 }).logP, logNormal(0.7, 0, Math.sqrt(1.25)), 1e-10);
});

test("the best q is the posterior where that is Gaussian, and no neighbour is better where it is not", () => {
  const straight = bound.best({ bend: 0, x: 0.5 });
  near(straight.loc, 0.4, 2e-3);
  near(straight.scale, Math.sqrt(0.2), 2e-3);
  const bent = { bend: 0.5, x: 0.5 };
  const { loc, scale } = bound.best(bent);
  const top = bound.terms({ ...bent, loc, scale }).elbo;
  for (const [a, b] of [
    [0.05, 0],
    [-0.05, 0],
    [0, 0.05],
    [0, -0.05],
  ]) {
    assert.ok(bound.terms({ ...bent, loc: loc + a, scale: scale + b }).elbo < top);
  }
});

// ---- density

const DOTS = [-2.6, 0.5, 0.75, 0.95, 1.15, 1.35, 1.6, 1.9];

test("whatever centre and width, the area is one and no curve beats the best", () => {
  const { best } = density.terms({ loc: 0, scale: 1 }, DOTS);
  for (const loc of [-4, 0.7, 4]) {
    for (const scale of [0.4, 1.37, 4]) {
      const { area, average, lowest } = density.terms({ loc, scale }, DOTS);
      near(area, 1, 1e-9);
      assert.ok(lowest < average && average <= best);
    }
  }
});

test("a narrow curve raises seven dots of eight, and the one that it misses ruins the average", () => {
  const [wide, narrow] = [1.4, 0.6].map((scale) => ({ loc: 1.2, scale }));
  const [before, after] = [wide, narrow].map((model) => density.scores(model, DOTS));
  assert.equal(after.filter((score, i) => score > before[i]).length, 7);
  assert.ok(density.terms(narrow, DOTS).average < density.terms(wide, DOTS).average - 1);
});

// ---- marginal

test("p(x) is a density, and the integrand divided by it is one over z", () => {
  near(
    logIntegral((x) => Math.log(marginal.density(x)), linspace(-6, 6, 601)),
    0,
    1e-8,
  );
  const p = marginal.density(1);
  near(
    logIntegral((z) => Math.log(marginal.integrand(z, 1) / p), linspace(-9, 9, 2001)),
    0,
    1e-8,
  );
});

// ---- likelihood

const SAMPLES = [[0.5, -1, 2.5, 3, -0.25]];

test("fresh data score the ceiling less the KL, and the truth scores the ceiling", () => {
  for (const model of [
    { loc: 0, scale: 2 },
    { loc: -5, scale: 0.4 },
    { loc: 2.5, scale: 6 },
  ]) {
    const { ceiling, kl, expected } = likelihood.terms(model, SAMPLES[0]);
    near(expected, ceiling - kl, 1e-9);
    assert.ok(kl >= 0);
  }
  near(likelihood.terms({ loc: 0, scale: likelihood.TRUTH }, SAMPLES[0]).kl, 0);
});

test("the fitted model beats the truth and its neighbours on its points", () => {
  const points = SAMPLES[0];
  const { loc, scale } = likelihood.fitted(points);
  const { average, truth } = likelihood.terms({ loc, scale }, points);
  assert.ok(average > truth);
  near(average, -0.5 * Math.log(2 * Math.PI * scale ** 2) - 0.5);
  for (const [a, b] of [
    [0.1, 0],
    [-0.1, 0],
    [0, 0.1],
    [0, -0.1],
  ]) {
    assert.ok(likelihood.terms({ loc: loc + a, scale: scale + b }, points).average < average);
  }
});

test("a sample that is not there is refused with the rule", () => {
  assert.deepEqual(likelihood.chosen(SAMPLES, { sample: 1, size: 2 }), [0.5, -1]);
  for (const [sample, size] of [
    [2, 2],
    [0, 2],
    [1, 6],
    [1, 1],
    [1, 2.5],
  ]) {
    assert.throws(() => likelihood.chosen(SAMPLES, { sample, size }), /sample must be a whole number from 1 to 5/);
  }
});

// ---- importance

const noise = importance.standardNoise();

test("the noise is standard normal", () => {
  const all = Array.from(noise);
  near(mean(all), 0, 0.01);
  near(mean(all.map((e) => e * e)), 1, 0.01);
  assert.equal(all.length, 200 * 1024);
});

test("the weights average to p(x), and under the posterior each of them is p(x)", () => {
  const q = importance.gaussian({ offset: 0.5, scale: 1.2 });
  const weights = Array.from(noise, (e) => Math.exp(importance.logWeight(e, q) - importance.LOG_P));
  near(mean(weights), 1, 0.01);
  const exact = importance.gaussian({ offset: 0, scale: 1 });
  for (const e of [-3, 0, 1.7]) near(importance.logWeight(e, exact), importance.LOG_P, 1e-12);
});

test("a log weight is log p(x, z) − log q(z)", () => {
  const q = importance.gaussian({ offset: 1, scale: 0.3 });
  for (const e of [-2, 0.3]) {
    const z = q.loc + q.width * e;
    const joint = logNormal(1.5, z, 0.5) + logNormal(z, 0, 1);
    near(importance.logWeight(e, q), joint - logNormal(z, q.loc, q.width), 1e-12);
  }
});

test("the prior as q is N(0, 1)", () => {
  const { loc, width } = importance.gaussian(importance.AS_PRIOR);
  near(loc, 0);
  near(width, 1);
});

test("runs climb, know their number of draws, and are exact under the posterior", () => {
  const stages = importance.allRuns(noise, importance.gaussian({ offset: 0, scale: 1.5 }));
  assert.equal(stages.length, 11);
  const means = stages.map((runs) => mean(runs.map((run) => run.estimate)));
  assert.ok(means[0] < means[3] && means[3] < means[10] && Math.abs(means[10] - importance.LOG_P) < 0.02);
  stages.forEach((runs, stage) => {
    for (const { effective } of runs) assert.ok(effective >= 1 - 1e-9 && effective <= 2 ** stage + 1e-9);
  });
  assert.equal(stages[0][0].error, Infinity);
  const exact = importance.allRuns(noise, importance.gaussian({ offset: 0, scale: 1 }))[3];
  const { bias, effective, elbo, honest } = importance.terms({ offset: 0, scale: 1 }, exact);
  near(bias, 0, 1e-12);
  near(effective, 8);
  near(elbo, importance.LOG_P);
  assert.equal(honest, 200);
});

test("a hill stands where its estimates are, and holds them all", () => {
  const once = importance.hill([-2]);
  near(importance.levels[once.indexOf(Math.max(...once))], -2, 0.016);
  const twice = importance.hill([-2, -2]);
  near(Math.max(...twice), 2 * Math.max(...once));
  assert.equal(Math.max(...importance.hill([-50])), 0);
});

// ---- latent

test("a decoder is its layers one after the other, with the bias last in each row", () => {
  const numbers = "____AAAA____"; // two weights and a bias: 1, −1, 1
  const layer = { kind: "linear", size: [1, 3], scale: 1, numbers };
  near(latent.decoderOf([layer])([0.5, 2])[0], 0.5 - 2 + 1);
  near(latent.decoderOf([layer, { kind: "tanh" }])([0.5, 2])[0], Math.tanh(-0.5));
  near(latent.decoderOf([layer, { kind: "relu" }])([0.5, 2])[0], 0);
  assert.throws(() => latent.decoderOf([{ ...layer, size: [2, 3] }]), /must hold 6 numbers, and holds 3/);
});

test("the likelihoods of all images of two pixels sum to one", () => {
  const logits = Float64Array.of(0.7, -40);
  const images = [
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ];
  const total = images.reduce(
    (sum, image) => sum + Math.exp(latent.logLikelihood(Float64Array.from(image), logits)),
    0,
  );
  near(total, 1, 1e-12);
});

// ---- training, reconstruction

test("the gap is what log p(x) has over the ELBO, and a change is now less before", () => {
  const [first, second] = training.terms({ elbo: [-44, -27], logP: [-43.5, -26.75] });
  assert.deepEqual(first, { elbo: -44, logP: -43.5, gap: 0.5 });
  assert.deepEqual(training.change(second, first), { elbo: 17, logP: 16.75, gap: -0.25 });
});

test("a recorded row has its names", () => {
  const named = { reconstruction: 1, rate: 2, declared: 3, gaussian: 4, mixture: 5 };
  assert.deepEqual(reconstruction.terms([1, 2, 3, 4, 5]), named);
});
