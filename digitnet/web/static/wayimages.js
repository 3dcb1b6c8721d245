/** The images on the left of the way: the pixels, and for each of them a weight of the followed unit. */

import { byId, element, write } from "./dom.js";
import { math } from "./formula.js";
import { t } from "./language.js";
import { drawPlane, pixelAt } from "./planes.js";
import { change, draws, state } from "./state.js";
import { letterOf, planesNow, topOf, weightNow } from "./steps.js";

/** @type {HTMLCanvasElement[]} */
let canvases = [];
/** @type {HTMLElement[]} */
let captions = [];

export function startImages() {
  const ids = ["way-x", "way-w", "way-d"];
  canvases = ids.map((id) => element("canvas", { id, role: "img", width: 1, height: 1 }));
  captions = ids.map(() => element("figcaption"));
  canvases[0].setAttribute("role", "application");
  canvases[0].tabIndex = 0;
  byId("way-images").append(...canvases.map((canvas, i) => element("figure", { class: "way-image" }, canvas, captions[i])));
  for (const canvas of canvases) {
    canvas.addEventListener("pointermove", (event) => point(canvas, event, false));
    canvas.addEventListener("pointerleave", () => change({ hovered: null }));
    canvas.addEventListener("click", (event) => point(canvas, event, true));
  }
  canvases[0].addEventListener("keydown", moved);
  draws(["walked", "stage", "theme", "weight", "hovered"], draw);
}

/** @param {HTMLCanvasElement} canvas @param {PointerEvent | MouseEvent} event @param {boolean} stays */
function point(canvas, event, stays) {
  const { walked } = state;
  if (!walked) return;
  const weight = { layer: 1, start: pixelAt(canvas, event, walked.shape), end: walked.followed[0] };
  change(stays ? { weight, hovered: null } : { hovered: weight });
}

/** @param {KeyboardEvent} event */
function moved(event) {
  const { walked } = state;
  const weight = weightNow();
  if (!walked || !weight) return;
  const [height, width] = walked.shape;
  const now = weight.layer === 1 && weight.start < height * width ? weight.start : walked.pixel;
  let [row, column] = [Math.floor(now / width), now % width];
  if (event.key === "ArrowUp") row -= 1;
  else if (event.key === "ArrowDown") row += 1;
  else if (event.key === "ArrowLeft") column -= 1;
  else if (event.key === "ArrowRight") column += 1;
  else return;
  event.preventDefault();
  event.stopPropagation();
  row = Math.max(0, Math.min(height - 1, row));
  column = Math.max(0, Math.min(width - 1, column));
  change({ weight: { layer: 1, start: row * width + column, end: walked.followed[0] }, hovered: null });
}

function draw() {
  const { walked } = state;
  if (!walked) return;
  const { shape, arrays, followed } = walked;
  const [height, width] = shape;
  const weight = weightNow();
  const mark = weight?.layer === 1 && weight.start < height * width ? weight.start : null;
  const unit = followed[0];
  const isClass = topOf(walked) === 0;
  const name = isClass ? t`class ${walked.classes[unit]}` : t`unit ${unit}`;
  drawPlane(canvases[0], arrays.pixels.data, shape, { grey: true, mark });
  title(0, t`x_i, the pixels`);
  const where = mark === null ? "" : t`, row ${Math.floor(mark / width)}, column ${mark % width} chosen`;
  canvases[0].setAttribute("aria-label", t`The image, ${height} by ${width} pixels${where}. Arrow keys choose a pixel.`);
  const planes = planesNow();
  const z = `d${letterOf(walked, "z", 0)}_${unit}`;
  /** @type {Record<string, [string, string]>} */
  const words = {
    weights: [`W_i,${unit}`, t`Weights from the pixels to ${name}`],
    after: [`W_i,${unit} - η dW_i,${unit}`, t`Weights from the pixels to ${name}, after the step`],
    terms_after: [t`x_i W_i,${unit} after the step`, t`What each pixel adds to ${name}, after the step`],
    terms: [`x_i W_i,${unit}`, t`What each pixel adds to ${name}`],
    gradient: [`dW_i,${unit} = x_i ${z}`, t`Gradient of the weights from the pixels to ${name}`],
  };
  for (const i of [1, 2]) {
    const [which, what] = planes[i - 1] ?? [0, ""];
    canvases[i].parentElement?.classList.toggle("none-yet", !what);
    title(i, what ? words[what][0] : "");
    canvases[i].setAttribute("aria-label", what ? t`${words[what][1]}: blue plus, orange minus` : t`Nothing so far`);
    if (what) drawPlane(canvases[i], arrays.unit.data.subarray(which * height * width, (which + 1) * height * width), shape, { mark });
  }
}

/** @param {number} i @param {string} text */
function title(i, text) {
  if (captions[i].dataset.text === text) return;
  captions[i].dataset.text = text;
  write(captions[i], "");
  captions[i].append(...math(text));
}
