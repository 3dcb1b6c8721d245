/** Formula: what the stages write in plain letters, set as mathematics: W_i,3 with its index below. */

import { element } from "./dom.js";

const TOKEN =
  /\b(?<big>sum|max)_(?<under>\w+)|e\^\((?<power>[^()]*)\)|\b(?<letter>[A-Za-z]{1,2})(?<layer>\d*)_(?<index>\w+(?:,\w+)*)|(?<number>\d[\d.]*e[+-]\d+)|<-|\beta\b|f'|-|\*/g;
/** In a sentence a hyphen is one, unless a number or a space follows it. */
const NAMED =
  /\b(?<letter>[dxzhWpbt][zhW]?)(?<layer>\d*)_(?<index>\w+(?:,\w+)*)|\b(?<sum>[zh])(?<of>\d)\b|\b(?<base>[a-z])\^(?<square>\d)|(?<number>\d[\d.]*e[+-]\d+)|(?<=\d) x (?=\d)|\beta\b|f'|(?<= )-(?=[\d ])|(?<= )\*(?= )/g;
/** @type {Record<string, string>} */
const SIGNS = { "<-": "←", eta: "η", "f'": "f′", "-": "−", "*": "·", " x ": " × " };

/** Smaller numbers are written with a power of ten. */
const LEAST_PLAIN = 1e-4;
/** More are rounding. */
const MOST_FIGURES = 15;

/** A line of mathematics. @param {string} text @returns {(Node | string)[]} */
export function math(text) {
  return parsed(text, TOKEN, ({ big, under, power, letter, layer, index, number }, all) => {
    if (big) return [big === "sum" ? "Σ" : big, element("sub", {}, under), " "];
    if (power !== undefined) return ["e", element("sup", {}, ...math(power))];
    if (number) return [powers(number)];
    return letter ? named(letter, layer, index) : [SIGNS[all]];
  });
}

/** A sentence with names of quantities in it. @param {string} text */
export function withNames(text) {
  return parsed(text, NAMED, ({ letter, layer, index, sum, of, base, square, number }, all) => {
    if (sum) return [sum, element("sup", {}, `(${of})`)];
    if (base) return [base, element("sup", {}, square)];
    if (number) return [powers(number)];
    return letter ? named(letter, layer, index) : [SIGNS[all]];
  });
}

/** A formula, each of its equations on a line. @param {string} text */
export function lines(text) {
  return text.split(/,\s{2,}/).map((line) => element("span", { class: "line-of" }, ...math(line)));
}

/** A number as Python wrote it, with a real minus. @param {string} text */
export function numeral(text) {
  return /^-?[\d.]+(e[+-]?\d+)?( nats)?$/.test(text) ? powers(text).replaceAll("-", "−") : text;
}

/** 1.2e-05 as 1.2 · 10⁻⁵. @param {string} text */
export function powers(text) {
  return text.replace(/e([+-]?)0*(\d+)/, (_, sign, digits) => ` · 10${raised((sign === "-" ? "-" : "") + digits)}`);
}

/** A number with so many figures that count. @param {number | null} number @param {number} [figures] */
export function value(number, figures = 6) {
  if (number === null || !Number.isFinite(number)) return "∞";
  const rounded = Number(number.toPrecision(figures));
  const text = Math.abs(rounded) < LEAST_PLAIN && rounded !== 0 ? trimmed(rounded.toExponential(figures - 1)) : String(rounded);
  return powers(text).replace("-", "−");
}

/** Two numbers with so many figures, or with as many as show that they differ.
 * @param {number | null} before @param {number | null} after @param {number} figures */
export function apart(before, after, figures) {
  let most = figures;
  while (before !== after && most < MOST_FIGURES && value(before, most) === value(after, most)) most += 1;
  return before === after ? [value(before, figures), value(after, figures)] : [value(before, most), value(after, most)];
}

/** 1.200e-7 as 1.2e-7. @param {string} text */
function trimmed(text) {
  return text.replace(/(\.\d*?)0+e/, "$1e").replace(".e", "e");
}

/** @param {string} digits */
function raised(digits) {
  return Array.from(digits, (sign) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(sign)] ?? "⁻").join("");
}

/** @param {string} letter @param {string} layer @param {string} index @returns {(Node | string)[]} */
function named(letter, layer, index) {
  return [letter, ...(layer ? [element("sup", {}, `(${layer})`)] : []), element("sub", {}, index)];
}

/** @param {string} text @param {RegExp} token
 * @param {(groups: Record<string, string>, all: string) => (Node | string)[]} make @returns {(Node | string)[]} */
function parsed(text, token, make) {
  const parts = [];
  let at = 0;
  for (const match of text.matchAll(token)) {
    parts.push(text.slice(at, match.index), ...make(match.groups ?? {}, match[0]));
    at = match.index + match[0].length;
  }
  return [...parts, text.slice(at)];
}
