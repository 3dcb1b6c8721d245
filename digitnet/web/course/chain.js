/** Figure 3: the graph with values and derivatives, and each derivative as the product that it is. */

import { drawn, element } from "./dom.js";
import { drawing, label, told } from "./plot.js";

const HEIGHT = 330;
const RADIUS = 17;
const BESIDE = 33;
const NARROW = 480;
/** Of each node: the share of the width, and the height. @type {Record<string, number[]>} */
const PLACES = { x: [0, 50], w: [0, 165], b: [0, 280], z: [0.36, 165], p: [0.68, 165], L: [1, 165] };
/** @type {Record<string, string>} */
const ENDS = { x: "z", w: "z", b: "z", z: "p", p: "L" };
/** @type {Record<string, string>} */
const SLOPES = { p: "∂L/∂p", z: "∂p/∂z", w: "∂z/∂w", x: "∂z/∂x", b: "∂z/∂b" };
const MARGIN = 30;
const WIDEST = 620;

/** @param {HTMLElement} where @param {import("./figure.js").Answer} answer */
export function draw(where, answer) {
  const width = Math.min(WIDEST, where.clientWidth);
  const isShort = width < NARROW;
  const digits = isShort ? 2 : 3;
  const at = (/** @type {string} */ name) => [MARGIN + PLACES[name][0] * (width - 2 * MARGIN), PLACES[name][1]];
  const edges = Object.entries(ENDS).map(([name, end]) => edge(at(name), at(end), `· ${told(answer.slopes[name], digits)}`, isShort));
  /** @type {Record<string, number>} */
  const derivatives = Object.fromEntries(answer.derivatives.map((/** @type {any} */ each) => [each.name, each.value]));
  const nodes = Object.keys(PLACES).map((name) => node(name, at(name), told(answer.values[name], digits), name in derivatives ? told(derivatives[name], digits) : ""));
  const legend = [
    label(width - 4, HEIGHT - 40, "above each node its value,", "small soft end"),
    label(width - 4, HEIGHT - 22, "below it the derivative of L", "small against end"),
  ];
  where.replaceChildren(drawing(width, HEIGHT, answer.text, ...edges, ...nodes, ...legend), table(answer, isShort ? 4 : 6));
}

/** @param {number[]} from @param {number[]} to @param {string} slope @param {boolean} isShort */
function edge([x0, y0], [x1, y1], slope, isShort) {
  const length = Math.hypot(x1 - x0, y1 - y0);
  const [dx, dy] = [(x1 - x0) / length, (y1 - y0) / length];
  const [x, y] = [x1 - dx * (RADIUS + 2), y1 - dy * (RADIUS + 2)];
  const head = `M${x - 8 * dx - 4 * dy},${y - 8 * dy + 4 * dx}L${x},${y}L${x - 8 * dx + 4 * dy},${y - 8 * dy - 4 * dx}`;
  const arrow = drawn("path", { d: `M${x0 + dx * RADIUS},${y0 + dy * RADIUS}L${x},${y}${head}`, class: "arrow" });
  const [middle, high] = [(x0 + x1) / 2, (y0 + y1) / 2];
  if (isShort && y0 === y1) return drawn("g", {}, arrow, label(middle, high - 8, slope, "tiny middle")); // no room on it
  const wide = 7 * slope.length + 8;
  const tag = drawn("rect", { x: middle - wide / 2, y: high - 10, width: wide, height: 20, rx: 3, class: "tag" });
  return drawn("g", {}, arrow, tag, label(middle, high + 4, slope, "small middle"));
}

/** @param {string} name @param {number[]} place @param {string} value @param {string} derivative */
function node(name, [x, y], value, derivative) {
  return drawn(
    "g",
    {},
    drawn("circle", { cx: x, cy: y, r: RADIUS, class: "node" }),
    label(x, y + 5, name, "strong middle"),
    label(x, y - BESIDE + 8, value, "middle"),
    label(x, y + BESIDE + 4, derivative, "against middle"),
  );
}

/** @param {import("./figure.js").Answer} answer @param {number} digits of values, to compare them */
function table({ derivatives, slopes }, digits) {
  const head = ["slope", "as a product", "value", "measured"].map((each) => element("th", { scope: "col" }, each));
  const rows = derivatives.map((/** @type {{name: string, factors: string[], value: number, measured: number}} */ each) =>
    element(
      "tr",
      {},
      element("th", { scope: "row" }, `∂L/∂${each.name}`),
      element("td", {}, element("span", { class: "how" }, each.factors.map((name) => SLOPES[name]).join(" · ")), " ", element("span", { class: "how-much" }, each.factors.map((name) => told(slopes[name])).join(" · "))),
      element("td", { class: "number" }, told(each.value, digits)),
      element("td", { class: "number" }, told(each.measured, digits)),
    ),
  );
  return element("table", { class: "figure-table" }, element("thead", {}, element("tr", {}, ...head)), element("tbody", {}, ...rows));
}
