// A choice between named things.
import { add, uniqueId } from "./elements.js";

/**
 * Add a choice between named things, as radio buttons: the arrow keys come with them. Return how to show a place.
 * @param {Element} root
 * @param {{ legend: string, names: string[], onChoose: (place: number) => void }} setting
 * @returns {(place: number) => void}
 */
export function addChoice(root, { legend, names, onChoose }) {
  const group = add(root, "fieldset");
  add(group, "legend", {}, legend);
  const name = uniqueId("choice");
  const inputs = names.map((words, place) => {
    const label = add(group, "label");
    const input = add(label, "input", { type: "radio", name });
    add(label, "span", {}, words);
    input.addEventListener("change", () => onChoose(place));
    return input;
  });
  return (place) => {
    inputs[place].checked = true;
  };
}
