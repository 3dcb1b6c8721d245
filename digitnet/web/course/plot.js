/** Plots: a drawing with two scales, thin axes, and what is inside cut off at its border. */

import { drawn } from "./dom.js";

/** @typedef {[number, number]} Range */
/** @typedef {{x: Range, y: Range, left?: number, right?: number, top?: number, bottom?: number}} Layout */
/** @typedef {{at: number, text?: string}} Tick */

const MINUS = "−";
/** Numbers are written with their zeros between these, and by powers of ten beyond. */
const FEWEST = 1e-4;
const MOST = 1e7;
const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const SUBSCRIPTS = "₀₁₂₃₄₅₆₇₈₉";

/** A drawing of this size, with what it shows in words. @param {number} width @param {number} height
 * @param {string} words @param {SVGElement[]} children */
export function drawing(width, height, words, ...children) {
  return drawn("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": words }, ...children);
}

/** A number as text, with so many significant digits. @param {number | null} value @param {number} [digits] */
export function told(value, digits = 3) {
  if (value === null) return "no number";
  const rounded = Number(value.toPrecision(digits));
  if (rounded && (Math.abs(rounded) < FEWEST || Math.abs(rounded) >= MOST)) {
    const [mantissa, exponent] = rounded.toExponential().split("e");
    return `${mantissa.replace("-", MINUS)}·${power(Number(exponent))}`;
  }
  return String(rounded).replace("-", MINUS);
}

/** A number as an index. @param {number} index */
export function below(index) {
  return String(index).replace(/\d/g, (digit) => SUBSCRIPTS[Number(digit)]);
}

/** 10⁻². @param {number} exponent */
export function power(exponent) {
  const digits = String(Math.abs(exponent)).replace(/\d/g, (digit) => SUPERSCRIPTS[Number(digit)]);
  return `10${exponent < 0 ? "⁻" : ""}${digits}`;
}

/** @param {number} x @param {number} y @param {string} text @param {string} [kind] names of classes */
export function label(x, y, text, kind = "") {
  return drawn("text", { x, y, class: kind }, text);
}

export class Plot {
  /** @param {number} width @param {number} height @param {Layout} layout */
  constructor(width, height, { x, y, left = 40, right = 8, top = 8, bottom = 40 }) {
    this.width = width;
    this.height = height;
    this.ranges = { x, y };
    this.box = { left, top, width: width - left - right, height: height - top - bottom };
    const { width: w, height: h } = this.box;
    this.inside = drawn("svg", { x: left, y: top, width: w, height: h, class: "inside" });
    this.outside = drawn("g");
    this.outside.append(drawn("path", { d: `M${left},${top + h}h${w}`, class: "axis" }));
  }

  /** Where a value is, within the box. @param {number} value */
  x(value) {
    const [low, high] = this.ranges.x;
    return ((value - low) / (high - low)) * this.box.width;
  }

  /** @param {number} value */
  y(value) {
    const [low, high] = this.ranges.y;
    return (1 - (value - low) / (high - low)) * this.box.height;
  }

  /** A picture that fills the box. @param {string} address */
  fill(address) {
    const { width, height } = this.box;
    this.inside.append(drawn("image", { href: address, width, height, preserveAspectRatio: "none" }));
  }

  /** A line through these points. @param {number[][]} points @param {string} kind */
  line(points, kind) {
    const all = points.map(([x, y]) => `${this.x(x).toFixed(1)},${this.y(y).toFixed(1)}`);
    this.inside.append(drawn("polyline", { points: all.join(" "), class: kind }));
  }

  /** @param {number[]} point @param {number} r @param {string} kind */
  dot([x, y], r, kind) {
    this.inside.append(drawn("circle", { cx: this.x(x), cy: this.y(y), r, class: kind }));
  }

  /** Ticks below and at the left, and the names of both axes. @param {Tick[]} xs @param {Tick[]} ys
   * @param {string} xName @param {string} yName */
  axes(xs, ys, xName, yName) {
    const { left, top, width, height } = this.box;
    for (const { at, text = told(at) } of xs) this.outside.append(label(left + this.x(at), top + height + 16, text, "tick middle"));
    for (const { at, text = told(at) } of ys) this.outside.append(label(left - 6, top + this.y(at) + 4, text, "tick end"));
    this.outside.append(label(left + width / 2, top + height + 34, xName, "tick middle"));
    this.outside.append(label(left - 6, top + 12, yName, "tick end"));
  }

  /** Which values are where a pointer is. @param {MouseEvent} event @param {DOMRect} box of the inside
   * @returns {number[]} */
  at(event, { left, top, width, height }) {
    const { x, y } = this.ranges;
    const [across, up] = [(event.clientX - left) / width, 1 - (event.clientY - top) / height].map((each) => Math.min(1, Math.max(0, each)));
    return [x[0] + across * (x[1] - x[0]), y[0] + up * (y[1] - y[0])];
  }
}
