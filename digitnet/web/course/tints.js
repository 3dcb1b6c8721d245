/** Tints: arrays as small pictures, for <image> in a drawing; and when their colours have changed. */

/** @typedef {import("./frames.js").NumberArray} NumberArray */

/** Blue speaks for something, orange against it: digitnet/teach/figures/svg.py has the same. */
const FOR = [0, 114, 178];
const AGAINST = [213, 94, 0];
/** Opacity of what is fully for or against: paper and lines shine through. */
const STRONGEST = 0.8 * 255;
const LIGHTEST = 0.08 * 255;
const DARKEST = 0.75 * 255;

/** Values from −1, against, over 0, clear, to 1, for. @param {NumberArray} values
 * @param {(value: number) => number} [scaled] to that range */
export function signed({ data, shape }, scaled = (value) => value) {
  return picture(data, shape, (value) => {
    const amount = Math.max(-1, Math.min(1, scaled(value)));
    return [...(amount > 0 ? FOR : AGAINST), STRONGEST * Math.abs(amount)];
  });
}

/** Bands 0, 1, 2, … from light to dark. @param {NumberArray} bands @param {number} last */
export function banded({ data, shape }, last) {
  return picture(data, shape, (band) => [...FOR, LIGHTEST + ((DARKEST - LIGHTEST) * band) / last]);
}

/** Digits in the colour of the text around them. @param {NumberArray} digits of one image
 * @param {Element} where */
export function inked({ data, shape }, where) {
  const ink = (getComputedStyle(where).color.match(/[\d.]+/g) ?? ["0", "0", "0"]).slice(0, 3).map(Number);
  return picture(data, shape, (value) => [...ink, value]);
}

/** One image of several. @param {NumberArray} images @param {number} number @returns {NumberArray} */
export function oneOf({ data, shape: [, height, width] }, number) {
  const size = height * width;
  return { data: /** @type {any} */ (data).subarray(number * size, (number + 1) * size), shape: [height, width] };
}

/** @param {ArrayLike<number>} data @param {number[]} shape @param {(value: number) => number[]} colour
 * @returns {string} its address */
function picture(data, [height, width], colour) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, height];
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const image = context.createImageData(width, height);
  for (let n = 0; n < width * height; n++) image.data.set(colour(data[n]), 4 * n);
  context.putImageData(image, 0, 0);
  return canvas.toDataURL();
}

/** Draw again when light becomes dark: by the system, or by an attribute of the page.
 * @param {() => void} draw */
export function onThemeChange(draw) {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  const attributeFilter = ["data-theme", "class", "style"];
  for (const each of [document.documentElement, document.body]) new MutationObserver(draw).observe(each, { attributeFilter });
}
