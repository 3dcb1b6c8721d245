/**
 * The worker of a page without a server: Python, NumPy and digitnet, and in them the visit.
 *
 * Nothing is computed in here but by digitnet: this hands over the frames of the page, and lets the
 * visit learn in between, in slices: after each, a channel to itself lets commands come first.
 *
 * It tells the page frames (an ArrayBuffer), or how its beginning stands (see local.js).
 */

import { decode, encode } from "./frames.js";
import { load } from "./parts.js";

/** @typedef {import("./parts.js").Files} Files */
/** @typedef {{pyodide: string, scripts: Record<string, string>, parts: import("./parts.js").Part[]}} Site */
/** @typedef {{busy: boolean, ask: (frame: any) => any, work: () => any}} Visit */

const FOLDER = "/site";
const SCRIPTS = ["pyodide.asm.js", "pyodide.mjs"];
const TYPES = { "pyodide.asm.wasm": "application/wasm", "pyodide-lock.json": "application/json", "python_stdlib.zip": "application/zip" };
/** The shortest program: Pyodide does not say that a rule forbids its own. */
const NOTHING = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
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
let done = begin();

async function begin() {
  try {
    await WebAssembly.compile(new Uint8Array(NOTHING));
    /** @type {Site} */
    const site = await (await fetch(new URL("site.json", import.meta.url), { cache: "no-cache" })).json();
    const all = site.parts.reduce((sum, part) => sum + part.bytes, 0);
    const files = await load(site.parts, (bytes) => scope.postMessage({ bytes: Math.min(bytes, all), all }));
    scope.postMessage({ bytes: all, all });
    await start(await python(site, files), files);
    scope.postMessage({ ready: true });
  } catch (error) {
    scope.postMessage({ failed: error instanceof Error ? error.message : String(error) });
    throw error;
  }
}

/** Pyodide, which is given what it would fetch. @param {Site} site @param {Files} files */
async function python({ pyodide: folder, scripts }, files) {
  const base = new URL(folder, import.meta.url).href;
  const outside = scope.fetch;
  const given = new Map(Object.entries(TYPES).map(([name, type]) => [base + name, { name, type }]));
  scope.fetch = (/** @type {any} */ what, /** @type {any} */ options) => {
    const found = given.get(what.url ?? String(what));
    return found ? Promise.resolve(new Response(files[found.name], { headers: { "content-type": found.type } })) : outside(what, options);
  };
  /** @type {any} */
  let module;
  for (const name of SCRIPTS) module = await import(addressOf(name, scripts, files));
  const pyodide = await module.loadPyodide({ indexURL: base });
  scope.fetch = outside;
  return pyodide;
}

/** Of a script: one from elsewhere is run as it was checked. @param {string} name
 * @param {Record<string, string>} scripts @param {Files} files */
function addressOf(name, scripts, files) {
  if (name in scripts) return new URL(scripts[name], import.meta.url).href;
  return URL.createObjectURL(new Blob([files[name]], { type: "text/javascript" }));
}

/** @param {any} pyodide @param {Files} files */
async function start(pyodide, files) {
  pyodide.runPython("import os; os.umask(0o022)"); // it begins as 0o777
  for (const name of ["numpy", "digitnet"]) pyodide.unpackArchive(files[name], "wheel");
  pyodide.FS.mkdir(FOLDER);
  for (const name of ["digits.npz", "model.npz"]) {
    if (name in files) pyodide.FS.writeFile(`${FOLDER}/${name}`, files[name]);
  }
  const path = pyodide.pyimport("pathlib").Path(FOLDER);
  toPython = (bytes) => pyodide.toPy(bytes);
  visit = pyodide.pyimport("digitnet.web.alone").Alone(path);
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
