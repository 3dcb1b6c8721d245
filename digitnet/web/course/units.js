/** Figure 6: the weights of all hidden units as pictures, and the digits that excite one of them. */

import { button, drawn, element } from "./dom.js";
import { drawing, label, told } from "./plot.js";
import { inked, oneOf, signed } from "./tints.js";

const STEPS_AT_ONCE = 50;
const MOST_STEPS = 1000;
const GAP = 6;
const LARGE = 148;
const SMALL = 52;
const NARROW = 480;
const PER_ROW = 5;

/** @param {import("./figure.js").LiveFigure} figure */
export function actions(figure) {
  const learn = () => figure.set({ steps: Math.min(MOST_STEPS, Number(figure.settings.steps) + STEPS_AT_ONCE) });
  return [button(`Learn ${STEPS_AT_ONCE} more steps`, learn), button("Back to the first weights", () => figure.set({ steps: 0 }))];
}

/** @param {HTMLElement} where @param {import("./figure.js").Answer} answer @param {import("./figure.js").LiveFigure} figure */
export function draw(where, answer, figure) {
  const width = where.clientWidth;
  const chosen = answer.settings.unit - 1;
  const shade = (/** @type {number} */ weight) => weight / answer.limit;
  const addresses = Array.from({ length: answer.weights.shape[0] }, (_, n) => signed(oneOf(answer.weights, n), shade));
  const one = element("div", { class: "figure-pair" }, large(addresses[chosen], chosen + 1), exciting(answer, where));
  where.replaceChildren(all(addresses, chosen, width, figure), one);
}

/** All units; a click chooses one, as the slider does. @param {string[]} addresses @param {number} chosen
 * @param {number} width @param {import("./figure.js").LiveFigure} figure */
function all(addresses, chosen, width, figure) {
  const columns = width < NARROW ? 4 : 8;
  const side = (width - (columns - 1) * GAP) / columns;
  const tiles = addresses.map((address, n) => {
    const [x, y] = [(n % columns) * (side + GAP), Math.floor(n / columns) * (side + GAP)];
    const tile = drawn("g", { class: n === chosen ? "tile chosen" : "tile" }, drawn("image", { href: address, x, y, width: side, height: side, class: "crisp" }));
    tile.append(drawn("rect", { x: x + 1, y: y + 1, width: side - 2, height: side - 2 }), label(x + 6, y + 15, String(n + 1), "small"));
    tile.addEventListener("click", () => figure.set({ unit: n + 1 }));
    return tile;
  });
  const height = Math.ceil(addresses.length / columns) * (side + GAP);
  return drawing(width, height, `The weights of ${addresses.length} hidden units as pictures: blue speaks for the unit, orange against it`, ...tiles);
}

/** @param {string} address @param {number} number */
function large(address, number) {
  const picture = drawn("image", { href: address, y: 24, width: LARGE, height: LARGE, class: "crisp" });
  const frame = drawn("rect", { x: 0.5, y: 24.5, width: LARGE - 1, height: LARGE - 1, class: "frame" });
  return drawing(LARGE, LARGE + 26, `The weights of unit ${number}`, label(0, 14, `Unit ${number}`, "strong"), picture, frame);
}

/** The digits with what they are, and what the unit says of each.
 * @param {import("./figure.js").Answer} answer @param {HTMLElement} where */
function exciting({ images, labels, says, settings }, where) {
  const width = PER_ROW * (SMALL + GAP);
  const tiles = labels.map((/** @type {number} */ digit, /** @type {number} */ n) => {
    const [x, y] = [(n % PER_ROW) * (SMALL + GAP), 24 + Math.floor(n / PER_ROW) * (SMALL + 24)];
    const place = drawn("g", {}, drawn("image", { href: inked(oneOf(images, n), where), x, y, width: SMALL, height: SMALL }));
    place.append(label(x + SMALL / 2, y + SMALL + 12, told(says[n], 2), "tick middle"));
    place.append(drawn("title", {}, `A ${digit}, of which the unit says ${told(says[n])}`));
    return place;
  });
  const words = labels.length ? "Digits that excite it most, and what it says of each" : "No digit excites it: it is silent for all.";
  const height = 24 + 2 * (SMALL + 24);
  return drawing(width, height, `${words}: ${labels.join(", ")} (unit ${settings.unit})`, label(0, 14, labels.length ? "excited most by, and how much" : words, "soft"), ...tiles);
}
