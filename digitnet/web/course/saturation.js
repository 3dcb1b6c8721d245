/** Figure 5: for each layer how its outputs are spread, and how large the gradient is that arrives. */

import { drawn } from "./dom.js";
import { drawing, label, power, told } from "./plot.js";

const ROW = 44;
const TOP = 40;
const BOTTOM = 44;
const LEFT = 26;
const GAP = 24;
/** Room for the number beside the last dot. */
const NUMBER = 72;
const TICK = 48;
/** A decade of gradients at the least. */
const LEAST = 1;

/** @param {HTMLElement} where @param {import("./figure.js").Answer} answer */
export function draw(where, answer) {
  const width = where.clientWidth;
  const [depth] = answer.shares.shape;
  const height = TOP + depth * ROW + BOTTOM;
  const half = (width - LEFT - GAP) / 2;
  const numbers = Array.from({ length: depth }, (_, n) => label(LEFT - 10, TOP + n * ROW + 28, String(n + 1), "tick end"));
  const words = [label(0, 30, "layer", "tick"), label(LEFT + half / 2 + 14, 14, "outputs", "middle"), label(width - half / 2, 14, "gradient", "middle")];
  const all = [...numbers, ...words, ...spread(answer, half), ...sizes(answer, width - half, half)];
  where.replaceChildren(drawing(width, height, answer.text, ...all));
}

/** A small histogram for each layer. @param {import("./figure.js").Answer} answer @param {number} width */
function spread({ shares, range, saturated, settings }, width) {
  const [depth, bins] = shares.shape;
  const most = Math.max(...shares.data);
  const marks = [];
  for (let n = 0; n < depth; n++) {
    const floor = TOP + (n + 1) * ROW - 6;
    const bars = Array.from(shares.data.subarray(n * bins, (n + 1) * bins), (share, k) => {
      const tall = ((ROW - 22) * share) / most;
      return `M${LEFT + (k * width) / bins},${floor}v${-tall}h${width / bins}v${tall}z`;
    });
    const stuck = `${(100 * saturated[n]).toFixed(0)} % ${settings.activation === "relu" ? "at 0" : "saturated"}`;
    marks.push(drawn("path", { d: bars.join(""), class: "for" }), drawn("path", { d: `M${LEFT},${floor}h${width}`, class: "axis" }));
    marks.push(label(LEFT + width / 2, floor - ROW + 17, stuck, "small soft middle"));
  }
  const y = TOP + depth * ROW + 14;
  const ends = [0, 0.5, 1].map((share, n) => label(LEFT + share * width, y, told(range[0] + share * (range[1] - range[0])), `tick ${["", "middle", "end"][n]}`));
  return [...marks, ...ends];
}

/** A dot for each layer, by powers of ten. @param {import("./figure.js").Answer} answer @param {number} left @param {number} width */
function sizes({ gradients }, left, width) {
  const logs = gradients.map((/** @type {number} */ each) => (each > 0 ? Math.log10(each) : null));
  const known = logs.filter((/** @type {number | null} */ each) => each !== null);
  if (!known.length) return [label(left, TOP + 28, "none", "soft")];
  const low = Math.floor(Math.min(...known));
  const high = Math.max(low + LEAST, Math.ceil(Math.max(...known)));
  const x = (/** @type {number} */ log) => left + 6 + ((log - low) / (high - low)) * (width - NUMBER - 6);
  const y = (/** @type {number} */ n) => TOP + n * ROW + 24;
  const floor = TOP + gradients.length * ROW;
  const every = Math.ceil((high - low) / Math.max(1, Math.floor((width - NUMBER) / TICK)));
  const marks = [];
  for (let log = low; log <= high; log += every) {
    marks.push(drawn("path", { d: `M${x(log)},${TOP - 10}V${floor}`, class: "grid" }), label(x(log), floor + 14, power(log), "tick middle"));
  }
  const dots = logs.flatMap((/** @type {number | null} */ log, /** @type {number} */ n) => (log === null ? [] : [[x(log), y(n)]]));
  marks.push(drawn("polyline", { points: dots.map((/** @type {number[]} */ each) => each.join(",")).join(" "), class: "path" }));
  logs.forEach((/** @type {number | null} */ log, /** @type {number} */ n) => {
    if (log === null) return;
    marks.push(drawn("circle", { cx: x(log), cy: y(n), r: 4.5, class: "stop" }), label(x(log) + 10, y(n) + 4, told(gradients[n], 2), "value halo"));
  });
  marks.push(label(left + (width - NUMBER) / 2, floor + 34, "size of ∂L/∂z", "tick middle"));
  return marks;
}
