/** Cells: the numbers of a layer, or weights, as small squares that can be pointed at and opened. */

import { announce } from "./announce.js";
import { sized } from "./images.js";
import { colour } from "./theme.js";

/** @typedef {{values: ArrayLike<number>, columns?: number, signed?: boolean, off?: Set<number>,
 *   chosen?: number | null, most?: number}} ShownCells values: one for each cell. columns: as many
 *   as an image has, else as fit. signed: weights, in the colours of for and against. off: cells that
 *   are crossed out. chosen: the one with a frame. most: the largest size; that of the values, if
 *   left out */

const LARGEST = 48;
const STEP = 0.125;
const FAR = 10;

export class Cells {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {{pick: (index: number) => void, say: (index: number) => string}} options
   */
  constructor(canvas, { pick, say }) {
    this.canvas = canvas;
    this.say = say;
    /** @type {ShownCells} */
    this.shown = { values: [] };
    /** The cell that the keys are at. */
    this.at = 0;
    this.focused = false;
    canvas.addEventListener("click", (event) => {
      const index = this.indexAt(event.offsetX, event.offsetY);
      if (index === null) return;
      this.at = index;
      pick(index);
    });
    canvas.addEventListener("pointermove", (event) => {
      const index = this.indexAt(event.offsetX, event.offsetY);
      canvas.title = index === null ? "" : this.say(index);
    });
    canvas.addEventListener("keydown", (event) => this.pressed(event, pick));
    for (const name of ["focus", "blur"]) {
      canvas.addEventListener(name, () => {
        this.focused = name === "focus";
        this.draw();
      });
    }
    new ResizeObserver(() => this.draw()).observe(canvas);
  }

  /** @param {ShownCells} shown */
  show(shown) {
    const before = this.shown.chosen;
    this.shown = shown;
    this.at = Math.min(this.at, Math.max(0, shown.values.length - 1));
    // Drawn again, it leaves the keys where they have gone meanwhile.
    if (shown.chosen !== undefined && shown.chosen !== null && shown.chosen !== before) this.at = shown.chosen;
    this.draw();
  }

  /** @param {KeyboardEvent} event @param {(index: number) => void} pick */
  pressed(event, pick) {
    const n = this.shown.values.length;
    const { columns } = this.layout();
    const far = event.shiftKey ? FAR : 1;
    /** @type {Record<string, number>} */
    const steps = { ArrowRight: far, ArrowLeft: -far, ArrowDown: far * columns, ArrowUp: -far * columns, Home: -n, End: n };
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      if (n) pick(this.at);
    } else if (event.key in steps) {
      event.preventDefault();
      this.at = Math.max(0, Math.min(n - 1, this.at + steps[event.key]));
      announce(this.say(this.at));
      this.draw();
    }
  }

  layout() {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    const n = this.shown.values.length;
    if (this.shown.columns) {
      const columns = this.shown.columns;
      return { cell: Math.min(width / columns, height / Math.ceil(n / columns)), columns };
    }
    let cell = LARGEST;
    const columns = () => Math.max(1, Math.floor(width / cell));
    while (cell > 1 && Math.ceil(n / columns()) * cell > height) cell -= STEP;
    return { cell, columns: columns() };
  }

  /** @param {number} x @param {number} y @returns {number | null} */
  indexAt(x, y) {
    const { cell, columns } = this.layout();
    const [column, row] = [Math.floor(x / cell), Math.floor(y / cell)];
    const index = row * columns + column;
    return column >= 0 && column < columns && index >= 0 && index < this.shown.values.length ? index : null;
  }

  draw() {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (!width || !height) return;
    const ratio = devicePixelRatio || 1;
    const context = sized(this.canvas, Math.round(width * ratio), Math.round(height * ratio));
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    const { values, columns: fixed, off, chosen } = this.shown;
    const { cell, columns } = this.layout();
    const gap = fixed ? 0 : cell > 5 ? 2 : cell > 2 ? 1 : 0;
    const size = cell - gap;
    let most = this.shown.most ?? 1e-9;
    if (this.shown.most === undefined) for (let k = 0; k < values.length; k++) most = Math.max(most, Math.abs(values[k]));
    for (let k = 0; k < values.length; k++) {
      const x = (k % columns) * cell;
      const y = Math.floor(k / columns) * cell;
      this.fill(context, x, y, size, Math.min(1, Math.abs(values[k]) / most), values[k] < 0);
      if (off?.has(k)) cross(context, x, y, size);
    }
    context.globalAlpha = 1;
    if (chosen !== undefined && chosen !== null) frame(context, chosen, columns, cell, size, "accent", 2.5);
    if (this.focused) frame(context, this.at, columns, cell, size, "ink", 1.5);
  }

  /** @param {CanvasRenderingContext2D} context @param {number} x @param {number} y
   * @param {number} size @param {number} share @param {boolean} negative */
  fill(context, x, y, size, share, negative) {
    const { signed, columns } = this.shown;
    context.globalAlpha = 1;
    context.fillStyle = colour(signed ? "well" : "cell");
    // Cells of an image leave no seams.
    context.fillRect(x, y, columns ? size + 0.5 : size, columns ? size + 0.5 : size);
    if (!share) return;
    context.globalAlpha = share;
    context.fillStyle = colour(signed ? (negative ? "against" : "for") : "lit");
    const inset = negative && !columns ? size / 4 : 0;
    context.fillRect(x + inset, y + inset, size - 2 * inset + (columns ? 0.5 : 0), size - 2 * inset + (columns ? 0.5 : 0));
  }
}

/** @param {CanvasRenderingContext2D} context @param {number} x @param {number} y @param {number} size */
function cross(context, x, y, size) {
  context.globalAlpha = 1;
  context.strokeStyle = colour("against");
  context.lineWidth = 1.5;
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(x + size, y + size);
  context.moveTo(x + size, y);
  context.lineTo(x, y + size);
  context.stroke();
}

/** @param {CanvasRenderingContext2D} context @param {number} index @param {number} columns
 * @param {number} cell @param {number} size @param {string} name @param {number} width */
function frame(context, index, columns, cell, size, name, width) {
  context.strokeStyle = colour(name);
  context.lineWidth = width;
  context.strokeRect((index % columns) * cell - width / 2, Math.floor(index / columns) * cell - width / 2, size + width, size + width);
}
