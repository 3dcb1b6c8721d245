/**
 * Inside: the way from the pixels to the answer. What the network sees, its hidden units, lit as
 * strongly as they answer, and ten bars; lines show which units speak for a digit, which against.
 */

import { byId, element, write } from "./dom.js";
import { drawGrey, drawWeights, imageOf, SIDE, sized } from "./images.js";
import { t } from "./language.js";
import { drawLines } from "./lines.js";
import { change, draws, state } from "./state.js";
import { drawUnits, named, placeOf } from "./units.js";
import { signed, sure } from "./words.js";

const CLASSES = 10;
/** Probabilities below this have no tick. */
const LEAST_TICK = 0.005;
/** Contributions that would be written as 0.00 are not named. */
const LEAST_NAMED = 0.005;
/** @type {HTMLButtonElement[]} */
let rows = [];

export function startInside() {
  rows = Array.from({ length: CLASSES }, (_, label) => bar(label));
  byId("bars").append(...rows);
  draws(["answer", "digit"], drawSeen);
  draws(["answer", "inside", "digit", "pointed", "model"], drawBars);
  draws(["model", "inside", "theme"], drawUnits);
  draws(["inside", "pointed", "answer", "theme", "tab"], drawReasons);
  draws(["inside", "theme"], drawExcited);
  new ResizeObserver(() => {
    drawUnits();
    drawReasons();
  }).observe(byId("through"));
}

/** @param {number} label */
function bar(label) {
  const row = element(
    "button",
    { type: "button", class: "bar", id: `bar-${label}` },
    element("span", { class: "bar-label" }, String(label)),
    element("span", { class: "bar-track" }, element("span", { class: "bar-fill" }), element("span", { class: "bar-tick" })),
    " ",
    element("span", { class: "bar-value" }),
  );
  const point = () => change({ pointed: label });
  const leave = () => state.pointed === label && change({ pointed: null });
  for (const name of ["pointerenter", "focus", "click"]) row.addEventListener(name, point);
  for (const name of ["pointerleave", "blur"]) row.addEventListener(name, leave);
  return row;
}

/** The class whose reasons are shown: the one pointed at, or the winner. @returns {number | null} */
export function shownClass() {
  const { inside, pointed, answer, digit } = state;
  if (!inside) return null;
  if (pointed !== null) return pointed;
  const label = Number(answer?.digits[digit]?.label);
  if (Number.isInteger(label)) return label;
  const shares = Array.from(inside.arrays.probabilities.data);
  return shares.indexOf(Math.max(...shares));
}

function drawSeen() {
  const { answer, digit } = state;
  const canvas = /** @type {HTMLCanvasElement} */ (byId("seen"));
  const digits = answer?.digits ?? [];
  const there = answer !== null && digits.length > digit;
  canvas.classList.toggle("empty", !there);
  if (there) drawGrey(canvas, imageOf(answer.arrays.images, digit));
  else sized(canvas, SIDE, SIDE).clearRect(0, 0, SIDE, SIDE);
  canvas.setAttribute("aria-label", t`What the network sees: ${there ? t`mark ${digit + 1} of ${digits.length}, 28 by 28 pixels` : t`nothing yet`}`);
}

function drawBars() {
  const { answer, inside, digit, model } = state;
  const there = answer !== null && answer.digits.length > digit;
  const shares = there ? answer.arrays.probabilities.data.subarray(CLASSES * digit, CLASSES * (digit + 1)) : null;
  const own = inside?.arrays.probabilities.data;
  const isAlone = model !== null && model.which !== "shipped";
  const shown = shownClass();
  rows.forEach((row, label) => {
    const share = shares ? shares[label] : 0;
    row.style.setProperty("--share", String(share));
    row.style.setProperty("--own", String(own ? own[label] : 0));
    row.classList.toggle("with-own", !isAlone && own !== undefined && own[label] >= LEAST_TICK);
    row.setAttribute("aria-pressed", String(label === shown));
    row.classList.toggle("winner", there && answer.digits[digit].label === String(label));
    write(/** @type {Element} */ (row.lastElementChild), shares ? sure(share) : "");
    const alone = own && !isAlone ? t`; this network alone ${sure(own[label])}` : "";
    row.setAttribute("aria-label", shares ? `${label} ${sure(share)}${alone}` : t`${label}, nothing read yet`);
  });
  byId("legend").hidden = !inside;
  byId("legend-both").hidden = isAlone;
  byId("legend-alone").hidden = !isAlone;
}

/** Units of the last hidden layer and what each adds to a class, the strongest first.
 * @param {number} label */
function reasons(label) {
  const { units, contributions } = state.inside?.arrays ?? {};
  if (!units || !contributions) return [];
  const m = units.shape[1];
  return Array.from({ length: m }, (_, i) => ({
    unit: units.data[label * m + i],
    size: contributions.data[label * m + i],
  })).sort((a, b) => Math.abs(b.size) - Math.abs(a.size));
}

function drawReasons() {
  const label = shownClass();
  const found = label === null ? [] : reasons(label);
  drawLines(
    found.flatMap(({ unit, size }) => {
      const place = placeOf(unit);
      return place ? [{ ...place, size }] : [];
    }),
    label === null ? null : /** @type {Element} */ (rows[label].querySelector(".bar-label")),
  );
  write(byId("contributions"), label === null ? "" : otherAnswer(label) + reasonText(label, found));
}

/** Where nothing is pointed at, the lines are for what this network alone is nearest to: said where
 * the bars, which weigh whether it is a digit at all, are nearest to another one.
 * @param {number} label */
function otherAnswer(label) {
  const { inside, pointed, answer, digit } = state;
  const bars = answer?.arrays.probabilities.data.subarray(CLASSES * digit, CLASSES * (digit + 1));
  if (!inside || !bars || pointed !== null || answer?.digits[digit]?.label === String(label)) return "";
  if (bars[label] >= Math.max(...bars)) return "";
  return t`By itself, this network is nearest to ${label} (${sure(inside.arrays.probabilities.data[label], 0)}), as the lines show. `;
}

/** @param {number} label @param {{unit: number, size: number}[]} found */
function reasonText(label, found) {
  if (!found.length) return "";
  const some = (/** @type {boolean} */ plus) =>
    found
      .filter(({ size }) => size > 0 === plus && Math.abs(size) >= LEAST_NAMED)
      .slice(0, 3)
      .map(({ unit, size }) => `${named(unit)} ${signed(size)}`)
      .join(", ");
  const against = some(false);
  return t`For ${label}: ${some(true) || t`no unit`}${against ? t`. Against: ${against}` : ""}. (activation × weight, in nats)`;
}

function drawExcited() {
  const { weights, excited } = state.inside?.arrays ?? {};
  const there = weights !== undefined && weights.shape[0] > 0;
  byId("excited").hidden = !there;
  if (!there || !excited) return;
  const canvas = /** @type {HTMLCanvasElement} */ (byId("excited-weights"));
  drawWeights(canvas, weights, weights.shape[0], 3);
  const units = Array.from(excited.data).join(", ");
  canvas.setAttribute("aria-label", t`Weights of the most active units of the first layer: ${units}`);
}
