/** Warning: what went wrong with a training, and buttons for what may help, as the visit says. */

import { byId, button, element } from "./dom.js";
import { t } from "./language.js";
import { effective, same } from "./settings.js";
import { change, draws, state } from "./state.js";

/** @typedef {import("./state.js").Warning} Warning */
/** @typedef {import("./state.js").Settings} Settings */

/** The warning that was put away: a visit that begins again tells its last one once more. */
const DISMISSED = "dismissed";

/** @param {(parts: Settings, restart: boolean) => void} take does as a warning advises */
export function startWarning(take) {
  draws(["warning", "chosen"], () => draw(take));
}

/** @param {import("./state.js").Message} message */
export function warned({ fields }) {
  const warning = /** @type {Warning} */ (fields);
  if (sessionStorage.getItem(DISMISSED) !== warning.what) change({ warning });
}

/** Another training has begun, whose warnings are news. */
export function forgetDismissed() {
  sessionStorage.removeItem(DISMISSED);
}

/** @param {Warning} warning */
function dismiss({ what }) {
  sessionStorage.setItem(DISMISSED, what);
  change({ warning: null });
}

/** Offers for settings that are still as they were when the warning was given.
 * @param {Warning} warning */
function openOffers({ offers }) {
  return offers.filter(({ setting, before }) => same(effective(setting, state.chosen), before));
}

/** @param {(parts: Settings, restart: boolean) => void} take */
function draw(take) {
  const { warning } = state;
  const where = byId("warning");
  where.hidden = !warning;
  if (!warning) {
    where.replaceChildren();
    return;
  }
  const { what, why, offers, restart } = warning;
  const open = openOffers(warning);
  const changed = open.length < offers.length ? t` Settings have been changed since.` : "";
  const offered = open.map(({ setting, value, sentence }) =>
    button(sentence, () => {
      dismiss(warning);
      take({ [setting]: value }, restart);
    }),
  );
  where.replaceChildren(
    element("p", {}, element("strong", {}, what), ` ${why}${changed}`),
    element("div", { class: "row" }, ...offered, button(t`Not now`, () => dismiss(warning), { class: "quiet" })),
  );
}
