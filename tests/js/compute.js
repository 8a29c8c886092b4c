// Compute what figures show, without a page: asked on standard input, answered on standard output, for a Python test.
// The argument is the folder of the numerics, so that the test can plant a fault into a copy.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const folder = pathToFileURL(`${process.argv[2]}/`);
const of = (name) => import(new URL(`${name}.js`, folder));

const FIGURES = {
  BoundExplorer: async ({ state }) => (await of("bound")).terms(state),
  DensityExplorer: async ({ state, data }) => (await of("density")).terms(state, data.dots),
  EncoderSwap: async ({ state, data }) => (await of("swap")).terms(state, data),
  MarginalExplorer: async ({ state }) => ({ density: (await of("marginal")).density(state.x) }),
  async LikelihoodExplorer({ state, data }) {
    const { chosen, terms } = await of("likelihood");
    return terms(state, chosen(data.samples, state));
  },
  async LiveTrainer({ data }) {
    const { rowsOf, terms } = await of("live");
    return terms(rowsOf(data.history).at(-1));
  },
  async ImportanceExplorer({ state }) {
    const { allRuns, gaussian, standardNoise, terms } = await of("importance");
    return terms(state, allRuns(standardNoise(), gaussian(state))[state.doublings]);
  },
  async LatentExplorer({ state, data }) {
    const { decoderOf, logLikelihood } = await of("latent");
    const [logP, elbo, gap] = data.terms[state.image];
    const image = Float64Array.from(data.images[state.image], Number);
    return { logP, elbo, gap, logLik: logLikelihood(image, decoderOf(data.decoder)([state.z1, state.z2])) };
  },
  ReconstructionExplorer: async ({ state, data }) => (await of("reconstruction")).terms(data.rows[state.step][0]),
  SharedPriorExplorer: async ({ state, data }) => (await of("sharing")).terms(state, data),
  TrainingExplorer: async ({ state, data }) => (await of("training")).terms(data)[state.step],
};

const asked = JSON.parse(readFileSync(0, "utf-8"));
const found = await Promise.all(asked.map((question) => FIGURES[question.figure](question)));
const texts = found.map((numbers) => Object.fromEntries(Object.entries(numbers).map(([name, n]) => [name, String(n)])));
process.stdout.write(JSON.stringify(texts)); // as text, since JSON knows no infinity
