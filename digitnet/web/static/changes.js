/** Changes: units that are off, weights and biases on sliders, what they cost, and the way back. */

import { announce } from "./announce.js";
import { byId, element, markWrong, write } from "./dom.js";
import { t } from "./language.js";
import { change, draws, state } from "./state.js";
import { accuracyText, sourceName, unitName } from "./unit.js";
import { counted, figures, sentence, whole } from "./words.js";

/** Between two values of a slider that is moved. */
const BETWEEN_MS = 60;
const MOST_SHOWN = 6;
/** @type {(name: string, fields?: Record<string, any>) => boolean} */
let ask;
/** Whether what was set last is not seen yet. */
let waits = false;
/** Where a slider was moved to, until that is sent; what comes meanwhile does not move it back.
 * @type {Map<string, number>} */
const moved = new Map();
/** Of which weight or bias a text was typed that is no value for it: it stays to be seen, and why.
 * @type {Map<string, string>} */
const refused = new Map();

/** @param {import("./app.js").Ask} asks */
export function startChanges(asks) {
  ask = asks;
  byId("undo-last").addEventListener("click", () => undo("last"));
  byId("undo-all").addEventListener("click", () => undo("all"));
  slider("bias", (weight) => {
    const { layer, unit } = state.unit?.fields ?? {};
    return ask("weigh", { layer, unit, weight });
  });
  slider("weight", (weight) => {
    const picked = state.picked;
    if (!picked) return false;
    const { layer, unit, input } = picked;
    return ask("weigh", { layer, unit, input, weight });
  });
  draws(["edited", "subject"], showChanges);
  draws(["unit", "picked"], showSliders);
  draws(["errors", "subject"], () => {
    waits = false;
    const problem = state.errors.weigh ?? state.errors.switch ?? state.errors.unit ?? "";
    byId("change-problem").hidden = !problem;
    write(byId("change-problem"), problem ? sentence(problem) : "");
  });
}

/** @param {"last" | "all"} which */
function undo(which) {
  ask("undo", { which });
  if (which === "all" || (state.edited?.changes.length ?? 0) < 2) byId("unit-title").focus(); // the buttons are disabled then
}

/** @param {import("./state.js").Message} message */
export function edited({ fields }) {
  waits = false;
  const now = /** @type {import("./state.js").Edited} */ (fields);
  const before = state.edited;
  if (JSON.stringify(now.changes) !== JSON.stringify(before?.changes)) forgetProblems();
  // While the images are read again, the figures of before stay to be seen.
  if (now.accuracy === null && before && now.changes.length) {
    change({ edited: { ...before, changes: now.changes } });
    return;
  }
  change({ edited: now });
  if (state.tab === "inside" && now.changes.length && now.images === now.total && now.total) {
    announce(t`${accuracyText(now.accuracy)} of the test images are read right; ${accuracyText(now.before)} without your changes`);
  }
}

/** Something was changed, so what was wrong before is past. */
function forgetProblems() {
  refused.clear();
  const { weigh, switch: switched, unit, ...errors } = state.errors;
  if (weigh ?? switched ?? unit) change({ errors });
}

/** @param {"weight" | "bias"} name @param {(weight: number) => boolean} set */
function slider(name, set) {
  const root = /** @type {HTMLInputElement} */ (byId(`${name}-slider`));
  const field = /** @type {HTMLInputElement} */ (byId(`${name}-number`));
  let timer = 0;
  const send = () => {
    if (timer) return;
    timer = window.setTimeout(() => {
      timer = 0;
      const value = moved.get(name);
      if (value === undefined) return;
      if (waits) return send();
      moved.delete(name);
      waits = set(value);
    }, BETWEEN_MS);
  };
  root.addEventListener("input", () => {
    refused.delete(name);
    moved.set(name, Number(root.value));
    field.value = figures(Number(root.value));
    root.setAttribute("aria-valuetext", field.value);
    send();
  });
  field.addEventListener("change", () => {
    const value = Number(field.value.trim().replace("−", "-").replace(",", ".") || NaN);
    const isOne = Math.abs(value) <= (state.unit?.fields.largest ?? 0);
    if (isOne) {
      refused.delete(name);
      waits = set(value);
    } else refused.set(name, placeOf(name));
    showSliders();
  });
}

/** Which weight or bias is on the slider. @param {"weight" | "bias"} name */
function placeOf(name) {
  const { layer, unit } = state.unit?.fields ?? {};
  return name === "bias" ? `${layer} ${unit}` : JSON.stringify(state.picked);
}

function showSliders() {
  const { unit, picked } = state;
  if (!unit) return;
  const { layer, unit: number, bias, bias_reach: biasReach, reach, off } = unit.fields;
  show("bias", bias, biasReach, false);
  byId("weight-part").hidden = !picked;
  if (!picked) return;
  const own = picked.layer === layer && picked.unit === number;
  const value = own ? unit.arrays.weights.data[picked.input] : unit.arrays.outgoing.data[picked.unit];
  const named = own ? t`Its weight from the ${sourceName(picked.input)}` : t`Its weight to ${unitName(picked.layer, picked.unit)}`;
  write(byId("weight-label"), named);
  show("weight", value, reach, !own && off);
}

/** @param {"weight" | "bias"} name @param {number} value @param {number} reach @param {boolean} disabled */
function show(name, value, reach, disabled) {
  const root = /** @type {HTMLInputElement} */ (byId(`${name}-slider`));
  const field = /** @type {HTMLInputElement} */ (byId(`${name}-number`));
  const most = Math.max(reach, Math.abs(value));
  root.min = String(-most);
  root.max = String(most);
  root.step = String(most / 200);
  root.disabled = field.disabled = disabled;
  root.setAttribute("aria-valuetext", figures(value));
  if (!root.matches(":active") && !moved.has(name)) root.value = String(value);
  const isWrong = refused.get(name) === placeOf(name);
  if (!isWrong) refused.delete(name);
  markWrong(field, isWrong);
  const { largest } = state.unit?.fields ?? {};
  write(byId(`${name}-note`), isWrong ? t`a number from −${largest} to ${largest}` : "");
  if (document.activeElement !== field && !isWrong) field.value = figures(value);
}

function showChanges() {
  const { edited: now, subject } = state;
  const changes = now?.changes ?? [];
  for (const id of ["undo-last", "undo-all"]) /** @type {HTMLButtonElement} */ (byId(id)).disabled = changes.length === 0;
  byId("changes").classList.toggle("none-yet", changes.length === 0);
  const some = changes.slice(-MOST_SHOWN).map(inWords);
  const more = changes.length - some.length;
  const listed = `${counted(changes.length, "{0} change", "{0} changes")}: ${some.join("; ")}${more ? t`, and ${whole(more)} before` : ""}.`;
  write(byId("changes-list"), changes.length ? listed : t`Switch a unit off, or move a weight or a bias: this changes a copy, which reads the image and all test images again.`);
  const far = now && now.images < now.total ? t`, of the first ${whole(now.images)}` : "";
  /** @type {Record<string, string>} */
  const shown = { [t`Test accuracy`]: now?.images ? accuracyText(now.before) + far : subject?.test_problem ? "–" : "…" };
  if (changes.length) shown[t`with your changes`] = now?.images ? `${accuracyText(now.accuracy)}${far}` : "…";
  byId("inside-figures").replaceChildren(
    ...Object.entries(shown).map(([name, text]) => element("div", {}, element("dt", {}, name), element("dd", {}, text))),
  );
}

/** @param {import("./state.js").Edit} edit */
function inWords({ kind, layer, unit, input, before, value }) {
  const named = unitName(layer, unit);
  if (kind === "off") return t`${named} off`;
  const what = kind === "bias" ? t`bias of ${named}` : t`weight ${input} of ${named}`;
  return `${what} ${figures(before)} → ${figures(value)}`.replaceAll(" -", " −");
}
