// What all figures compute with, against values known by heart and laws.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as maths from "../../vae_tutorial/explorables/js/core/maths.js";

const near = (found, expected, tolerance = 1e-12) =>
  assert.ok(Math.abs(found - expected) <= tolerance, `${found} is not ${expected} to within ${tolerance}`);

test("a sum of exponentials neither overflows nor vanishes", () => {
  near(maths.logSumExp([Math.log(1), Math.log(2), Math.log(3)]), Math.log(6));
  near(maths.logSumExp([1000, 1000]), 1000 + Math.log(2));
  near(maths.logSumExp([-1000, -1000]), -1000 + Math.log(2));
  assert.equal(maths.logSumExp([-Infinity, -Infinity]), -Infinity);
});

test("points are as many as asked for, and where they should be", () => {
  assert.deepEqual(maths.linspace(-1, 1, 5), [-1, -0.5, 0, 0.5, 1]);
  assert.deepEqual(maths.midpoints(0, 1, 4), [0.125, 0.375, 0.625, 0.875]);
});

test("a normal density is that of N(0, 1), moved and stretched, and integrates to one", () => {
  near(maths.logNormal(0, 0, 1), -0.9189385332046727);
  near(maths.logNormal(3, 1, 2), -0.5 - Math.log(2) - 0.9189385332046727);
  const points = maths.linspace(-20, 20, 4001);
  near(
    maths.logIntegral((z) => maths.logNormal(z, 0.3, 0.7), points),
    0,
    1e-10,
  );
});

test("a Gaussian mean is exact for polynomials and for a cosine", () => {
  near(
    maths.gaussianMean(() => 1, 0.3, 1.5),
    1,
  );
  near(
    maths.gaussianMean((z) => z, 0.3, 1.5),
    0.3,
  );
  near(
    maths.gaussianMean((z) => z ** 4, 0, 2),
    48,
    1e-9,
  );
  near(maths.gaussianMean(Math.cos, 0, 1), Math.exp(-0.5));
});

test("the KL to N(0, 1) is the mean of the log ratio", () => {
  for (const [loc, scale] of [
    [0, 1],
    [0.4, 0.3],
    [-2, 3],
  ]) {
    const ratio = (z) => maths.logNormal(z, loc, scale) - maths.logNormal(z, 0, 1);
    near(maths.klToStandard(loc, scale), maths.gaussianMean(ratio, loc, scale), 1e-10);
  }
});

test("softplus and sigmoid hold far out, and one is the slope of the other", () => {
  near(maths.softplus(0), Math.LN2);
  assert.equal(maths.softplus(800), 800);
  assert.equal(maths.softplus(-800), 0);
  for (const x of [-3, 0.2, 5]) {
    near(maths.softplus(x) - maths.softplus(-x), x);
    near((maths.softplus(x + 1e-5) - maths.softplus(x - 1e-5)) / 2e-5, maths.sigmoid(x), 1e-9);
  }
});

test("draws from N(0, 1) have its mean and its variance", () => {
  const draws = Array.from({ length: 20_000 }, () => maths.normalDraw());
  near(maths.mean(draws), 0, 0.04);
  near(maths.mean(draws.map((z) => z * z)), 1, 0.06);
  near(
    maths.normalDraw(() => 0.5),
    -Math.sqrt(2 * Math.LN2),
    1e-12,
  );
});

test("a glide begins at the start, ends at the goal, is half-way at half-time and slow at both ends", () => {
  assert.deepEqual(
    [0, 0.5, 1, 1.7].map((t) => maths.eased(2, 6, t)),
    [2, 4, 6, 6],
  );
  assert.ok(maths.eased(0, 1, 0.05) < 0.01);
  near(maths.eased(0, 1, 0.3) + maths.eased(0, 1, 0.7), 1);
});

test("the nearest of unequal places is found, and of two as near the first", () => {
  const epochs = [0, 1, 5, 20];
  assert.deepEqual(
    [-3, 0.4, 0.5, 3.1, 12, 99].map((epoch) => maths.nearest(epochs, epoch)),
    [0, 0, 0, 2, 2, 3],
  );
});

test("the ends of an axis leave room, and an axis from 0 begins there", () => {
  assert.deepEqual(maths.ends([0, 10]), [0, 10.6]);
  const [low, high] = maths.ends([-44, -21]);
  assert.ok(low < -44 && high > -21);
  const [below, above] = maths.ends([3, 3]);
  assert.ok(below < 3 && above > 3);
});

test("ticks are round, inside, and two to five", () => {
  assert.deepEqual(maths.ticks([0, 20]), { values: [0, 5, 10, 15, 20], digits: 0 });
  assert.deepEqual(maths.ticks([0, 1]).digits, 1);
  for (const span of [0.031, 0.7, 1, 9.99, 10, 123, 4567]) {
    const { values } = maths.ticks([-span / 3, span]);
    assert.ok(values.length >= 2 && values.length <= 5, `${values.length} ticks over ${span}`);
    assert.ok(values.every((tick) => tick >= -span / 3 - 1e-9 && tick <= span + 1e-9));
  }
});

test("what is no number, or no place, is refused with the rule", () => {
  assert.equal(maths.finite("loc", 1.5), 1.5);
  for (const bad of ["wide", null, Infinity, NaN, undefined]) {
    assert.throws(() => maths.finite("loc", bad), /loc must be a finite number/);
  }
  assert.equal(maths.whole("step", 3, 0, 3), 3);
  for (const bad of [-1, 4, 0.5]) assert.throws(() => maths.whole("step", bad, 0, 3), /from 0 to 3/);
});
