/** The bar of stages: back, play, next, each stage by its name; beside the picture its formula. */

import { announce } from "./announce.js";
import { byId, button, element, write } from "./dom.js";
import { lines, math, numeral, withNames } from "./formula.js";
import { t } from "./language.js";
import { change, draws, state } from "./state.js";
import { partOf, PARTS, stageNow, topOf } from "./steps.js";

/** That a stage stays while it is played, and longer for each row of its table. */
const STAGE_MS = 2600;
const ROW_MS = 350;
/** Columns of numbers, from which on they are set small. */
const MANY_COLUMNS = 3;
const LEAST_FIT = 0.8;
let timer = 0;
/** What the buttons were made for. */
let made = "";

export function startStageBar() {
  byId("stage-back").addEventListener("click", () => go(state.stage - 1));
  byId("stage-next").addEventListener("click", () => go(state.stage + 1));
  byId("stage-play").addEventListener("click", play);
  document.addEventListener("keydown", moved);
  draws(["walked", "stage"], drawBar);
  draws(["walked", "stage", "playing"], drawKeys);
  draws(["walked", "stage"], drawStage);
  draws(["tab"], () => state.tab !== "step" && pause());
  byId("stages").addEventListener("scroll", drawEnds);
  new ResizeObserver(() => {
    drawEnds();
    fit(byId("stage-table"));
  }).observe(byId("stages"));
}

/** @param {number} to */
export function go(to) {
  pause();
  show(to);
}

/** @param {number} to */
function show(to) {
  const last = (state.walked?.stages.length ?? 1) - 1;
  const stage = Math.max(0, Math.min(last, to));
  if (stage === state.stage) return;
  change({ stage });
  const { title = "" } = state.walked?.stages[stage] ?? {};
  announce(t`Stage ${stage + 1} of ${last + 1}: ${title}`);
}

/** From here to the end; from the beginning, if this is the end. */
function play() {
  if (state.playing) return pause();
  const last = (state.walked?.stages.length ?? 1) - 1;
  change({ playing: true });
  if (state.stage >= last) show(0);
  timer = window.setTimeout(next, stay());
}

function next() {
  show(state.stage + 1);
  if (state.stage >= (state.walked?.stages.length ?? 1) - 1) pause();
  else timer = window.setTimeout(next, stay());
}

/** How long this stage takes to be read, in milliseconds. */
function stay() {
  return STAGE_MS + ROW_MS * (stageNow()?.rows.length ?? 0);
}

function pause() {
  clearTimeout(timer);
  if (state.playing) change({ playing: false });
}

/** Arrows, and the keys of a presenter, where they mean nothing else. @param {KeyboardEvent} event */
function moved(event) {
  const by = { ArrowRight: 1, ArrowLeft: -1, PageDown: 1, PageUp: -1 }[event.key];
  if (!by || state.tab !== "step" || event.ctrlKey || event.altKey || event.metaKey) return;
  const at = /** @type {HTMLElement} */ (document.activeElement);
  const inBar = byId("stage-bar").contains(at);
  if (!inBar && (at !== document.body || event.key.startsWith("Page"))) return;
  event.preventDefault();
  go(state.stage + by);
  const chosen = byId("stages").querySelector("[aria-current]");
  if (byId("stages").contains(at) && chosen instanceof HTMLElement) chosen.focus();
}

/** What stands on the button of a stage. @param {import("./steps.js").Stage} stage */
function label({ kind, level }) {
  const { walked } = state;
  const top = walked ? topOf(walked) : 1;
  const of = (/** @type {number} */ n) => (top > 0 ? [element("sup", {}, `(${n})`)] : []);
  const layer = top > 1 ? ` ${level + 1}` : "";
  /** @type {Record<string, (Node | string)[]>} */
  const labels = {
    pixels: [t`pixels`],
    sum: [t`sums${layer}`],
    activation: [`${walked?.activations[level] ?? ""}${layer}`],
    logit: [t`logits`],
    softmax: [t`softmax`],
    loss: [t`loss`],
    dlogits: ["p − t"],
    output: ["dW", ...of(top + 1)],
    back: [t`back${layer}`],
    input: ["dW", ...of(1)],
    update: ["W − η dW"],
    effect: [t`once more`],
  };
  return labels[kind] ?? [kind];
}

function drawBar() {
  const { walked, stage } = state;
  if (!walked) return;
  const wanted = JSON.stringify([walked.stages.map(({ kind, level }) => [kind, level]), walked.activations]);
  const where = byId("stages");
  if (wanted !== made) {
    made = wanted;
    where.replaceChildren(...Object.keys(PARTS).map((part) => group(part, walked)));
  }
  where.querySelectorAll("button").forEach((each, i) => {
    const isNow = i === stage;
    each.tabIndex = isNow ? 0 : -1;
    if (isNow) each.setAttribute("aria-current", "step");
    else each.removeAttribute("aria-current");
    each.classList.toggle("passed", i < stage);
    write(/** @type {Element} */ (each.lastElementChild), `: ${walked.stages[i].title}`);
    if (isNow) where.scrollTo({ left: each.offsetLeft - where.clientWidth / 2 });
  });
  drawEnds();
}

/** Where there are more stages than are seen, the bar fades out. */
function drawEnds() {
  const where = byId("stages");
  where.classList.toggle("more-before", where.scrollLeft > 1);
  where.classList.toggle("more-after", where.scrollLeft + where.clientWidth < where.scrollWidth - 1);
}

/** @param {string} part @param {import("./steps.js").Walked} walked */
function group(part, walked) {
  const buttons = walked.stages.flatMap((each, i) => {
    if (partOf(each.kind) !== part) return [];
    const one = button("", () => go(i));
    one.append(element("span", {}, ...label(each)), element("span", { class: "unseen" }));
    return [one];
  });
  return element("div", { class: "stage-part" }, element("span", { class: "small soft" }, part), element("div", { class: "stage-buttons" }, ...buttons));
}

function drawKeys() {
  const { walked, stage, playing } = state;
  const last = (walked?.stages.length ?? 1) - 1;
  const disable = (/** @type {string} */ id, /** @type {boolean} */ off) => {
    const one = /** @type {HTMLButtonElement} */ (byId(id));
    if (off && document.activeElement === one) byId("stage-play").focus();
    one.disabled = off;
  };
  disable("stage-back", !walked || stage === 0);
  disable("stage-next", !walked || stage === last);
  disable("stage-play", !walked);
  write(byId("stage-play"), playing ? t`Pause` : stage === last && walked ? t`Again` : t`Play`);
}

function drawStage() {
  const now = stageNow();
  if (!now || !state.walked) return;
  write(byId("stage-count"), t`${partOf(now.kind)}, ${state.stage + 1} of ${state.walked.stages.length}`);
  byId("stage-title").replaceChildren(...withNames(now.title));
  byId("stage-formula").replaceChildren(...lines(now.formula));
  byId("stage-table").replaceChildren(...(now.rows.length ? [table(now)] : []));
  byId("stage-table").hidden = !now.rows.length;
  fit(byId("stage-table"));
  byId("stage-words").replaceChildren(...withNames(now.words));
}

/** Numbers with powers of ten are wide: a table that does not fit is set smaller, down to a bound.
 * @param {HTMLElement} where */
function fit(where) {
  where.style.setProperty("--fit", "1");
  if (where.scrollWidth <= where.clientWidth) return;
  where.style.setProperty("--fit", String(Math.max(LEAST_FIT, (where.clientWidth - 1) / where.scrollWidth)));
}

/** @param {import("./steps.js").Stage} stage */
function table({ kind, header, rows }) {
  const titles = header.map((each) => element(each ? "th" : "td", each ? { scope: "col" } : {}, ...math(each)));
  const made = rows.map(([first, ...cells]) => {
    const empty = Math.max(0, cells.findIndex((each) => each)); // over these the name may reach
    const name = element("th", { scope: "row", colspan: empty ? empty + 1 : undefined }, ...math(first));
    return element("tr", {}, name, ...cells.slice(empty).map((each) => element("td", {}, numeral(each))));
  });
  const classes = [header.length > MANY_COLUMNS ? "wide" : "", kind === "dlogits" ? "" : "with-result"].join(" ");
  return element("table", { class: classes }, element("thead", {}, element("tr", {}, ...titles)), element("tbody", {}, ...made));
}
