/** Strokes: what is on the pad, kept for this tab of the browser alone, so that a reload finds it. */

/** @typedef {import("./ink.js").Point} Point */
/** @typedef {{width: number, height: number, strokes: Point[][]}} Drawing the size is the pad's */

const STORED = "strokes";

/** @param {Drawing} drawing */
export function store({ width, height, strokes }) {
  try {
    if (strokes.length) sessionStorage.setItem(STORED, JSON.stringify({ width, height, strokes }));
    else sessionStorage.removeItem(STORED);
  } catch {
    // No room: what was stored before is another drawing.
    sessionStorage.removeItem(STORED);
  }
}

/** What was on the pad before the page was loaded again; null: nothing. @returns {Drawing | null} */
export function stored() {
  try {
    /** @type {Drawing} */
    const { width, height, strokes } = JSON.parse(sessionStorage.getItem(STORED) ?? "null");
    const isPoint = (/** @type {unknown} */ point) => Array.isArray(point) && point.length === 2 && point.every(Number.isFinite);
    const whole = width > 0 && height > 0 && strokes.length > 0 && strokes.every((stroke) => stroke.length > 0 && stroke.every(isPoint));
    return whole ? { width, height, strokes } : null;
  } catch {
    return null;
  }
}
