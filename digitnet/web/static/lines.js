/** Lines: from the units that matter most to the bar of a digit, as wide as what they add. */

import { byId, drawn } from "./dom.js";

const WIDEST = 7;

/**
 * @param {{x: number, y: number, size: number}[]} units in pixels of the window
 * @param {Element | null} bar where they lead
 */
export function drawLines(units, bar) {
  const picture = byId("lines");
  picture.replaceChildren();
  const frame = picture.getBoundingClientRect();
  if (!frame.width) return;
  picture.setAttribute("viewBox", `0 0 ${frame.width} ${frame.height}`);
  drawFan(picture, frame);
  if (!bar || !units.length) return;
  const end = bar.getBoundingClientRect();
  const x1 = end.left - frame.left - 2;
  const y1 = end.top + end.height / 2 - frame.top;
  const most = Math.max(...units.map(({ size }) => Math.abs(size)), 1e-9);
  for (const { x, y, size } of units.toReversed()) {
    const [x0, y0] = [x - frame.left, y - frame.top];
    const bend = x0 + 0.6 * (x1 - x0);
    picture.append(
      drawn("path", {
        d: `M${x0} ${y0}C${bend} ${y0} ${bend} ${y1} ${x1} ${y1}`,
        class: size < 0 ? "line against" : "line for",
        "stroke-width": Math.max(0.75, (WIDEST * Math.abs(size)) / most),
      }),
      drawn("circle", { cx: x0, cy: y0, r: 3, class: size < 0 ? "end against" : "end for" }),
    );
  }
}

/** All pixels reach all units: a fan from the one to the others, where they stand side by side.
 * @param {Element} picture @param {DOMRect} frame */
function drawFan(picture, frame) {
  const first = byId("hidden-layers").querySelector("canvas");
  const seen = byId("seen").getBoundingClientRect();
  const layer = first?.getBoundingClientRect();
  if (!layer || layer.left < seen.right) return;
  const at = (/** @type {number} */ x, /** @type {number} */ y) => `${x - frame.left},${y - frame.top}`;
  const corners = [
    at(seen.right + 4, seen.top),
    at(layer.left - 4, layer.top),
    at(layer.left - 4, layer.bottom),
    at(seen.right + 4, seen.bottom),
  ];
  picture.append(drawn("polygon", { points: corners.join(" "), class: "fan" }));
}
