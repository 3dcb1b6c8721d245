/**
 * The engine of a page of the course: one worker with Python for all figures and exercises.
 *
 *     const { passed, text, printed } = await ask("check", { number: 3, source });
 *     const { text, settings, plane } = await ask("figure", { name: "neuron", settings: { w1: 4 } });
 *
 * The worker begins with the first question, and answers one at a time; digitnet/web/lesson.py says
 * what. An answer is an object of its fields and its arrays ({data, shape}). A question that makes
 * no sense, or a worker that cannot begin, rejects with an Error whose message is a sentence. Code of
 * a pupil that does not end is stopped with the worker, and the next question begins another one.
 */

import { beginWorker } from "./begun.js";
import { decode, encode } from "./frames.js";

/** @typedef {import("./begun.js").Standing} Standing */
/** @typedef {{missing: string, parts: {bytes: number}[]}} Site */
/** @typedef {{command: string, fields: Record<string, any>, resolve: (answer: any) => void, reject: (error: Error) => void}} Question */

/** How long a check may take; a right answer takes less than one second. */
const CHECK_MS = 10_000;
const TOO_LONG = "Your code has not come to an end in 10 seconds, and was stopped: is there a loop that does not end?";

/** Letters of a pupil's code; an answer has a few hundred. */
const LONGEST = 20_000;
const TOO_MUCH = "Your code is longer than 20,000 letters: an answer to an exercise is a few lines.";

/** @type {Worker | null} */
let worker = null;
/** @type {Question[]} */
let waiting = [];
/** @type {Question | null} */
let asked = null;
let timer = 0;
/** @type {Standing} */
let standing = { bytes: 0, all: 0, ready: false, failed: "" };
/** @type {Set<(standing: Standing) => void>} */
const listeners = new Set();
/** @type {Promise<Site> | null} */
let described = null;

/** Where the engine's files are: the folder that the page states, else this module's own. */
function base() {
  const stated = /** @type {HTMLMetaElement | null} */ (document.querySelector("meta[name=digitnet-course]"));
  return stated ? new URL(`${stated.content.replace(/\/?$/, "/")}`, document.baseURI) : new URL(".", import.meta.url);
}

/** What the folder says that it holds. */
function site() {
  described ??= fetch(new URL("site.json", base()), { cache: "no-cache" }).then((response) => {
    if (!response.ok) throw new Error(`the server says ${response.status}`);
    return response.json();
  });
  return described;
}

/**
 * Whether Python can begin here: how many bytes that takes, or a sentence that says what is missing.
 * Loads nothing but that.
 * @returns {Promise<{bytes: number, missing: string}>}
 */
export async function needs() {
  try {
    const { parts, missing } = await site();
    return { bytes: parts.reduce((sum, part) => sum + part.bytes, 0), missing };
  } catch {
    described = null;
    return { bytes: 0, missing: "To compute here, this page needs the course's site.json, which could not be loaded." };
  }
}

/**
 * Listen to how the worker's beginning stands, from now on, and now.
 * @param {(standing: Standing) => void} listener
 * @returns {() => void} end it
 */
export function progress(listener) {
  listeners.add(listener);
  listener(standing);
  return () => listeners.delete(listener);
}

/**
 * Ask Python.
 * @param {string} command figure or check
 * @param {Record<string, any>} [fields]
 * @returns {Promise<any>}
 */
export async function ask(command, fields = {}) {
  const { missing } = await needs();
  if (missing) throw new Error(missing);
  if (String(fields.source ?? "").length > LONGEST) return { passed: false, text: TOO_MUCH, printed: "" };
  return new Promise((resolve, reject) => {
    waiting.push({ command, fields, resolve, reject });
    next();
  });
}

function next() {
  if (asked || !waiting.length) return;
  worker ??= beginWorker(new URL("courseworker.js", base()), stands, hears);
  if (!standing.ready) return;
  asked = /** @type {Question} */ (waiting.shift());
  const { buffer } = encode(asked.command, asked.fields);
  worker.postMessage(buffer, [buffer]);
  if (asked.command === "check") timer = window.setTimeout(tooLong, CHECK_MS);
}

/** @param {Standing} now */
function stands(now) {
  standing = now;
  for (const listener of listeners) listener(standing);
  if (now.failed) {
    worker = null;
    const error = new Error(`Not all that it needs could be loaded: ${now.failed}.`);
    for (const each of waiting.splice(0)) each.reject(error);
  }
  next();
}

/** @param {ArrayBuffer} frame */
function hears(frame) {
  const { name, fields, arrays } = decode(frame);
  const { resolve, reject } = /** @type {Question} */ (answered());
  if (name === "stopped") end();
  if (name === "stopped" || name === "error") reject(new Error(fields.message));
  else resolve({ ...fields, ...arrays });
  next();
}

function tooLong() {
  end();
  answered()?.resolve({ passed: false, text: TOO_LONG, printed: "" });
  next();
}

/** The question that has its answer now. */
function answered() {
  clearTimeout(timer);
  const question = asked;
  asked = null;
  return question;
}

/** End the worker; the next question begins another one. */
function end() {
  worker?.terminate();
  worker = null;
  standing = { bytes: 0, all: 0, ready: false, failed: "" };
}
