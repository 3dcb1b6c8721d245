/**
 * Runs a program of Python under Pyodide: node python.mjs PYODIDE PROGRAM WHEEL…
 *
 * PYODIDE: the folder with its files. The wheels are unpacked before. What the program prints comes
 * out here. Where it stops with an error, that is told alone: Node.js would show all of Pyodide.
 */

import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [folder, program, ...wheels] = process.argv.slice(2);

try {
  const { loadPyodide } = await import(pathToFileURL(`${folder}/pyodide.mjs`).href);
  const pyodide = await loadPyodide({ indexURL: `${folder}/` });
  for (const wheel of wheels) pyodide.unpackArchive(new Uint8Array(readFileSync(wheel)), "wheel");
  pyodide.runPython(readFileSync(program, "utf8"));
} catch (error) {
  console.error(String(error));
  process.exitCode = 1;
}
