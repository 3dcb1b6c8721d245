/** Learned: what the network has become. Weights as images, layers, confusion, mistakes. */

import { byId, element, write } from "./dom.js";
import { drawGrey, drawShares, drawWeights, imageOf, sized } from "./images.js";
import { t } from "./language.js";
import { draws, state } from "./state.js";
import { colour } from "./theme.js";
import { TERMS, term } from "./terms.js";
import { percent, sure, whole } from "./words.js";

const COLUMNS = 8;
/** Without hidden layer there is a picture for each class. */
const COLUMNS_OF_CLASSES = 5;
const CLASSES = Array.from({ length: 10 }, (_, i) => i);
/** Shares of dead or saturated units from here on are shown as trouble. */
const TROUBLE = 0.25;

export function startLearned() {
  draws(["weights", "theme"], drawFirstLayer);
  draws(["layers", "theme"], drawLayers);
  draws(["confusion", "theme"], () => {
    drawConfusion();
    drawMistakes();
  });
}

function drawFirstLayer() {
  const { weights } = state;
  const canvas = /** @type {HTMLCanvasElement} */ (byId("weights"));
  canvas.classList.toggle("empty", !weights);
  const images = weights?.arrays.images;
  const classes = state.training?.sizes.length === 2;
  if (images) drawWeights(canvas, images, classes ? COLUMNS_OF_CLASSES : COLUMNS, 2);
  else sized(canvas, 1, 1);
  const n = images?.shape[0] ?? 0;
  const note = !weights ? t`appears with the first steps` : t`${n === weights.fields.units ? t`all` : n} of ${whole(weights.fields.units)} units`;
  const names = images && classes ? CLASSES : [];
  byId("weights-labels").replaceChildren(...names.map((each) => element("span", {}, String(each))));
  write(byId("weights-note"), names.length ? t`what speaks for each digit, and against` : note);
  canvas.setAttribute("aria-label", t`Weights of the first layer: ${weights ? t`${n} images, blue for, orange against` : t`nothing yet`}`);
}

function drawLayers() {
  const { layers } = state;
  const where = byId("layers");
  if (!layers) {
    where.replaceChildren(empty(t`Appears with the first steps.`));
    return;
  }
  /** @type {{name: string, units: number, dead: number, saturated: number}[]} */
  const described = layers.fields.layers;
  if (!described.length) {
    where.replaceChildren(empty(t`There is no hidden layer.`));
    return;
  }
  const head = [t`Layer`, t`Dead`, t`Saturated`, t`Activations`, t`Gradients`];
  const rows = described.map((each, i) =>
    element(
      "tr",
      {},
      element("th", { scope: "row" }, `${i + 1}: ${each.units}`),
      share(each.dead),
      share(each.saturated),
      element("td", {}, histogram("activation", i)),
      element("td", {}, histogram("gradient", i)),
    ),
  );
  const titles = head.map((each) => element("th", { scope: "col" }, TERMS[each] ? term(each, TERMS[each]) : each));
  where.replaceChildren(
    element("table", {}, element("thead", {}, element("tr", {}, ...titles)), element("tbody", {}, ...rows)),
  );
}

/** @param {number} value */
function share(value) {
  return element("td", { class: value >= TROUBLE ? "trouble" : undefined }, percent(value, 0));
}

/** @param {"activation" | "gradient"} what @param {number} layer */
function histogram(what, layer) {
  const arrays = state.layers?.arrays ?? {};
  const shares = arrays[`${what}s`];
  const edges = arrays[`${what}_edges`];
  if (!shares || !edges) return "–";
  const bins = shares.shape[1];
  const own = edges.data.subarray(layer * (bins + 1), (layer + 1) * (bins + 1));
  const size = (/** @type {number} */ edge) => (what === "gradient" ? `10${raised(Math.round(edge))}` : String(+edge.toPrecision(2)));
  const [low, high] = [size(own[0]), size(own[bins])];
  const canvas = element("canvas", { role: "img", "aria-label": what === "gradient" ? t`gradients from ${low} to ${high}` : t`activations from ${low} to ${high}` });
  drawShares(canvas, shares.data.subarray(layer * bins, (layer + 1) * bins), colour("accent"));
  const ends = element("span", { class: "ends small soft" }, element("span", {}, low), element("span", {}, high));
  return element("div", { class: "histogram" }, canvas, ends);
}

/** -3 as a superscript. @param {number} power */
function raised(power) {
  return Array.from(String(power), (sign) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(sign)] ?? "⁻").join("");
}

function drawConfusion() {
  const { confusion } = state;
  const counts = confusion?.arrays.matrix?.data;
  const { right = 0, images = 0 } = confusion?.fields ?? {};
  write(
    byId("confusion-note"),
    images ? t`${whole(right)} of ${whole(images)} right` : t`appears after the first epoch`,
  );
  const wrong = CLASSES.flatMap((row) => CLASSES.map((column) => (row === column || !counts ? 0 : counts[10 * row + column])));
  const most = Math.max(1, ...wrong);
  const rows = CLASSES.map((row) =>
    element("tr", {}, element("th", { scope: "row" }, String(row)), ...CLASSES.map((column) => cell(row, column, counts, most))),
  );
  const titles = CLASSES.map((each) => element("th", { scope: "col" }, String(each)));
  byId("confusion").replaceChildren(
    element(
      "table",
      { "aria-label": t`Rows: what it is; columns: what it is taken for` },
      element("caption", { class: "small soft" }, t`read as →`),
      element("thead", {}, element("tr", {}, element("td", { class: "axis soft" }, t`is ↓`), ...titles)),
      element("tbody", {}, ...rows),
    ),
  );
}

/** @param {number} row @param {number} column @param {ArrayLike<number> | undefined} counts
 * @param {number} most */
function cell(row, column, counts, most) {
  const count = counts?.[10 * row + column] ?? 0;
  const made = element("td", { class: row === column ? "hit" : "miss" }, counts && count ? String(count) : "");
  if (row !== column) made.style.setProperty("--share", String(count / most));
  return made;
}

function drawMistakes() {
  const { confusion } = state;
  const images = confusion?.arrays.mistaken;
  /** @type {{label: string, prediction: string, confidence: number}[]} */
  const mistakes = confusion?.fields.mistakes ?? [];
  if (!confusion || !images || !mistakes.length) {
    byId("mistakes").replaceChildren(empty(confusion ? t`None: it read them all.` : t`Appear after the first epoch.`));
    return;
  }
  byId("mistakes").replaceChildren(
    ...mistakes.map(({ label, prediction, confidence }, i) => {
      const canvas = element("canvas", { class: "thumb large", role: "img", "aria-label": t`A ${label}` });
      drawGrey(canvas, imageOf(images, i));
      const text = element("figcaption", { class: "small" }, t`${label} taken for ${prediction}, ${sure(confidence, 0)}`);
      return element("figure", { class: "mistake" }, canvas, text);
    }),
  );
}

/** @param {string} sentence */
function empty(sentence) {
  return element("p", { class: "small soft" }, sentence);
}
