/** Said: an answer in sentences. */

import { t } from "./language.js";
import { counted, sentence, sure } from "./words.js";

/** @typedef {import("./state.js").Answer} Answer */

/** The label of what is no digit. */
export const NO_DIGIT = "?";
const SURE = 0.8;

/** The most marks of the answer in large type; where there are more, boxes of no digit are bare. */
export const MOST_MARKS = 40;

/** The answer as it is shown in large type, and how many marks are left out: where there are too
 * many, those that are digits come first. @param {string} text */
export function shortened(text) {
  const marks = text.replaceAll("\n", "").length;
  if (marks <= MOST_MARKS) return { shown: text, more: 0 };
  const digits = text.replaceAll(NO_DIGIT, "").replace(/\n+/g, "\n").trim();
  const shown = (digits || text).slice(0, MOST_MARKS).trim();
  return { shown, more: marks - shown.replaceAll("\n", "").length };
}

/** What is seen beside the answer. @param {Answer} answer */
export function sentenceOf(answer) {
  const n = answer.digits.length;
  if (n === 0) return t`No digit found.`;
  const names = Array.from({ length: 10 }, (_, i) => i);
  if (n > 1) {
    const unsure = answer.digits.filter((each) => each.label === NO_DIGIT).length;
    const read = unsure ? t`${counted(unsure, "{0} mark", "{0} marks")} of ${n} no digit that it knows.` : t`Read as a number.`;
    return t`${read} Choose one to look inside:`;
  }
  const shares = answer.arrays.probabilities.data;
  const [first, second] = names.sort((a, b) => shares[b] - shares[a]);
  const nearest = [first, second]
    .map((label) => ({ label, share: sure(shares[label], 0) }))
    .filter(({ share }, i) => i === 0 || share !== sure(0, 0))
    .map(({ label, share }) => `${label} (${share})`)
    .join(", ");
  if (answer.text === NO_DIGIT) return t`Not sure enough to call it a digit. Nearest: ${nearest}.`;
  const { confidence } = answer.digits[0];
  if (confidence < SURE) return t`Unsure: ${nearest}.`;
  return t`${sure(confidence)} sure, read in ${Math.max(1, Math.round(answer.milliseconds))} ms.`;
}

/** What digitnet read warns of; it calls what has no name "the picture". @param {Answer} answer */
export function cautions({ warnings }) {
  return warnings.map((each) => sentence(each.replace(/^the picture: /, ""))).join(" ");
}

/** What a screen reader says. @param {Answer} answer */
export function spoken(answer) {
  return [said(answer), cautions(answer)].filter(Boolean).join(". ");
}

/** @param {Answer} answer */
function said(answer) {
  if (!answer.digits.length) return t`Nothing was read`;
  const { shown, more } = shortened(answer.text);
  if (answer.text === NO_DIGIT) return t`Not a digit`;
  return t`Read as ${shown}${more ? t` and ${counted(more, "{0} mark", "{0} marks")} more` : ""}`;
}
