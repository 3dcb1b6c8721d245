/** Inputs: a number with a slider, names to choose from, yes or no. */

import { parsed } from "./address.js";
import { element, give } from "./dom.js";
import { HELPS } from "./helps.js";
import { t } from "./language.js";
import { effective } from "./settings.js";
import { plain } from "./words.js";

/** @typedef {import("./state.js").Setting} Setting */
/** @typedef {import("./controls.js").Control} Control */
/** @typedef {(value: any) => void} Choosing */
/** @typedef {{choose: Choosing, problem: (text: string) => void}} Told */

/** @param {Setting} setting @param {string} id @param {string} label @param {Told} told
 * @returns {Control} */
export function inputFor(setting, id, label, told) {
  const { choose } = told;
  switch (setting.kind) {
    case "yesno":
      return yesNo(setting, id, choose);
    case "name":
    case "names":
      return names(setting, id, told);
    default:
      return number(setting, id, label, told);
  }
}

/** @param {Setting} setting @param {string} id @param {Choosing} choose @returns {Control} */
function yesNo({ name }, id, choose) {
  const root = element("input", { type: "checkbox", id, "aria-describedby": `help-${name}` });
  root.addEventListener("change", () => choose(root.checked));
  return { root, show: (value) => (root.checked = value) };
}

/** @param {Setting} setting @param {string} id @param {Told} told @returns {Control} */
function names({ name, kind, choices, default: usual }, id, { choose, problem }) {
  const root = element("select", { id, "aria-describedby": `help-${name}` });
  if (usual === null) root.append(element("option", { value: "" }, HELPS[name]?.empty ?? "automatic"));
  root.append(...choices.map((each) => element("option", { value: each }, plain(each))));
  root.addEventListener("change", () => {
    const value = root.value || null;
    choose(kind === "names" ? [value] : value);
  });
  /** @param {any} value @param {import("./state.js").Settings} settings */
  const show = (value, settings) => {
    root.value = (kind === "names" ? value?.[0] : value) ?? "";
    if (name !== "activation") return;
    root.disabled = settings.hidden_layer_sizes?.length === 0;
    problem(root.disabled ? t`no hidden layer` : "");
  };
  return { root, show };
}

/** What a number may be, in words. @param {Setting} setting */
function expected({ kind, low, high }) {
  const what = kind === "whole" ? t`a whole number` : t`a number`;
  const isOpen = high === null || high >= 1e9;
  return isOpen ? t`${what} from ${low ?? 0} on` : t`${what} from ${low ?? 0} to ${high}`;
}

/** "0,5" as "0.5"; where a number is whole, a comma has no place.
 * @param {string} text @param {string} kind */
function withPoint(text, kind) {
  const plainText = text.trim();
  return kind === "number" && /^[^.,]*,[^.,]*$/.test(plainText) ? plainText.replace(",", ".") : plainText;
}

/** @param {Setting} setting @param {string} id @param {string} label @param {Told} told
 * @returns {Control} */
function number(setting, id, label, { choose, problem }) {
  const { name, kind } = setting;
  const help = HELPS[name] ?? { label, help: "" };
  const described = { "aria-describedby": `help-${name} note-${name}` };
  // Not of type number: where the decimal mark is another one, browsers make 5 of "0,5".
  const field = element("input", {
    type: "text",
    class: "digits",
    id,
    inputmode: kind === "whole" ? "numeric" : "decimal",
    autocomplete: "off",
    placeholder: help.empty,
    ...described,
  });
  /** @type {any} */
  let now = setting.default;
  const clear = () => {
    field.removeAttribute("aria-invalid");
    problem("");
  };
  const take = (/** @type {any} */ value) => {
    clear();
    choose(value);
  };
  field.addEventListener("change", () => {
    const text = withPoint(field.value, kind);
    if (text === "" && setting.default === null) return take(null);
    const value = parsed(text, setting);
    if (value !== undefined) return take(value);
    give(field, { "aria-invalid": "true" });
    problem(expected(setting));
  });
  field.addEventListener("keydown", (event) => {
    const by = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    const value = parsed(String(Number(field.value) + (by ?? 0)), setting);
    if (!by || kind !== "whole" || field.value === "" || value === undefined) return;
    event.preventDefault();
    field.value = String(value);
    take(value);
  });
  const slider = help.slider ? sliderFor(help, setting, label, described) : null;
  slider?.root.addEventListener("input", () => (field.value = String(slider.value())));
  slider?.root.addEventListener("change", () => take(slider.value()));
  const root = element("div", { class: slider ? "number with-slider" : "number" }, ...(slider ? [slider.root] : []), field);
  const show = (/** @type {any} */ value, /** @type {import("./state.js").Settings} */ settings) => {
    const before = now;
    now = effective(name, { ...settings, [name]: value });
    if (now !== before) clear();
    const wrong = field.hasAttribute("aria-invalid"); // stays to be seen until another value counts
    if (document.activeElement !== field && !wrong) field.value = now === null ? "" : String(+Number(now).toPrecision(12));
    if (slider && document.activeElement !== slider.root) slider.show(now);
  };
  return { root, show };
}

/** A slider for a number, or for the exponent of one.
 * @param {import("./helps.js").Help} help @param {Setting} setting @param {string} label
 * @param {Record<string, string>} described */
function sliderFor({ slider = [0, 1, 0.1], power }, { low, kind }, label, described) {
  const [least, most, step] = slider;
  const zero = power === 10 && low === 0 && label !== HELPS.learning_rate.label;
  const root = element("input", {
    type: "range",
    min: zero ? least - step : least,
    max: most,
    step,
    "aria-label": t`${label}, slider`,
    ...described,
  });
  const value = () => {
    const at = Number(root.value);
    if (zero && at < least) return 0;
    const exact = power ? power ** at : at;
    return kind === "whole" ? Math.round(exact) : +exact.toPrecision(power ? 2 : 6);
  };
  const show = (/** @type {number | null} */ now) => {
    const at = now === null ? least : power ? Math.log(now) / Math.log(power) : now;
    root.value = String(Number.isFinite(at) ? Math.max(Number(root.min), Math.min(most, at)) : root.min);
    root.setAttribute("aria-valuetext", String(now ?? ""));
  };
  root.addEventListener("input", () => root.setAttribute("aria-valuetext", String(value())));
  return { root, value, show };
}
