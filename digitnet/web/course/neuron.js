/** Figure 1: the output over the plane of two pixels, the line where it switches, and the sum. */

import { drawn, element } from "./dom.js";
import { drawing, label, Plot, told } from "./plot.js";
import { signed } from "./tints.js";

const LARGEST = 320;
const NARROW = 520;

/** @param {HTMLElement} where @param {import("./figure.js").Answer} answer @param {import("./figure.js").LiveFigure} figure */
export function draw(where, answer, figure) {
  const width = where.clientWidth;
  const beside = width >= NARROW;
  const side = Math.min(LARGEST, beside ? width / 2 : width);
  const { x1, x2 } = answer.settings;
  const plot = new Plot(side, side, { x: [0, 1], y: [0, 1], top: 20 });
  plot.fill(signed(answer.plane, (p) => 2 * p - 1));
  if (answer.line.length) plot.line(answer.line, "edge");
  plot.dot([x1, x2], 7, "here");
  const ticks = [0, 0.5, 1].map((at) => ({ at }));
  plot.axes(ticks, ticks.slice(1), "x₁", "");
  plot.outside.append(label(plot.box.left, 14, "x₂", "tick middle"));
  const map = drawing(side, side, "The neuron's output for each pair of pixels: blue above 0.5, orange below", plot.outside, plot.inside);
  draggable(map, plot, figure);
  where.replaceChildren(element("div", { class: "figure-pair" }, map, sum(answer)));
}

/** The point follows the pointer; the sliders do the same by keyboard.
 * @param {SVGSVGElement} map @param {Plot} plot @param {import("./figure.js").LiveFigure} figure */
function draggable(map, plot, figure) {
  const cover = drawn("rect", { width: "100%", height: "100%", class: "cover" });
  plot.inside.append(cover);
  map.classList.add("draggable");
  cover.addEventListener("pointerdown", (down) => {
    down.preventDefault();
    const box = cover.getBoundingClientRect(); // the drawing is another one as soon as it moves
    const ends = new AbortController();
    const move = (/** @type {PointerEvent} */ event) => {
      const [x1, x2] = plot.at(event, box).map((value) => Math.round(100 * value) / 100);
      figure.set({ x1, x2 });
    };
    move(down);
    window.addEventListener("pointermove", move, { signal: ends.signal });
    for (const each of ["pointerup", "pointercancel"]) window.addEventListener(each, () => ends.abort(), { signal: ends.signal });
  });
}

/** z as the sum that it is, and p. @param {import("./figure.js").Answer} answer */
function sum({ settings, products, z, p }) {
  const rows = [
    ["x₁ w₁", `${told(settings.x1)} · ${told(settings.w1)}`, products[0]],
    ["x₂ w₂", `${told(settings.x2)} · ${told(settings.w2)}`, products[1]],
    ["b", "", settings.b],
    ["z", "their sum", z],
    ["p", "1 / (1 + e⁻ᶻ)", p],
  ];
  const lines = rows.map(([name, how, value], n) =>
    element("tr", { class: n > 2 ? "total" : "" }, element("th", { scope: "row" }, name), element("td", { class: "how" }, how), element("td", { class: "number" }, told(value))),
  );
  return element("table", { class: "figure-sum" }, element("tbody", {}, ...lines));
}
