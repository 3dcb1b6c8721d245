/** Robustness: how accuracy falls as test images are distorted, with one of them below the line. */

import { byId, drawn, element, write } from "./dom.js";
import { drawImage } from "./images.js";
import { t } from "./language.js";
import { change, draws, state } from "./state.js";
import { whenSeen } from "./subject.js";
import { percent, whole } from "./words.js";

/** @typedef {import("./state.js").Message} Message */

/** @type {Record<string, {title: string, text: (strength: number) => string}>} */
const KINDS = {
  noise: { title: t`Noise on each pixel, in % of full ink`, text: (strength) => `${Math.round(100 * strength)} %` },
  rotation: { title: t`Turned to the left or the right`, text: (strength) => `${strength}°` },
  shift: { title: t`Moved sideways, and up or down, in pixels`, text: (strength) => String(strength) },
  stroke: { title: t`Strokes wider (+) or thinner (−) at each side, in pixels`, text: (strength) => `${strength > 0 ? "+" : ""}${strength}`.replace("-", "−") },
};
/** Of the picture, in its own units. */
const WIDTH = 320;
const HEIGHT = 120;
/** There is room for "100 %" on the left. */
const [LEFT, TOP, BOTTOM] = [40, 12, 4];

/** @param {import("./app.js").Ask} ask */
export function startRobustness(ask) {
  whenSeen(byId("robust-part"), () => Object.keys(state.robustness).length > 0, () => ask("robustness"));
  draws(["robustness", "theme"], show);
}

/** @param {Message} message */
export function robustnessCame(message) {
  change({ robustness: { ...state.robustness, [message.fields.kind]: message } });
}

function show() {
  const told = Object.values(state.robustness);
  if (told.length) write(byId("robust-note"), t`the share of the first ${whole(told[0].fields.images)} test images that is still read right when all are distorted, more and more`);
  byId("robustness").replaceChildren(...told.map(part));
}

/** @param {Message} message */
function part({ fields, arrays }) {
  const { title, text } = KINDS[fields.kind] ?? { title: fields.kind, text: String };
  const { strengths, accuracies, examples } = arrays;
  const n = strengths.shape[0];
  const across = (/** @type {number} */ i) => LEFT + ((i + 0.5) * (WIDTH - LEFT)) / n;
  const up = (/** @type {number} */ share) => HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM);
  const places = Array.from(accuracies.data, (share, i) => [across(i), up(share)]);
  const said = Array.from(accuracies.data, (share, i) => `${text(strengths.data[i])}: ${percent(share)}`).join("; ");
  const svg = drawn(
    "svg",
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": `${title}. ${said}` },
    ...[0, 0.5, 1].map((share) => drawn("line", { class: "grid", x1: LEFT, x2: WIDTH, y1: up(share), y2: up(share) })),
    ...[0, 0.5, 1].map((share) => drawn("text", { class: "scale", x: LEFT - 6, y: up(share) + 3, "text-anchor": "end" }, `${100 * share} %`)),
    drawn("polyline", { points: places.map((place) => place.join(",")).join(" ") }),
    ...places.map(([x, y]) => drawn("circle", { cx: x, cy: y, r: 3 })),
    ...places.map(([x, y], i) => drawn("text", { x, y: y < 34 ? y + 14 : y - 7, "text-anchor": "middle" }, String(Math.round(100 * accuracies.data[i])))),
  );
  const strip = Array.from(strengths.data, (strength, i) => {
    const canvas = element("canvas", { class: "thumb" });
    if (i < examples.shape[0]) drawImage(canvas, examples, i);
    return element("div", {}, canvas, element("span", {}, text(Math.round(100 * strength) / 100).replace(" %", "")));
  });
  const row = element("div", { class: "strip", "aria-hidden": "true" }, ...strip);
  row.style.setProperty("--n", String(n));
  row.style.setProperty("--left", String(LEFT / WIDTH));
  return element("figure", {}, element("figcaption", {}, title), svg, row);
}
