/** Figure 2: a bar for each class; and what the formula gives as it stands, where it gives no number. */

import { drawn } from "./dom.js";
import { below, drawing, label, told } from "./plot.js";

const ROW = 34;
const BAR = 18;
const LEFT = 84;
const RIGHT = 68;
const ENOUGH = 0.5;

/** @param {HTMLElement} where @param {import("./figure.js").Answer} answer */
export function draw(where, answer) {
  const { logits, probabilities, plain } = answer;
  const fails = plain.some((/** @type {number | null} */ each) => each === null);
  const height = probabilities.length * ROW + (fails ? 28 : 4);
  const width = where.clientWidth;
  const full = width - LEFT - RIGHT;
  const rows = probabilities.map((/** @type {number} */ p, /** @type {number} */ k) => {
    const y = k * ROW + (ROW - BAR) / 2;
    const plainly = plain[k] === null ? "unshifted: no number" : `unshifted: ${told(plain[k])}`;
    return drawn(
      "g",
      {},
      label(LEFT - 8, y + 14, `z${below(k + 1)} = ${told(logits[k])}`, "end"),
      drawn("rect", { x: LEFT, y, width: full, height: BAR, rx: 3, class: "well" }),
      drawn("rect", { x: LEFT, y, width: p * full, height: BAR, rx: 3, class: "for" }),
      label(LEFT + full + 8, y + 14, `${(100 * p).toFixed(1)} %`, "value"),
      ...(fails ? [label(p > ENOUGH ? LEFT + 8 : LEFT + p * full + 8, y + 14, plainly, p > ENOUGH ? "small on-for" : "small soft")] : []),
    );
  });
  const note = fails ? [label(0, height - 8, "unshifted: the formula eᶻ / Σ eᶻ as it stands", "small soft")] : [];
  where.replaceChildren(drawing(width, height, answer.text, ...rows, ...note));
}
