/**
 * Units: the hidden layers as small cells, lit as strongly as they answer, and where each one is.
 */

import { byId, element, write } from "./dom.js";
import { SIDE, sized } from "./images.js";
import { t } from "./language.js";
import { state } from "./state.js";
import { colour } from "./theme.js";
import { plain } from "./words.js";

const LARGEST_CELL = 14;
const CELL_STEP = 0.125;
/** From this many layers on, there is room for their numbers alone. */
const MANY_LAYERS = 4;

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
  if (where.querySelectorAll(".layer").length !== layers.length || !layers.length) {
    const none = element("p", { class: "small soft none" }, t`No hidden layer: each input speaks for and against the digits itself.`);
    const made = layers.map(() => element("div", { class: "layer" }, element("canvas"), element("span", { class: "small soft" })));
    where.replaceChildren(...(layers.length ? made : state.model ? [none] : []));
  }
}

/** Cells of a layer: how large, and how many in a row.
 * @param {number} units @param {number} width @param {number} height */
function grid(units, width, height) {
  let cell = LARGEST_CELL;
  const columns = () => Math.max(1, Math.floor(width / cell));
  while (cell > 1 && Math.ceil(units / columns()) * cell > height) cell -= CELL_STEP;
  // Where a few cells stand in the middle, lines and pixels meet them at the same height.
  const top = Math.max(0, (height - Math.ceil(units / columns()) * cell) / 2);
  return { cell, columns: columns(), top };
}

export function drawUnits() {
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
    texts.push(values ? t`layer ${i + 1}: ${units} units, ${lit} lit` : t`layer ${i + 1}: ${units} units`);
  }
  where.setAttribute("aria-label", t`Hidden units: ${texts.join("; ") || t`none`}`);
}

/** @param {HTMLCanvasElement} canvas @param {number} units @param {ArrayLike<number> | null} values */
function drawCells(canvas, units, values) {
  const { clientWidth: width, clientHeight: height } = canvas;
  if (!width || !height) return;
  const ratio = devicePixelRatio || 1;
  const context = sized(canvas, Math.round(width * ratio), Math.round(height * ratio));
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  const { cell, columns, top } = grid(units, width, height);
  const gap = cell > 5 ? 2 : cell > 2 ? 1 : 0;
  let most = 1e-9;
  if (values) for (let k = 0; k < units; k++) most = Math.max(most, Math.abs(values[k]));
  for (let k = 0; k < units; k++) {
    const x = (k % columns) * cell;
    const y = top + Math.floor(k / columns) * cell;
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

/** Where a unit of the last hidden layer is, in pixels of the window; without one, where the pixel
 * is that speaks for itself. @param {number} unit @returns {{x: number, y: number} | null} */
export function placeOf(unit) {
  if (!hidden().length) return placeOfPixel(unit);
  const canvas = byId("hidden-layers").lastElementChild?.querySelector("canvas");
  const last = hidden().at(-1);
  if (!canvas || !last) return null;
  const box = canvas.getBoundingClientRect();
  const { cell, columns, top } = grid(last.units, canvas.clientWidth, canvas.clientHeight);
  return {
    x: box.left + ((unit % columns) + 0.5) * cell,
    y: box.top + top + (Math.floor(unit / columns) + 0.5) * cell,
  };
}

/** @param {number} pixel */
function placeOfPixel(pixel) {
  const box = byId("seen").getBoundingClientRect();
  const scale = box.width / SIDE;
  return {
    x: box.left + ((pixel % SIDE) + 0.5) * scale,
    y: box.top + (Math.floor(pixel / SIDE) + 0.5) * scale,
  };
}

/** What a unit is called; without hidden layer it is a pixel. @param {number} unit */
export function named(unit) {
  return hidden().length ? t`unit ${unit}` : t`pixel ${Math.floor(unit / SIDE)},${unit % SIDE}`;
}
