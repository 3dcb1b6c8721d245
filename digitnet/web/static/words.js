/** Numbers and names in words. */

import { language, put, sentenceFor, t } from "./language.js";

const ALMOST = 1 - 1e-9;

/** 0.98765 as "98.8 %"; what is not all is never rounded to it.
 * @param {number | null | undefined} share @param {number} [digits] */
export function percent(share, digits = 1) {
  if (share === null || share === undefined) return "–";
  const text = (100 * share).toFixed(digits);
  if (share < 1 && Number(text) === 100) return `> ${(100 - 10 ** -digits).toFixed(digits)} %`;
  return `${text} %`;
}

/** A softmax is never quite sure, but rounded to float32 it may say 1.
 * @param {number} share @param {number} [digits] */
export function sure(share, digits = 1) {
  return percent(Math.min(share, ALMOST), digits);
}

/** 101770 as "101 770", with narrow spaces. @param {number} count */
export function whole(count) {
  return Math.round(count).toString().replace(/\B(?=(\d{3})+$)/g, "\u202f");
}

/** Three figures that count: 0.0123, 1.23, 12.3. @param {number | null | undefined} number */
export function figures(number) {
  if (number === null || number === undefined) return "–";
  if (number === 0) return "0";
  const size = Math.floor(Math.log10(Math.abs(number)));
  return size < -4 || size > 5 ? number.toExponential(1) : number.toFixed(Math.max(0, 2 - size));
}

/** With its sign, a real minus. @param {number} number */
export function signed(number) {
  return `${number < 0 ? "\u2212" : "+"}${Math.abs(number).toFixed(2)}`;
}

/** A value of a setting. @param {any} value @returns {string} */
export function valueText(value) {
  if (value === null || value === undefined) return t`default`;
  if (typeof value === "boolean") return value ? t`on` : t`off`;
  if (Array.isArray(value)) return value.length ? value.map(valueText).join(", ") : t`none`;
  return typeof value === "number" ? String(+value.toPrecision(6)) : plain(value);
}

/** leaky_relu as "leaky ReLU". @param {string} name */
export function plain(name) {
  return name.replaceAll("_", " ").replace(/relu/gi, "ReLU");
}

/** "1 digit", "2 digits". @param {number} count
 * @param {string} one as in "{0} digit" @param {string} many as in "{0} digits" */
export function counted(count, one, many) {
  return put(sentenceFor(count, one, many), [whole(count)]);
}

/** "784 → 2 × 128 relu → 10"; layers that are alike stand once. @param {number[]} sizes
 * @param {string[]} activations one for all hidden layers, or one for each */
export function sizesText(sizes, activations) {
  const hidden = sizes.slice(1, -1).map((size, i) => `${size} ${plain(activations[i] ?? activations[0] ?? "")}`.trim());
  /** @type {{text: string, count: number}[]} */
  const groups = [];
  for (const text of hidden) {
    const last = groups.at(-1);
    if (last?.text === text) last.count += 1;
    else groups.push({ text, count: 1 });
  }
  const between = groups.map(({ text, count }) => (count > 1 ? `${count} × ${text}` : text));
  return [sizes[0], ...between, sizes.at(-1)].join(" → ");
}

/** A label within a sentence: in German, nouns keep their capital. @param {string} label */
export function within(label) {
  return language === "de" ? label : label.toLowerCase();
}

/** With a capital and a full stop. @param {string} text */
export function sentence(text) {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}`;
}
