/**
 * An editor of Python: a plain text field with numbers of lines, and with the few keys that Python
 * needs. Long lines wrap: below the field lies the same text, unseen, in an element for each line, which
 * is as high as its line and carries the number. Tab indents, Shift and Tab takes it back; Escape lets the next Tab leave, for whoever has no
 * mouse. What is written can be undone.
 */

import { element } from "./dom.js";

const INDENT = "    ";
export const KEYS = "Tab indents. Esc, then Tab, leaves the editor.";

export class Editor {
  /**
   * @param {string} label for screen readers
   * @param {string} described the id of KEYS on the page
   * @param {() => void} changed after each change
   */
  constructor(label, described, changed) {
    this.changed = changed;
    this.leaving = false;
    this.numbers = element("div", { class: "editor-numbers", "aria-hidden": "true" });
    this.field = element("textarea", {
      class: "editor-field", "aria-label": label, "aria-describedby": described, wrap: "soft",
      autocapitalize: "off", autocomplete: "off", autocorrect: "off", spellcheck: "false",
    });
    this.root = element("div", { class: "editor" }, this.numbers, this.field);
    this.field.addEventListener("input", () => this.draw());
    this.field.addEventListener("keydown", (event) => this.pressed(event));
    this.field.addEventListener("blur", () => { this.leaving = false; });
  }

  get text() {
    return this.field.value;
  }

  /** Put another text there; it is not told of. */
  set text(text) {
    this.field.value = text;
    this.number();
  }

  draw() {
    this.number();
    this.changed();
  }

  /** Number the lines, and be as high as they are. */
  number() {
    const lines = this.text.split("\n");
    const missing = Array.from({ length: Math.max(0, lines.length - this.numbers.childElementCount) });
    this.numbers.append(...missing.map(() => element("span")));
    [...this.numbers.children].forEach((each, i) => {
      if (i >= lines.length) each.remove();
      else if (each.textContent !== lines[i]) each.textContent = lines[i];
    });
  }

  /** @param {KeyboardEvent} event */
  pressed(event) {
    if (event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === "Escape") {
      this.leaving = true;
      return;
    }
    if (event.key === "Tab" && !this.leaving) {
      event.preventDefault();
      if (event.shiftKey) this.outdent();
      else this.indent();
    } else if (event.key === "Enter") {
      event.preventDefault();
      this.insert(`\n${this.indentOfNextLine()}`);
    }
    if (event.key !== "Shift") this.leaving = false;
  }

  /** Of the line where the cursor is, one step more behind a colon. */
  indentOfNextLine() {
    const line = this.text.slice(this.lineStart(), this.field.selectionStart);
    const [indent] = /** @type {RegExpMatchArray} */ (line.match(/^ */));
    return /:\s*(#.*)?$/.test(line) ? indent + INDENT : indent;
  }

  lineStart() {
    return this.text.lastIndexOf("\n", this.field.selectionStart - 1) + 1;
  }

  indent() {
    const { selectionStart, selectionEnd } = this.field;
    if (!this.text.slice(selectionStart, selectionEnd).includes("\n")) {
      const column = selectionStart - this.lineStart();
      return this.insert(INDENT.slice(column % INDENT.length));
    }
    this.changeLines((line) => (line ? INDENT + line : line));
  }

  outdent() {
    this.changeLines((line) => line.replace(/^ {1,4}/, ""));
  }

  /** Change the lines that the selection touches. @param {(line: string) => string} change */
  changeLines(change) {
    const start = this.lineStart();
    const cursor = this.field.selectionStart;
    const selected = this.field.selectionEnd !== cursor;
    const found = this.text.indexOf("\n", Math.max(this.field.selectionEnd - (selected ? 1 : 0), start));
    const end = found < 0 ? this.text.length : found;
    const before = this.text.slice(start, end);
    const after = before.split("\n").map(change).join("\n");
    if (after === before) return;
    this.field.setSelectionRange(start, end);
    this.insert(after);
    const at = Math.max(start, cursor + after.length - before.length);
    if (selected) this.field.setSelectionRange(start, start + after.length);
    else this.field.setSelectionRange(at, at);
  }

  /** Write as if it was typed: it can be undone. @param {string} text */
  insert(text) {
    const typed = text ? document.execCommand("insertText", false, text) : document.execCommand("delete");
    if (typed) return;
    this.field.setRangeText(text, this.field.selectionStart, this.field.selectionEnd, "end");
    this.draw();
  }
}
