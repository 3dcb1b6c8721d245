/** Said: an answer in sentences. */

import { counted, percent } from "./words.js";

/** @typedef {import("./state.js").Answer} Answer */

/** The label of what is no digit. */
export const NO_DIGIT = "?";
const SURE = 0.8;

/** What is seen beside the answer. @param {Answer} answer */
export function sentenceOf(answer) {
  const n = answer.digits.length;
  if (n === 0) return "No digit found.";
  const names = Array.from({ length: 10 }, (_, i) => i);
  if (n > 1) {
    const unsure = answer.digits.filter((each) => each.label === NO_DIGIT).length;
    const read = unsure ? `${counted(unsure, "mark")} of ${n} no digit that it knows.` : "Read as a number.";
    return `${read} Choose one to look inside:`;
  }
  const shares = answer.arrays.probabilities.data;
  const [first, second] = names.sort((a, b) => shares[b] - shares[a]);
  const nearest = `${first} (${percent(shares[first], 0)}), ${second} (${percent(shares[second], 0)})`;
  if (answer.text === NO_DIGIT) return `Not sure enough to call it a digit. Nearest: ${nearest}.`;
  const { confidence } = answer.digits[0];
  if (confidence < SURE) return `Unsure: ${nearest}.`;
  return `${percent(confidence)} sure, read in ${Math.max(1, Math.round(answer.milliseconds))} ms.`;
}

/** What a screen reader says. @param {Answer} answer */
export function spoken(answer) {
  if (!answer.digits.length) return "Nothing was read";
  return answer.text === NO_DIGIT ? "Not a digit" : `Read as ${answer.text}`;
}
