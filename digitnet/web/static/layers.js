/** Hidden layers as chips: wider, narrower, away with it, one more. */

import { button, element } from "./dom.js";
import { t } from "./language.js";
import { state } from "./state.js";

const NEW_WIDTH = 64;
const WIDTHS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 800, 1024, 1536, 2048];

/** @param {import("./inputs.js").Told} told @returns {import("./controls.js").Control} */
export function layersControl({ choose, problem }) {
  const root = element("div", { class: "layer-chips", role: "group", "aria-label": t`Hidden layers`, "aria-describedby": "help-hidden_layer_sizes" });
  /** @type {number[]} */
  let sizes = [];
  const most = () => state.setup?.limits.layers ?? 8;
  const set = (/** @type {number} */ i, /** @type {number} */ width) => {
    const limit = state.setup?.limits.width ?? 2048;
    const input = root.querySelectorAll("input")[i];
    const fits = Number.isSafeInteger(width) && width >= 1 && width <= limit;
    problem(fits ? "" : t`a whole number from 1 to ${limit}`);
    if (!fits) return input.setAttribute("aria-invalid", "true");
    input.removeAttribute("aria-invalid");
    choose(sizes.with(i, width));
  };
  const add = button(t`Add a layer`, () => choose([...sizes, sizes.at(-1) ?? NEW_WIDTH]), { id: "add-layer" });
  const remove = (/** @type {number} */ i) => {
    choose(sizes.toSpliced(i, 1));
    add.focus();
  };
  root.append(add);

  const show = (/** @type {number[]} */ value) => {
    if (String(sizes) !== String(value)) {
      problem("");
      for (const each of root.querySelectorAll("input")) each.removeAttribute("aria-invalid");
    }
    sizes = value;
    const chips = root.querySelectorAll(".layer-chip");
    if (chips.length !== sizes.length) {
      root.replaceChildren(...sizes.map((_, i) => chip(i, () => sizes, set, remove)), add);
      // Replaced while it had the focus, it loses it.
      if (document.activeElement === document.body && chips.length) add.focus({ preventScroll: true });
    }
    root.querySelectorAll("input").forEach((input, i) => {
      if (document.activeElement !== input && !input.hasAttribute("aria-invalid")) input.value = String(sizes[i]);
    });
    add.disabled = sizes.length >= most();
  };
  return { root, show };
}

/** @param {number} i @param {() => number[]} sizes @param {(i: number, width: number) => void} set
 * @param {(i: number) => void} remove */
function chip(i, sizes, set, remove) {
  const named = t`Layer ${i + 1}`;
  const input = element("input", { type: "text", class: "digits", inputmode: "numeric", autocomplete: "off", "aria-label": t`${named}, units`, "aria-describedby": "help-hidden_layer_sizes" });
  input.addEventListener("change", () => set(i, Number(input.value.trim() || NaN)));
  const narrower = () => set(i, WIDTHS.filter((width) => width < sizes()[i]).at(-1) ?? 1);
  const wider = () => set(i, WIDTHS.find((width) => width > sizes()[i]) ?? sizes()[i]);
  return element(
    "div",
    { class: "layer-chip" },
    button("−", narrower, { "aria-label": t`${named}: fewer units` }),
    input,
    button("+", wider, { "aria-label": t`${named}: more units` }),
    button("×", () => remove(i), { "aria-label": t`Remove layer ${i + 1}`, class: "remove" }),
  );
}
