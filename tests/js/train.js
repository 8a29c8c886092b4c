// Train without a page: tasks on standard input, answers on standard output, for a Python test.
// The argument is the folder of the numerics, so that the test can plant a fault into a copy.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const folder = pathToFileURL(`${process.argv[2]}/`);
const { Trainer } = await import(new URL("trainer.js", folder));
const { adam } = await import(new URL("network.js", folder));

const { train, heldOut, tasks } = JSON.parse(readFileSync(0, "utf-8"));
const images = { train: Float32Array.from(train), heldOut: Float32Array.from(heldOut) };

const DO = {
  /** Return the gradient for a given batch and its noise. */
  gradient(trainer, { batch, epsilon, settings }) {
    trainer.batch.set(batch);
    trainer.epsilon.set(epsilon);
    trainer.gradient(settings);
    return trainer.parameters().map(({ gradient }) => [...gradient]);
  },
  /** Take steps on given batches and their noise, and return the parameters. */
  steps(trainer, { batches, epsilons, settings }) {
    batches.forEach((batch, i) => {
      DO.gradient(trainer, { batch, epsilon: epsilons[i], settings });
      adam(trainer.parameters(), settings.learningRate, i + 1);
    });
    return trainer.parameters().map(({ value }) => [...value]);
  },
  measure: (trainer) => Object.fromEntries(Object.entries(trainer.measure()).map(([name, n]) => [name, String(n)])),
  refit(trainer) {
    trainer.refit();
    return trainer.prior;
  },
  /** Train on one's own batches; return the numbers after so many steps, and the memory that they took, in MB. */
  train(trainer, { counts, settings }) {
    const began = process.memoryUsage().rss;
    return counts.map((count) => {
      while (trainer.taken < count) trainer.step(settings);
      return { ...trainer.measure(), grown: (process.memoryUsage().rss - began) / 2 ** 20 };
    });
  },
  /** Train in parts, each with settings of its own; return the numbers at the start, after each, and with a refitted prior. */
  plan(trainer, { parts }) {
    const rows = [trainer.measure()];
    for (const { steps, settings } of parts) {
      for (let i = 0; i < steps; i++) trainer.step(settings);
      rows.push(trainer.measure());
    }
    trainer.refit();
    return [...rows, trainer.measure()];
  },
};

const answers = tasks.map(({ kind, seed, parameters, prior, ...rest }) => {
  const trainer = new Trainer({ ...images, seed: seed ?? 0 });
  parameters?.forEach((value, i) => {
    trainer.parameters()[i].value.set(value);
  });
  if (prior) trainer.prior = prior;
  return DO[kind](trainer, rest);
});
process.stdout.write(JSON.stringify(answers));
