/** Scores: each class, what a threshold leaves, and whether the network is as right as it is sure. */

import { Chart } from "./charts.js";
import { byId, drawn, element, write } from "./dom.js";
import { t } from "./language.js";
import { change, draws, state } from "./state.js";
import { TERMS, term } from "./terms.js";
import { colour } from "./theme.js";
import { percent, sure, whole } from "./words.js";

/** Of the picture of calibration, in its own units. */
const WIDTH = 320;
const HEIGHT = 200;
const [LEFT, RIGHT, TOP, BOTTOM] = [40, 8, 10, 34];

/** @param {import("./app.js").Ask} ask */
export function startScores(ask) {
  const slider = /** @type {HTMLInputElement} */ (byId("threshold"));
  slider.addEventListener("input", () => change({ threshold: Number(slider.value) }));
  byId("show-doubtful").addEventListener("click", () => {
    const below = state.evaluation?.arrays.thresholds.data[state.threshold];
    if (below !== undefined) ask("doubtful", { of: state.of, below, first: 0 });
  });
  const chart = new Chart(byId("threshold-chart"), {
    format: (value) => `${+(100 * value).toFixed(1)} %`,
    reach: (low) => [Math.max(0, Math.floor(20 * Math.min(low ?? 0.9, 0.95)) / 20), 1],
  });
  draws(["evaluation"], drawClasses);
  draws(["evaluation", "theme"], drawReliability);
  draws(["evaluation", "threshold", "theme", "tab"], () => drawThreshold(chart, slider));
}

function drawClasses() {
  const { evaluation } = state;
  if (!evaluation) return byId("scores").replaceChildren();
  const { scores, support } = evaluation.arrays;
  /** @type {string[]} */
  const classes = evaluation.fields.classes;
  const value = (/** @type {number} */ share) => element("td", {}, Number.isFinite(share) ? percent(share, 2) : "–");
  const rows = classes.map((name, i) =>
    element(
      "tr",
      {},
      element("th", { scope: "row" }, name),
      ...[0, 1, 2].map((which) => value(scores.data[3 * i + which])),
      element("td", {}, whole(support.data[i])),
    ),
  );
  const means = /** @type {number[]} */ (evaluation.fields.macro);
  const mean = element("tr", { class: "mean" }, element("th", { scope: "row" }, t`mean`), ...means.map(value), element("td", {}, whole(evaluation.fields.images)));
  const titles = [t`Class`, t`Precision`, t`Recall`, "F1", t`Images`].map((each) =>
    element("th", { scope: "col" }, TERMS[each] ? term(each, TERMS[each]) : each),
  );
  byId("scores").replaceChildren(
    element("table", {}, element("thead", {}, element("tr", {}, ...titles)), element("tbody", {}, ...rows, mean)),
  );
}

/** @param {number} threshold */
function inPercent(threshold) {
  return `${+(100 * threshold).toFixed(1)} %`;
}

/** @param {Chart} chart @param {HTMLInputElement} slider */
function drawThreshold(chart, slider) {
  const { evaluation, threshold } = state;
  const doubtful = /** @type {HTMLButtonElement} */ (byId("show-doubtful"));
  const arrays = evaluation?.arrays;
  slider.value = String(threshold);
  slider.disabled = !arrays;
  if (!arrays || !evaluation) {
    write(byId("threshold-says"), "");
    doubtful.disabled = true;
    byId("threshold-chart").hidden = true;
    return;
  }
  byId("threshold-chart").hidden = false;
  const { thresholds, answered, coverage, accuracies } = arrays;
  const at = inPercent(thresholds.data[threshold]);
  write(byId("threshold-value"), at);
  slider.setAttribute("aria-valuetext", at);
  const n = answered.data[threshold];
  const { images } = evaluation.fields;
  const right = Number.isFinite(accuracies.data[threshold]) ? t`, ${percent(accuracies.data[threshold], 2)} of them right` : "";
  write(byId("threshold-says"), t`Answers ${whole(n)} of ${whole(images)} (${percent(coverage.data[threshold])})${right}.`);
  const left = images - n;
  write(doubtful, left ? t`Show the ${whole(left)} it leaves out` : t`It leaves out none`);
  doubtful.disabled = !left;
  if (state.tab !== "evaluate") return;
  const x = Array.from(thresholds.data, (each) => 100 * each);
  const finite = Array.from(accuracies.data, (each) => (Number.isFinite(each) ? each : null));
  chart.show({
    tables: [[x, Array.from(coverage.data), finite]],
    lines: [
      { name: t`answered`, colour: colour("soft"), width: 1.5, label: true, dash: [6, 3] },
      { name: t`right of these`, colour: colour("accent"), width: 2, label: true },
    ],
    marks: [{ at: x[threshold], text: "" }],
    range: [0, 100],
  });
  byId("threshold-chart").setAttribute("aria-label", t`At a threshold of ${at}: ${byId("threshold-says").textContent}`);
}

/** @param {number} share */
const across = (share) => LEFT + share * (WIDTH - LEFT - RIGHT);
/** @param {number} share */
const up = (share) => HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM);

function drawReliability() {
  const { evaluation } = state;
  const where = byId("reliability");
  if (!evaluation) {
    where.replaceChildren();
    write(byId("reliability-says"), "");
    return;
  }
  const { bin_counts: counts, bin_confidence: confidence, bin_accuracy: accuracy } = evaluation.arrays;
  const parts = Array.from(counts.data).flatMap((count, i) => (count ? bin(count, confidence.data[i], accuracy.data[i], i / counts.shape[0]) : []));
  const ticks = [0, 0.5, 1].flatMap((share) => [
    drawn("line", { class: "grid", x1: LEFT, x2: WIDTH - RIGHT, y1: up(share), y2: up(share) }),
    drawn("text", { x: LEFT - 6, y: up(share) + 4, "text-anchor": "end" }, `${100 * share} %`),
    drawn("text", { x: across(share), y: HEIGHT - BOTTOM + 14, "text-anchor": share === 1 ? "end" : "middle" }, `${100 * share} %`),
  ]);
  const names = [drawn("text", { x: across(0.5), y: HEIGHT - 4, "text-anchor": "middle" }, t`sure →`), drawn("text", { x: LEFT + 6, y: up(1) + 12 }, t`right ↑`)];
  const line = drawn("line", { class: "diagonal", x1: across(0), y1: up(0), x2: across(1), y2: up(1) });
  const said = Array.from(counts.data).flatMap((count, i) =>
    count ? [t`${whole(count)} answers with ${sure(confidence.data[i], 0)} confidence, ${percent(accuracy.data[i], 0)} right`] : [],
  );
  const label = t`Calibration: ${said.join("; ")}`;
  where.replaceChildren(drawn("svg", { class: "reliability", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": label }, ...ticks, ...names, line, ...parts));
  write(
    byId("reliability-says"),
    t`On average ${percent(evaluation.fields.calibration_error)} from as right as it is sure. A dot below the dashed line: surer than right. Small numbers: answers.`,
  );
}

/** A dot, its way to the diagonal, and how many answers it stands for.
 * @param {number} count @param {number} confidence @param {number} accuracy @param {number} low */
function bin(count, confidence, accuracy, low) {
  const [x, y] = [across(confidence), up(accuracy)];
  const kind = accuracy < confidence ? "over" : "under";
  const number = count >= 1000 ? `${Math.round(count / 1000)}k` : String(count);
  return [
    drawn("line", { class: `gap ${kind}`, x1: x, x2: x, y1: up(confidence), y2: y }),
    drawn("circle", { class: kind, cx: x, cy: y, r: 4 }),
    drawn("text", { class: "count", x: across(low + 0.05), y: HEIGHT - BOTTOM - 4, "text-anchor": "middle" }, number),
  ];
}
