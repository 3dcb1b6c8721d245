/**
 * The element of a live figure: <digitnet-figure name="neuron" src="figures/neuron.svg" alt="…">.
 *
 * It is a picture, until a reader touches it: then Python begins (engine.js), and the figure becomes
 * controls and a drawing of what Python answers. Where there is no Python, it stays the picture, and
 * says why. An <img> inside the element is taken for the picture: it is there without scripts, too.
 */

import { button, element, write } from "./dom.js";
import { ask, needs, progress } from "./engine.js";
import { Knobs } from "./knobs.js";
import { onThemeChange } from "./tints.js";

/** @typedef {Record<string, number | string | boolean>} Settings */
/** @typedef {Record<string, any>} Answer fields and arrays, as digitnet/teach/figures says */
/** @typedef {{draw: (where: HTMLElement, answer: Answer, figure: LiveFigure) => void,
 *   actions?: (figure: LiveFigure) => HTMLElement[]}} Drawing */

const MEGABYTE = 1e6;
/** How long nothing changes before what is seen is said to screen readers. */
const PAUSE_MS = 400;
/** @type {Record<string, () => Promise<Drawing>>} */
const DRAWINGS = {
  neuron: () => import("./neuron.js"),
  softmax: () => import("./softmax.js"),
  chain: () => import("./chain.js"),
  valley: () => import("./valley.js"),
  saturation: () => import("./saturation.js"),
  units: () => import("./units.js"),
};

export class LiveFigure extends HTMLElement {
  constructor() {
    super();
    /** What the controls say. @type {Settings} */
    this.settings = {};
    /** What is drawn. @type {Answer | null} */
    this.answer = null;
    /** @type {Drawing | null} */
    this.drawing = null;
    /** @type {Knobs | null} */
    this.knobs = null;
    this.width = 0;
    this.asking = false;
    this.wanted = false;
    this.hadFocus = false;
    this.isBuilt = false;
    this.timer = 0;
    this.picture = element("img");
    this.where = element("div", { class: "figure-drawing" });
    this.said = element("p", { class: "figure-text", role: "status" });
    this.start = button("Move this figure", () => this.begin());
    this.cost = element("span", { class: "figure-cost" });
    this.bar = element("progress", { "aria-label": "Loading Python", hidden: true });
    this.starting = element("p", { class: "figure-start", hidden: true }, this.start, this.bar, this.cost);
  }

  get name() {
    return this.getAttribute("name") ?? "";
  }

  async connectedCallback() {
    if (this.isBuilt) return; // it was only moved
    this.isBuilt = true;
    const { src, alt } = Object.fromEntries(["src", "alt"].map((each) => [each, this.getAttribute(each) ?? ""]));
    this.picture = this.querySelector("img") ?? element("img", { src, alt });
    this.append(this.picture, this.starting, this.said);
    this.picture.addEventListener("click", () => this.begin());
    const { bytes, missing } = await needs();
    if (missing) return this.stays(missing);
    const cost = `loads Python first: ${(bytes / MEGABYTE).toFixed(0)} MB, once`;
    progress(({ ready }) => this.start.disabled || write(this.cost, ready ? "" : cost));
    this.starting.hidden = false;
    this.classList.add("can-move");
  }

  /** Let Python begin, and the figure move. */
  async begin() {
    if (!this.classList.contains("can-move") || this.start.disabled) return;
    this.hadFocus = document.activeElement === this.start; // which it loses
    this.start.disabled = true;
    const end = progress((standing) => this.loading(standing));
    try {
      if (!DRAWINGS[this.name]) throw new Error(`There is no figure ${this.name}.`);
      this.drawing = await DRAWINGS[this.name]();
      this.come(await ask("figure", { name: this.name, settings: {} }));
    } catch (error) {
      this.start.disabled = false;
      this.bar.hidden = true;
      write(this.cost, "");
      write(this.said, error instanceof Error ? error.message : String(error));
    } finally {
      end();
    }
  }

  /** @param {import("./begun.js").Standing} standing */
  loading({ bytes, all, ready }) {
    const partly = bytes < all;
    this.bar.hidden = false;
    if (partly) this.bar.value = bytes / all;
    else this.bar.removeAttribute("value");
    const size = `${(bytes / MEGABYTE).toFixed(1)} of ${(all / MEGABYTE).toFixed(1)} MB`;
    write(this.cost, partly ? size : ready ? "computing …" : all ? "starting Python …" : "loading …");
  }

  /** The first answer: controls take the place of the picture. @param {Answer} answer */
  come(answer) {
    this.settings = answer.settings;
    this.knobs = new Knobs(answer.controls, this.settings, (settings) => this.set(settings));
    const actions = this.drawing?.actions?.(this) ?? [];
    const row = element("div", { class: "figure-actions" }, ...actions, button("As it was", () => this.set(answer.settings)));
    this.setAttribute("role", "group");
    this.setAttribute("aria-label", answer.title);
    this.classList.remove("can-move");
    this.classList.add("moves");
    this.replaceChildren(this.where, this.said, this.knobs.root, row);
    if (this.hadFocus && document.activeElement === document.body) this.knobs.focus();
    new ResizeObserver(() => this.resized()).observe(this.where);
    onThemeChange(() => this.draw());
    this.shows(answer);
  }

  /** Change settings, as a reader does. @param {Settings} settings */
  set(settings) {
    this.settings = { ...this.settings, ...settings };
    this.knobs?.show(this.settings);
    this.compute();
  }

  /** Ask for what is wanted now: one question at a time, the last settings win. */
  async compute() {
    this.wanted = true;
    if (this.asking) return;
    this.asking = true;
    try {
      while (this.wanted) {
        this.wanted = false;
        this.shows(await ask("figure", { name: this.name, settings: this.settings }));
      }
    } catch (error) {
      write(this.said, error instanceof Error ? error.message : String(error));
    } finally {
      this.asking = false;
    }
  }

  /** @param {Answer} answer */
  shows(answer) {
    this.answer = answer;
    this.knobs?.hide(answer.unused ?? []);
    this.draw();
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => write(this.said, answer.text), PAUSE_MS);
  }

  resized() {
    if (this.where.clientWidth === this.width) return;
    this.width = this.where.clientWidth;
    this.draw();
  }

  draw() {
    if (this.answer && this.where.clientWidth) this.drawing?.draw(this.where, this.answer, this);
  }

  /** @param {string} why */
  stays(why) {
    this.starting.hidden = true;
    write(this.said, why);
  }
}

customElements.define("digitnet-figure", LiveFigure);
