/** Planes: what has a number for each pixel, drawn as an image, with a mark on one of them. */

import { sized } from "./images.js";
import { channels, colour } from "./theme.js";

/** Pixels of the canvas for each of the image. */
const SCALE = 8;
/** Of a small one beside a unit. */
const THUMB_SCALE = 2;

/**
 * @param {HTMLCanvasElement} canvas
 * @param {ArrayLike<number>} values row by row
 * @param {number[]} shape [height, width]
 * @param {{grey?: boolean, mark?: number | null, most?: number, thumb?: boolean}} [how] grey: 0 is black, 1 white;
 *   else blue for plus, orange for minus; mark: index of a pixel; most: what has the full colour
 */
export function drawPlane(canvas, values, [height, width], { grey, mark = null, most, thumb } = {}) {
  const image = new ImageData(width, height);
  const full = most ?? largest(values);
  const colours = { paper: channels("well"), plus: channels("for"), minus: channels("against") };
  for (let i = 0; i < width * height; i++) {
    const value = values[i];
    const share = Math.max(0, Math.min(1, grey ? value : Math.abs(value) / full));
    const end = value < 0 ? colours.minus : colours.plus;
    for (let c = 0; c < 3; c++) {
      image.data[4 * i + c] = grey ? 255 * share : colours.paper[c] + share * (end[c] - colours.paper[c]);
    }
    image.data[4 * i + 3] = 255;
  }
  const small = new OffscreenCanvas(width, height);
  small.getContext("2d")?.putImageData(image, 0, 0);
  const scale = thumb ? THUMB_SCALE : SCALE;
  const context = sized(canvas, scale * width, scale * height);
  context.imageSmoothingEnabled = false;
  context.drawImage(small, 0, 0, canvas.width, canvas.height);
  if (mark !== null) drawMark(context, mark % width, Math.floor(mark / width));
}

/** A frame that is seen on dark and on light. @param {CanvasRenderingContext2D} context
 * @param {number} x @param {number} y */
function drawMark(context, x, y) {
  for (const [width, stroke] of /** @type {[number, string][]} */ ([[7, colour("paper")], [4, colour("ink")]])) {
    context.lineWidth = width;
    context.strokeStyle = stroke;
    context.strokeRect(x * SCALE - 2, y * SCALE - 2, SCALE + 4, SCALE + 4);
  }
}

/** @param {ArrayLike<number>} values */
export function largest(values) {
  let most = 1e-30;
  for (let i = 0; i < values.length; i++) most = Math.max(most, Math.abs(values[i]));
  return most;
}

/** The pixel of the image that the pointer is on. @param {HTMLCanvasElement} canvas
 * @param {PointerEvent | MouseEvent} event @param {number[]} shape */
export function pixelAt(canvas, event, [height, width]) {
  const box = canvas.getBoundingClientRect();
  const x = Math.floor(((event.clientX - box.left) / box.width) * width);
  const y = Math.floor(((event.clientY - box.top) / box.height) * height);
  return Math.max(0, Math.min(height - 1, y)) * width + Math.max(0, Math.min(width - 1, x));
}
