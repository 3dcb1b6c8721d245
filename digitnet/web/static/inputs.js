/** Inputs: a number with a slider, names to choose from, yes or no. */

import { parsed } from "./address.js";
import { element, give } from "./dom.js";
import { HELPS } from "./helps.js";
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
      return names(setting, id, choose);
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

/** @param {Setting} setting @param {string} id @param {Choosing} choose @returns {Control} */
function names({ name, kind, choices, default: usual }, id, choose) {
  const root = element("select", { id, "aria-describedby": `help-${name}` });
  if (usual === null) root.append(element("option", { value: "" }, HELPS[name]?.empty ?? "automatic"));
  root.append(...choices.map((each) => element("option", { value: each }, plain(each))));
  root.addEventListener("change", () => {
    const value = root.value || null;
    choose(kind === "names" ? [value] : value);
  });
  return { root, show: (value) => (root.value = (kind === "names" ? value?.[0] : value) ?? "") };
}

/** What a number may be, in words. @param {Setting} setting */
function expected({ kind, low, high }) {
  const end = high !== null && high < 1e9 ? ` to ${high}` : " on";
  return `${kind === "whole" ? "a whole number" : "a number"} from ${low ?? 0}${end}`;
}

/** @param {Setting} setting @param {string} id @param {string} label @param {Told} told
 * @returns {Control} */
function number(setting, id, label, { choose, problem }) {
  const { name, kind, low, high } = setting;
  const help = HELPS[name] ?? { label, help: "" };
  const described = { "aria-describedby": `help-${name} note-${name}` };
  const field = element("input", {
    type: "number",
    id,
    inputmode: kind === "whole" ? "numeric" : "decimal",
    step: kind === "whole" ? 1 : "any",
    min: low ?? undefined,
    max: high !== null && high < 1e6 ? high : undefined,
    placeholder: help.empty,
    ...described,
  });
  /** @type {any} */
  let now = setting.default;
  const take = (/** @type {any} */ value) => {
    field.removeAttribute("aria-invalid");
    problem("");
    choose(value);
  };
  field.addEventListener("change", () => {
    if (field.value === "" && setting.default === null) return take(null);
    const value = parsed(field.value, setting);
    if (value !== undefined) return take(value);
    give(field, { "aria-invalid": "true" });
    problem(expected(setting));
  });
  const slider = help.slider ? sliderFor(help, setting, label, described) : null;
  slider?.root.addEventListener("input", () => (field.value = String(slider.value())));
  slider?.root.addEventListener("change", () => take(slider.value()));
  const root = element("div", { class: slider ? "number with-slider" : "number" }, ...(slider ? [slider.root] : []), field);
  const show = (/** @type {any} */ value, /** @type {import("./state.js").Settings} */ settings) => {
    now = effective(name, { ...settings, [name]: value });
    if (document.activeElement !== field) field.value = now === null ? "" : String(+Number(now).toPrecision(6));
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
    "aria-label": `${label}, slider`,
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
