/** Ink: strokes on a canvas, and the grey pixels of them that are read. */

/** @typedef {[number, number]} Point */

/** White around the drawing that is read, in pixels of CSS: a 1 from top to bottom of the pad is
 * taken for a printed rule otherwise. */
const MARGIN = 56;
/** Height of what is read, in pixels; more make no answer better, and take longer. */
const READ_HEIGHT = 196;
/** How many points to each side bend a corner of a stroke by keyboard. */
const REACH = 12;
/** @type {HTMLCanvasElement | null} */
let sheet = null;

/** @param {CanvasRenderingContext2D} context @param {Point[][]} strokes @param {number} width
 * @param {string} style */
export function ink(context, strokes, width, style) {
  context.lineWidth = width;
  context.lineCap = context.lineJoin = "round";
  context.strokeStyle = style;
  for (const stroke of strokes) {
    context.beginPath();
    context.moveTo(...stroke[0]);
    const middle = stroke.slice(1).map(([x, y], i) => [(x + stroke[i][0]) / 2, (y + stroke[i][1]) / 2]);
    middle.forEach(([x, y], i) => context.quadraticCurveTo(...stroke[i], x, y));
    context.lineTo(...stroke[stroke.length - 1]);
    context.stroke();
  }
}

/** A stroke of arrow keys as a hand would draw it: corners become bends, the ends stay.
 * @param {Point[]} stroke @returns {Point[]} */
export function rounded(stroke) {
  return stroke.map((_, i) => {
    const reach = Math.min(REACH, i, stroke.length - 1 - i);
    const near = stroke.slice(i - reach, i + reach + 1);
    const mean = (/** @type {0 | 1} */ c) => near.reduce((sum, point) => sum + point[c], 0) / near.length;
    return [mean(0), mean(1)];
  });
}

/** Grey pixels, dark ink on white, and the width of the margin among them.
 * @param {import("./pad.js").Pad} pad
 * @returns {{image: import("./frames.js").NumberArray, margin: number}} */
export function pixelsOf({ width: padWidth, height: padHeight, strokes, pen }) {
  sheet ??= document.createElement("canvas");
  const scale = Math.min(1, READ_HEIGHT / (padHeight + 2 * MARGIN));
  const margin = MARGIN * scale;
  const width = Math.max(1, Math.round(padWidth * scale + 2 * margin));
  const height = Math.max(1, Math.round(padHeight * scale + 2 * margin));
  sheet.width = width;
  sheet.height = height;
  const context = /** @type {CanvasRenderingContext2D} */ (
    sheet.getContext("2d", { willReadFrequently: true })
  );
  context.fillStyle = "#fff";
  context.fillRect(0, 0, width, height);
  context.setTransform(scale, 0, 0, scale, margin, margin);
  ink(context, strokes, pen, "#000");
  const { data } = context.getImageData(0, 0, width, height);
  const grey = new Uint8Array(width * height);
  for (let i = 0; i < grey.length; i++) grey[i] = data[4 * i];
  return { image: { data: grey, shape: [height, width] }, margin };
}
