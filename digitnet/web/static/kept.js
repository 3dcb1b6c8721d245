/** Kept digits: those that the network got wrong, with the label that the visitor knows. */

import { announce } from "./announce.js";
import { byId, button, confirmed, element, write } from "./dom.js";
import { drawGrey, imageOf } from "./images.js";
import { t } from "./language.js";
import { change, draws, state } from "./state.js";
import { counted } from "./words.js";

/** @typedef {import("./app.js").Ask} Ask */

/** The digit whose label has been sent, until it is kept.
 * @type {{number: number, digit: number, label: number} | null} */
let asked = null;

/** @param {Ask} ask */
export function startKept(ask) {
  const labels = Array.from({ length: 10 }, (_, label) =>
    button(
      String(label),
      () => keep(ask, label),
      { "aria-label": t`It is a ${label}: keep it` },
    ),
  );
  byId("labels").append(...labels);
  draws(["answer", "digit"], () => {
    const { answer } = state;
    byId("wrong").hidden = !answer || answer.digits.length === 0;
    const which = answer && answer.digits.length > 1 ? t`Mark ${state.digit + 1} wrong?` : t`Wrong?`;
    write(byId("wrong-label"), t`${which} It is a`);
  });
  draws(["labelled"], () => write(byId("labelled"), state.labelled));
  draws(["kept"], () => drawKept(ask));
}

/** @param {Ask} ask @param {number} label */
function keep(ask, label) {
  change({ errors: {} });
  if (!ask("keep", { number: state.number, digit: state.digit, label: String(label) })) return;
  asked = { number: state.number, digit: state.digit, label };
}

/** @param {import("./state.js").Message} message */
export function keptChanged({ fields, arrays }) {
  const before = total(state.kept?.counts ?? []);
  const known = state.kept !== null;
  change({ kept: { counts: fields.counts, where: fields.where, arrays } });
  const now = total(fields.counts);
  if (known && now !== before) announce(t`${counted(now, "{0} digit", "{0} digits")} kept`);
  if (now < before) change({ labelled: "" });
  else if (asked && asked.number === state.number && asked.digit === state.digit) {
    change({ labelled: t`Kept as ${asked.label} for later training; the network has not changed.` });
  }
  asked = null;
}

/** @param {number[]} counts */
function total(counts) {
  return counts.reduce((a, b) => a + b, 0);
}

/** @param {Ask} ask */
function drawKept(ask) {
  const { kept } = state;
  const n = total(kept?.counts ?? []);
  write(byId("kept-summary"), t`Kept digits: ${n || t`none`}`);
  const body = byId("kept-body");
  if (!kept || n === 0) {
    body.replaceChildren(
      element("p", { class: "small soft" }, t`A digit that was read wrong can be kept with its right label, to learn from it later.`),
    );
    return;
  }
  const counts = kept.counts.map((count, label) => (count ? `${label} (${count})` : "")).filter(Boolean);
  const removeAll = async () => {
    if (await confirmed(t`Remove all ${counted(n, "{0} kept digit", "{0} kept digits")}?`, t`Remove all`)) {
      ask("discard", { which: "all" });
    }
  };
  body.replaceChildren(
    element("ol", { class: "thumbs", "aria-label": t`The latest` }, ...thumbs(kept.arrays)),
    element("p", { class: "small" }, t`Labels in all: ${counts.join(", ")}.`),
    element("p", { class: "small soft where" }, kept.where ? t`In ${kept.where}` : t`In memory alone.`),
    element(
      "div",
      { class: "row" },
      button(t`Download`, () => ask("kept"), { "aria-label": t`Download the kept digits` }),
      button(t`Remove the last`, () => ask("discard", { which: "last" })),
      button(t`Remove all`, removeAll),
    ),
  );
}

/** The latest drawings, each above the label that it was kept as.
 * @param {import("./frames.js").Arrays} kept */
function thumbs({ last, labels }) {
  return Array.from(labels.data, (label, i) => {
    const canvas = element("canvas", { class: "thumb", role: "img", "aria-label": t`A drawing, kept as ${label}` });
    drawGrey(canvas, imageOf(last, i));
    return element("li", {}, canvas, element("span", { class: "small", "aria-hidden": "true" }, String(label)));
  });
}
