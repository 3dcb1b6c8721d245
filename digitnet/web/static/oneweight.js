/** One weight: its gradient as the product that it is, and beside it as it is measured. */

import { explains } from "./bubble.js";
import { byId, drawn, element, write } from "./dom.js";
import { apart, lines, math, value, withNames } from "./formula.js";
import { t } from "./language.js";
import { change, draws, state } from "./state.js";
import { letterOf, weightNow } from "./steps.js";

/** @typedef {import("./steps.js").Walked} Walked */
/** @typedef {import("./steps.js").Probed} Probed */

const [WIDTH, HEIGHT] = [220, 104];
/** Relative differences up to this are agreement. */
const AGREE = 1e-6;
/** The least height of the curve, as a share of the loss: what is flat looks flat. */
const FLAT = 0.02;
const HELPS = {
  "weight-layer": t`Between which layers the weight is.`,
  "weight-start": t`i, where the weight comes from: a pixel, counted row by row from 0, or a unit.`,
  "weight-end": t`j, the unit or class that it leads to.`,
  "weight-bias": t`A bias is a weight whose input is always 1.`,
};

export function startOneWeight() {
  const number = (/** @type {string} */ id) => element("input", { type: "number", id, min: 0, step: 1, class: "digits" });
  const field = (/** @type {string} */ id, /** @type {string} */ text, /** @type {HTMLElement} */ input) => {
    input.setAttribute("aria-describedby", `help-${id}`);
    explains(input, HELPS[/** @type {keyof typeof HELPS} */ (id)]);
    return element("span", { class: "weight-field" }, element("label", { for: id, class: "small" }, text), input);
  };
  byId("one-weight").append(
    element(
      "div",
      { class: "weight-choice" },
      element("h2", { id: "one-weight-title" }, t`The gradient of one weight`),
      element("p", { class: "small soft" }, t`Point at a pixel, a unit or a line. Or choose:`),
      element(
        "div",
        { class: "row" },
        field("weight-layer", t`layer`, element("select", { id: "weight-layer" })),
        field("weight-start", t`from`, number("weight-start")),
        field("weight-end", t`to`, number("weight-end")),
        field("weight-bias", t`bias`, element("input", { type: "checkbox", id: "weight-bias" })),
      ),
      element("p", { class: "small soft", id: "weight-where" }),
      ...Object.entries(HELPS).map(([id, help]) => element("span", { class: "unseen", id: `help-${id}` }, help)),
    ),
    element("div", { class: "weight-side", id: "weight-product" }),
    element("div", { class: "weight-side", id: "weight-measured" }),
    element("figure", { class: "weight-curve" }, drawn("svg", { id: "weight-chart", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": t`The loss as the weight moves: nothing yet` }), element("figcaption", { class: "small soft", id: "weight-caption" })),
  );
  for (const id of ["weight-layer", "weight-start", "weight-end", "weight-bias"]) {
    byId(id).addEventListener("change", () => {
      typed = "";
      chosen(id);
    });
  }
  for (const id of ["weight-start", "weight-end"]) {
    byId(id).addEventListener("input", () => {
      typed = id;
      if (input(id).value !== "" && input(id).validity.valid) chosen(id);
    });
    byId(id).addEventListener("blur", () => {
      typed = "";
      drawChoice();
    });
  }
  draws(["walked", "weight", "hovered", "stage"], drawChoice);
  draws(["probed"], drawProbed);
}

const input = (/** @type {string} */ id) => /** @type {HTMLInputElement} */ (byId(id));

/** The field that is being typed in: what stands there may not be finished. */
let typed = "";

/** @param {string} id of what was changed */
function chosen(id) {
  const { walked } = state;
  if (!walked) return;
  const layer = Number(input("weight-layer").value);
  const [n_in, n_out] = [walked.sizes[layer - 1], walked.sizes[layer]];
  const within = (/** @type {string} */ from, /** @type {number} */ count) => Math.max(0, Math.min(count - 1, Math.trunc(Number(input(from).value) || 0)));
  let weight = { layer, start: input("weight-bias").checked ? n_in : within("weight-start", n_in), end: within("weight-end", n_out) };
  if (id === "weight-layer") weight = { layer, start: layer === 1 ? walked.pixel : walked.followed[layer - 2], end: walked.followed[layer - 1] ?? walked.blamed };
  if (id === "weight-bias" && !input("weight-bias").checked) weight.start = layer === 1 ? walked.pixel : walked.followed[layer - 2];
  change({ weight, hovered: null });
}

function drawChoice() {
  const { walked } = state;
  const weight = weightNow();
  if (!walked || !weight) return;
  const { layer, start, end } = weight;
  const select = /** @type {HTMLSelectElement} */ (byId("weight-layer"));
  const wanted = String(walked.sizes);
  if (select.dataset.sizes !== wanted) {
    select.dataset.sizes = wanted;
    select.replaceChildren(...walked.sizes.slice(1).map((_, i) => element("option", { value: i + 1 }, String(i + 1))));
  }
  const isBias = start === walked.sizes[layer - 1];
  select.value = String(layer);
  input("weight-bias").checked = isBias;
  input("weight-start").disabled = isBias;
  input("weight-start").max = String(walked.sizes[layer - 1] - 1);
  input("weight-end").max = String(walked.sizes[layer] - 1);
  if (state.hovered) typed = "";
  if (typed !== "weight-start") input("weight-start").value = isBias ? "" : String(start);
  if (typed !== "weight-end") input("weight-end").value = String(end);
}

/** Which weight it is, in words. @param {Walked} walked @param {Probed} probed */
function place(walked, probed) {
  const to = nameOfEnd(walked, probed);
  return probed.bias ? t`The bias of ${to} (its input is always 1).` : t`From ${nameOfStart(walked, probed)} to ${to}.`;
}

/** @param {Walked} walked @param {import("./steps.js").Weight} weight */
function nameOfStart(walked, { layer, start }) {
  const width = walked.shape[1];
  return layer === 1 ? t`row ${Math.floor(start / width)}, column ${start % width}` : t`unit ${start}`;
}

/** @param {Walked} walked @param {import("./steps.js").Weight} weight */
function nameOfEnd(walked, { layer, end }) {
  return layer === walked.sizes.length - 1 ? t`class ${walked.classes[end]}` : t`unit ${end}`;
}

/** @param {number} number */
const factor = (number) => (number < 0 ? `(${value(number)})` : value(number));

function drawProbed() {
  const { walked, probed } = state;
  byId("one-weight").classList.toggle("none-yet", !probed);
  if (!walked || !probed) return;
  const { layer, start, end, bias } = probed;
  write(byId("weight-where"), place(walked, probed));
  const z = `d${letterOf(walked, "z", layer - 1)}_${end}`;
  const given = bias ? "1" : `${letterOf(walked, "h", layer - 2)}_${start}`;
  const name = bias ? `db_${end}` : `dW_${start},${end}`;
  byId("weight-product").replaceChildren(
    element("p", { class: "formula" }, ...math(`${name} = ${given} *  ${z}`)),
    element("p", { class: "numbers" }, `${value(probed.input)} · ${factor(probed.blame)} = `, element("strong", { id: "gradient" }, value(probed.gradient))),
    element("p", { class: "small" }, ...withNames(why(walked, probed, given, z))),
    element("p", { class: "small" }, t`The step makes it ${moved(probed)}: ${apart(probed.weight, probed.after, 4).join(" → ")}.`),
  );
  byId("weight-measured").replaceChildren(
    element("p", { class: "formula" }, ...lines(`(L(w + h) - L(w - h)) / 2h`)),
    element(
      "p",
      { class: "numbers" },
      element("span", { class: "difference" }, `(${value(probed.above, 10)} − ${value(probed.below, 10)})`),
      ` / ${value(2 * probed.step)} = `,
      element("strong", { id: "measured" }, value(probed.measured)),
    ),
    element("p", { class: "small", id: "weight-verdict" }, verdict(probed)),
    element("p", { class: "small soft" }, t`h = ${value(probed.step)}; two losses in float64, nothing derived.`),
  );
  drawCurve(probed);
}

/** @param {Probed} probed */
function moved({ gradient }) {
  if (gradient === 0) return t`neither larger nor smaller`;
  return gradient > 0 ? t`smaller` : t`larger`;
}

/** @param {Walked} walked @param {Probed} probed @param {string} given @param {string} z */
function why(walked, probed, given, z) {
  if (probed.input === 0) return t`0, since ${given} is 0: ${probed.layer === 1 ? t`a dark pixel` : t`a unit that is off`} teaches nothing.`;
  if (probed.blame === 0) return t`0, since ${z} is 0: ${nameOfEnd(walked, probed)} is off, and learns nothing here.`;
  if (probed.bias) return t`A bias's input is always 1. ${z}: the blame of ${nameOfEnd(walked, probed)}.`;
  return t`${given}: ${nameOfStart(walked, probed)}. ${z}: the blame of ${nameOfEnd(walked, probed)}.`;
}

/** @param {Probed} probed */
function verdict({ gradient, measured, error, resolution, near_kink }) {
  if (gradient === 0 && measured === 0) return t`Both are 0: moving it changes nothing.`;
  if (error <= AGREE) return t`They agree: relative difference ${value(error, 1)}.`;
  if (error <= resolution) return t`They differ by ${value(error, 1)}: so small a slope drowns in the rounding of L.`;
  if (near_kink) return t`They differ by ${value(error, 1)}: a unit stands at its kink, where there is no slope.`;
  return t`Relative difference ${value(error, 1)}: the loss bends within h.`;
}

/** The loss as the weight moves, and the slope that the gradient says. @param {Probed} probed */
function drawCurve({ arrays, gradient, loss }) {
  const { offsets, losses } = arrays;
  const finite = Array.from(losses.data).filter(Number.isFinite);
  const reach = offsets.data[offsets.data.length - 1];
  const middle = (Math.max(...finite) + Math.min(...finite)) / 2;
  const half = Math.max((Math.max(...finite) - Math.min(...finite)) / 2, (FLAT * loss) / 2, 1e-9) * 1.15;
  const x = (/** @type {number} */ offset) => (WIDTH * (offset + reach)) / (2 * reach);
  const y = (/** @type {number} */ at) => (HEIGHT * (middle + half - at)) / (2 * half);
  const d = Array.from(losses.data, (at, i) => `${i ? "L" : "M"}${x(offsets.data[i]).toFixed(1)} ${y(at).toFixed(1)}`).join("");
  const chart = byId("weight-chart");
  chart.replaceChildren(
    drawn("line", { x1: x(0), x2: x(0), y1: 0, y2: HEIGHT, class: "rate-axis" }),
    drawn("path", { d, class: "rate-own" }),
    drawn("line", { x1: 0, x2: WIDTH, y1: y(loss - gradient * reach), y2: y(loss + gradient * reach), class: "tangent" }),
    drawn("circle", { cx: x(0), cy: y(loss), r: 4, class: "rate-point" }),
  );
  const text = t`L over w ± ${value(reach)}; dashed: gradient`;
  chart.setAttribute("aria-label", t`The loss as the weight moves, from ${value(losses.data[0], 4)} to ${value(losses.data[losses.data.length - 1], 4)}, with the slope ${value(gradient, 3)}`);
  write(byId("weight-caption"), text);
}
