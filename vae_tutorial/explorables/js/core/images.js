// Small images of grey pixels.
import { add } from "./elements.js";

/**
 * Add a small image, whose pixels are set later; a name makes it known to a screen reader.
 * @param {Element} parent
 * @param {number[]} shape height and width
 */
export function addImage(parent, [height, width], name = "") {
  const canvas = add(parent, "canvas", { height, width, className: "image" });
  if (name) canvas.setAttribute("role", "img");
  canvas.setAttribute(name ? "aria-label" : "aria-hidden", name || "true");
  return canvas;
}

/** Draw values from 0, white, to 1, black. @param {HTMLCanvasElement} canvas @param {Float64Array} values */
export function paint(canvas, values) {
  const context = canvas.getContext("2d");
  if (!context) throw new Error("this browser draws no images");
  const picture = context.createImageData(canvas.width, canvas.height);
  values.forEach((value, i) => {
    picture.data.fill(Math.round(255 * (1 - value)), 4 * i, 4 * i + 3);
    picture.data[4 * i + 3] = 255;
  });
  context.putImageData(picture, 0, 0);
}
