// Elements of a page, made in one call.

const SVG = "http://www.w3.org/2000/svg";

/** @typedef {Record<string, string | number>} Attributes */

/**
 * Add an SVG element to a parent.
 * @template {keyof SVGElementTagNameMap} Tag
 * @param {Element} parent
 * @param {Tag} tag
 * @param {Attributes} attributes
 * @returns {SVGElementTagNameMap[Tag]}
 */
export function draw(parent, tag, attributes = {}, text = "") {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
  if (text) node.textContent = text;
  parent.append(node);
  return node;
}

/**
 * Add an HTML element to a parent.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Element} parent
 * @param {Tag} tag
 * @param {Partial<HTMLElementTagNameMap[Tag]> | { htmlFor: string }} properties
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function add(parent, tag, properties = {}, text = "") {
  const node = Object.assign(document.createElement(tag), properties);
  if (text) node.textContent = text;
  parent.append(node);
  return node;
}

/** Return an id that no other element has, in this figure or in another one of the page. @param {string} stem */
export const uniqueId = (stem) => `explorable-${stem}-${Math.random().toString(36).slice(2)}`;

/**
 * Show numbers to whoever reads the page by script.
 * @param {HTMLElement} root
 * @param {Record<string, number>} numbers
 */
export function publish(root, numbers) {
  for (const [name, value] of Object.entries(numbers)) root.dataset[name] = String(value);
}

// ---- looks

export const INK = "#1b1b1b";
export const AXIS = "#777";
export const HALO = { class: "halo" };
export const MUTED = { class: "muted" };
export const GRID = { stroke: "#e3e8ec" };

/** The line of what others are compared with. */
export const REFERENCE = { stroke: INK, "stroke-width": 1.4, "stroke-dasharray": "4 3" };

/** Return the colour of a role, as Python's ROLES have it. @param {string} role */
export const colorOf = (role) => `var(--${role})`;

/** Return the line of a role: its colour, and its dashes. @param {string} role @returns {Attributes} */
export const lineOf = (role, width = 2) => ({
  stroke: colorOf(role),
  "stroke-dasharray": `var(--${role}-dashes)`,
  "stroke-width": width,
});
