/** The lines of the way: one for each weight between units that are shown, as wide as what it
 * carries, or, on the way back, as its gradient; the nearest to the pointer is looked at. */

import { byId, drawn, element } from "./dom.js";
import { math } from "./formula.js";
import { t } from "./language.js";
import { largest } from "./planes.js";
import { change, draws, state } from "./state.js";
import { lineNameOf, linesAt, linesInto, linesMeant, isBackward, planesNow, reached, stageNow, topOf, weightNow } from "./steps.js";
import { still } from "./theme.js";

/** @typedef {import("./way.js").Row} Row */
/** @typedef {{x0: number, y0: number, x1: number, y1: number, size: number, layer: number,
 *   start: number, end: number}} Line */

const WIDEST = 6;
/** In pixels, from a line. */
const NEAR = 14;
/** Narrower lines are hairs, and the least of them are left out. */
const HAIR = 0.6;
const LEAST = 0.06;
/** With more layers than this, what the lines are is told of those of the stage. */
const MOST_TOLD = 2;
/** Of the rings at the ends of the line that is looked at. */
const RING = 5;
/** @type {(level: number) => Row[]} */
let rowsOf;
/** @type {Line[]} */
let lines = [];
let flowed = -1;

/** @param {(level: number) => Row[]} rows */
export function startLines(rows) {
  rowsOf = rows;
  const picture = byId("way-lines");
  picture.addEventListener("pointermove", (event) => {
    const line = nearest(event);
    change({ hovered: line && { layer: line.layer, start: line.start, end: line.end } });
  });
  picture.addEventListener("pointerleave", () => change({ hovered: null }));
  picture.addEventListener("click", (event) => {
    const line = nearest(event);
    if (line) change({ weight: { layer: line.layer, start: line.start, end: line.end }, hovered: null });
  });
  draws(["walked", "stage", "theme", "tab", "weight", "hovered"], draw);
  new ResizeObserver(draw).observe(byId("way"));
}

/** @param {MouseEvent} event @returns {Line | null} */
function nearest(event) {
  const frame = byId("way-lines").getBoundingClientRect();
  const [x, y] = [event.clientX - frame.left, event.clientY - frame.top];
  let best = null;
  let least = NEAR;
  for (const line of lines) {
    if (x < line.x0 || x > line.x1) continue;
    const at = line.y0 + ((x - line.x0) / (line.x1 - line.x0)) * (line.y1 - line.y0);
    const distance = Math.abs(at - y);
    if (distance < least) [best, least] = [line, distance];
  }
  return best;
}

function draw() {
  const { walked, stage } = state;
  const picture = byId("way-lines");
  const frame = picture.getBoundingClientRect();
  picture.replaceChildren();
  lines = [];
  if (!walked || !frame.width) return;
  picture.setAttribute("viewBox", `0 0 ${frame.width} ${frame.height}`);
  fan(walked, frame);
  const chosen = weightNow();
  for (let level = 1; level <= topOf(walked); level++) {
    const name = linesAt(walked, level);
    if (name) drawLevel(walked, level, name, frame, chosen);
  }
  drawNote(walked);
  if (flowed !== stage) flow(picture);
  flowed = stage;
}

/** What the lines are, below them, from left to right; of many layers those of the stage.
 * @param {import("./steps.js").Walked} walked */
function drawNote(walked) {
  const drawn = Array.from({ length: topOf(walked) }, (_, i) => i + 1).filter((level) => linesAt(walked, level));
  const where = byId("way-note");
  where.classList.toggle("none-yet", !drawn.length);
  if (!drawn.length) return;
  const own = meantLevel(drawn);
  const told = drawn.length > MOST_TOLD ? [own] : drawn;
  const names = told.flatMap((level, i) => [i ? "; " : reached("effect") ? t`Lines after the step: ` : t`Lines: `, ...math(lineNameOf(walked, level))]);
  where.replaceChildren(...names, element("span", { class: "key for" }), t`plus`, element("span", { class: "key against" }), t`minus`);
}

/** The level whose lines the stage is about. @param {number[]} drawn */
function meantLevel(drawn) {
  const { kind, level } = stageNow() ?? { kind: "", level: 0 };
  const own = kind === "back" ? level + 1 : level;
  return drawn.includes(own) ? own : drawn[drawn.length - 1];
}

/** What this stage draws comes from the left or, on the way back, from the right.
 * @param {HTMLElement} picture */
function flow(picture) {
  const kind = stageNow()?.kind ?? "";
  picture.classList.remove("flow-right", "flow-left");
  if (still() || !["sum", "logit", "output", "back", "input"].includes(kind)) return;
  void picture.getBoundingClientRect();
  picture.classList.add(isBackward(kind) ? "flow-left" : "flow-right");
}

/** All pixels lead to the followed unit. @param {import("./steps.js").Walked} walked @param {DOMRect} frame */
function fan(walked, frame) {
  if (!planesNow().length) return;
  const row = rowsOf(0).find(({ unit }) => unit === walked.followed[0])?.row;
  const images = byId("way-images").getBoundingClientRect();
  if (!row) return;
  const to = row.getBoundingClientRect();
  if (to.left < images.right) return;
  const [x0, x1] = [images.right - frame.left + 2, to.left - frame.left - 2];
  const [top, bottom, middle] = [images.top - frame.top, images.bottom - frame.top, (to.top + to.bottom) / 2 - frame.top];
  byId("way-lines").append(drawn("polygon", { points: `${x0},${top} ${x1},${middle} ${x0},${bottom}`, class: "fan" }));
}

/** @param {import("./steps.js").Walked} walked @param {number} level @param {string} name
 * @param {DOMRect} frame @param {import("./steps.js").Weight | null} chosen */
function drawLevel(walked, level, name, frame, chosen) {
  const [below, above] = [rowsOf(level - 1), rowsOf(level)];
  const values = linesInto(walked, name, level);
  const most = largest(values);
  const boxes = (/** @type {Row[]} */ rows) => rows.map(({ row }) => row.getBoundingClientRect());
  const [starts, stops] = [boxes(below), boxes(above)];
  if (!starts.length || !stops.length || stops[0].left < starts[0].right) return;
  const made = below.flatMap(({ unit: start }, i) =>
    above.map(({ unit: end }, k) => ({
      x0: starts[i].right - frame.left + 2,
      y0: (starts[i].top + starts[i].bottom) / 2 - frame.top,
      x1: stops[k].left - frame.left - 2,
      y1: (stops[k].top + stops[k].bottom) / 2 - frame.top,
      size: values[i * above.length + k],
      layer: level + 1,
      start,
      end,
    })),
  );
  lines.push(...made);
  const meant = linesMeant(walked);
  const is = (/** @type {Line} */ line) => line.layer === chosen?.layer && line.start === chosen.start && line.end === chosen.end;
  made.sort((a, b) => Number(is(a)) - Number(is(b)) || Math.abs(a.size) - Math.abs(b.size));
  for (const line of made) {
    const width = (WIDEST * Math.abs(line.size)) / most;
    const hair = width < HAIR;
    if (width < LEAST && !is(line)) continue;
    const dim = meant && !meant(level, line.start, line.end) && !is(line) ? " dim" : "";
    const points = { x1: line.x0, y1: line.y0, x2: line.x1, y2: line.y1 };
    const kind = line.size === 0 ? "zero" : hair && !is(line) ? "hair" : line.size < 0 ? "against" : "for";
    if (is(line)) byId("way-lines").append(drawn("line", { ...points, class: "way-chosen", "stroke-width": width + 10 }));
    byId("way-lines").append(drawn("line", { ...points, class: `way-line ${kind}${dim}`, "stroke-width": Math.max(HAIR, width) }));
    if (is(line)) byId("way-lines").append(...ends(line));
  }
}

/** What marks a line as looked at, in no colour that means a value. @param {Line} line */
function ends({ x0, y0, x1, y1 }) {
  return [[x0, y0], [x1, y1]].map(([cx, cy]) => drawn("circle", { cx, cy, r: RING, class: "way-ring" }));
}
