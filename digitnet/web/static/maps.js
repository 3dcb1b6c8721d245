/** Maps: test images as points, by the pixels and by what each layer says of them. */

import { announce } from "./announce.js";
import { byId, element, write } from "./dom.js";
import { drawImage, sized } from "./images.js";
import { t } from "./language.js";
import { change, draws, state } from "./state.js";
import { whenSeen } from "./subject.js";
import { colour } from "./theme.js";
import { percent, whole, within } from "./words.js";

/** @typedef {import("./state.js").Message} Message */

const MARGIN = 10;
/** How near a point must be to be pointed at, in pixels. */
const NEAR = 14;
const COLOURS = 10;
/** With more mistakes than this share, rings would hide the rest. */
const MOST_RINGED = 0.2;
const FONT = "600 10px system-ui, sans-serif";
const LARGE = "700 17px system-ui, sans-serif";
/** @type {HTMLCanvasElement[]} */
let canvases = [];

/** @param {import("./app.js").Ask} ask */
export function startMaps(ask) {
  whenSeen(byId("maps-part"), () => state.maps.length > 0, () => ask("map"));
  draws(["maps", "sample", "theme", "tab"], showMaps);
  draws(["point", "theme"], () => {
    canvases.forEach(drawMap);
    showPoint();
  });
  byId("map-look").addEventListener("click", () => look(state.point));
}

/** @param {Message} message */
export function sampleCame(message) {
  change({ sample: message, maps: [], point: null });
}

/** @param {Message} message */
export function mapCame(message) {
  change({ maps: [...state.maps.filter((each) => each.fields.layer !== message.fields.layer), message] });
}

/** @param {number | null} point */
function look(point) {
  if (point === null) return;
  change({ source: { source: "test", index: point } });
  byId("inner-way").scrollIntoView({ block: "nearest" });
}

/** Whether those that are read wrong have rings. */
function ringed() {
  const { labels, predictions } = state.sample?.arrays ?? {};
  if (!labels || !predictions) return false;
  const wrong = Array.from(labels.data).filter((label, i) => label !== predictions.data[i]);
  return wrong.length > 0 && wrong.length <= MOST_RINGED * labels.data.length;
}

/** What the numbers of a map are. @param {number} layer @param {number} layers */
function nameOf(layer, layers) {
  if (layer === 0) return t`Pixels`;
  return layer === layers - 1 ? t`Scores of the classes` : t`Layer ${layer}`;
}

function showMaps() {
  const { maps, sample } = state;
  const where = byId("maps");
  if (sample) write(byId("maps-note"), t`the first ${whole(sample.fields.images)} test images, by their pixels and by what each layer says of them: the classes come apart;${ringed() ? t` ringed: read wrong;` : ""} point at one to see it everywhere`);
  if (where.children.length !== maps.length) {
    canvases = maps.map((_, i) => mapCanvas(i));
    where.replaceChildren(...canvases.map((canvas) => element("figure", {}, canvas, element("figcaption"))));
  }
  maps.forEach(({ fields }, i) => {
    const { layer, layers, separation, explained } = fields;
    const name = nameOf(layer, layers);
    const apart = t`${percent(separation, 0)} of all differences are between the classes`;
    const kept = t`this plane shows ${percent(explained[0] + explained[1], 0)} of the differences`;
    const caption = /** @type {HTMLElement} */ (where.children[i].lastElementChild);
    caption.replaceChildren(element("strong", {}, name), ` ${apart}; ${kept}.`);
    canvases[i].setAttribute("aria-label", t`Map by ${within(name)}: ${apart}`);
    drawMap(canvases[i], i);
  });
}

/** @param {number} index */
function mapCanvas(index) {
  const canvas = element("canvas", { tabindex: 0, role: "application", "aria-describedby": "map-help" });
  canvas.addEventListener("pointermove", (event) => pointAt(canvas, index, event));
  canvas.addEventListener("click", (event) => pointAt(canvas, index, event));
  canvas.addEventListener("keydown", (event) => pressed(canvas, index, event));
  new ResizeObserver(() => drawMap(canvas, index)).observe(canvas);
  return canvas;
}

/** Where the points of a map are on its canvas. @param {HTMLCanvasElement} canvas @param {number} index */
function places(canvas, index) {
  const { data } = state.maps[index].arrays.points;
  const n = data.length / 2;
  const [xs, ys] = [0, 1].map((c) => Array.from({ length: n }, (_, i) => data[2 * i + c]));
  const scaled = (/** @type {number[]} */ values, /** @type {number} */ room) => {
    const [low, high] = [Math.min(...values), Math.max(...values)];
    return values.map((value) => MARGIN + ((room - 2 * MARGIN) * (value - low)) / (high - low || 1));
  };
  return { xs: scaled(xs, canvas.clientWidth), ys: scaled(ys, canvas.clientHeight).map((y) => canvas.clientHeight - y) };
}

/** @param {HTMLCanvasElement} canvas @param {number} index */
function drawMap(canvas, index) {
  const { sample, subject, point } = state;
  const { clientWidth: width, clientHeight: height } = canvas;
  if (!state.maps[index] || !sample || !subject || !width || !height) return;
  const ratio = devicePixelRatio || 1;
  const context = sized(canvas, Math.round(width * ratio), Math.round(height * ratio));
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.font = FONT;
  const { xs, ys } = places(canvas, index);
  const { labels, predictions } = sample.arrays;
  const rings = ringed();
  xs.forEach((x, i) => {
    context.fillStyle = colour(`class-${labels.data[i] % COLOURS}`);
    context.fillText(subject.classes[labels.data[i]], x, ys[i]);
    if (rings && labels.data[i] !== predictions.data[i]) ring(context, x, ys[i], 8, "alarm", 1.5);
  });
  if (point === null || point >= xs.length) return;
  context.fillStyle = colour("paper");
  context.beginPath();
  context.arc(xs[point], ys[point], 12, 0, 2 * Math.PI);
  context.fill();
  ring(context, xs[point], ys[point], 12, "ink", 2);
  context.font = LARGE;
  context.fillStyle = colour(`class-${labels.data[point] % COLOURS}`);
  context.fillText(subject.classes[labels.data[point]], xs[point], ys[point] + 1);
}

/** @param {CanvasRenderingContext2D} context @param {number} x @param {number} y
 * @param {number} radius @param {string} name @param {number} width */
function ring(context, x, y, radius, name, width) {
  context.strokeStyle = colour(name);
  context.lineWidth = width;
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.stroke();
}

/** @param {HTMLCanvasElement} canvas @param {number} index @param {MouseEvent} event */
function pointAt(canvas, index, event) {
  const { xs, ys } = places(canvas, index);
  let [best, nearest] = [-1, NEAR];
  xs.forEach((x, i) => {
    const distance = Math.hypot(x - event.offsetX, ys[i] - event.offsetY);
    if (distance < nearest) [best, nearest] = [i, distance];
  });
  if (best >= 0 && best !== state.point) change({ point: best });
}

/** @param {HTMLCanvasElement} canvas @param {number} index @param {KeyboardEvent} event */
function pressed(canvas, index, event) {
  /** @type {Record<string, number[]>} */
  const directions = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };
  if (event.key === "Enter") look(state.point);
  const direction = directions[event.key];
  if (!direction) return;
  event.preventDefault();
  const { xs, ys } = places(canvas, index);
  const at = state.point ?? 0;
  let [best, nearest] = [at, Infinity];
  xs.forEach((x, i) => {
    const along = (x - xs[at]) * direction[0] + (ys[i] - ys[at]) * direction[1];
    const aside = Math.abs((x - xs[at]) * direction[1]) + Math.abs((ys[i] - ys[at]) * direction[0]);
    if (i !== at && along > 0 && aside <= along && along + aside < nearest) [best, nearest] = [i, along + aside];
  });
  change({ point: best });
  announce(saidOf(best));
}

/** @param {number} point */
function saidOf(point) {
  const { sample, subject } = state;
  if (!sample || !subject) return "";
  const { labels, predictions } = sample.arrays;
  const [label, guess] = [labels, predictions].map((each) => subject.classes[each.data[point]]);
  return t`Test image ${point}: a ${label}, read as ${guess}`;
}

function showPoint() {
  const { point, sample } = state;
  byId("map-image").hidden = point === null || !sample;
  if (point === null || !sample) return;
  const canvas = /** @type {HTMLCanvasElement} */ (byId("map-picture"));
  drawImage(canvas, sample.arrays.images, point);
  canvas.setAttribute("aria-label", saidOf(point));
  write(byId("map-says"), saidOf(point));
}
