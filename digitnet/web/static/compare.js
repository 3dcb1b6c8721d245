/** Compare: curves that are kept while another training grows beside them. */

import { button, byId, element } from "./dom.js";
import { MOST_KEPT } from "./curves.js";
import { HELPS } from "./helps.js";
import { t } from "./language.js";
import { asChosen, differing } from "./settings.js";
import { change, draws, state } from "./state.js";
import { percent, plain, valueText, within } from "./words.js";

/** @typedef {import("./state.js").KeptCurve} KeptCurve */

const STORED = "kept-curves";
/** Of each curve that is stored. */
const MOST_EPOCHS = 500;
const LONGEST_NAME = 40;
const COLOURS = Array.from({ length: MOST_KEPT }, (_, i) => i);

export function startCompare() {
  byId("keep-curve").addEventListener("click", keep);
  change({ keptCurves: stored() });
  draws(["keptCurves"], store);
  draws(["epochs", "keptCurves"], () => {
    const full = state.keptCurves.length >= MOST_KEPT;
    /** @type {HTMLButtonElement} */ (byId("keep-curve")).disabled = full || !state.epochs.length;
  });
  draws(["keptCurves", "theme"], drawList);
}

/** The curves that this tab kept before it was loaded again. @returns {KeptCurve[]} */
function stored() {
  try {
    /** @type {KeptCurve[]} */
    const curves = JSON.parse(sessionStorage.getItem(STORED) ?? "[]");
    return curves.filter(({ name, epochs, colour }) => name && epochs.length && colour in COLOURS).slice(0, MOST_KEPT);
  } catch {
    return [];
  }
}

function store() {
  const curves = state.keptCurves.map((each) => ({ ...each, epochs: each.epochs.slice(-MOST_EPOCHS) }));
  try {
    if (curves.length) sessionStorage.setItem(STORED, JSON.stringify(curves));
    else sessionStorage.removeItem(STORED);
  } catch {
    // No room: they are kept until the page is loaded again.
  }
}

function keep() {
  const { epochs, training, setup, keptCurves } = state;
  if (!training || !setup) return;
  const used = keptCurves.map((each) => each.colour);
  const colour = COLOURS.find((each) => !used.includes(each)) ?? 0;
  const name = describe(differing(asChosen(training.settings), setup.settings));
  change({ keptCurves: [...keptCurves, { name, epochs, colour }] });
}

/** What differs from the defaults, in a few words: "n 64, 64; η 0.05".
 * @param {import("./state.js").Settings} settings */
function describe(settings) {
  const texts = Object.entries(settings)
    .filter(([name]) => name !== "epochs")
    .map(([name, value]) => {
      const { label = name, help = "" } = HELPS[name] ?? {};
      const letter = help.match(/^(\S), /)?.[1];
      if (typeof value === "string") return plain(value);
      return `${letter ?? within(label.split(",")[0])} ${valueText(value)}`;
    });
  const text = texts.join("; ") || t`default`;
  return text.length > LONGEST_NAME ? `${text.slice(0, LONGEST_NAME - 1)}…` : text;
}

function drawList() {
  byId("kept-curves").replaceChildren(
    ...state.keptCurves.map((kept) => {
      const last = kept.epochs.at(-1);
      const accuracy = percent(last?.validation_accuracy ?? last?.train_accuracy);
      const remove = () => change({ keptCurves: state.keptCurves.filter((each) => each !== kept) });
      return element(
        "li",
        {},
        element("span", { class: `swatch kept-${kept.colour + 1}` }),
        t`${kept.name}: ${accuracy} after ${last?.epoch ?? 0}`,
        button("×", remove, { class: "quiet", "aria-label": t`Remove the curve ${kept.name}` }),
      );
    }),
  );
}
