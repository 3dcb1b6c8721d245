/** Hidden layers as chips: wider, narrower, away with it, one more. */

import { button, element } from "./dom.js";
import { state } from "./state.js";

const NEW_WIDTH = 64;
const WIDTHS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 800, 1024, 1536, 2048];

/** @param {(value: any) => void} choose @returns {import("./controls.js").Control} */
export function layersControl(choose) {
  const root = element("div", { class: "layer-chips", role: "group", "aria-label": "Hidden layers", "aria-describedby": "help-hidden_layer_sizes" });
  /** @type {number[]} */
  let sizes = [];
  const most = () => state.setup?.limits.layers ?? 8;
  const set = (/** @type {number} */ i, /** @type {number} */ width) => {
    const limit = state.setup?.limits.width ?? 2048;
    choose(sizes.with(i, Math.max(1, Math.min(limit, Math.round(width) || 1))));
  };
  const add = button("Add a layer", () => choose([...sizes, sizes.at(-1) ?? NEW_WIDTH]), { id: "add-layer" });
  const remove = (/** @type {number} */ i) => {
    choose(sizes.toSpliced(i, 1));
    add.focus();
  };
  root.append(add);

  const show = (/** @type {number[]} */ value) => {
    sizes = value;
    const chips = root.querySelectorAll(".layer-chip");
    if (chips.length !== sizes.length) {
      root.replaceChildren(...sizes.map((_, i) => chip(i, () => sizes, set, remove)), add);
      // Replaced while it had the focus, it loses it.
      if (document.activeElement === document.body && chips.length) add.focus({ preventScroll: true });
    }
    root.querySelectorAll("input").forEach((input, i) => {
      if (document.activeElement !== input) input.value = String(sizes[i]);
    });
    add.disabled = sizes.length >= most();
  };
  return { root, show };
}

/** @param {number} i @param {() => number[]} sizes @param {(i: number, width: number) => void} set
 * @param {(i: number) => void} remove */
function chip(i, sizes, set, remove) {
  const named = `Layer ${i + 1}`;
  const input = element("input", { type: "number", min: 1, step: 1, "aria-label": `${named}, units`, "aria-describedby": "help-hidden_layer_sizes" });
  input.addEventListener("change", () => set(i, Number(input.value)));
  const narrower = () => set(i, WIDTHS.filter((width) => width < sizes()[i]).at(-1) ?? 1);
  const wider = () => set(i, WIDTHS.find((width) => width > sizes()[i]) ?? sizes()[i]);
  return element(
    "div",
    { class: "layer-chip" },
    button("−", narrower, { "aria-label": `${named}: fewer units` }),
    input,
    button("+", wider, { "aria-label": `${named}: more units` }),
    button("×", () => remove(i), { "aria-label": `Remove layer ${i + 1}`, class: "remove" }),
  );
}
