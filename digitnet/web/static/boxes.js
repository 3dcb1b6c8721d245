/** Boxes: around the digits of a number or a picture, each with what it was read as. */

import { byId, drawn } from "./dom.js";
import { MOST_MARKS, NO_DIGIT } from "./said.js";
import { state } from "./state.js";

/** @param {number} margin white around a drawing that was sent, in its pixels */
export function drawBoxes(margin) {
  const { answer, picture, digit } = state;
  const boxes = byId("boxes");
  boxes.replaceChildren();
  if (!answer || (answer.digits.length < 2 && !picture)) return;
  const [width, height] = answer.size;
  const cut = picture ? 0 : margin;
  boxes.setAttribute("viewBox", `${cut} ${cut} ${width - 2 * cut} ${height - 2 * cut}`);
  const letter = Math.max(height / 24, width / 40);
  const all = answer.digits.map(({ box }) => box);
  const made = answer.digits.map(({ label, box: [left, top, right, bottom] }, i) => {
    const on = i === digit ? "on" : "off";
    const size = { x: left, y: top, width: right - left, height: bottom - top };
    const y = placeOfLabel(all, i, letter, [cut, height - cut]);
    const tag = { x: left, y, width: 0.8 * letter, height: 1.1 * letter };
    const outline = drawn("rect", { ...size, class: on, "vector-effect": "non-scaling-stroke" });
    if (all.length > MOST_MARKS && label === NO_DIGIT) return [outline];
    return [
      outline,
      drawn("rect", { ...tag, class: "tag" }),
      drawn("text", { x: left + 0.1 * letter, y: y + 0.9 * letter, class: on, "font-size": letter }, label),
    ];
  });
  boxes.append(...made.flat());
}

/** Where the label of a box begins: above it or below, where no other box is, else in its corner.
 * @param {number[][]} boxes @param {number} i @param {number} letter @param {number[]} span */
function placeOfLabel(boxes, i, letter, [least, most]) {
  const [left, top, , bottom] = boxes[i];
  const free = (/** @type {number} */ y) =>
    y >= least &&
    y + 1.1 * letter <= most &&
    boxes.every((each, k) => k === i || each[0] > left + letter || each[2] < left || each[1] > y + 1.1 * letter || each[3] < y);
  return [top - 1.2 * letter, bottom + 0.1 * letter].find(free) ?? top;
}
