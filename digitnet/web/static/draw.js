/** Tab Draw: the pad or a picture on the left, and in large type what was read in it. */

import { announce } from "./announce.js";
import { drawBoxes } from "./boxes.js";
import { byId, button, write } from "./dom.js";
import { hint } from "./hint.js";
import { pixelsOf } from "./ink.js";
import { t } from "./language.js";
import { Pad } from "./pad.js";
import { startPictures } from "./picture.js";
import { cautions, NO_DIGIT, sentenceOf, shortened, spoken } from "./said.js";
import { change, draws, state } from "./state.js";
import { store, stored } from "./strokes.js";
import { counted } from "./words.js";

/** @typedef {import("./app.js").Ask} Ask */
/** @typedef {import("./state.js").Message} Message */
/** @typedef {import("./state.js").Answer} Answer */

/** Between two readings of a stroke that is not yet at its end. */
const BETWEEN_MS = 150;
/** A stroke is read before its end only where reading is quick. A beginning that is no digit yet takes ten times as
 * long as one, and in a browser without a server the whole stroke would wait for it. */
const QUICK_MS = 35;
/** Of the answer in large type: up to so many letters in each size. */
const SIZES = [3, 5, 9];
const SETTLED_MS = 200;
/** In shares of the pad's height. */
const SEVEN = [[0.3, 0.2], [0.5, 0.2], [0.72, 0.2], [0.62, 0.45], [0.52, 0.65], [0.45, 0.85]];
/** @type {Ask} */
let ask;
/** @type {Pad} */
let pad;
let sentAt = 0;
/** The drawing whose answer is waited for, and whether its last stroke is at its end. */
let waiting = 0;
let complete = true;
/** White around the drawing that was sent last, in its pixels. */
let margin = 0;
let takeHintAway = () => {};
let timer = 0;
/** The picture that is shown, as it came. @type {Uint8Array<ArrayBuffer>} */
let shownBytes = new Uint8Array(0);
/** Milliseconds, for the last answer. */
let took = Infinity;

/** @param {Ask} asks */
export function startDraw(asks) {
  ask = asks;
  const canvas = /** @type {HTMLCanvasElement} */ (byId("pad"));
  pad = new Pad(canvas, { began, moved, ended, resized: readSoon });
  takeHintAway = hint(byId("paper"));
  byId("undo").addEventListener("click", () => pad.undo());
  byId("clear").addEventListener("click", clear);
  byId("back-to-pad").addEventListener("click", backToPad);
  document.addEventListener("keydown", (event) => {
    const field = event.target instanceof HTMLInputElement;
    if (event.key !== "z" || !(event.ctrlKey || event.metaKey) || state.tab !== "draw" || field) return;
    event.preventDefault();
    pad.undo();
  });
  const before = stored();
  if (before) pad.restore(before);
  startPictures((bytes) => {
    takeHintAway();
    shownBytes = bytes;
    sendPicture();
  });
  draws(["theme"], () => pad.draw());
  draws(["answer", "inked", "picture", "connection"], drawAnswer);
  draws(["answer", "digit"], drawChips);
  draws(["answer", "digit", "picture", "theme"], () => drawBoxes(margin));
  draws(["tab"], readWhatWasLearned);
  draws(["picture", "inked"], drawTools);
}

function began() {
  takeHintAway();
  change({ inked: true, errors: {} });
}

function moved() {
  if (took > QUICK_MS || waiting || performance.now() - sentAt < BETWEEN_MS) return;
  sendPad(false);
}

function ended() {
  store(pad);
  sendPad(true);
}

function nextNumber() {
  sentAt = performance.now();
  complete = true;
  change({ number: state.number + 1, errors: {}, labelled: "" });
  waiting = state.number;
}

/** @param {boolean} whole whether the stroke is at its end */
function sendPad(whole) {
  if (pad.empty) {
    forgetAnswer();
    return;
  }
  nextNumber();
  complete = whole;
  const { image, margin: around } = pixelsOf(pad);
  margin = around;
  if (!ask("draw", { number: state.number }, { pixels: image })) waiting = 0;
}

/** After a new connection: what is on the pad is read by the visit that is there now. */
export function readAgain() {
  waiting = 0;
  if (!pad.empty && !state.picture) sendPad(true);
}

/** The pad has another shape, as when a telephone is turned: so have the boxes. */
function readSoon() {
  clearTimeout(timer);
  timer = window.setTimeout(readAgain, SETTLED_MS);
}

function sendPicture() {
  nextNumber();
  ask("picture", { number: state.number }, { file: { data: shownBytes, shape: [shownBytes.length] } });
}

/** A network that learns answers otherwise each time that the visitor comes back. */
function readWhatWasLearned() {
  if (state.tab === "draw" && state.model?.which === "trained") readWhatIsThere();
}

/** What is on the pad, or the picture, once more. */
function readWhatIsThere() {
  if (!state.picture) readAgain();
  else if (shownBytes.length) sendPicture();
}

/** For the tour: a digit, where the visitor has drawn none. */
export function drawForVisitor() {
  if (!pad.empty || state.picture || !pad.height) return;
  const left = (pad.width - pad.height) / 2;
  const at = (/** @type {number[]} */ [x, y]) => /** @type {[number, number]} */ ([left + x * pad.height, y * pad.height]);
  pad.show([SEVEN.map(at)]);
}

function forgetAnswer() {
  waiting = 0;
  change({ number: state.number + 1, inked: false, answer: null, inside: null, digit: 0, pointed: null, labelled: "" });
}

export function clear() {
  if (state.picture) backToPad();
  pad.clear();
  forgetAnswer();
}

function backToPad() {
  change({ picture: null, errors: {} });
  forgetAnswer();
  if (!pad.empty) {
    change({ inked: true });
    sendPad(true);
  }
  byId("pad").focus();
}

/** @param {Message} message */
export function answered({ fields, arrays }) {
  if (fields.number !== state.number) return;
  waiting = 0;
  took = fields.milliseconds;
  const answer = /** @type {Answer} */ ({ ...fields, arrays });
  const digit = Math.min(state.digit, Math.max(0, answer.digits.length - 1));
  change({ answer, digit, pointed: null, ...(answer.digits.length ? {} : { inside: null }) });
  if (answer.digits.length) look(digit);
  if (complete) announce(spoken(answer));
}

/** @param {number} digit */
function look(digit) {
  if (digit !== state.digit) change({ labelled: "" });
  change({ digit, pointed: null });
  ask("look", { number: state.number, digit });
}

/** @param {Message} message */
export function looked({ fields, arrays }) {
  if (fields.number !== state.number || fields.digit !== state.digit) return;
  change({ inside: /** @type {import("./state.js").Inside} */ ({ ...fields, arrays }) });
}

/** Another network may answer now. @param {import("./state.js").Model | null} before */
export function modelChanged(before) {
  const { model, answer, digit } = state;
  if (before && (before.which !== model?.which || String(before.sizes) !== String(model.sizes))) readWhatIsThere();
  else if (answer?.digits.length) look(digit);
}

function drawAnswer() {
  const { answer, inked, picture, connection } = state;
  const text = answer?.text ?? "";
  const { shown: short, more } = shortened(text);
  const shown = text === NO_DIGIT ? t`not a digit` : short;
  const where = byId("answer");
  write(where, shown);
  const size = SIZES.findIndex((most) => shown.length <= most && !shown.includes("\n"));
  where.dataset.size = String(text === NO_DIGIT ? SIZES.length - 1 : size < 0 ? SIZES.length : size);
  let sentence = t`What you draw lights up hidden units, and these the answer.`;
  if (answer) sentence = sentenceOf(answer);
  else if ((inked || picture) && connection.open) sentence = t`Reading …`;
  write(byId("sentence"), sentence);
  const caution = answer ? cautions(answer) : "";
  byId("caution").hidden = !caution;
  write(byId("caution"), caution);
  byId("more").hidden = more === 0;
  write(byId("more"), more ? t`… and ${counted(more, "{0} mark", "{0} marks")} more` : "");
}

function drawChips() {
  const { answer, digit } = state;
  const digits = answer && answer.digits.length > 1 ? answer.digits : [];
  const where = byId("chips");
  const focused = where.contains(document.activeElement);
  where.replaceChildren(
    ...digits.map((each, i) =>
      button(each.label, () => look(i), {
        class: "chip",
        "aria-pressed": String(i === digit),
        "aria-label": t`Mark ${i + 1}: ${each.label === NO_DIGIT ? t`not a digit` : each.label}`,
      }),
    ),
  );
  if (focused) /** @type {HTMLElement | undefined} */ (where.children[digit])?.focus();
}

function drawTools() {
  const { picture, inked } = state;
  byId("back-to-pad").hidden = !picture;
  byId("undo").hidden = picture !== null;
  byId("clear").hidden = picture !== null;
  for (const id of ["undo", "clear"]) /** @type {HTMLButtonElement} */ (byId(id)).disabled = !inked;
  byId("hint").hidden = inked || picture !== null;
}
