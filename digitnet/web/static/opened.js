/** Opened: the images of a cell of the confusion matrix, or those that a threshold leaves out. */

import { byId, button, element, write } from "./dom.js";
import { drawImage } from "./images.js";
import { t } from "./language.js";
import { change, draws, state } from "./state.js";
import { counted, percent, sure } from "./words.js";

/** @typedef {import("./state.js").Message} Message */
/** @typedef {{number: number, label: string, prediction: string, confidence: number}} Listed */

/** @type {(name: string, fields?: Record<string, any>) => boolean} */
let ask;
let lookInside = () => {};

/** @param {import("./app.js").Ask} asks @param {() => void} looksInside opens that tab */
export function startOpened(asks, looksInside) {
  ask = asks;
  lookInside = looksInside;
  byId("opened-more").addEventListener("click", more);
  draws(["opened", "evaluation"], drawOpened);
}

/** @param {Message} message */
export function opened(message) {
  const { of, first } = message.fields;
  if (of !== state.of) return;
  if (first === 0 || !state.opened) change({ opened: message });
  else change({ opened: joined(state.opened, message) });
}

/** More images behind those that are there. @param {Message} before @param {Message} more
 * @returns {Message} */
function joined(before, more) {
  const [a, b] = [before.arrays.images, more.arrays.images];
  const data = new Uint8Array(a.data.length + b.data.length);
  data.set(a.data);
  data.set(b.data, a.data.length);
  const shape = [a.shape[0] + b.shape[0], ...a.shape.slice(1)];
  const listed = [...before.fields.listed, ...more.fields.listed];
  return { ...before, fields: { ...before.fields, listed }, arrays: { images: { data, shape } } };
}

/** Ask for the images of a cell; without row or column, for all mistakes.
 * @param {{row?: number, column?: number}} which */
export function openCell(which) {
  const fields = { of: state.of, first: 0, ...which };
  ask("cell", fields);
}

function more() {
  const { of, row, column, below, listed } = state.opened?.fields ?? {};
  const fields = { of, first: listed.length, ...(row === null ? {} : { row }), ...(column === null ? {} : { column }) };
  if (below === null) ask("cell", fields);
  else ask("doubtful", { of, below, first: fields.first });
}

/** What is open, in words. @param {Record<string, any>} fields @param {string[]} classes */
function titleOf({ row, column, below, count }, classes) {
  const n = counted(count, "{0} image", "{0} images");
  if (below !== null) return t`${n} of which it is less than ${percent(below, 1)} sure`;
  if (row !== null && row === column) return t`${n} of ${classes[row]} read right`;
  if (row !== null && column !== null) return t`${n} of ${classes[row]} read as ${classes[column]}`;
  const wrong = counted(count, "{0} mistake", "{0} mistakes");
  if (row !== null) return t`${wrong}: ${classes[row]} read as something else`;
  return column === null ? t`All ${wrong}` : t`${wrong}: something else read as ${classes[column]}`;
}

function drawOpened() {
  const { opened: message, evaluation } = state;
  const classes = evaluation?.fields.classes ?? [];
  const where = byId("opened");
  if (!message) {
    write(byId("opened-title"), "");
    write(byId("opened-note"), "");
    byId("opened-more").hidden = true;
    where.replaceChildren();
    return;
  }
  const { count, listed, below } = message.fields;
  write(byId("opened-title"), titleOf(message.fields, classes));
  const order = below === null ? t`The surest first; below each, what it is read as, and how sure.` : t`The least sure first; below each, what it is read as, and how sure.`;
  write(byId("opened-note"), count ? order : t`None.`);
  byId("opened-more").hidden = listed.length >= count;
  where.replaceChildren(.../** @type {Listed[]} */ (listed).map((each, i) => picture(each, message.arrays.images, i)));
}

/** @param {Listed} about @param {import("./frames.js").NumberArray} images @param {number} index */
function picture({ number, label, prediction, confidence }, images, index) {
  const canvas = element("canvas", { class: "thumb large", role: "img", "aria-label": t`Image ${number}: a ${label}` });
  drawImage(canvas, images, index);
  const wrong = label !== prediction;
  const opens = button("", () => {
    change({ source: { source: "test", index: number } });
    lookInside();
  }, { class: "quiet", "aria-label": t`Image ${number}, a ${label} read as ${prediction}: look inside`, title: t`Look inside` });
  opens.append(canvas);
  const text = element("figcaption", { class: wrong ? "wrong-one" : undefined }, `${label} → ${prediction} `, element("span", { class: "soft" }, sure(confidence, 0)));
  return element("figure", { class: "opened-image" }, state.of === "test" ? opens : canvas, text);
}
