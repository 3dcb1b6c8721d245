/**
 * The pad: strokes by mouse, finger, pen or keyboard, and the grey pixels they make.
 *
 * Strokes are kept as points in pixels of CSS, so that the pad is drawn sharply on any screen, and
 * read at a size that does not depend on it.
 */

import { ink, rounded } from "./ink.js";
import { sized } from "./images.js";
import { colour } from "./theme.js";

/** @typedef {import("./ink.js").Point} Point */

/** Width of the pen as a share of the pad's height: that of a marker on a card. */
const PEN = 1 / 15;
const THINNEST = 10;
const STEP = 6;
const FAR = 4;
/** @type {Record<string, Point>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class Pad {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {{began: () => void, moved: () => void, ended: () => void, resized: () => void}} told
   */
  constructor(canvas, told) {
    this.canvas = canvas;
    this.told = told;
    /** @type {Point[][]} */
    this.strokes = [];
    /** The stroke that is being drawn. @type {Point[] | null} */
    this.stroke = null;
    /** Where the keyboard's pen is; null until a key moves it. @type {Point | null} */
    this.cursor = null;
    /** The finger, pen or mouse that draws; others on the pad do nothing. */
    this.pointer = -1;
    this.width = 0;
    this.height = 0;
    new ResizeObserver(() => this.resized()).observe(canvas);
    canvas.addEventListener("pointerdown", (event) => this.pressed(event));
    // A stroke that comes from outside begins at the edge.
    canvas.addEventListener("pointerenter", (event) => {
      if (event.buttons === 1 && event.pointerType !== "touch" && event.target === canvas) this.pressed(event);
    });
    canvas.addEventListener("pointermove", (event) => this.dragged(event));
    for (const name of ["pointerup", "pointercancel"]) {
      canvas.addEventListener(name, (event) => {
        if (/** @type {PointerEvent} */ (event).pointerId === this.pointer && !this.cursor) this.lifted();
      });
    }
    canvas.addEventListener("keydown", (event) => this.typed(event));
    canvas.addEventListener("blur", () => {
      this.lifted();
      this.cursor = null;
      this.draw();
    });
  }

  get empty() {
    return this.strokes.length === 0;
  }

  get pen() {
    return Math.max(THINNEST, this.height * PEN);
  }

  resized() {
    const { clientWidth, clientHeight } = this.canvas;
    if (!clientWidth || !clientHeight) return;
    // As large as fits into another shape: nothing is cut when a telephone is turned.
    const factor = this.width ? Math.min(clientWidth / this.width, clientHeight / this.height) : 1;
    const isOther = this.width > 0 && (clientWidth !== this.width || clientHeight !== this.height);
    for (const stroke of this.strokes) {
      for (const point of stroke) {
        point[0] *= factor;
        point[1] *= factor;
      }
    }
    this.width = clientWidth;
    this.height = clientHeight;
    this.draw();
    if (isOther && !this.empty) this.told.resized();
  }

  /** What was on the pad before, when it may have had another size.
   * @param {import("./strokes.js").Drawing} drawing */
  restore({ width, height, strokes }) {
    Object.assign(this, { width, height, strokes });
    this.told.began();
    this.resized();
  }

  /** Strokes that no hand has drawn. @param {Point[][]} strokes */
  show(strokes) {
    this.strokes = strokes;
    this.told.began();
    this.draw();
    this.told.ended();
  }

  /** @param {PointerEvent} event */
  pressed(event) {
    if (event.button > 0 || this.stroke) return;
    this.pointer = event.pointerId;
    this.canvas.setPointerCapture(event.pointerId);
    this.cursor = null;
    this.begin(this.within(event));
  }

  /** What leaves the pad goes on along its edge: all that is read can be seen.
   * @param {PointerEvent} event @returns {Point} */
  within({ offsetX, offsetY }) {
    const edge = this.pen / 2;
    return [
      Math.max(edge, Math.min(this.width - edge, offsetX)),
      Math.max(edge, Math.min(this.height - edge, offsetY)),
    ];
  }

  /** @param {PointerEvent} event */
  dragged(event) {
    if (!this.stroke || this.cursor || event.pointerId !== this.pointer) return;
    const all = event.getCoalescedEvents?.() ?? [];
    for (const each of all.length ? all : [event]) this.stroke.push(this.within(each));
    this.draw();
    this.told.moved();
  }

  lifted() {
    if (!this.stroke) return;
    if (this.cursor) this.strokes[this.strokes.length - 1] = rounded(this.stroke);
    this.stroke = null;
    this.draw();
    this.told.ended();
  }

  /** @param {Point} point */
  begin(point) {
    this.stroke = [point];
    this.strokes.push(this.stroke);
    this.told.began();
    this.draw();
  }

  /** @param {KeyboardEvent} event */
  typed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const arrow = ARROWS[event.key];
    if (arrow) this.steered(arrow, event.shiftKey ? STEP * FAR : STEP);
    else if (event.key === " ") this.toggled();
    else if (event.key === "Backspace") this.undo();
    else if (event.key === "Delete") this.clear();
    else if (event.key === "Escape") this.lifted();
    else return;
    event.preventDefault();
  }

  /** @param {Point} arrow @param {number} size */
  steered([dx, dy], size) {
    const [x, y] = this.cursor ?? [this.width / 2, this.height / 2];
    this.cursor = [
      Math.min(this.width, Math.max(0, x + size * dx)),
      Math.min(this.height, Math.max(0, y + size * dy)),
    ];
    if (this.stroke) {
      this.stroke.push([...this.cursor]);
      this.told.moved();
    }
    this.draw();
  }

  toggled() {
    if (this.stroke) {
      this.lifted();
      return;
    }
    this.cursor ??= [this.width / 2, this.height / 2];
    this.begin([...this.cursor]);
  }

  undo() {
    this.stroke = null;
    if (!this.strokes.pop()) return;
    this.draw();
    this.told.ended();
  }

  clear() {
    this.stroke = null;
    if (this.empty) return;
    this.strokes = [];
    this.draw();
    this.told.ended();
  }

  draw() {
    const ratio = devicePixelRatio || 1;
    const { width, height } = this;
    const context = sized(this.canvas, Math.round(width * ratio), Math.round(height * ratio));
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    ink(context, this.strokes, this.pen, colour("pad-ink"));
    if (this.cursor) this.drawCursor(context, this.cursor);
  }

  /** @param {CanvasRenderingContext2D} context @param {Point} cursor */
  drawCursor(context, [x, y]) {
    context.beginPath();
    context.arc(x, y, this.pen / 2 + 2, 0, 2 * Math.PI);
    context.moveTo(x - this.pen, y);
    context.lineTo(x + this.pen, y);
    context.moveTo(x, y - this.pen);
    context.lineTo(x, y + this.pen);
    context.strokeStyle = colour(this.stroke ? "against" : "accent");
    context.lineWidth = 2;
    context.stroke();
  }
}
