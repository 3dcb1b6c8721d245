/** Standing: how the training stands, in figures and in a sentence. */

import { byId, element, write } from "./dom.js";
import { begun, pending, underWay } from "./settings.js";
import { draws, settingOf, state } from "./state.js";
import { figures, percent, sizesText, whole } from "./words.js";

export function startStanding() {
  draws(["training", "epochs", "speed", "rate"], drawFigures);
  draws(["training", "chosen", "setup"], drawStatus);
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
    diverged: "Diverged: the loss has run away.",
  };
  const waits = begun() ? pending().filter((each) => !settingOf(each)?.live || !underWay()) : [];
  const note = waits.length ? ` ${waits.length === 1 ? "One setting counts" : `${waits.length} settings count`} after Reset.` : "";
  write(where, texts[training.status] + note);
  where.dataset.status = training.status;
}
