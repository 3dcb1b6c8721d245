/**
 * The way: pixels, hidden units, classes, the loss. One picture for all stages; each shows what has
 * been computed so far, forward from the left, then backward from the right.
 */

import { byId, element, write } from "./dom.js";
import { apart, math, value } from "./formula.js";
import { t } from "./language.js";
import { startImages } from "./wayimages.js";
import { startLines } from "./waylines.js";
import { drawPlane, largest } from "./planes.js";
import { change, draws, state } from "./state.js";
import { letterOf, ofLevel, reached, shownAt, stageNow, topOf, weightNow } from "./steps.js";
import { plain, sure, whole } from "./words.js";

/** @typedef {import("./steps.js").Walked} Walked */
/** @typedef {{row: HTMLButtonElement, unit: number, level: number}} Row */

/** From so many hidden layers on, there is room for bars alone; from more on, for nothing beside. */
const SEVERAL_LAYERS = 3;
const MANY_LAYERS = 5;
/** Letters of two losses from which on they are set smaller. */
const LONG_LOSSES = 14;
/** @type {Row[][]} */
let rows = [];
/** @type {HTMLElement[]} */
let heads = [];
let made = "";
/** @type {(parts: Partial<import("./steps.js").Wish>) => void} */
let wish;

/** @param {(parts: Partial<import("./steps.js").Wish>) => void} wishes */
export function startWay(wishes) {
  wish = wishes;
  startImages();
  draws(["walked", "stage", "weight", "hovered"], drawUnits);
  draws(["walked", "stage", "theme"], drawThumbs);
  draws(["walked", "stage"], drawLoss);
  startLines((level) => rows[level] ?? []);
}

/** @param {Walked} walked */
function layOut(walked) {
  const wanted = JSON.stringify([walked.shown, walked.classes]);
  if (wanted === made) return;
  made = wanted;
  const top = topOf(walked);
  heads = [];
  rows = walked.shown.map((units, level) => units.map((unit) => ({ row: rowFor(walked, level, unit), unit, level })));
  const columns = rows.map((each, level) => {
    const head = element("p", { class: "way-head" });
    heads.push(head);
    const name = level === top ? t`Classes` : t`Hidden layer ${level + 1}`;
    const list = element("div", { class: "way-units", role: "group", "aria-label": name }, ...each.map(({ row }) => row));
    startRoving(each.map(({ row }) => row));
    const total = walked.sizes[level + 1];
    const most = level === 0 && top < SEVERAL_LAYERS ? t` that learn most` : "";
    const note = each.length < total ? element("p", { class: "small soft way-count" }, t`${each.length} of ${whole(total)}${most}`) : "";
    return [head, list, note];
  });
  const hidden = columns.slice(0, -1).map((parts) => element("div", { class: "way-column" }, ...parts));
  const where = byId("way-hidden");
  where.replaceChildren(...hidden);
  where.classList.toggle("several", hidden.length >= SEVERAL_LAYERS);
  byId("step").classList.toggle("deep", hidden.length >= MANY_LAYERS);
  byId("way").classList.toggle("without-hidden", !hidden.length);
  byId("way-classes").replaceChildren(...columns[top]);
}

/** @param {Walked} walked @param {number} level @param {number} unit */
function rowFor(walked, level, unit) {
  const isClass = level === topOf(walked);
  const first = level === 0 && !isClass ? [element("canvas", { class: "way-thumb", "aria-hidden": "true" })] : [];
  const row = element(
    "button",
    { type: "button", class: isClass ? "way-unit way-class" : "way-unit", tabindex: -1 },
    ...first,
    element("span", { class: "unseen" }, isClass ? t`class ` : t`unit ${unit}`),
    ...(isClass ? [element("span", { class: "way-name" }, walked.classes[unit])] : []),
    element("span", { class: "meter" }, element("span", { class: "fill" }), element("span", { class: "fill second" })),
    element("span", { class: "unseen way-what" }),
    element("span", { class: "way-value" }),
    element("span", { class: "unseen way-taught" }),
  );
  row.addEventListener("click", () => choose(level, unit));
  return row;
}

/** A unit is followed from now on, of a class the logit is told; and the weight into it is looked at.
 * @param {number} level @param {number} unit */
function choose(level, unit) {
  const { walked } = state;
  if (!walked) return;
  const pixel = state.weight?.layer === 1 ? state.weight.start : walked.pixel;
  const start = level === 0 ? pixel : walked.followed[level - 1];
  change({ weight: { layer: level + 1, start, end: unit }, hovered: null });
  const units = walked.followed.map((each, i) => (i === level ? unit : each));
  wish(level === topOf(walked) ? { logit: unit, units } : { units });
}

/** One stop of the Tab key for a column; arrows go from row to row. @param {HTMLElement[]} each */
function startRoving(each) {
  const focus = (/** @type {number} */ i) => {
    for (const [k, one] of each.entries()) one.tabIndex = k === i ? 0 : -1;
  };
  focus(0);
  each.forEach((one, i) => {
    one.addEventListener("focus", () => focus(i));
    one.addEventListener("keydown", (event) => {
      /** @type {Record<string, number>} */
      const to = { ArrowDown: i + 1, ArrowUp: i - 1, Home: 0, End: each.length - 1 };
      if (!(event.key in to)) return;
      event.preventDefault();
      each[Math.max(0, Math.min(each.length - 1, to[event.key]))].focus();
    });
  });
}

function drawUnits() {
  const { walked } = state;
  if (!walked) return;
  layOut(walked);
  const top = topOf(walked);
  rows.forEach((column, level) => {
    const { what, isNew } = shownAt(level);
    const head = titleOf(walked, level, what);
    if (heads[level].dataset.title !== head) {
      heads[level].dataset.title = head;
      heads[level].replaceChildren(...math(head));
    }
    heads[level].classList.toggle("new", isNew);
    const values = what && what !== "p" && what !== "after" ? ofLevel(walked, what, level) : null;
    const most = values ? largest(values) : 1;
    const isUp = values !== null && what.startsWith("h") && values.every((each) => each >= 0);
    for (const [i, each] of column.entries()) {
      if (level === top && (what === "p" || what === "after")) drawShares(walked, each, i, what === "after");
      else drawSigned(each, values ? values[i] : null, most, `${what.startsWith("h") ? " lit" : ""}${isUp ? " up" : " signed"}`);
      drawRow(walked, each, what);
    }
    const written = column.map(({ row }) => row.querySelector(".way-value")?.textContent ?? "");
    heads[level].parentElement?.classList.toggle("long-numbers", written.some((each) => each.includes("10")));
  });
}

/** What stands above a column. @param {Walked} walked @param {number} level @param {string} what */
function titleOf(walked, level, what) {
  const top = topOf(walked);
  const own = (/** @type {string} */ letter) => letterOf(walked, letter, level);
  if (level === top) {
    /** @type {Record<string, string>} */
    const titles = { "": t`classes`, z: t`logits z_k`, p: "p_k = softmax(z)", dz: "dz_k = p_k - t_k", after: t`p_k before and after` };
    return titles[what];
  }
  /** @type {Record<string, string>} */
  const titles = {
    "": t`units`,
    z: t`sums ${own("z")}_j`,
    h: `${own("h")}_j = ${plain(walked.activations[level])}`,
    dz: `d${own("z")}_j = d${own("h")}_j f'`,
    h_after: t`${own("h")}_j after the step`,
  };
  if (top > SEVERAL_LAYERS - 1) return what && `${what.replace("_after", "").replace(/[zh]$/, own)}_j`;
  return titles[what];
}

/** @param {Row} each @param {number | null} number @param {number} most @param {string} kinds */
function drawSigned({ row }, number, most, kinds) {
  const meter = /** @type {HTMLElement} */ (row.querySelector(".meter"));
  const share = number === null ? 0 : Math.min(1, Math.abs(number) / most);
  meter.className = `meter${kinds}${number !== null && number < 0 ? " minus" : ""}`;
  meter.style.setProperty("--share", String(share));
  meter.style.setProperty("--second", "0");
  write(/** @type {Element} */ (row.querySelector(".way-value")), number === null ? "" : value(number, 3));
}

/** @param {Walked} walked @param {Row} each @param {number} i @param {boolean} after */
function drawShares(walked, { row }, i, after) {
  const meter = /** @type {HTMLElement} */ (row.querySelector(".meter"));
  const before = walked.arrays.probabilities.data[i];
  const now = walked.arrays.probabilities_after.data[i];
  meter.className = after ? "meter shares both" : "meter shares";
  meter.style.setProperty("--share", String(before));
  meter.style.setProperty("--second", String(after && Number.isFinite(now) ? now : 0));
  write(/** @type {Element} */ (row.querySelector(".way-value")), after ? sure(now) : sure(before));
}

/** What is the same for all: the name for a screen reader, the taught class, who is followed.
 * @param {Walked} walked @param {Row} each @param {string} what */
function drawRow(walked, { row, unit, level }, what) {
  const top = topOf(walked);
  const weight = weightNow();
  const isTaught = level === top && unit === walked.target && reached("loss");
  write(/** @type {Element} */ (row.querySelector(".way-what")), what ? ` ${spoken(what)} ` : "");
  write(/** @type {Element} */ (row.querySelector(".way-taught")), isTaught ? t`, taught` : "");
  const isInto = stageNow()?.kind === "logit" ? walked.logit === unit : weight?.layer === top + 1 && weight.end === unit;
  row.setAttribute("aria-pressed", String(level < top || top === 0 ? walked.followed[level] === unit : isInto));
  row.classList.toggle("taught", isTaught);
}

/** What a screen reader says of what a unit shows. @param {string} what */
function spoken(what) {
  if (what === "after") return t`p after the step`;
  return what.endsWith("_after") ? t`${what.replace("_after", "")} after the step` : what;
}

/** The weights of each unit of the first layer, or their gradient in the stage that computes it. */
function drawThumbs() {
  const { walked } = state;
  if (!walked || topOf(walked) === 0) return;
  const isGradient = stageNow()?.kind === "input";
  const images = walked.arrays[isGradient ? "gradients" : "weights"];
  const pixels = walked.shape[0] * walked.shape[1];
  const most = isGradient ? largest(images.data) : undefined;
  for (const [i, { row }] of rows[0].entries()) {
    const canvas = row.querySelector("canvas");
    if (canvas) drawPlane(canvas, images.data.subarray(i * pixels, (i + 1) * pixels), walked.shape, { most, thumb: true });
  }
}

function drawLoss() {
  const { walked } = state;
  const where = byId("way-loss");
  where.classList.toggle("new", ["loss", "effect"].includes(stageNow()?.kind ?? ""));
  if (!walked || !reached("loss")) {
    where.replaceChildren();
    return;
  }
  const isAfter = reached("effect");
  const [was, is] = apart(walked.loss, isAfter ? walked.loss_after : walked.loss, 4);
  const after = isAfter ? [element("span", { class: "soft" }, " → "), element("strong", { id: "loss-after" }, is)] : [];
  where.classList.toggle("long", isAfter && `${was}${is}`.length > LONG_LOSSES);
  where.replaceChildren("L ", element("strong", { id: "loss-before" }, was), ...after, element("span", { class: "small" }, t` nats`));
}
