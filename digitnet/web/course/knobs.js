/** Knobs: the controls of a figure, as Python describes them: sliders, choices, switches. */

import { element, write } from "./dom.js";

/** @typedef {{kind: string, name: string, label: string, low: number, high: number, step: number,
 *   options: {value: string, label: string}[]}} Control */
/** @typedef {import("./figure.js").Settings} Settings */

/** Ids are of the whole page, and a figure may be there twice. */
let counted = 0;

export class Knobs {
  /**
   * @param {Control[]} controls
   * @param {Settings} settings
   * @param {(settings: Settings) => void} changed told the settings that a reader has changed
   */
  constructor(controls, settings, changed) {
    /** @type {Map<string, {row: HTMLElement, show: (value: any) => void}>} */
    this.rows = new Map();
    for (const each of controls) this.rows.set(each.name, KINDS[each.kind](each, (value) => changed({ [each.name]: value })));
    this.root = element("div", { class: "figure-knobs" }, ...[...this.rows.values()].map(({ row }) => row));
    this.show(settings);
  }

  /** @param {Settings} settings */
  show(settings) {
    for (const [name, { show }] of this.rows) show(settings[name]);
  }

  /** Hide those that change nothing at the moment. @param {string[]} names */
  hide(names) {
    for (const [name, { row }] of this.rows) row.hidden = names.includes(name);
  }

  focus() {
    const first = /** @type {HTMLElement | null} */ (this.root.querySelector("input, select"));
    first?.focus();
  }
}

/** @type {Record<string, (control: Control, changed: (value: any) => void) => {row: HTMLElement, show: (value: any) => void}>} */
const KINDS = { slider, choice, switch: toggle };

/** @param {Control} control @param {(value: number) => void} changed */
function slider({ label, low, high, step }, changed) {
  const id = newId();
  const input = element("input", { type: "range", id, min: low, max: high, step });
  const value = element("output", { for: id });
  const digits = String(step).split(".")[1]?.length ?? 0;
  const show = (/** @type {number} */ now) => {
    if (input.valueAsNumber !== now) input.value = String(now);
    const text = now.toFixed(digits).replace("-", "−");
    write(value, text);
    input.setAttribute("aria-valuetext", text);
  };
  input.addEventListener("input", () => changed(input.valueAsNumber));
  return { row: element("div", { class: "figure-slider" }, element("label", { for: id }, label), input, value), show };
}

/** @param {Control} control @param {(value: string) => void} changed */
function choice({ label, options }, changed) {
  const id = newId();
  const select = element("select", { id }, ...options.map((each) => element("option", { value: each.value }, each.label)));
  select.addEventListener("change", () => changed(select.value));
  const row = element("div", { class: "figure-choice" }, element("label", { for: id }, label), select);
  return { row, show: (/** @type {string} */ now) => void (select.value = now) };
}

/** @param {Control} control @param {(value: boolean) => void} changed */
function toggle({ label }, changed) {
  const id = newId();
  const input = element("input", { type: "checkbox", id });
  input.addEventListener("change", () => changed(input.checked));
  const row = element("div", { class: "figure-switch" }, input, element("label", { for: id }, label));
  return { row, show: (/** @type {boolean} */ now) => void (input.checked = now) };
}

function newId() {
  counted += 1;
  return `figure-knob-${counted}`;
}
