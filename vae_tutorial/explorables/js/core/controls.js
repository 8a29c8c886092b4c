// What a reader moves: sliders, buttons, handles under the finger.
import { add, uniqueId } from "./elements.js";
import { eased } from "./maths.js";
import { written } from "./words.js";

/** @typedef {Record<string, number>} State */

/** Return whether the reader wants little motion. */
export const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** Add the grid that holds the sliders. @param {Element} root */
export const addControls = (root) => add(root, "div", { className: "controls" });

/**
 * Add a labelled slider; the keyboard, the screen reader and the finger come with it. Return how to show a value.
 * @param {Element} controls
 * @param {{
 *   label: string, low: number, high: number, step: number, onInput: (value: number) => void,
 *   words?: (value: number) => string, spoken?: (value: number) => string,
 * }} setting the words beside it, and what a screen reader says, where that is more
 * @returns {(value: number) => void}
 */
export function slider(
  controls,
  { label, low, high, step, onInput, words = (value) => written(value), spoken = words },
) {
  const id = uniqueId("slider");
  add(controls, "label", { htmlFor: id }, label);
  const input = add(controls, "input", { type: "range", id, min: String(low), max: String(high), step: String(step) });
  const output = add(controls, "output", { htmlFor: id });
  input.addEventListener("input", () => onInput(Number(input.value)));
  return (value) => {
    input.value = String(value);
    output.textContent = words(value);
    input.setAttribute("aria-valuetext", spoken(value));
  };
}

/**
 * Add a slider over a few places that have names of their own.
 * @param {Element} controls
 * @param {{ label: string, names: string[], onInput: (place: number) => void }} setting
 */
export const addPlaces = (controls, { label, names, onInput }) =>
  slider(controls, { label, low: 0, high: names.length - 1, step: 1, words: (place) => names[place], onInput });

/** Add a button. @param {Element} root @param {string} words @param {() => void} act */
export function addButton(root, words, act) {
  const button = add(root, "button", { type: "button" }, words);
  button.addEventListener("click", act);
  return button;
}

/**
 * Let the handles of a picture be dragged: move(name, event) is called while a finger or the mouse holds one.
 * @param {SVGSVGElement} svg
 * @param {(name: string, event: PointerEvent) => void} move
 */
export function onDrag(svg, move) {
  svg.addEventListener("pointerdown", (event) => {
    const handle = /** @type {Element} */ (event.target).closest(".handle");
    if (!handle) return;
    event.preventDefault();
    svg.setPointerCapture(event.pointerId);
    const follow = (/** @type {PointerEvent} */ next) => move(handle.getAttribute("data-handle") ?? "", next);
    const stop = () => svg.removeEventListener("pointermove", follow);
    svg.addEventListener("pointermove", follow);
    svg.addEventListener("pointerup", stop, { once: true });
    svg.addEventListener("pointercancel", stop, { once: true });
  });
}

/**
 * Go to new values: at once where the reader wants little motion, over a third of a second elsewhere.
 * @param {State} from
 * @param {State} goals
 * @param {(state: State) => void} change
 */
export function glide(from, goals, change) {
  if (calm()) return change(goals);
  const begin = performance.now();
  const starts = { ...from };
  const step = (/** @type {number} */ now) => {
    const t = Math.max(0, (now - begin) / 330);
    change(Object.fromEntries(Object.entries(goals).map(([name, goal]) => [name, eased(starts[name], goal, t)])));
    if (t < 1) requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
}
