/**
 * Steps: a step that was walked through, and what of it a stage shows. All numbers are the visit's;
 * here they are only found in its arrays.
 */

import { t } from "./language.js";
import { state } from "./state.js";

/** @typedef {import("./frames.js").Arrays} Arrays */
/** @typedef {{network: string, among: string, image: number, rate: number, target: number | null,
 *   units: number[] | null, logit: number | null}} Wish `among`: all, wrong, drawing, or the index of a class */
/** @typedef {{kind: string, level: number, title: string, formula: string, header: string[],
 *   rows: string[][], words: string}} Stage */
/** @typedef {{network: string, source: string, image: number, images: number, searched: number,
 *   neighbours: number[], label: number, sizes: number[], activations: string[], parameters: number, classes: string[],
 *   shape: number[], target: number, logit: number, stages: Stage[], shown: number[][], followed: number[],
 *   pixel: number, blamed: number, rate: number, loss: number, loss_after: number | null,
 *   others: number, others_change: number[], arrays: Arrays}} Walked */
/** @typedef {{layer: number, start: number, end: number}} Weight */
/** @typedef {{layer: number, start: number, end: number, bias: boolean, weight: number,
 *   after: number | null, input: number, blame: number, gradient: number, step: number,
 *   above: number, below: number, measured: number, error: number, resolution: number,
 *   near_kink: boolean, loss: number, arrays: Arrays}} Probed */

/** What is seen of a hidden layer from a stage of this kind on; the last one reached counts.
 * @type {Record<string, string>} */
const OF_HIDDEN = { sum: "z", activation: "h", back: "dz", effect: "h_after" };
/** @type {Record<string, string>} */
const OF_CLASSES = { logit: "z", softmax: "p", dlogits: "dz", effect: "after" };

/** What the parts of a step are called. */
const BACKWARD = t`Backward`;

/** Parts of a step, and the kinds of stages in each. @type {Record<string, string[]>} */
export const PARTS = {
  [t`Forward`]: ["pixels", "sum", "activation", "logit", "softmax"],
  [t`Loss`]: ["loss"],
  [BACKWARD]: ["dlogits", "output", "back", "input"],
  [t`Update`]: ["update", "effect"],
};

/** @param {string} kind */
export function partOf(kind) {
  return Object.keys(PARTS).find((part) => PARTS[part].includes(kind)) ?? "";
}

/** Whether a stage of this kind is on the way back. @param {string} kind */
export function isBackward(kind) {
  return partOf(kind) === BACKWARD;
}

/** The stage that is seen. @returns {Stage | null} */
export function stageNow() {
  return state.walked?.stages[state.stage] ?? null;
}

/** The level of the classes, from 0. @param {Walked} walked */
export function topOf(walked) {
  return walked.shown.length - 1;
}

/** Whether the walk has come to a stage of this kind, of any level if none is given.
 * @param {string} kind @param {number} [level] */
export function reached(kind, level) {
  const stages = state.walked?.stages.slice(0, state.stage + 1) ?? [];
  return stages.some((each) => each.kind === kind && (level === undefined || each.level === level));
}

/** What the units of a level show now: z, h, dz, h_after, p, after, or nothing so far; and whether this very
 * stage computes it. @param {number} level @returns {{what: string, isNew: boolean}} */
export function shownAt(level) {
  const { walked, stage } = state;
  if (!walked) return { what: "", isNew: false };
  const table = level === topOf(walked) ? OF_CLASSES : OF_HIDDEN;
  for (let i = stage; i >= 0; i--) {
    const { kind, level: where } = walked.stages[i];
    if ((where === level || kind === "effect") && table[kind]) return { what: table[kind], isNew: i === stage };
  }
  return { what: "", isNew: false };
}

/** The numbers of the units of a level that are shown. @param {Walked} walked @param {string} name
 * @param {number} level */
export function ofLevel({ shown, arrays }, name, level) {
  const start = shown.slice(0, level).reduce((sum, units) => sum + units.length, 0);
  return arrays[name].data.subarray(start, start + shown[level].length);
}

/** The numbers of the lines into a level from 1 on, row by row of the units below.
 * @param {Walked} walked @param {string} name @param {number} level */
export function linesInto({ shown, arrays }, name, level) {
  const count = (/** @type {number} */ l) => shown[l - 1].length * shown[l].length;
  let start = 0;
  for (let l = 1; l < level; l++) start += count(l);
  return arrays[name].data.subarray(start, start + count(level));
}

/** What the lines into a level show now: carried, line_gradients, returned, or nothing so far.
 * @param {Walked} walked @param {number} level */
export function linesAt(walked, level) {
  const isTop = level === topOf(walked);
  if (reached("effect")) return "carried_after";
  if (reached("back", level - 1)) return "returned";
  if (isTop ? reached("output") : reached("back", level)) return "line_gradients";
  return reached(isTop ? "logit" : "sum", level) ? "carried" : "";
}

/** The lines that this stage adds up or multiplies: whether one belongs to them; null: no stage of
 * lines. @param {Walked} walked @returns {((level: number, start: number, end: number) => boolean) | null} */
export function linesMeant(walked) {
  const { kind, level: at } = stageNow() ?? { kind: "", level: 0 };
  const top = topOf(walked);
  if (kind === "logit") return (level, _, end) => level === top && end === walked.logit;
  if (kind === "sum" && at > 0) return (level, _, end) => level === at && end === walked.followed[at];
  if (kind === "output") return (level, start, end) => level === top && start === walked.followed[top - 1] && end === walked.blamed;
  if (kind === "back") return (level, start) => level === at + 1 && start === walked.followed[at];
  return null;
}

/** What the images of the followed unit's weights show now: [which of the five, its name] each.
 * @returns {[number, string][]} */
export function planesNow() {
  const { walked } = state;
  const isAlone = walked !== null && topOf(walked) === 0;
  if (reached("effect")) return [[3, "after"], [4, "terms_after"]];
  const middle = reached("update") ? /** @type {[number, string]} */ ([3, "after"]) : /** @type {[number, string]} */ ([0, "weights"]);
  if (reached(isAlone ? "output" : "input")) return [middle, [2, "gradient"]];
  return reached(isAlone ? "logit" : "sum", 0) ? [middle, [1, "terms"]] : [];
}

/** The weight that the stage is about. @param {Walked} walked @returns {Weight} */
function ofTheStage(walked) {
  const top = topOf(walked);
  const first = { layer: 1, start: walked.pixel, end: walked.followed[0] };
  if (top === 0 || stageNow()?.kind !== "output") return first;
  return { layer: top + 1, start: walked.followed[top - 1], end: walked.blamed };
}

/** The weight that is looked at: pointed at, chosen, or the stage's. @returns {Weight | null} */
export function weightNow() {
  const { walked, hovered, weight } = state;
  return walked && (hovered ?? weight ?? ofTheStage(walked));
}

/** What the lines into a level are, as formulas write it. @param {Walked} walked @param {number} level */
export function lineNameOf(walked, level) {
  const end = level === topOf(walked) ? "k" : "o";
  const z = `d${letterOf(walked, "z", level)}_${end}`;
  const h = `${letterOf(walked, "h", level - 1)}_j`;
  /** @type {Record<string, string>} */
  const names = {
    carried: `${h} W_j,${end}`,
    line_gradients: `dW_j,${end} = ${h} ${z}`,
    returned: `W_j,${end} ${z}`,
    carried_after: `${h} W_j,${end}`,
  };
  return names[linesAt(walked, level)] ?? "";
}

/** What a quantity of a level is called, as the stages write it: z, or z2 of several hidden layers.
 * @param {Walked} walked @param {string} letter @param {number} level -1: the pixels */
export function letterOf(walked, letter, level) {
  if (level < 0) return "x";
  const several = topOf(walked) > 1 && level < topOf(walked);
  return several ? `${letter}${level + 1}` : letter;
}
