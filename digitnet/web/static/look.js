/** Tab Inside: an image, the layers it goes through, and the answer; any unit can be opened. */

import { announce } from "./announce.js";
import { Cells } from "./cells.js";
import { byId, element, markWrong, write } from "./dom.js";
import { drawImage, drawSigned } from "./images.js";
import { t } from "./language.js";
import { change, draws, state } from "./state.js";
import { figures, plain, sentence, sure, whole } from "./words.js";

/** @typedef {import("./state.js").Message} Message */
/** @typedef {import("./state.js").Source} Source */

/** @type {(name: string, fields?: Record<string, any>) => boolean} */
let ask;
/** What was asked for last, so that it is not asked for twice. */
let asked = "";
/** @type {Cells[]} */
let grids = [];

/** @param {import("./app.js").Ask} asks */
export function startLook(asks) {
  ask = asks;
  const input = /** @type {HTMLInputElement} */ (byId("image-number"));
  byId("from-test").addEventListener("click", () => look({ source: "test", index: Number(input.value) || 0 }));
  byId("from-drawing").addEventListener("click", () => look({ source: "drawing", index: state.digit }));
  byId("image-before").addEventListener("click", () => look({ source: "test", index: chosen().index - 1 }));
  byId("image-after").addEventListener("click", () => look({ source: "test", index: chosen().index + 1 }));
  input.addEventListener("change", () => {
    const index = Number(input.value.trim() || NaN);
    const isOne = Number.isInteger(index) && index >= 0 && index <= most();
    if (isOne) look({ source: "test", index });
    else change({ errors: { image: expected() } });
  });
  draws(["tab", "subject", "source", "answer"], inspect);
  draws(["answer", "digit"], () => {
    if (state.source?.source === "drawing") asked = "";
  });
  draws(["source", "answer", "inspected", "subject", "errors"], showSource);
  draws(["inspected", "theme"], showImage);
  draws(["inspected", "slope", "theme"], showSaliency);
  draws(["inspected", "unit", "edited", "theme", "tab"], showLayers);
}

/** The image that is looked at: by default the drawing, if there is one. @returns {Source} */
function chosen() {
  const { source, answer, digit } = state;
  if (source?.source === "test") return { source: "test", index: Math.min(source.index, most()) };
  return answer?.digits.length ? { source: "drawing", index: digit } : { source: "test", index: 0 };
}

/** What the number of a test image may be. */
function expected() {
  return t`expected the number of a test image, from 0 to ${whole(most())}`;
}

/** The number of the last test image. */
function most() {
  return Math.max(0, (state.subject?.test ?? 1) - 1);
}

/** @param {Source} source */
function look(source) {
  change({ source, errors: {} });
}

/** Whether a drawing, which it will look at, is being read just now: after a reload. */
function isRead() {
  const { source, inked, answer } = state;
  return source?.source !== "test" && inked && !answer;
}

function inspect() {
  const { tab, subject, number } = state;
  if (tab !== "inside" || !subject || subject.problem || isRead()) return;
  const { source, index } = chosen();
  const now = `${subject.key} ${source} ${index} ${source === "drawing" ? number : ""}`;
  if (now === asked && state.inspected) return;
  if (source === "test" && subject.test_problem) return;
  if (ask("inspect", { source, index })) asked = now;
}

/** @param {Message} message */
export function inspected(message) {
  const before = state.inspected?.fields.prediction;
  change({ inspected: message });
  const { prediction } = message.fields;
  if (!state.unit && !before) openFirst(message);
  if (state.tab === "inside" && prediction !== before) announce(t`Read as ${prediction}`);
}

/** To begin with, the unit of the first layer that is lit most; without hidden layer, the answer.
 * @param {Message} message */
function openFirst({ arrays }) {
  const values = Array.from(arrays.hidden1?.data ?? arrays.probabilities.data);
  ask("unit", { layer: 1, unit: values.indexOf(Math.max(...values)) });
}

function showSource() {
  const { answer, subject, errors } = state;
  const { source, index } = chosen();
  for (const each of ["test", "drawing"]) byId(`from-${each}`).setAttribute("aria-pressed", String(each === source));
  /** @type {HTMLButtonElement} */ (byId("from-drawing")).disabled = !answer?.digits.length;
  /** @type {HTMLButtonElement} */ (byId("from-test")).disabled = !subject || subject.test_problem !== "";
  byId("numbered").hidden = source !== "test" || !subject || subject.test_problem !== "";
  const input = /** @type {HTMLInputElement} */ (byId("image-number"));
  markWrong(input, Boolean(errors.image)); // and stays to be seen
  if (document.activeElement !== input && source === "test" && !errors.image) input.value = String(index);
  /** @type {HTMLButtonElement} */ (byId("image-before")).disabled = index <= 0;
  /** @type {HTMLButtonElement} */ (byId("image-after")).disabled = index >= most();
  const beyond = subject?.test && state.source?.source === "test" && state.source.index > most() ? expected() : null;
  const problem = errors.image ?? beyond ?? errors.inspect ?? (source === "test" ? subject?.test_problem : "") ?? "";
  const nothing = answer?.digits.length ? "" : t`Draw something in Draw to look at it here.`;
  byId("inside-note").classList.toggle("problem", problem !== "");
  write(byId("inside-note"), problem ? sentence(problem) : nothing);
}

/** The class whose saliency is shown: the one pointed at, or the answer. */
function slopeClass() {
  const { inspected: shown, slope, subject } = state;
  if (!shown || !subject) return 0;
  return slope ?? subject.classes.indexOf(shown.fields.prediction);
}

function showImage() {
  const { inspected: shown, subject } = state;
  byId("inner-way").classList.toggle("empty", !shown);
  if (!shown || !subject) return;
  const { source, index, label, prediction } = shown.fields;
  const { image, probabilities } = shown.arrays;
  const canvas = /** @type {HTMLCanvasElement} */ (byId("looked-image"));
  drawImage(canvas, { data: image.data, shape: [1, ...image.shape] }, 0);
  const named = source === "test" ? t`Test image ${whole(index)}: a ${label}` : t`Your drawing`;
  canvas.setAttribute("aria-label", named);
  write(byId("looked-label"), named);
  write(byId("way-output"), prediction);
  const share = probabilities.data[subject.classes.indexOf(prediction)];
  const right = label === null ? "" : label === prediction ? t`, right` : t`, wrong: it is a ${label}`;
  write(byId("way-right"), t`${sure(share)} sure${right}`);
}

function showSaliency() {
  const { inspected: shown, subject } = state;
  if (!shown || !subject) return;
  const at = slopeClass();
  const name = subject.classes[at];
  const canvas = /** @type {HTMLCanvasElement} */ (byId("saliency"));
  drawSigned(canvas, shown.arrays.saliency, at);
  canvas.setAttribute("aria-label", t`Saliency of ${name}: where more ink would raise or lower its score`);
  write(byId("saliency-note"), t`of ${name}: ink on blue raises its score, on orange lowers it`);
}

/** Units of a layer that are off. @param {number} layer */
function offIn(layer) {
  const changes = state.edited?.changes ?? [];
  return new Set(changes.filter((each) => each.kind === "off" && each.layer === layer).map((each) => each.unit));
}

function showLayers() {
  const { inspected: shown, unit, subject } = state;
  if (!subject) return;
  /** @type {{units: number, activation: string}[]} */
  const layers = shown?.fields.layers ?? [];
  layOut(layers.length, shown !== null);
  layers.forEach(({ units, activation }, i) => {
    const values = shown?.arrays[`hidden${i + 1}`].data ?? [];
    const off = offIn(i + 1);
    const chosenUnit = unit?.fields.layer === i + 1 ? unit.fields.unit : null;
    grids[i].show({ values, off, chosen: chosenUnit });
    const caption = /** @type {HTMLElement} */ (byId("way-layers").children[i].lastElementChild);
    const lit = Array.from(values).filter((value) => value > 0).length;
    write(caption, layers.length > 3 ? String(units) : t`${whole(units)} ${plain(activation)}, ${whole(lit)} lit${off.size ? t`, ${off.size} off` : ""}`);
    grids[i].canvas.setAttribute("aria-label", t`Hidden layer ${i + 1}: ${units} units, ${lit} lit${off.size ? t`, ${off.size} off` : ""}`);
  });
}

/** @param {number} n @param {boolean} known */
function layOut(n, known) {
  const where = byId("way-layers");
  where.classList.toggle("many", n > 3);
  if (grids.length === n && (n || where.firstElementChild)) return;
  grids = Array.from({ length: n }, (_, i) => {
    const canvas = element("canvas", { tabindex: 0, role: "application", "aria-describedby": "cells-help" });
    return new Cells(canvas, {
      pick: (unit) => ask("unit", { layer: i + 1, unit }),
      say: (unit) => t`Layer ${i + 1}, unit ${unit}: ${figures(state.inspected?.arrays[`hidden${i + 1}`]?.data[unit])}${offIn(i + 1).has(unit) ? t`, off` : ""}`,
    });
  });
  const none = element("p", { class: "small soft" }, t`No hidden layer: each input speaks for and against the classes itself. Open a bar to see its weights.`);
  const made = grids.map(({ canvas }) => element("div", { class: "layer" }, canvas, element("span", { class: "small soft" })));
  where.replaceChildren(...(n ? made : known ? [none] : []));
}
