/** Images: grey ones as the network sees them, and weights in two colours around nothing. */

import { channels } from "./theme.js";

/** @typedef {import("./frames.js").NumberArray} NumberArray */

export const SIDE = 28;
const PIXELS = SIDE * SIDE;

/** Image `index` of many as numbers. @param {NumberArray} images @param {number} index */
export function imageOf(images, index) {
  return images.data.subarray(index * PIXELS, (index + 1) * PIXELS);
}

/** What to draw on, of this size in pixels; one of another size is empty then.
 * @param {HTMLCanvasElement} canvas @param {number} width @param {number} height */
export function sized(canvas, width, height) {
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  return /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
}

/** Image `index` of many grey ones of any size, 0 black. @param {HTMLCanvasElement} canvas
 * @param {NumberArray} images @param {number} index */
export function drawImage(canvas, images, index) {
  const [, height, width] = images.shape;
  const image = new ImageData(width, height);
  const start = index * width * height;
  for (let i = 0; i < width * height; i++) {
    image.data.fill(images.data[start + i], 4 * i, 4 * i + 3);
    image.data[4 * i + 3] = 255;
  }
  sized(canvas, width, height).putImageData(image, 0, 0);
}

/** Grey pixels, 0 black. @param {HTMLCanvasElement} canvas @param {ArrayLike<number>} pixels */
export function drawGrey(canvas, pixels) {
  const image = new ImageData(SIDE, SIDE);
  for (let i = 0; i < PIXELS; i++) {
    image.data.fill(pixels[i], 4 * i, 4 * i + 3);
    image.data[4 * i + 3] = 255;
  }
  sized(canvas, SIDE, SIDE).putImageData(image, 0, 0);
}

/**
 * Weights side by side: blue for, orange against, paper for none; each image on its own scale.
 * @param {HTMLCanvasElement} canvas @param {NumberArray} images @param {number} columns
 * @param {number} gap in pixels
 */
export function drawWeights(canvas, images, columns, gap) {
  const n = images.shape[0];
  const rows = Math.ceil(n / columns);
  const pitch = SIDE + gap;
  const context = sized(canvas, Math.min(n, columns) * pitch - gap, rows * pitch - gap);
  context.clearRect(0, 0, canvas.width, canvas.height);
  const colours = { paper: channels("well"), plus: channels("for"), minus: channels("against") };
  for (let k = 0; k < n; k++) {
    const image = diverging(imageOf(images, k), colours);
    context.putImageData(image, (k % columns) * pitch, Math.floor(k / columns) * pitch);
  }
}

/** Image `index` of many of signed numbers, of any size, on its own scale.
 * @param {HTMLCanvasElement} canvas @param {NumberArray} images @param {number} index */
export function drawSigned(canvas, images, index) {
  const [, height, width] = images.shape;
  const values = images.data.subarray(index * width * height, (index + 1) * width * height);
  const colours = { paper: channels("well"), plus: channels("for"), minus: channels("against") };
  sized(canvas, width, height).putImageData(diverging(values, colours, width, height), 0, 0);
}

/**
 * @param {ArrayLike<number>} values
 * @param {{paper: number[], plus: number[], minus: number[]}} colours
 * @param {number} [width] @param {number} [height]
 */
function diverging(values, { paper, plus, minus }, width = SIDE, height = SIDE) {
  let most = 1e-12;
  for (let i = 0; i < width * height; i++) most = Math.max(most, Math.abs(values[i]));
  const image = new ImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    const share = Math.min(1, Math.abs(values[i]) / most);
    const end = values[i] < 0 ? minus : plus;
    for (let c = 0; c < 3; c++) image.data[4 * i + c] = paper[c] + share * (end[c] - paper[c]);
    image.data[4 * i + 3] = 255;
  }
  return image;
}

/** How much taller than the others the tallest bar may be before it is cut. */
const TALLEST = 1.5;

/** Shares as little bars. @param {HTMLCanvasElement} canvas @param {ArrayLike<number>} shares
 * @param {string} colour */
export function drawShares(canvas, shares, colour) {
  const bar = 4;
  const height = 28;
  const context = sized(canvas, shares.length * bar, height);
  context.clearRect(0, 0, canvas.width, height);
  context.fillStyle = colour;
  const [first = 0, second = 0] = Array.from(shares).sort((a, b) => b - a);
  const most = Math.max(1e-9, second > 0 ? Math.min(first, TALLEST * second) : first);
  for (let i = 0; i < shares.length; i++) {
    const size = Math.min(height, (height * shares[i]) / most);
    context.fillRect(i * bar, height - size, bar - 1, size);
  }
}
