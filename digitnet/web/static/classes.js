/** Classes: how probable each is to the network that is looked inside; a bar opens its class. */

import { byId, element, write } from "./dom.js";
import { t } from "./language.js";
import { change, draws, state } from "./state.js";
import { sure } from "./words.js";

/** Probabilities that differ by less have no tick. */
const LEAST_TICK = 0.005;
/** @type {(name: string, fields?: Record<string, any>) => boolean} */
let ask;
/** @type {HTMLButtonElement[]} */
let bars = [];

/** @param {import("./app.js").Ask} asks */
export function startClasses(asks) {
  ask = asks;
  draws(["inspected", "unit", "slope"], showBars);
}

function showBars() {
  const { inspected: shown, subject, unit } = state;
  if (!subject) return;
  const { classes } = subject;
  if (bars.length !== classes.length) {
    bars = classes.map((_, i) => bar(i));
    byId("way-bars").replaceChildren(...bars);
  }
  const own = shown?.arrays.probabilities.data;
  const before = shown?.arrays.before.data;
  const layer = (shown?.fields.layers.length ?? 0) + 1;
  bars.forEach((row, i) => {
    const share = own?.[i] ?? 0;
    row.style.setProperty("--share", String(share));
    row.style.setProperty("--own", String(before?.[i] ?? 0));
    const differs = before !== undefined && Math.abs(before[i] - share) >= LEAST_TICK;
    row.classList.toggle("with-own", differs);
    row.classList.toggle("winner", shown?.fields.prediction === classes[i]);
    row.setAttribute("aria-pressed", String(unit?.fields.layer === layer && unit?.fields.unit === i));
    write(/** @type {Element} */ (row.firstElementChild), classes[i]);
    write(/** @type {Element} */ (row.lastElementChild), own ? sure(share) : "");
    const was = differs && before ? t`, ${sure(before[i])} without your changes` : "";
    row.setAttribute("aria-label", t`${classes[i]} ${own ? sure(share) : ""}${was}: open it`);
  });
}

/** @param {number} index */
function bar(index) {
  const row = element(
    "button",
    { type: "button", class: "bar" },
    element("span", { class: "bar-label" }),
    element("span", { class: "bar-track" }, element("span", { class: "bar-fill" }), element("span", { class: "bar-tick" })),
    " ",
    element("span", { class: "bar-value" }),
  );
  for (const name of ["pointerenter", "focus"]) row.addEventListener(name, () => change({ slope: index }));
  for (const name of ["pointerleave", "blur"]) row.addEventListener(name, () => state.slope === index && change({ slope: null }));
  row.addEventListener("click", () => ask("unit", { layer: (state.inspected?.fields.layers.length ?? 0) + 1, unit: index }));
  return row;
}
