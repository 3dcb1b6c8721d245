/**
 * Inside: the way from the pixels to the answer. What the network sees, its hidden units, lit as
 * strongly as they answer, and ten bars; lines show which units speak for a digit, which against.
 */

import { byId, element, write } from "./dom.js";
import { drawGrey, drawWeights, imageOf, sized } from "./images.js";
import { drawLines } from "./lines.js";
import { change, draws, state } from "./state.js";
import { colour } from "./theme.js";
import { percent, plain, signed } from "./words.js";

const CLASSES = 10;
const LARGEST_CELL = 14;
/** From this many layers on, there is room for their numbers alone. */
const MANY_LAYERS = 4;
/** @type {HTMLButtonElement[]} */
let rows = [];

export function startInside() {
  rows = Array.from({ length: CLASSES }, (_, label) => bar(label));
  byId("bars").append(...rows);
  draws(["answer", "digit"], drawSeen);
  draws(["answer", "inside", "digit", "pointed"], drawBars);
  draws(["model"], layOut);
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
  else sized(canvas, 28, 28).clearRect(0, 0, 28, 28);
  canvas.setAttribute("aria-label", `What the network sees: ${there ? `mark ${digit + 1} of ${digits.length}, 28 by 28 pixels` : "nothing yet"}`);
}

function drawBars() {
  const { answer, inside, digit } = state;
  const there = answer !== null && answer.digits.length > digit;
  const shares = there ? answer.arrays.probabilities.data.subarray(CLASSES * digit, CLASSES * (digit + 1)) : null;
  const own = inside?.arrays.probabilities.data;
  const shown = shownClass();
  rows.forEach((row, label) => {
    const share = shares ? shares[label] : 0;
    row.style.setProperty("--share", String(share));
    row.style.setProperty("--own", String(own ? own[label] : 0));
    row.classList.toggle("with-own", own !== undefined);
    row.setAttribute("aria-pressed", String(label === shown));
    row.classList.toggle("winner", there && answer.digits[digit].label === String(label));
    write(/** @type {Element} */ (row.lastElementChild), shares ? percent(share) : "");
    const alone = own ? `; this network alone ${percent(own[label])}` : "";
    row.setAttribute("aria-label", shares ? `${label}: ${percent(share)}${alone}` : `${label}: nothing read yet`);
  });
  byId("legend").hidden = !inside;
}

/** Hidden layers of the network that answers. */
function hidden() {
  const { inside, model } = state;
  if (inside) return inside.layers;
  const sizes = model?.sizes.slice(1, -1) ?? [];
  return sizes.map((units, i) => ({ units, activation: model?.activations[i] ?? "" }));
}

function layOut() {
  const layers = hidden();
  const where = byId("hidden-layers");
  where.classList.toggle("many", layers.length >= MANY_LAYERS);
  if (where.children.length !== layers.length || !layers.length) {
    const none = element("p", { class: "small soft none" }, "No hidden layer: each pixel speaks for and against the digits itself.");
    const made = layers.map(() => element("div", { class: "layer" }, element("canvas"), element("span", { class: "small soft" })));
    where.replaceChildren(...(layers.length ? made : state.model ? [none] : []));
  }
}

/** Cells of a layer: how large, and how many in a row.
 * @param {number} units @param {number} width @param {number} height */
function grid(units, width, height) {
  for (let cell = LARGEST_CELL; cell > 1; cell--) {
    const columns = Math.max(1, Math.floor(width / cell));
    if (Math.ceil(units / columns) * cell <= height) return { cell, columns };
  }
  return { cell: 1, columns: Math.max(1, Math.floor(width)) };
}

function drawUnits() {
  const layers = hidden();
  layOut();
  const texts = [];
  const where = byId("hidden-layers");
  for (const [i, { units, activation }] of layers.entries()) {
    const [canvas, caption] = /** @type {[HTMLCanvasElement, HTMLElement]} */ (
      Array.from(where.children[i].children)
    );
    write(caption, where.classList.contains("many") ? String(units) : `${units} ${plain(activation)}`);
    const values = state.inside?.arrays[`hidden${i + 1}`]?.data ?? null;
    drawCells(canvas, units, values);
    const lit = values ? Array.from(values).filter((value) => value > 0).length : 0;
    texts.push(`layer ${i + 1}: ${units} units${values ? `, ${lit} lit` : ""}`);
  }
  where.setAttribute("aria-label", `Hidden units: ${texts.join("; ") || "none"}`);
}

/** @param {HTMLCanvasElement} canvas @param {number} units @param {ArrayLike<number> | null} values */
function drawCells(canvas, units, values) {
  const { clientWidth: width, clientHeight: height } = canvas;
  if (!width || !height) return;
  const ratio = devicePixelRatio || 1;
  const context = sized(canvas, Math.round(width * ratio), Math.round(height * ratio));
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  const { cell, columns } = grid(units, width, height);
  const gap = cell > 5 ? 2 : cell > 2 ? 1 : 0;
  let most = 1e-9;
  if (values) for (let k = 0; k < units; k++) most = Math.max(most, Math.abs(values[k]));
  for (let k = 0; k < units; k++) {
    const x = (k % columns) * cell;
    const y = Math.floor(k / columns) * cell;
    const size = cell - gap;
    context.globalAlpha = 1;
    context.fillStyle = colour("cell");
    context.fillRect(x, y, size, size);
    if (!values || !values[k]) continue;
    context.globalAlpha = Math.abs(values[k]) / most;
    context.fillStyle = colour("lit");
    const inset = values[k] < 0 ? size / 4 : 0;
    context.fillRect(x + inset, y + inset, size - 2 * inset, size - 2 * inset);
  }
}

/** Where a unit of the last hidden layer is, in pixels of the window.
 * @param {number} unit @returns {{x: number, y: number} | null} */
function placeOf(unit) {
  const canvas = byId("hidden-layers").lastElementChild?.querySelector("canvas");
  const last = hidden().at(-1);
  if (!canvas || !last) return null;
  const box = canvas.getBoundingClientRect();
  const { cell, columns } = grid(last.units, canvas.clientWidth, canvas.clientHeight);
  return {
    x: box.left + ((unit % columns) + 0.5) * cell,
    y: box.top + (Math.floor(unit / columns) + 0.5) * cell,
  };
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
  write(byId("contributions"), label === null ? "" : reasonText(label, found));
}

/** @param {number} label @param {{unit: number, size: number}[]} found */
function reasonText(label, found) {
  if (!found.length) return "";
  const some = (/** @type {boolean} */ plus) =>
    found
      .filter(({ size }) => size > 0 === plus)
      .slice(0, 3)
      .map(({ unit, size }) => `unit ${unit} ${signed(size)}`)
      .join(", ");
  const against = some(false);
  return `For ${label}: ${some(true) || "no unit"}${against ? `. Against: ${against}` : ""}. (activation × weight, in nats)`;
}

function drawExcited() {
  const { weights, excited } = state.inside?.arrays ?? {};
  const there = weights !== undefined && weights.shape[0] > 0;
  byId("excited").hidden = !there;
  if (!there || !excited) return;
  drawWeights(/** @type {HTMLCanvasElement} */ (byId("excited-weights")), weights, weights.shape[0], 3);
  const units = Array.from(excited.data).join(", ");
  write(byId("excited-caption"), `What the most active units of the first layer look for: units ${units}`);
}
