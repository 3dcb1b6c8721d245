/** Unit: one that was opened; its weights, what excites it most, and to whom it speaks. */

import { Cells } from "./cells.js";
import { byId, button, element, write } from "./dom.js";
import { drawImage } from "./images.js";
import { t } from "./language.js";
import { change, draws, state } from "./state.js";
import { figures, percent, signed, whole } from "./words.js";

/** @typedef {import("./state.js").Message} Message */

/** The share of weights that are drawn in less than full colour. */
const FULL = 0.985;
/** @type {(name: string, fields?: Record<string, any>) => boolean} */
let ask;
/** @type {Cells} */
let weights;

/** @param {import("./app.js").Ask} asks */
export function startUnit(asks) {
  ask = asks;
  weights = new Cells(/** @type {HTMLCanvasElement} */ (byId("unit-weights")), {
    pick: (input) => pickInput(input),
    say: (input) => `${sourceName(input)}: ${figures(state.unit?.arrays.weights.data[input])}`,
  });
  byId("unit-switch").addEventListener("click", () => {
    const { layer, unit, off } = state.unit?.fields ?? {};
    ask("switch", { layer, unit, on: off });
  });
  draws(["unit"], showHead);
  draws(["unit", "picked", "theme", "tab"], showWeights);
  draws(["unit"], showExciting);
  draws(["unit", "picked", "theme", "tab"], showOutgoing);
}

/** @param {Message} message */
export function unitCame(message) {
  const { layer, unit } = message.fields;
  const before = state.unit?.fields;
  change({ unit: message });
  if (before?.layer !== layer || before?.unit !== unit) change({ picked: { layer, unit, input: strongest(message) } });
}

/** The input with the largest weight, to begin with. @param {Message} message */
function strongest({ arrays }) {
  let best = 0;
  arrays.weights.data.forEach((value, i, all) => {
    if (Math.abs(value) > Math.abs(all[best])) best = i;
  });
  return best;
}

/** @param {number} input */
function pickInput(input) {
  const { layer, unit } = state.unit?.fields ?? {};
  change({ picked: { layer, unit, input } });
}

/** Whether the unit is of the first layer, and its inputs are pixels. */
function seesPixels() {
  return state.unit?.fields.layer === 1 && !state.subject?.places;
}

/** Where an input of the first layer looks, if that sees oriented gradients. @param {number} input */
function edgeName(input) {
  const [rows, columns] = state.subject?.places ?? [1, 1];
  const place = input % (rows * columns);
  const toward = directions()[Math.floor(input / (rows * columns))];
  return t`edge toward ${toward}, part in row ${Math.floor(place / columns)}, column ${place % columns}`;
}

/** In the order of the inputs. */
function directions() {
  return [t`upper left`, t`the top`, t`upper right`, t`the left`, t`the right`, t`lower left`, t`the bottom`, t`lower right`];
}

/** What an input of the unit is called. @param {number} input */
export function sourceName(input) {
  const width = state.subject?.shape[1] ?? 28;
  if (seesPixels()) return t`pixel in row ${Math.floor(input / width)}, column ${input % width}`;
  if (state.unit?.fields.layer === 1) return edgeName(input);
  return t`unit ${input} of layer ${state.unit?.fields.layer - 1}`;
}

/** What a unit is called. @param {number} layer @param {number} unit */
export function unitName(layer, unit) {
  const { subject } = state;
  const isClass = subject && layer === subject.sizes.length - 1;
  return isClass ? t`class ${subject.classes[unit]}` : t`unit ${unit} of layer ${layer}`;
}

function showHead() {
  const { unit } = state;
  byId("unit-body").hidden = !unit;
  byId("unit-none").hidden = unit !== null;
  const turns = byId("unit-switch");
  turns.hidden = !unit || unit.fields.name !== null;
  if (!unit) {
    write(byId("unit-title"), t`A unit`);
    write(byId("unit-says"), "");
    return;
  }
  const { layer, unit: number, name, off, says } = unit.fields;
  const named = unitName(layer, number);
  write(byId("unit-title"), named.charAt(0).toUpperCase() + named.slice(1));
  const what = name === null ? t`activation` : t`score, before the softmax`;
  write(byId("unit-says"), `${says === null ? "" : t`${what} now: ${figures(says)}`}${off ? t`; it is off: nobody hears it` : ""}`);
  write(turns, off ? t`Switch it on` : t`Switch it off`);
}

function showWeights() {
  const { unit, picked, subject } = state;
  if (!unit || !subject) return;
  const { layer, unit: number } = unit.fields;
  const own = picked && picked.layer === layer && picked.unit === number ? picked.input : null;
  const values = unit.arrays.weights.data;
  weights.show({ values, signed: true, chosen: own, most: usual(values), columns: seesPixels() ? subject.shape[1] : undefined });
  const ofEach = seesPixels() ? t`of each pixel: blue for, orange against it` : layer === 1 ? t`of each edge, by direction and part of the image: blue for, orange against it` : t`of each unit of layer ${layer - 1}: blue for, orange against it`;
  write(byId("unit-weights-note"), ofEach);
  byId("unit-weights").setAttribute("aria-label", t`${whole(unit.arrays.weights.shape[0])} weights of ${unitName(layer, number)}`);
}

/** The size that is drawn in full colour: a few that are larger would leave all others pale.
 * @param {ArrayLike<number>} values */
function usual(values) {
  const sizes = Array.from(values, Math.abs).sort((a, b) => a - b);
  return Math.max(1e-9, sizes[Math.floor(FULL * (sizes.length - 1))] ?? 0);
}

function showExciting() {
  const { unit } = state;
  if (!unit) return;
  const { exciting, sample, ready } = unit.fields;
  const note = ready && !exciting.length ? t`none of the first ${whole(sample)} test images does` : ready ? t`among the first ${whole(sample)} test images` : sample ? t`looking among ${whole(sample)} test images …` : t`no test images`;
  write(byId("exciting-note"), state.edited?.changes.length && ready ? t`${note}, without your changes` : note);
  const images = unit.arrays.images;
  byId("exciting").replaceChildren(
    .../** @type {{number: number, label: string, says: number}[]} */ (exciting).map(({ number, label, says }, i) => {
      const canvas = element("canvas", { class: "thumb large" });
      drawImage(canvas, images, i);
      const opens = button("", () => change({ source: { source: "test", index: number } }), {
        class: "quiet",
        title: t`Look at it`,
        "aria-label": t`Test image ${number}, a ${label}, ${figures(says)}: look at it`,
      });
      opens.append(canvas);
      return element("figure", {}, opens, element("figcaption", {}, figures(says)));
    }),
  );
}

function showOutgoing() {
  const { unit, picked, subject } = state;
  const outgoing = unit?.arrays.outgoing;
  byId("outgoing-part").hidden = !outgoing?.shape[0];
  if (!unit || !outgoing?.shape[0] || !subject) return;
  const { layer, unit: number } = unit.fields;
  const toClasses = layer === subject.sizes.length - 2;
  const target = picked && picked.layer === layer + 1 && picked.input === number ? picked.unit : null;
  write(byId("outgoing-to"), toClasses ? t`each class` : t`layer ${layer + 1}`);
  const where = byId("outgoing");
  where.className = toClasses ? "outgoing-bars" : "outgoing-cells";
  if (toClasses) outgoingBars(where, outgoing.data, subject.classes, target);
  else outgoingCells(where, outgoing.data, target);
}

/** @param {number} target */
function pickTarget(target) {
  const { layer, unit } = state.unit?.fields ?? {};
  change({ picked: { layer: layer + 1, unit: target, input: unit } });
}

/** @param {HTMLElement} where @param {ArrayLike<number>} values @param {string[]} classes
 * @param {number | null} target */
function outgoingBars(where, values, classes, target) {
  const most = Math.max(1e-9, ...Array.from(values, Math.abs));
  const focused = where.contains(document.activeElement) ? Array.from(where.children).indexOf(/** @type {Element} */ (document.activeElement)) : -1;
  where.replaceChildren(
    ...classes.map((name, i) => {
      const fill = element("span", { class: values[i] < 0 ? "fill against" : "fill" });
      fill.style.setProperty("--share", String(Math.abs(values[i]) / most));
      const row = button("", () => pickTarget(i), { class: "quiet", "aria-pressed": String(i === target), "aria-label": t`Weight to class ${name}: ${signed(values[i])}; take it to the slider` });
      row.append(element("span", {}, name), element("span", { class: "track" }, fill), element("span", {}, signed(values[i])));
      return row;
    }),
  );
  if (focused >= 0) /** @type {HTMLElement} */ (where.children[focused])?.focus();
}

/** @type {Cells | null} */
let nextLayer = null;

/** @param {HTMLElement} where @param {ArrayLike<number>} values @param {number | null} target */
function outgoingCells(where, values, target) {
  if (!nextLayer || nextLayer.canvas.parentElement !== where) {
    const canvas = element("canvas", { tabindex: 0, role: "application", "aria-describedby": "weights-help" });
    nextLayer = new Cells(canvas, {
      pick: pickTarget,
      say: (unit) => t`Weight to unit ${unit} of the next layer: ${figures(state.unit?.arrays.outgoing.data[unit])}`,
    });
    where.replaceChildren(canvas);
  }
  nextLayer.show({ values, signed: true, chosen: target });
  nextLayer.canvas.setAttribute("aria-label", t`${values.length} outgoing weights`);
}

/** The accuracy in words. @param {number | null} share */
export function accuracyText(share) {
  return share === null ? "…" : percent(share, 2);
}
