/** By rate: the learning rate, and above it the loss after a step with each that could be chosen. */

import { explains } from "./bubble.js";
import { byId, drawn, element, write } from "./dom.js";
import { apart, value } from "./formula.js";
import { t } from "./language.js";
import { change, draws, state } from "./state.js";
import { reached } from "./steps.js";

const [LOWEST, HIGHEST] = [-4, 1];
const STEP = 0.1;
/** In pixels, where the chart is not seen so far. */
const [WIDTH, HEIGHT] = [240, 80];
/** Room for the words at the upper end. */
const TOP = 20;
/** Losses above this many times what they were before are beyond the chart. */
const ROOM = 1.6;
const BEYOND = t`↑ beyond the chart`;
const HELP = t`η, how far the step goes: too far, and what was known of other images is lost; too short, and nothing happens.`;

/** @param {(rate: number) => void} choose */
export function startByRate(choose) {
  const slider = element("input", { type: "range", id: "step-rate", min: LOWEST, max: HIGHEST, step: STEP, "aria-describedby": "help-step-rate" });
  const label = element("label", { for: "step-rate", class: "small" }, t`η, learning rate `);
  const shown = element("output", { for: "step-rate", id: "step-rate-value" });
  const chart = drawn("svg", { id: "rate-chart", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img" });
  const words = element("p", { class: "small", id: "rate-words" });
  const help = element("span", { class: "unseen", id: "help-step-rate" }, HELP);
  byId("by-rate").append(chart, words, slider, element("div", { class: "row rate-row" }, label, shown), help);
  explains(slider, HELP);
  slider.addEventListener("input", () => {
    const rate = Number((10 ** Number(slider.value)).toPrecision(2));
    write(shown, value(rate));
    slider.setAttribute("aria-valuetext", value(rate));
    choose(rate);
  });
  slider.addEventListener("change", () => change({ hovered: null }));
  draws(["wish"], () => {
    if (document.activeElement !== slider) slider.value = String(Math.log10(state.wish.rate));
    slider.setAttribute("aria-valuetext", value(state.wish.rate));
    write(shown, value(state.wish.rate));
  });
  draws(["walked", "stage", "wish"], drawChart);
}

function drawChart() {
  const { walked, wish } = state;
  const chart = byId("rate-chart");
  chart.replaceChildren();
  const words = byId("rate-words");
  chart.classList.toggle("none-yet", !walked || !reached("update"));
  if (!walked || !reached("update")) {
    chart.setAttribute("aria-label", t`Loss after the step by learning rate: comes with the update`);
    write(words, t`What the step does to the loss comes with the update.`);
    words.className = "soft rate-words";
    return;
  }
  const [width, height] = [chart.clientWidth || WIDTH, chart.clientHeight || HEIGHT];
  chart.setAttribute("viewBox", `0 0 ${width} ${height}`);
  const { rates, losses, other_losses: others } = walked.arrays;
  const before = walked.others_change[0] ?? 0;
  const most = ROOM * Math.max(walked.loss, before, 1e-9);
  const x = (/** @type {number} */ rate) => ((Math.log10(rate) - LOWEST) / (HIGHEST - LOWEST)) * width;
  const y = (/** @type {number} */ loss) => height - 2 - Math.min(1, (Number.isFinite(loss) ? loss : 10 * most) / most) * (height - TOP - 2);
  const path = (/** @type {ArrayLike<number>} */ values) => Array.from(values, (loss, i) => `${i ? "L" : "M"}${x(rates.data[i]).toFixed(1)} ${y(loss).toFixed(1)}`).join("");
  const isBeyond = [...losses.data, ...others.data].some((loss) => !(loss <= most));
  const at = x(wish.rate);
  chart.append(
    ...[0, most].flatMap((loss) => [
      drawn("line", { x1: 0, x2: width, y1: y(loss), y2: y(loss), class: "rate-axis" }),
      drawn("text", { x: 0, y: y(loss) - 3, class: "rate-tick" }, loss ? `L = ${value(loss, 2)}` : "0"),
    ]),
    ...(isBeyond ? [drawn("text", { x: width, y: y(most) - 3, "text-anchor": "end", class: "rate-tick" }, BEYOND)] : []),
    drawn("line", { x1: at, x2: at, y1: y(most), y2: height, class: "rate-now" }),
    ...(others.data.length ? [drawn("path", { d: path(others.data), class: "rate-others" })] : []),
    drawn("path", { d: path(losses.data), class: "rate-own" }),
    drawn("circle", { cx: at, cy: Math.max(3, y(walked.loss_after ?? Infinity)), r: 4, class: "rate-point" }),
  );
  const own = t`this image: ${apart(walked.loss, walked.loss_after, 3).join(" → ")}`;
  const [was, is] = walked.others_change;
  const rest = walked.others ? t`first ${walked.others} other test images: ${apart(was, is, 3).join(" → ")}` : "";
  words.className = "rate-words rate-legend";
  words.replaceChildren(
    element("span", { class: "key own" }),
    t`this image `,
    ...(rest ? [element("span", { class: "key others" }), rest] : []),
  );
  chart.setAttribute("aria-label", t`Loss after the step by learning rate, from ${10 ** LOWEST} to ${10 ** HIGHEST}: ${own}${rest ? `; ${rest}` : ""}${isBeyond ? t`; part of it is beyond the chart` : ""}`);
}
