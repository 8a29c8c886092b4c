// Numbers as a reader sees them, and as Python packs them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { pixels, unpack } from "../../vae_tutorial/explorables/js/core/packing.js";
import { added, signed, written } from "../../vae_tutorial/explorables/js/core/words.js";

test("a minus is a minus, and zero has none", () => {
  assert.equal(written(-1.234), "−1.23");
  assert.equal(written(-0.001), "0.00");
  assert.equal(written(7, 0), "7");
  assert.deepEqual([signed(0.5), signed(-0.5)], ["+0.50", "−0.50"]);
  assert.deepEqual([added(0.5), added(-0.5), added(-0.001)], ["+ 0.50", "− 0.50", "+ 0.00"]);
});

test("packed numbers are places between two ends", () => {
  assert.deepEqual([...unpack("AA__", 0, 1)], [0, 1]);
  assert.deepEqual([...unpack("AB", -1, 1, 1)], [-1, -1 + 2 / 63]);
  assert.ok(Number.isNaN(unpack("A!", 0, 1)[0]));
  assert.deepEqual([...pixels("0f")], [0, 1]);
});
