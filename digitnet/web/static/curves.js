/** Curves: the losses and accuracies so far, as tables for the charts. */

import { Chart, fewEpochs } from "./charts.js";
import { byId, write } from "./dom.js";
import { HELPS } from "./helps.js";
import { t } from "./language.js";
import { Left } from "./left.js";
import { learnedFrom } from "./settings.js";
import { change, draws, state } from "./state.js";
import { colour } from "./theme.js";
import { figures, percent, valueText } from "./words.js";

/** @typedef {import("./state.js").Epoch} Epoch */
/** @typedef {import("./charts.js").Line} Line */
/** @typedef {import("./frames.js").Message} Message */

/** Losses of steps beyond this many are halved in number; but the first stay: there a curve begins. */
const MOST_STEPS = 6000;
const FIRST_STEPS = 40;
/** So few steps are shown as points. */
const FEW_STEPS = 60;
/** Points of the line of all steps. */
const MOST_POINTS = 300;
/** Between two pictures of a curve that grows: drawing takes time from learning. */
const BETWEEN_MS = 300;
/** A loss that runs away leaves the picture here. */
const HIGHEST_LOSS = 1000;
const LEAST_LOSS = 1e-5;
/** The least number of epochs that the axis has room for. */
const FIRST_EPOCHS = 3;
const KEPT_COLOURS = ["kept-1", "kept-2", "kept-3", "kept-4"];
export const MOST_KEPT = KEPT_COLOURS.length;
const left = new Left();

export function startCurves() {
  const loss = new Chart(byId("loss-chart"), {
    log: true,
    format: (value) => String(+value.toPrecision(1)),
    reach: (low, high) => [0.8 * Math.min(low ?? 0.02, 1), Math.min(HIGHEST_LOSS, 1.2 * (high ?? 2.5))],
  });
  const accuracy = new Chart(byId("accuracy-chart"), {
    format: (value) => `${+(100 * value).toFixed(1)} %`,
    reach: (low) => [Math.floor(10 * Math.min(low ?? 0.9, 0.9)) / 10, 1],
  });
  const overlay = /** @type {HTMLInputElement} */ (byId("overlay-steps"));
  const draw = () => {
    if (state.tab !== "train") return;
    loss.show(lossCurves(overlay.checked));
    accuracy.show(accuracyCurves());
    describe();
    write(byId("overlay-label"), isThinned() ? t`show steps (thinned)` : t`show each step`);
  };
  let timer = 0;
  const drawSoon = () => {
    timer ||= window.setTimeout(() => {
      timer = 0;
      draw();
    }, BETWEEN_MS);
  };
  overlay.addEventListener("change", draw);
  draws(["epochs", "marks", "keptCurves", "theme", "tab"], draw);
  draws(["curve", "training"], drawSoon);
}

/** What was learned since. @param {Message} message */
export function progressed({ fields, arrays }) {
  const { curve, training } = state;
  const steps = [...curve.steps, ...arrays.steps.data];
  const losses = [...curve.losses, ...arrays.losses.data];
  change({
    curve: thinned(steps, losses),
    speed: fields.images_per_s ?? 0,
    rate: fields.learning_rate ?? 0,
    training: training && { ...training, epoch: fields.epoch, step: fields.step },
  });
  change({ left: state.training?.status === "running" ? left.after(state.speed, imagesLeft()) : 0 });
}

/** How many will be learned from before the training ends, or waits. */
function imagesLeft() {
  const { training, setup, pauseAfter } = state;
  if (!training || !setup) return 0;
  const end = Math.min(pauseAfter, training.settings.epochs);
  return Math.max(0, end - epochOf(training.step)) * learnedFrom(setup.data.train, training.settings);
}

/** The curve so far, of a training that was there before the page. @param {Message} message */
export function curveCame({ arrays }) {
  change({ curve: thinned(Array.from(arrays.steps.data), Array.from(arrays.losses.data)) });
}

/** @param {number[]} steps @param {number[]} losses */
function thinned(steps, losses) {
  if (steps.length <= MOST_STEPS) return { steps, losses };
  const mean = losses.map((each, i) => (i < FIRST_STEPS ? each : (each + (losses[i + 1] ?? each)) / 2));
  const stays = (/** @type {number} */ _, /** @type {number} */ i) => i < FIRST_STEPS || i % 2 === 0;
  return { steps: steps.filter(stays), losses: mean.filter(stays) };
}

/** Whether not every step is shown by itself. */
function isThinned() {
  const { steps } = state.curve;
  return steps.length > FIRST_STEPS + MOST_POINTS || steps.length < (steps.at(-1) ?? 0);
}

/** The first steps, then means of as many each as leave few enough points to tell a line from a
 * cloud. @param {{steps: number[], losses: number[]}} curve */
export function binned({ steps, losses }) {
  const rest = Math.max(0, steps.length - FIRST_STEPS);
  const size = Math.max(1, Math.ceil(rest / MOST_POINTS));
  const starts = Array.from({ length: Math.ceil(rest / size) }, (_, i) => FIRST_STEPS + i * size);
  const mean = (/** @type {number[]} */ values) => values.reduce((a, b) => a + b, 0) / values.length;
  const shown = (/** @type {number[]} */ values) => [
    ...values.slice(0, FIRST_STEPS),
    ...starts.map((start) => mean(values.slice(start, start + size))),
  ];
  return { steps: shown(steps), losses: shown(losses) };
}

/** When a step was, in epochs; epochs differ in their steps once the batch size was changed.
 * @param {number} step */
function epochOf(step) {
  const { epochs, training } = state;
  let [before, start] = [0, 0];
  for (const each of epochs) {
    if (step <= each.step) {
      return before + ((step - start) * (each.epoch - before)) / Math.max(1, each.step - start);
    }
    [before, start] = [each.epoch, each.step];
  }
  return before + (step - start) / Math.max(1, training?.steps ?? 1);
}

/** @returns {[number, number]} */
function range() {
  const longest = state.keptCurves.map((kept) => kept.epochs.at(-1)?.epoch ?? 0);
  const now = epochOf(state.curve.steps.at(-1) ?? 0);
  return [0, Math.max(FIRST_EPOCHS, now, ...longest)];
}

function marks() {
  return state.marks.map(({ setting, value, step }) => ({
    at: epochOf(step),
    text: `${HELPS[setting]?.label.split(",")[0] ?? setting} ${valueText(value)}`,
  }));
}

/** @param {number | null} loss */
function positive(loss) {
  return loss === null ? null : Math.max(LEAST_LOSS, loss);
}

/** @param {boolean} withSteps @returns {import("./charts.js").Shown} */
function lossCurves(withSteps) {
  const { curve, epochs, keptCurves } = state;
  const steps = withSteps ? binned(curve) : { steps: [], losses: [] };
  const few = fewEpochs(epochs.length);
  return {
    tables: [
      [steps.steps.map(epochOf), steps.losses.map(positive)],
      [
        epochs.map((each) => each.epoch),
        epochs.map((each) => positive(each.train_loss)),
        epochs.map((each) => positive(each.validation_loss)),
      ],
      ...keptCurves.map((kept) => keptTable(kept.epochs, (each) => positive(each.validation_loss ?? each.train_loss))),
    ],
    lines: [
      {
        name: isThinned() ? t`steps, thinned` : t`each step`,
        colour: colour("step"),
        ink: colour("soft"),
        width: 1,
        label: epochs.length === 0,
        points: steps.steps.length <= FEW_STEPS,
      },
      { name: t`training`, colour: colour("soft"), width: 1.5, label: true, dash: [6, 3], points: few },
      { name: t`validation`, colour: colour("accent"), width: 2, label: true, points: few },
      ...keptLines(),
    ],
    marks: marks(),
    range: range(),
  };
}

/** @returns {import("./charts.js").Shown} */
function accuracyCurves() {
  const { epochs, keptCurves } = state;
  const few = fewEpochs(epochs.length);
  return {
    tables: [
      [
        epochs.map((each) => each.epoch),
        epochs.map((each) => each.train_accuracy),
        epochs.map((each) => each.validation_accuracy),
      ],
      ...keptCurves.map((kept) => keptTable(kept.epochs, (each) => each.validation_accuracy ?? each.train_accuracy)),
    ],
    lines: [
      { name: t`training`, colour: colour("soft"), width: 1.5, label: true, dash: [6, 3], points: few },
      { name: t`validation`, colour: colour("accent"), width: 2, label: true, points: few },
      ...keptLines(),
    ],
    marks: marks().map(({ at }) => ({ at, text: "" })), // their words stand above the losses
    range: range(),
  };
}

/** @param {Epoch[]} epochs @param {(epoch: Epoch) => number | null} value
 * @returns {import("./charts.js").Shown["tables"][0]} */
function keptTable(epochs, value) {
  return [epochs.map((each) => each.epoch), epochs.map(value)];
}

/** @returns {Line[]} */
function keptLines() {
  return state.keptCurves.map((kept) => ({
    name: kept.name,
    colour: colour(KEPT_COLOURS[kept.colour]),
    width: 1.5,
    label: true,
  }));
}

function describe() {
  const last = state.epochs.at(-1);
  const after = last ? t`after epoch ${last.epoch}` : "";
  const loss = last
    ? t`${after}: training ${figures(last.train_loss)}, validation ${figures(last.validation_loss)}`
    : state.curve.losses.length
      ? t`of the last step: ${figures(state.curve.losses.at(-1))}`
      : t`nothing yet`;
  byId("loss-chart").setAttribute("aria-label", t`Loss ${loss}`);
  const accuracy = last
    ? t`${after}: training ${percent(last.train_accuracy)}, validation ${percent(last.validation_accuracy)}`
    : t`nothing yet`;
  byId("accuracy-chart").setAttribute("aria-label", t`Accuracy ${accuracy}`);
}
