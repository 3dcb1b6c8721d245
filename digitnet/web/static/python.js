/**
 * Python in a worker: Pyodide with NumPy and digitnet, from the files that site.json lists.
 *
 * It tells the page how its beginning stands (see begun.js). What it does then is for the worker to say.
 */

import { load } from "./parts.js";

/** @typedef {import("./parts.js").Files} Files */
/** @typedef {{pyodide: string, scripts: Record<string, string>, parts: import("./parts.js").Part[]}} Site */

const FOLDER = "/site";
const SCRIPTS = ["pyodide.asm.js", "pyodide.mjs"];
const TYPES = { "pyodide.asm.wasm": "application/wasm", "pyodide-lock.json": "application/json", "python_stdlib.zip": "application/zip" };
/** The shortest program: Pyodide does not say that a rule forbids its own. */
const NOTHING = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

const scope = /** @type {any} */ (self);

/**
 * Begin Python, and then what `start` does with it.
 * @param {(pyodide: any, folder: any) => void} start folder: where digits and models are, for Python
 */
export async function begin(start) {
  try {
    await WebAssembly.compile(new Uint8Array(NOTHING));
    /** @type {Site} */
    const site = await (await fetch(new URL("site.json", import.meta.url), { cache: "no-cache" })).json();
    const all = site.parts.reduce((sum, part) => sum + part.bytes, 0);
    const files = await load(site.parts, (bytes) => scope.postMessage({ bytes: Math.min(bytes, all), all }));
    scope.postMessage({ bytes: all, all });
    const pyodide = await python(site, files);
    start(pyodide, unpacked(pyodide, files));
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

/** Put the code and the arrays where Python finds them. @param {any} pyodide @param {Files} files */
function unpacked(pyodide, files) {
  pyodide.runPython("import os; os.umask(0o022)"); // it begins as 0o777
  for (const name of ["numpy", "digitnet"]) pyodide.unpackArchive(files[name], "wheel");
  pyodide.FS.mkdir(FOLDER);
  for (const name of ["digits.npz", "model.npz"]) {
    if (name in files) pyodide.FS.writeFile(`${FOLDER}/${name}`, files[name]);
  }
  return pyodide.pyimport("pathlib").Path(FOLDER);
}
