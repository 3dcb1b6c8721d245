/**
 * The worker of a page of the course: Python in it answers one question at a time (digitnet/web/lesson.py).
 *
 * python.js and frames.js come from ../static: as files, they lie beside this one (writing.py).
 */

import { encode } from "./frames.js";
import { begin } from "./python.js";

const scope = /** @type {any} */ (self);
/** @type {(frame: ArrayBuffer) => Uint8Array<ArrayBuffer>} */
let answer;

const begun = begin((pyodide, folder) => {
  const lesson = pyodide.pyimport("digitnet.web.lesson").Lesson(folder);
  answer = (frame) => {
    const told = lesson.ask(pyodide.toPy(new Uint8Array(frame)));
    const bytes = told.toJs();
    told.destroy();
    return bytes;
  };
});

scope.onmessage = async (/** @type {MessageEvent<ArrayBuffer>} */ { data }) => {
  await begun;
  let bytes;
  try {
    bytes = answer(data);
  } catch (error) {
    console.error(error);
    bytes = encode("stopped", { message: "Python had to be stopped, and begins anew at the next question." });
  }
  scope.postMessage(bytes.buffer, [bytes.buffer]);
};
