/** Loading: what a page without a server must have before it can begin, and how much has come. */

import { byId, write } from "./dom.js";
import { t } from "./language.js";
import { draws, state } from "./state.js";

/** @typedef {{bytes: number, all: number}} Loading bytes that have come, and all; 0: not known */

const MEGABYTE = 1e6;
const SLOWER =
  t`Your browser computes this. Installed on a computer, digitnet learns ten to twenty times faster, and from six times as many digits.`;

export function startLoading() {
  document.getElementById("unserved")?.remove(); // which is there for pages that cannot begin
  draws(["loading"], () => {
    const { loading } = state;
    const where = byId("loading");
    if (loading) write(byId("slower"), SLOWER);
    byId("slower").hidden = !byId("slower").textContent;
    where.hidden = !loading;
    if (!loading) return;
    const { bytes, all } = loading;
    const bar = /** @type {HTMLProgressElement} */ (byId("loading-bar"));
    const partly = bytes < all;
    if (partly) bar.value = bytes / all;
    else bar.removeAttribute("value");
    const size = t`${(bytes / MEGABYTE).toFixed(1)} of ${(all / MEGABYTE).toFixed(1)} MB`;
    write(byId("loading-text"), partly ? t`Loading Python and digitnet: ${size}` : all ? t`Starting Python …` : t`Loading …`);
  });
}
