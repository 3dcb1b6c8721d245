/** Standing: how the training stands, in figures and in a sentence. */

import { byId, element, write } from "./dom.js";
import { t } from "./language.js";
import { begun, learnedFrom, pending, underWay } from "./settings.js";
import { leftText } from "./left.js";
import { draws, settingOf, state } from "./state.js";
import { TERMS, term } from "./terms.js";
import { counted, figures, percent, sizesText, whole } from "./words.js";

const NAMES = [t`Epoch`, t`Loss`, t`Accuracy`, t`Images/s`, t`η now`];

export function startStanding() {
  draws(["training", "epochs", "speed", "rate", "curve"], drawFigures);
  draws(["training", "chosen", "setup", "warning", "left"], drawStatus);
}

function drawFigures() {
  const { training, epochs, speed } = state;
  const last = epochs.at(-1);
  const rate = state.rate || last?.learning_rate;
  const step = lossOfTheStep();
  const rows = [
    [t`Epoch`, training ? t`${last?.epoch ?? 0} of ${training.settings.epochs}` : "–"],
    step === null ? [t`Loss`, figures(last && (last.validation_loss ?? last.train_loss))] : [t`Loss of this batch`, figures(step)],
    [t`Accuracy`, percent(last?.validation_accuracy ?? last?.train_accuracy)],
    [t`Images/s`, speed ? whole(speed) : "–"],
    [t`η now`, rate ? figures(rate) : "–"],
  ];
  const where = byId("figures");
  if (!where.children.length) {
    where.append(
      ...NAMES.map((name) => element("div", {}, element("dt", {}, term(name, TERMS[name])), element("dd", {}))),
    );
  }
  where.querySelectorAll("dt .word").forEach((each, i) => write(each, rows[i][0]));
  where.querySelectorAll("dd").forEach((each, i) => write(each, rows[i][1]));
}

/** That of the last batch, where no epoch is over or single steps are made; else null. */
function lossOfTheStep() {
  const { training, epochs, curve } = state;
  const last = epochs.at(-1);
  const step = curve.steps.at(-1) ?? 0;
  const single = training?.status === "paused" && step > (last?.step ?? 0);
  return step && (!last || single) ? curve.losses[curve.losses.length - 1] : null;
}

function drawStatus() {
  const { training, setup } = state;
  const where = byId("status");
  if (!training || !setup) {
    write(where, t`Getting ready …`);
    return;
  }
  const { name, train } = setup.data;
  const learned = learnedFrom(train, training.settings);
  const heldOut = train - learned;
  const rest = heldOut ? t`; ${whole(heldOut)} are held out` : "";
  const left = leftText(state.left, training.settings.early_stopping !== null);
  const network = sizesText(training.sizes, training.settings.activation ?? []);
  const texts = {
    ready: t`Ready: ${network}, ${whole(training.parameters)} weights, to learn from ${whole(learned)} digits of ${name}${rest}.`,
    running: t`Learning: ${network}, ${whole(training.parameters)} weights${left ? `; ${left}` : ""}.`,
    paused: t`Paused after ${counted(training.step, "{0} step", "{0} steps")}: ${network}.`,
    finished: training.message || t`Finished.`,
    diverged: (!state.warning && training.message) || t`Diverged: the loss has run away.`,
  };
  const waits = begun() ? pending().filter((each) => !settingOf(each)?.live || !underWay()) : [];
  const note = waits.length ? ` ${counted(waits.length, "{0} setting counts after Reset.", "{0} settings count after Reset.")}` : "";
  write(where, texts[training.status] + note);
  where.dataset.status = training.status;
}
