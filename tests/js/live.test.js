import assert from "node:assert/strict";
import { test } from "node:test";
import { Session } from "../../vae_tutorial/explorables/js/live/session.js";
import { number, sentence } from "../../vae_tutorial/explorables/js/live/words.js";
import {
  historyOf,
  MARKS,
  placeOf,
  rowsOf,
  terms,
  weightAt,
  withRow,
} from "../../vae_tutorial/explorables/js/numerics/live.js";

const rowAt = (step, changes = {}) => ({ step, elbo: -20, logP: -19, reconstruction: -17, rate: 3, ...changes });
const STATE = { weight: 1, learning_rate: 0.005, seed: 1, noise: 1 };
const sessionOf = (rows, changes = {}) => ({
  event: "measure",
  rows,
  last: rows.at(-1),
  ghost: { rows: [], name: "" },
  seed: 1,
  ...changes,
});

test("the marks stand at whole places, and what is between them is found again", () => {
  MARKS.forEach((mark, place) => {
    assert.equal(weightAt(place), mark);
    assert.equal(placeOf(mark), place);
  });
  for (const weight of [0.05, 0.2, 0.77, 2.5]) assert.ok(Math.abs(weightAt(placeOf(weight)) - weight) < 1e-12);
});

test("log p(x) is ELBO and gap", () => {
  const { logP, elbo, gap } = terms(rowAt(4));
  assert.equal(logP, elbo + gap);
});

test("ten thousand rows take no more room than a few hundred, and begin and end where the run did", () => {
  let rows = [];
  for (let step = 0; step <= 10_000; step++) rows = withRow(rows, rowAt(step));
  assert.ok(rows.length <= 400);
  assert.equal(rows[0].step, 0);
  assert.equal(rows.at(-1).step, 10_000);
  assert.ok(rows.every(({ step }, i) => i === 0 || step > rows[i - 1].step));
});

test("a history comes back from Python as it went, also where there is no ELBO", () => {
  const rows = [rowAt(0), rowAt(4, { elbo: -Infinity, rate: Infinity })];
  const sent = JSON.parse(JSON.stringify(historyOf(rows)));
  assert.deepEqual(rowsOf(sent), rows);
  assert.deepEqual(rowsOf({}), []);
});

test("the sentence says what happened", () => {
  const before = rowAt(4, { logP: -21, reconstruction: -19 });
  const said = (session, state = STATE) => sentence(session, state, before);
  assert.match(said(sessionOf([])), /Not trained yet.*seed 1/);
  assert.match(
    said(sessionOf([before, rowAt(8)])),
    /Epoch 2: since epoch 1 reconstruction \+2\.00, log p\(x\) \+2\.00/,
  );
  assert.match(
    said(sessionOf([before, rowAt(4)], { event: "refit" })),
    /from −21\.00 to −19\.00; no network has moved/,
  );
  const ghost = { rows: [rowAt(8, { logP: -18 })], name: "last run, weight 1" };
  const drifted = rowAt(8, { rate: 40 });
  const done = said(sessionOf([before, drifted], { event: "done", ghost }), { ...STATE, weight: 0 });
  assert.match(
    done,
    /against the last run, weight 1: reconstruction \+0\.00, log p\(x\) −1\.00\. The codes leave the prior/,
  );
  assert.match(said(sessionOf([before], { event: "broken" })), /Lower the learning rate, then press Start again/);
  assert.match(said(sessionOf([before], { event: "hidden" })), /^Paused/);
  assert.match(said(sessionOf([before]), { ...STATE, seed: 3 }), /Seed 3 waits for Start again/);
});

test("infinity is written as it is", () => {
  assert.deepEqual(
    [Infinity, -Infinity, -1.5].map((value) => number(value, 1)),
    ["∞", "−∞", "−1.5"],
  );
});

/** Return a session whose place only writes down its orders, and how to send it news. */
function sessionApart() {
  const orders = [];
  let tell;
  const openPlace = (hear) => {
    tell = hear;
    return { send: (order) => orders.push(order), close() {} };
  };
  const session = new Session({ train: [], heldOut: [], recorded: [], onNews() {}, openPlace });
  return { session, orders, news: (run, event, step) => tell({ run, event, row: rowAt(step) }) };
}

test("news of a run that is over is not heard, and that run stays as a ghost", () => {
  const { session, orders, news } = sessionApart();
  session.begin(1);
  session.train();
  for (const step of [4, 8]) news(1, "measure", step);
  session.begin(2);
  news(1, "measure", 12); // was on its way
  assert.deepEqual(session.rows, []);
  news(2, "begin", 0);
  assert.deepEqual(
    session.rows.map(({ step }) => step),
    [0],
  );
  assert.deepEqual(
    session.ghost.rows.map(({ step }) => step),
    [4, 8],
  );
  assert.deepEqual(
    orders.map(({ order }) => order),
    ["begin", "train", "begin"],
  );
});

test("a run that is hidden pauses and says so, and one that breaks stops and keeps its last sound row", () => {
  const { session, news } = sessionApart();
  session.begin(1);
  session.train();
  news(1, "measure", 4);
  session.hide();
  news(1, "pause", 4);
  assert.equal(session.event, "hidden");
  assert.equal(session.rows.length, 1);
  session.train();
  news(1, "broken", 8);
  assert.equal(session.running, false);
  assert.equal(session.last.step, 4);
});
