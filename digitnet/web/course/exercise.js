/**
 * The element of an exercise: <digitnet-exercise number="5" file="exercise-05.py" pages="../">, with the source that
 * a pupil gets in <pre class="exercise-start"> and a solution in <details class="exercise-solution">.
 * Without scripts both are there to be read. With them the source is an editor; what is written in it
 * is kept in this browser. Python checks it (engine.js); where there is none, a sentence says what to do.
 * Where a verdict names a page of the documentation, that is a link (references.js) to it below `pages`.
 */

import { button, element, write } from "./dom.js";
import { Editor, KEYS } from "./editor.js";
import { ask, needs, progress } from "./engine.js";
import { linked } from "./references.js";

/** @typedef {{passed: boolean, text: string, printed: string}} Verdict */

const MEGABYTE = 1e6;
/** How long nobody writes before it is kept. */
const PAUSE_MS = 300;

export class Exercise extends HTMLElement {
  constructor() {
    super();
    this.begin = "";
    this.timer = 0;
    /** @type {Editor | null} */
    this.editor = null;
    this.check = button("Check", () => this.checks());
    this.reset = button("Reset", () => this.resets());
    this.standing = element("span", { class: "exercise-standing" });
    this.verdict = element("pre", { class: "exercise-verdict", hidden: true });
    this.told = element("div", { class: "exercise-told", role: "status" }, this.verdict);
  }

  get number() {
    return Number(this.getAttribute("number"));
  }

  get file() {
    return this.getAttribute("file") ?? `exercise-${this.number}.py`;
  }

  /** Under which what is written is kept. */
  get key() {
    return `digitnet-exercise-${this.number}`;
  }

  async connectedCallback() {
    const start = this.querySelector(".exercise-start");
    if (this.editor || !start) return;
    this.begin = start.textContent ?? "";
    const id = `exercise-keys-${this.number}`;
    this.editor = new Editor(`Your Python for exercise ${this.number}`, id, () => this.changed());
    this.editor.text = kept(this.key) ?? this.begin;
    const keys = element("p", { class: "exercise-keys", id }, KEYS);
    const row = element("div", { class: "exercise-actions" }, this.check, this.reset, this.download(), this.standing);
    start.replaceWith(this.editor.root, keys, row, this.told);
    this.check.disabled = true;
    const { bytes, missing } = await needs();
    if (missing) return this.cannot();
    this.check.disabled = false;
    write(this.standing, `the first check loads Python: ${(bytes / MEGABYTE).toFixed(0)} MB, once`);
  }

  /** Say how it is checked where there is no Python in the page. */
  cannot() {
    this.check.remove();
    const command = `digitnet exercise ${this.number} --check ${this.file}`;
    write(this.standing, "");
    this.told.append(element("p", { class: "exercise-missing" },
      "This page has no Python, so nothing is checked in it: download your file, and check it with ",
      element("code", {}, command), "."));
  }

  download() {
    return button("Download", () => {
      const address = URL.createObjectURL(new Blob([this.source], { type: "text/x-python" }));
      const link = element("a", { href: address, download: this.file });
      link.click();
      setTimeout(() => URL.revokeObjectURL(address), 1000);
    });
  }

  get source() {
    return this.editor?.text ?? "";
  }

  changed() {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => keep(this.key, this.source === this.begin ? null : this.source), PAUSE_MS);
  }

  resets() {
    if (this.source !== this.begin && !confirm("Throw away what you have written, and begin again?")) return;
    if (this.editor) this.editor.text = this.begin;
    this.changed();
    this.verdict.hidden = true;
    this.classList.remove("passed", "not-yet");
  }

  async checks() {
    if (this.check.disabled) return;
    this.check.disabled = true;
    const end = progress((standing) => this.loads(standing));
    try {
      this.tells(await ask("check", { number: this.number, source: this.source }));
    } catch (error) {
      this.tells({ passed: false, text: error instanceof Error ? error.message : String(error), printed: "" });
    } finally {
      end();
      write(this.standing, "");
      this.check.disabled = false;
    }
  }

  /** @param {import("./begun.js").Standing} standing */
  loads({ bytes, all, ready }) {
    const size = `loading Python: ${(bytes / MEGABYTE).toFixed(1)} of ${(all / MEGABYTE).toFixed(1)} MB`;
    write(this.standing, ready ? "checking …" : all && bytes < all ? size : "starting Python …");
  }

  /** @param {Verdict} verdict */
  tells({ passed, text, printed }) {
    this.verdict.hidden = false;
    const pages = this.getAttribute("pages");
    this.verdict.replaceChildren(...(pages === null ? [text] : linked(text, pages)));
    if (printed) this.verdict.append(`\n\nYour code printed:\n${printed}`);
    this.classList.toggle("passed", passed);
    this.classList.toggle("not-yet", !passed);
  }
}

/** What is kept under a key, null where there is nothing, or nothing can be kept. @param {string} key */
function kept(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

/** @param {string} key @param {string | null} text null for nothing */
function keep(key, text) {
  try {
    if (text === null) localStorage.removeItem(key);
    else localStorage.setItem(key, text);
  } catch {
    // A browser that keeps nothing: what is written stays until the page is left.
  }
}

customElements.define("digitnet-exercise", Exercise);
