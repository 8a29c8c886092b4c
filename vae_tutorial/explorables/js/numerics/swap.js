// Which part of a model moves what.

/** @typedef {{ encoder: number, decoder: number, prior: number }} State */
/** @typedef {{ names: string[][], count: number, table: number[][][] }} Data [decoder][prior]: log p(x), then each encoder's ELBO */

/** Return the numbers of these parts, means in nats: log p(x) = ELBO + gap. @param {State} state @param {Data} data */
export function terms({ encoder, decoder, prior }, { table }) {
  const [logP, ...bounds] = table[decoder][prior];
  const elbo = bounds[encoder];
  return { logP, elbo, gap: logP - elbo };
}

/** Return the ends of an axis that holds every bar of every setting. @param {Data} data @returns {[number, number]} */
export function span({ table }) {
  const all = table.flat(3);
  return [Math.min(...all), Math.max(...all)];
}
