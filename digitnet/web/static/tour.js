/** The tour: five steps beside what they are about; it never stands in the way of a pen. */

import { byId, write } from "./dom.js";
import { drawForVisitor } from "./draw.js";
import { t } from "./language.js";
import { state } from "./state.js";

/** @typedef {{tab: string, at: string, title: string, text: string}} Stop */

/** @type {Stop[]} */
const STOPS = [
  { tab: "draw", at: "pad-tools", title: t`Draw a digit`, text: t`Write on the pad, with mouse, finger or keys. Each stroke is answered at once. Then try two digits, or a cat.` },
  { tab: "draw", at: "hidden-layers", title: t`Look inside`, text: t`Pixels light up hidden units, and these light up the answer. Each square is a unit; the stronger, the more it answers.` },
  { tab: "draw", at: "bars", title: t`Ask why`, text: t`Point at a bar. Blue lines speak for that digit, dashed orange lines against it; the wider, the louder.` },
  { tab: "train", at: "run", title: t`Let one learn`, text: t`Start a fresh network and watch its loss fall. Above 97 % takes some seconds.` },
  { tab: "train", at: "control-learning_rate", title: t`Change it while it learns`, text: t`Move the learning rate: the curve marks where. What you trained can answer in Draw, and the address keeps your settings.` },
];
const GAP = 12;
let now = -1;
/** @type {(tab: string) => void} */
let openTab;
/** @type {Element | null} */
let before = null;

/** @param {(tab: string) => void} opens */
export function startTour(opens) {
  openTab = opens;
  byId("tour-open").addEventListener("click", () => {
    before = document.activeElement;
    show(0);
    byId("tour-next").focus();
  });
  byId("tour-next").addEventListener("click", () => (now + 1 < STOPS.length ? show(now + 1) : close()));
  byId("tour-back").addEventListener("click", () => show(Math.max(0, now - 1)));
  byId("tour-skip").addEventListener("click", close);
  byId("tour").addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
  });
  addEventListener("resize", () => now >= 0 && place());
  const known = localStorage.getItem("tour") || navigator.webdriver;
  if (!known && state.tab === "draw") show(0);
}

/** @param {number} index */
function show(index) {
  now = index;
  const { tab, title, text } = STOPS[index];
  openTab(tab);
  if (tab === "draw" && index > 0) drawForVisitor();
  write(byId("tour-title"), title);
  write(byId("tour-text"), text);
  write(byId("tour-count"), t`${index + 1} of ${STOPS.length}`);
  write(byId("tour-next"), index + 1 < STOPS.length ? t`Next` : t`Done`);
  /** @type {HTMLButtonElement} */ (byId("tour-back")).disabled = index === 0;
  byId("tour").hidden = false;
  requestAnimationFrame(() => requestAnimationFrame(place));
}

function close() {
  now = -1;
  byId("tour").hidden = true;
  localStorage.setItem("tour", "seen");
  if (before instanceof HTMLElement) before.focus();
  before = null;
}

/** Below what it is about, or above, within the window. */
function place() {
  const tour = byId("tour");
  const target = document.getElementById(STOPS[now]?.at);
  if (!target) return;
  target.scrollIntoView({ block: "nearest" });
  const box = target.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = tour;
  const x = Math.max(GAP, Math.min(box.left, innerWidth - width - GAP));
  const below = box.bottom + GAP;
  const y = below + height < innerHeight ? below : Math.max(GAP, box.top - height - GAP);
  tour.style.setProperty("--x", `${x}px`);
  tour.style.setProperty("--y", `${y}px`);
}
