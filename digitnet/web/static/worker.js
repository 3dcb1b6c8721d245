/**
 * The worker of a page without a server: Python, NumPy and digitnet, and in them the visit.
 *
 * Nothing is computed in here but by digitnet: this hands over the frames of the page, and lets the
 * visit learn in between, in slices: after each, a channel to itself lets commands come first.
 *
 * It tells the page frames (an ArrayBuffer), or how its beginning stands (see python.js).
 */

import { decode, encode } from "./frames.js";
import { begin } from "./python.js";

/** @typedef {{busy: boolean, ask: (frame: any) => any, work: () => any}} Visit */

/** Of a picture, in pixels of its longer side: digitnet reads no larger ones. */
const LONGEST = 2000;

const scope = /** @type {any} */ (self);
const turn = new MessageChannel();
/** @type {Visit} */
let visit;
/** @type {(bytes: Uint8Array) => any} */
let toPython;
let turnIsComing = false;
/** The commands so far: each waits for the one before it. */
let done = begin(start);

/** @param {any} pyodide @param {any} folder */
function start(pyodide, folder) {
  toPython = (bytes) => pyodide.toPy(bytes);
  visit = pyodide.pyimport("digitnet.web.alone").Alone(folder);
}

/** Tell the page a list of frames. @param {any} frames of Python */
function tell(frames) {
  for (const frame of frames.toJs()) scope.postMessage(frame.buffer, [frame.buffer]);
  frames.destroy();
}

function learnSoon() {
  if (turnIsComing || !visit.busy) return;
  turnIsComing = true;
  turn.port2.postMessage(null);
}

turn.port1.onmessage = () => {
  turnIsComing = false;
  if (visit.busy) tell(visit.work());
  learnSoon();
};

scope.onmessage = (/** @type {MessageEvent<ArrayBuffer>} */ { data }) => {
  done = done.then(() => carryOut(data)).catch(complain);
};

/** A mistake of ours costs one command. @param {unknown} error */
function complain(error) {
  console.error(error);
  fail("", "something went wrong here; the browser's console says what");
}

/** @param {string} command @param {string} message */
function fail(command, message) {
  scope.postMessage(encode("error", { command, message, setting: "" }).buffer);
}

/** @param {ArrayBuffer} frame */
async function carryOut(frame) {
  const message = decode(frame);
  if (message.name === "picture") await readPicture(message);
  else answer(new Uint8Array(frame));
}

/** @param {Uint8Array} frame */
function answer(frame) {
  tell(visit.ask(toPython(frame)));
  learnSoon();
}

/** @param {string} name @param {Record<string, any>} fields @param {import("./frames.js").Arrays} arrays */
function ask(name, fields, arrays) {
  answer(encode(name, fields, arrays));
}

/** The browser decodes the file, and digitnet reads its pixels.
 * @param {import("./frames.js").Message} message */
async function readPicture({ fields, arrays }) {
  const colours = await pixelsOf(arrays.file.data).catch(() => null);
  if (colours) ask("photo", { number: fields.number }, { colours });
  else fail("photo", "expected a picture that this browser can show (PNG, JPEG, ...)");
}

/** @param {BlobPart} file @returns {Promise<import("./frames.js").NumberArray>} */
async function pixelsOf(file) {
  const picture = await createImageBitmap(new Blob([file]));
  const shrink = Math.max(1, Math.max(picture.width, picture.height) / LONGEST);
  const [width, height] = [picture.width, picture.height].map((n) => Math.max(1, Math.round(n / shrink)));
  const context = new OffscreenCanvas(width, height).getContext("2d");
  if (!context) throw new Error("there is no canvas");
  context.imageSmoothingQuality = "high";
  context.drawImage(picture, 0, 0, width, height);
  const { data } = context.getImageData(0, 0, width, height);
  return { data: new Uint8Array(data.buffer), shape: [height, width, 4] };
}
