/** Compare: curves that are kept while another training grows beside them. */

import { button, byId, element } from "./dom.js";
import { MOST_KEPT } from "./curves.js";
import { HELPS } from "./helps.js";
import { asChosen, differing } from "./settings.js";
import { change, draws, state } from "./state.js";
import { percent, plain, valueText } from "./words.js";

const LONGEST_NAME = 40;
const COLOURS = Array.from({ length: MOST_KEPT }, (_, i) => i);

export function startCompare() {
  byId("keep-curve").addEventListener("click", keep);
  draws(["epochs", "keptCurves"], () => {
    const full = state.keptCurves.length >= MOST_KEPT;
    /** @type {HTMLButtonElement} */ (byId("keep-curve")).disabled = full || !state.epochs.length;
  });
  draws(["keptCurves", "theme"], drawList);
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
      return `${letter ?? label.split(",")[0].toLowerCase()} ${valueText(value)}`;
    });
  const text = texts.join("; ") || "default";
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
        `${kept.name}: ${accuracy} after ${last?.epoch ?? 0}`,
        button("×", remove, { class: "quiet", "aria-label": `Remove the curve ${kept.name}` }),
      );
    }),
  );
}
