/** Tab Train: settings on the left, the curve that grows, and the buttons that make it grow. */

import { announce } from "./announce.js";
import { byId, button, element, save, write } from "./dom.js";
import { startCompare } from "./compare.js";
import { startControls } from "./controls.js";
import { startCurves } from "./curves.js";
import { startLearned } from "./learned.js";
import { begun, defaults, differing, pending, underWay } from "./settings.js";
import { change, draws, settingOf, state } from "./state.js";
import { figures, percent, sizesText, whole } from "./words.js";

/** @typedef {import("./app.js").Ask} Ask */
/** @typedef {import("./frames.js").Message} Message */
/** @typedef {import("./state.js").Settings} Settings */

const SETTLED_MS = 150;
const MOST_WARNINGS = 2;
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
  draws(["training", "connection", "chosen"], drawButtons);
  draws(["training", "epochs", "speed", "rate"], drawFigures);
  draws(["training", "chosen", "setup"], drawStatus);
  draws(["warnings", "training"], drawWarnings);
  draws(["errors"], () => {
    const commands = ["configure", "start", "pause", "change", "preview", "save", "use"];
    const problem = commands.map((each) => state.errors[each]).find(Boolean) ?? "";
    byId("train-problem").hidden = !problem;
    write(byId("train-problem"), problem);
  });
}

/** Another value of some settings. @param {Settings} parts */
export function choose(parts) {
  change({ chosen: { ...state.chosen, ...parts }, errors: {} });
  if (!begun()) configureSoon();
  else if (underWay() || "epochs" in parts) {
    for (const [setting, value] of Object.entries(parts)) {
      if (settingOf(setting)?.live) ask("change", { setting, value });
    }
  }
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
  change({ errors: {} });
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
  const { training } = state;
  if (training?.status === "diverged") return true;
  return training?.status === "finished" && state.epochs.length >= training.settings.epochs;
}

/** How the training stands now. @param {Message} message */
export function standing({ fields }) {
  const training = /** @type {import("./state.js").Training} */ (fields);
  const anew = training.step === 0 && training.status !== "running";
  const cleared = { curve: { steps: [], losses: [] }, epochs: [], marks: [], warnings: [], speed: 0, rate: 0 };
  const before = state.training?.status;
  change({ training, ...(anew ? { ...cleared, weights: null, layers: null, confusion: null } : {}) });
  if (before === "running" && training.status === "finished") announce(`Finished. ${training.message}`);
  if (training.status === "diverged") announce("The training has diverged");
}

/** An epoch is over. @param {Message} message */
export function epochEnded({ fields }) {
  const epoch = /** @type {import("./state.js").Epoch} */ (fields);
  const epochs = [...state.epochs.filter((each) => each.epoch < epoch.epoch), epoch];
  change({ epochs });
  if (state.training?.status !== "running") return;
  const validation = epoch.validation_accuracy === null ? "" : `, validation accuracy ${percent(epoch.validation_accuracy)}`;
  announce(`Epoch ${epoch.epoch}: loss ${figures(epoch.validation_loss ?? epoch.train_loss)}${validation}`);
}

/** @param {Message} message */
export function settingChanged({ fields }) {
  const changed = /** @type {import("./state.js").Changed} */ (fields);
  change({ marks: [...state.marks, changed] });
}

/** @param {Message} message */
export function warned({ fields }) {
  const warning = /** @type {import("./state.js").Warning} */ (fields);
  const others = state.warnings.filter((each) => each.what !== warning.what);
  change({ warnings: [...others, warning].slice(-MOST_WARNINGS) });
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
  const now = Object.entries(training?.settings ?? {}).filter(([name]) => known.has(name));
  const base = begun() ? Object.fromEntries(now) : {};
  change({ chosen: { ...defaults(setup.settings), ...base, ...settings } });
  if (!begun() && (pending().length || !training)) configure();
}

function drawButtons() {
  const { training, connection } = state;
  const status = training?.status ?? "ready";
  const words = { ready: "Start", running: "Pause", paused: "Go on", finished: "Start again", diverged: "Start again" };
  write(byId("run"), status === "finished" && !over() ? "Go on" : words[status]);
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

function drawFigures() {
  const { training, epochs, speed, rate } = state;
  const last = epochs.at(-1);
  const loss = last ? (last.validation_loss ?? last.train_loss) : null;
  const rows = [
    ["Epoch", training ? `${begun() ? training.epoch : 0} of ${training.settings.epochs}` : "–"],
    ["Loss", figures(loss)],
    ["Accuracy", percent(last?.validation_accuracy ?? last?.train_accuracy)],
    ["Images/s", speed ? whole(speed) : "–"],
    ["η now", rate ? figures(rate) : "–"],
  ];
  const where = byId("figures");
  if (!where.children.length) {
    where.append(...rows.map(([name]) => element("div", {}, element("dt", {}, name), element("dd", {}))));
  }
  where.querySelectorAll("dd").forEach((each, i) => write(each, rows[i][1]));
}

function drawStatus() {
  const { training, setup } = state;
  const where = byId("status");
  if (!training || !setup) {
    write(where, "Getting ready …");
    return;
  }
  const { name, train } = setup.data;
  const network = sizesText(training.sizes, training.settings.activation ?? []);
  const texts = {
    ready: `Ready: ${network}, ${whole(training.parameters)} weights, to learn from ${whole(train)} digits of ${name}.`,
    running: `Learning: ${network}, ${whole(training.parameters)} weights.`,
    paused: `Paused after ${whole(training.step)} steps: ${network}.`,
    finished: training.message || "Finished.",
    diverged: training.message || "Diverged: the loss has run away.",
  };
  const waits = begun() ? pending().filter((each) => !settingOf(each)?.live || !underWay()) : [];
  const note = waits.length ? ` ${waits.length === 1 ? "One setting counts" : `${waits.length} settings count`} after Reset.` : "";
  write(where, texts[training.status] + note);
  where.dataset.status = training.status;
}

function drawWarnings() {
  byId("warnings").replaceChildren(
    ...state.warnings.map((warning) =>
      element(
        "div",
        { class: "warning" },
        element("p", {}, element("strong", {}, warning.what), ` ${warning.why}`),
        element(
          "div",
          { class: "row" },
          ...warning.offers.map(({ setting, value, sentence }) => button(sentence, () => take(warning, { [setting]: value }))),
          button("Not now", () => dismiss(warning), { class: "quiet" }),
        ),
      ),
    ),
  );
}

/** @param {import("./state.js").Warning} warning @param {Settings} parts */
function take(warning, parts) {
  choose(parts);
  const [name] = Object.keys(parts);
  if (!underWay() || !settingOf(name)?.live) reset();
  dismiss(warning);
}

/** @param {import("./state.js").Warning} warning */
function dismiss(warning) {
  change({ warnings: state.warnings.filter((each) => each !== warning) });
}
