/**
 * Tab One step: a network learns from one image, a stage at a time on one picture. The visit computes
 * on a copy; here it is asked for a step, and for the gradient of the weight that is pointed at.
 */

import { announce } from "./announce.js";
import { startByRate } from "./byrate.js";
import { byId, write } from "./dom.js";
import { t } from "./language.js";
import { startOneWeight } from "./oneweight.js";
import { startStageBar } from "./stagebar.js";
import { readStep } from "./stepaddress.js";
import { change, draws, state } from "./state.js";
import { weightNow } from "./steps.js";
import { startWay } from "./way.js";
import { startWished } from "./wished.js";
import { sentence } from "./words.js";

/** @typedef {import("./frames.js").Message} Message */
/** @typedef {import("./steps.js").Wish} Wish */

/** Between two questions while something is moved. */
const BETWEEN_MS = 60;
/** @type {import("./app.js").Ask} */
let ask;
let walkTimer = 0;
let probeTimer = 0;
/** The weight that was asked about last, and of which walk. */
let probedFor = "";
let walks = 0;
let opened = false;

/** @param {import("./app.js").Ask} asks @param {() => void} openDraw */
export function startOneStep(asks, openDraw) {
  ask = asks;
  startWished(wish);
  startStageBar();
  startWay(wish);
  startByRate((rate) => wish({ rate }));
  startOneWeight();
  byId("step-draw").addEventListener("click", openDraw);
  byId("step-usual").addEventListener("click", () => wish({ network: "small", among: "all", image: 1, target: null }));
  draws(["tab", "setup"], begin);
  draws(["answer", "digit"], () => state.wish.among === "drawing" && walk());
  draws(["model"], () => state.wish.network === "answering" && walk());
  draws(["walked", "weight", "hovered", "stage", "tab", "walking"], probeSoon);
  draws(["errors", "walked"], drawProblem);
  draws(["walking"], () => byId("step").setAttribute("aria-busy", String(state.walking)));
}

/** The tab is opened, or the visit has begun again: who has drawn something sees it here. */
function begin() {
  if (state.tab !== "step" || !state.setup) return;
  if (!opened && state.answer?.digits.length) change({ wish: { ...state.wish, among: "drawing", image: state.digit } });
  opened = true;
  walk();
}

/** The address wishes for a step: it is walked through, now or when the tab is opened.
 * @param {string} hash */
export function walkAs(hash) {
  const found = readStep(hash);
  if (!found) return;
  opened = true;
  change({ ...found, weight: null, hovered: null });
  walk();
}

/** Something else is wished for. Another image is what it is, and what it shows is found again.
 * @param {Partial<Wish>} parts */
export function wish(parts) {
  const isOther = ["network", "among", "image"].some((name) => name in parts);
  change({ wish: { ...state.wish, ...(isOther ? { target: null, units: null, logit: null } : {}), ...parts } });
  if (isOther) change({ weight: null, hovered: null });
  clearTimeout(walkTimer);
  walkTimer = window.setTimeout(walk, "rate" in parts ? BETWEEN_MS : 0);
}

function walk() {
  if (state.tab !== "step" || !state.setup) return;
  const { network, among, image, rate, target, units, logit } = state.wish;
  const { walk: _, probe: __, ...errors } = state.errors;
  change({ errors, walking: true });
  ask("walk", {
    network,
    source: among === "drawing" ? "drawing" : "test",
    image,
    rate,
    ...(among === "wrong" ? { wrong: true } : {}),
    ...(/^\d+$/.test(among) ? { among: Number(among) } : {}),
    ...(target === null ? {} : { target }),
    ...(units === null ? {} : { units }),
    ...(logit === null ? {} : { logit }),
  });
}

/** @param {Message} message */
export function walked({ fields, arrays }) {
  const made = /** @type {import("./steps.js").Walked} */ ({ ...fields, arrays });
  walks += 1;
  const stage = Math.min(state.stage, made.stages.length - 1);
  const there = (/** @type {import("./steps.js").Weight} */ { layer, start, end }) => start <= made.sizes[layer - 1] && end < made.sizes[layer];
  const weight = state.weight && there(state.weight) ? state.weight : null;
  const { wish, walked: before } = state;
  const isSame = ["network", "source", "image", "target", "loss"].every((name) => before?.[/** @type {keyof typeof made} */ (name)] === fields[name]);
  const walking = fields.network !== wish.network || fields.rate !== wish.rate || (fields.source === "drawing") !== (wish.among === "drawing");
  change({ walked: made, stage, weight, hovered: null, walking, ...(isSame ? {} : { probed: null }) });
}

/** @param {Message} message */
export function probed({ fields, arrays }) {
  const made = /** @type {import("./steps.js").Probed} */ ({ ...fields, arrays });
  change({ probed: made });
  if (state.weight) announce(t`Gradient ${made.gradient.toPrecision(3)}, measured ${made.measured.toPrecision(3)}`);
}

function probeSoon() {
  const weight = weightNow();
  if (!weight || state.tab !== "step" || state.walking) return;
  const wanted = `${walks} ${JSON.stringify(weight)}`;
  if (wanted === probedFor) return;
  probedFor = wanted;
  clearTimeout(probeTimer);
  probeTimer = window.setTimeout(() => {
    const { layer, start, end } = weight;
    ask("probe", { layer, start, end });
  }, state.hovered ? BETWEEN_MS : 0);
}

function drawProblem() {
  const problem = state.errors.walk ?? "";
  if (problem && (state.walked || state.walking)) change({ walked: null, probed: null, hovered: null, walking: false });
  byId("step-problem").hidden = !problem;
  byId("step").classList.toggle("without-walk", problem !== "" || state.walked === null);
  write(byId("step-why"), problem ? sentence(problem) : "");
  byId("step-draw").hidden = state.wish.among !== "drawing";
}
