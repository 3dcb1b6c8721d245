/** Tab Train: settings on the left, the curve that grows, and the buttons that make it grow. */

import { announce } from "./announce.js";
import { byId, save, write } from "./dom.js";
import { startCompare } from "./compare.js";
import { startControls } from "./controls.js";
import { startCurves } from "./curves.js";
import { t } from "./language.js";
import { startLearned } from "./learned.js";
import { asChosen, begun, defaults, differing, pending, underWay } from "./settings.js";
import { startStanding } from "./standing.js";
import { change, draws, settingOf, state } from "./state.js";
import { forgetDismissed, startWarning } from "./warning.js";
import { figures, percent } from "./words.js";

/** @typedef {import("./app.js").Ask} Ask */
/** @typedef {import("./frames.js").Message} Message */
/** @typedef {import("./state.js").Settings} Settings */

const SETTLED_MS = 150;
/** Changes of a setting within this share of an epoch are one: a slider was moved. */
const SAME_CHANGE = 0.05;
/** @type {Ask} */
let ask;
let timer = 0;

/** @param {Ask} asks @param {() => void} openDraw */
export function startTrain(asks, openDraw) {
  ask = asks;
  byId("run").addEventListener("click", run);
  byId("run-step").addEventListener("click", () => start("step"));
  byId("run-epoch").addEventListener("click", () => start("epoch"));
  byId("reset").addEventListener("click", reset);
  byId("save-model").addEventListener("click", () => ask("save"));
  byId("use-model").addEventListener("click", () => {
    ask("use", { model: "trained" });
    openDraw();
  });
  startControls(choose, ask);
  startCurves();
  startLearned();
  startCompare();
  startStanding();
  startWarning(take);
  draws(["training", "connection", "chosen"], drawButtons);
  draws(["errors"], () => {
    const commands = ["address", "configure", "start", "pause", "change", "preview", "save", "use"];
    const problem = commands.map((each) => state.errors[each]).find(Boolean) ?? "";
    byId("train-problem").hidden = !problem;
    write(byId("train-problem"), problem);
  });
}

/** Another value of some settings. @param {Settings} parts */
export function choose(parts) {
  change({ chosen: { ...state.chosen, ...parts }, errors: {}, refused: "" });
  if (!begun()) configureSoon();
  else {
    for (const setting of pending()) {
      if (setting in parts && isChangeable(setting)) ask("change", { setting, value: parts[setting] });
    }
  }
}

/** Whether the training takes another value now; one that has finished takes more epochs.
 * @param {string} setting */
function isChangeable(setting) {
  if (!settingOf(setting)?.live) return false;
  return underWay() || (setting === "epochs" && state.training?.status === "finished");
}

function configureSoon() {
  clearTimeout(timer);
  timer = window.setTimeout(configure, SETTLED_MS);
}

export function configure() {
  clearTimeout(timer);
  timer = 0;
  const table = state.setup?.settings ?? [];
  ask("configure", { settings: differing(state.chosen, table) });
}

function reset() {
  change({ weights: null, layers: null, confusion: null });
  configure();
}

/** @param {"end" | "epoch" | "step"} until */
function start(until) {
  const pauseAfter = until === "epoch" ? (state.epochs.at(-1)?.epoch ?? 0) + 1 : Infinity;
  change({ errors: {}, pauseAfter });
  if (timer) configure();
  ask("start", { until });
}

function run() {
  if (state.training?.status === "running") {
    ask("pause");
    return;
  }
  if (over()) reset();
  start("end");
}

/** Whether it ended and cannot go on, as it could with more epochs. */
function over() {
  return state.training?.over ?? false;
}

/** How the training stands now. @param {Message} message */
export function standing({ fields }) {
  const training = /** @type {import("./state.js").Training} */ (fields);
  const anew = training.step === 0 && training.status !== "running";
  const cleared = { curve: { steps: [], losses: [] }, epochs: [], marks: [], warning: null, speed: 0, rate: 0 };
  if (anew) forgetDismissed();
  const before = state.training?.status;
  const left = training.status === "running" ? state.left : 0;
  change({ training, left, ...(anew ? { ...cleared, weights: null, layers: null, confusion: null } : {}) });
  if (before === "running" && training.status === "finished") announce(t`Finished. ${training.message}`);
  if (training.status === "diverged") announce(t`The training has diverged`);
}

/** An epoch is over. @param {Message} message */
export function epochEnded({ fields }) {
  const epoch = /** @type {import("./state.js").Epoch} */ (fields);
  const epochs = [...state.epochs.filter((each) => each.epoch < epoch.epoch), epoch];
  change({ epochs });
  if (state.training?.status !== "running") return;
  const validation = epoch.validation_accuracy === null ? "" : t`, validation accuracy ${percent(epoch.validation_accuracy)}`;
  announce(t`Epoch ${epoch.epoch}: loss ${figures(epoch.validation_loss ?? epoch.train_loss)}${validation}`);
}

/** @param {Message} message */
export function settingChanged({ fields }) {
  const changed = /** @type {import("./state.js").Changed} */ (fields);
  const near = (state.training?.steps ?? 0) * SAME_CHANGE;
  const others = state.marks.filter((each) => each.setting !== changed.setting || changed.step - each.step > near);
  change({ marks: [...others, changed] });
}

/** @param {Message} message */
export function fileCame({ fields, arrays }) {
  save(fields.name, /** @type {Uint8Array<ArrayBuffer>} */ (arrays.file.data));
}

/** Settings as the training has them; those of the address before. @param {Settings} settings */
export function adopt(settings) {
  const { setup, training } = state;
  if (!setup) return;
  const known = new Set(setup.settings.map((each) => each.name));
  const now = Object.entries(asChosen(training?.settings ?? {})).filter(([name]) => known.has(name));
  const base = begun() ? Object.fromEntries(now) : {};
  change({ chosen: { ...defaults(setup.settings), ...base, ...settings } });
  if (!begun() && (pending().length || !training)) configure();
}

function drawButtons() {
  const { training, connection } = state;
  const status = training?.status ?? "ready";
  const words = { ready: t`Start`, running: t`Pause`, paused: t`Go on`, finished: t`Start again`, diverged: t`Start again` };
  write(byId("run"), status === "finished" && !over() ? t`Go on` : words[status]);
  const disable = (/** @type {string} */ id, /** @type {boolean} */ off) => {
    /** @type {HTMLButtonElement} */ (byId(id)).disabled = off;
  };
  disable("run", !connection.open);
  const idle = connection.open && status !== "running" && !over();
  disable("run-step", !idle);
  disable("run-epoch", !idle);
  disable("reset", !connection.open || (!begun() && !state.epochs.length));
  disable("save-model", !connection.open || !begun());
  disable("use-model", !connection.open || !begun());
}

/** Do as the warning advises; what helps only from the start begins again.
 * @param {Settings} parts @param {boolean} restart */
function take(parts, restart) {
  const [name] = Object.keys(parts);
  if (restart || !underWay() || !settingOf(name)?.live) {
    change({ chosen: { ...state.chosen, ...parts }, errors: {}, refused: "" });
    reset();
  } else choose(parts);
}
