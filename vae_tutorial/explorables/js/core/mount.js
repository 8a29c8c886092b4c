// From a figure to what Jupyter and a page can show.
import { glide } from "./controls.js";
import { add } from "./elements.js";
import { finite } from "./maths.js";

/** @typedef {Record<string, number>} State */
/**
 * @typedef {{
 *   get(name: string): any, set(name: string, value: unknown): void, save_changes(): void,
 *   on(event: string, listener: () => void): void,
 * }} Model as anywidget hands it over
 */
/** @typedef {{ model: Model, el: HTMLElement }} Context */

/**
 * @template {string} Name
 * @typedef {{
 *   root: HTMLElement, data: any,
 *   change: (changes: Partial<Record<Name, number>>) => void, glide: (goals: Partial<Record<Name, number>>) => void,
 * }} Place where a figure is built, what Python sent along, and how its handles are moved, at once or gently
 */
/**
 * @template {string} Name
 * @typedef {{
 *   handles: readonly Name[], hint: string,
 *   build: (place: Place<Name>) => { redraw: (state: Record<Name, number>) => void, describe: () => string },
 * }} Figure the names of its numbers, a sentence on what to try, and how it is built, drawn and said in words
 */

/**
 * Return an explorable in the anywidget format.
 * @template {string} Name
 * @param {Figure<Name>} figure
 */
export const explorableOf = (figure) => ({ render: (/** @type {Context} */ context) => mount(context, figure) });

/**
 * Build a figure in its frame, draw now and on every change, and show a message where that fails.
 * @template {string} Name
 * @param {Context} context
 * @param {Figure<Name>} figure
 * @returns {() => void} how to take it down
 */
function mount({ model, el }, { handles, hint, build }) {
  const root = add(el, "div", { className: "explorable" });
  for (const [name, color] of Object.entries(model.get("_colors"))) root.style.setProperty(`--${name}`, color);
  for (const [name, dashes] of Object.entries(model.get("_dashes"))) root.style.setProperty(`--${name}-dashes`, dashes);
  add(root, "p", {}, hint);
  const state = () =>
    /** @type {Record<Name, number>} */ (
      Object.fromEntries(handles.map((name) => [name, finite(name, model.get(name))]))
    );
  const change = (/** @type {Partial<State>} */ changes) => {
    for (const [name, value] of Object.entries(changes)) model.set(name, value);
    model.save_changes();
  };
  const broken = (/** @type {unknown} */ error) => {
    root.replaceChildren();
    add(
      root,
      "p",
      { className: "broken" },
      `This figure cannot be drawn: ${error instanceof Error ? error.message : error}`,
    );
  };
  try {
    const go = (/** @type {Partial<State>} */ goals) => glide(state(), /** @type {State} */ (goals), change);
    const { redraw, describe } = build({ root, data: model.get("_data"), change, glide: go });
    const say = speaker(add(root, "p", { className: "said", role: "status" }));
    let waiting = 0;
    const update = () => {
      waiting = 0;
      try {
        redraw(state());
        say(describe());
      } catch (error) {
        broken(error);
      }
    };
    const soon = () => {
      if (!waiting) waiting = requestAnimationFrame(update);
    };
    for (const name of handles) model.on(`change:${name}`, soon);
    const sizes = new ResizeObserver(soon);
    sizes.observe(root);
    update();
    return () => sizes.disconnect();
  } catch (error) {
    broken(error);
    return () => {};
  }
}

/**
 * Return how to put words into a line that is read aloud: the first at once, others when they have come to rest.
 * @param {HTMLElement} line
 */
function speaker(line) {
  let speaking = 0;
  return (/** @type {string} */ words) => {
    clearTimeout(speaking);
    const say = () => {
      line.textContent = words;
    };
    if (line.textContent) speaking = setTimeout(say, 150);
    else say();
  };
}

/**
 * Show an explorable in a page without a kernel: a small object takes the place of the model.
 * @param {ReturnType<typeof explorableOf>} explorable
 * @param {string} key
 * @param {Record<string, unknown>} state
 */
export function showInPage(explorable, key, state) {
  /** @type {Record<string, (() => void)[]>} */
  const listeners = {};
  const model = {
    get: (/** @type {string} */ name) => state[name],
    set(/** @type {string} */ name, /** @type {unknown} */ value) {
      if (state[name] === value) return;
      state[name] = value;
      for (const listener of listeners[`change:${name}`] ?? []) listener();
    },
    save_changes() {},
    on(/** @type {string} */ event, /** @type {() => void} */ listener) {
      listeners[event] = [...(listeners[event] ?? []), listener];
    },
  };
  const place = document.querySelector(`[data-explorable="${key}"]:not([data-ready])`);
  if (!(place instanceof HTMLElement)) throw new Error(`no place in the page is named ${key}`);
  place.dataset.ready = "";
  place.replaceChildren();
  explorable.render({ model, el: place });
}
