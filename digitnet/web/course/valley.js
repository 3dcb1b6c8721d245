/** Figure 4: the path of gradient descent on the map of the loss, and below it the loss by step. */

import { drawn } from "./dom.js";
import { drawing, Plot, power } from "./plot.js";
import { banded } from "./tints.js";

const WIDE = 4;
const HIGH = 2;
const FEWEST_DECADES = 2;
const CURVE = 130;
/** Levels of the map are told apart as bands. */
const BANDS = 10;

/** @param {HTMLElement} where @param {import("./figure.js").Answer} answer */
export function draw(where, answer) {
  const width = where.clientWidth;
  const map = new Plot(width, (width - 48) / 2 + 48, { x: [-WIDE, WIDE], y: [-HIGH, HIGH] });
  map.fill(banded(answer.bands, BANDS));
  map.line([[0, 0.1], [0, -0.1]], "edge");
  map.line([[-0.1, 0], [0.1, 0]], "edge");
  const points = pairs(answer.path.data);
  map.line(points, "path");
  for (const point of points.slice(1)) map.dot(point, 3, "stop");
  map.dot(points[0], 6, "here");
  map.axes([-4, -2, 0, 2, 4].map((at) => ({ at })), [-2, -1, 0, 1].map((at) => ({ at })), "θ₁", "θ₂");
  where.replaceChildren(
    drawing(width, map.height, `The path of ${answer.settings.steps} steps on the map of the loss`, map.outside, map.inside),
    curve(width, answer),
  );
}

/** @param {number} width @param {import("./figure.js").Answer} answer */
function curve(width, answer) {
  const heights = Array.from(answer.heights.data, Number);
  const low = Math.floor(Math.min(...heights));
  const high = Math.max(low + FEWEST_DECADES, Math.ceil(Math.max(...heights)));
  const plot = new Plot(width, CURVE, { x: [0, heights.length - 1], y: [low, high], top: 12 });
  const every = Math.ceil((high - low) / 4);
  const decades = Array.from({ length: Math.floor((high - low) / every) + 1 }, (_, n) => low + n * every);
  for (const each of decades) plot.line([[0, each], [heights.length - 1, each]], "grid");
  plot.line(heights.map((height, step) => [step, height]), "path");
  const last = heights.length - 1;
  const steps = [...new Set([0, Math.round(last / 2), last])];
  plot.axes(steps.map((at) => ({ at })), decades.map((at) => ({ at, text: power(at) })), "step", "");
  plot.outside.append(drawn("text", { x: plot.box.left + 6, y: 10, class: "tick" }, "loss"));
  return drawing(width, CURVE, "The loss after each step", plot.outside, plot.inside);
}

/** @param {ArrayLike<number>} flat @returns {number[][]} */
function pairs(flat) {
  return Array.from({ length: flat.length / 2 }, (_, n) => [flat[2 * n], flat[2 * n + 1]]);
}
