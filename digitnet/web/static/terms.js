/** Terms: what the words of the page mean, in the bubbles that settings have. */

import { explains } from "./bubble.js";
import { byId, element } from "./dom.js";
import { t } from "./language.js";

/** Of figures, columns and titles. @type {Record<string, string>} */
export const TERMS = {
  [t`Epoch`]: t`How many times it has learned from every image, of how many times in all.`,
  [t`Loss`]: t`How surprised it is by the right answer, in nats: guessing among ten digits costs 2.30. After an epoch that of the held-out digits, else of the last batch.`,
  [t`Accuracy`]: t`The share of the held-out digits, from which it never learns, that it reads right.`,
  [t`Images/s`]: t`Images learned from in a second, in the last second or so.`,
  [t`η now`]: t`The learning rate of the last step. The schedule changes it: it rises in the warm-up, and a cosine takes it from the setting down to almost 0 at the end.`,
  [t`First layer`]: t`One picture for each unit: what its weights say of each pixel. Ink on blue speaks for the unit, ink on orange against it.`,
  [t`Taken for`]: t`Held-out digits, counted. Row: what it is. Column: what it is read as. What lies off the diagonal is wrong.`,
  [t`Dead`]: t`Units of ReLU that answer 0 to every image: no gradient reaches them, and they learn no more.`,
  [t`Saturated`]: t`Units so far at the flat end of their activation that hardly any gradient passes.`,
  [t`Activations`]: t`How often which answers of the units occur: bars from the smallest to the largest.`,
  [t`Saliency`]: t`The gradient of the class's score by each pixel: more ink on blue would raise the score, on orange lower it.`,
  [t`Maps`]: t`Each image is placed by the two directions in which the numbers of a layer differ most (principal components): near means alike to that layer.`,
  [t`Robustness`]: t`A network has only learned what it has seen: it is surest near the images that it learned from. Distortions in Train widen that.`,
  [t`Confusion matrix`]: t`Images counted. Row: what it is. Column: what it is read as. What lies off the diagonal is wrong.`,
  [t`Threshold`]: t`An answer of which the network is less sure than this is withheld: fewer answers, but more of them right.`,
  [t`Calibration`]: t`Of the answers given with 80 % confidence, 80 % should be right: then a dot lies on the dashed line.`,
  [t`Precision`]: t`Of what is read as this class, the share that is.`,
  [t`Recall`]: t`Of what is this class, the share that is read so.`,
  F1: t`The harmonic mean of precision and recall: high only if both are.`,
  [t`Gradients`]: t`How large the gradients of the weights are, in powers of ten: far below the others, a layer hardly learns.`,
};

/** Of things that the page has from the start, by id. @type {Record<string, string>} */
const BY_ID = {
  "use-model": t`From now on this network answers in Draw, alone, with what it has learned so far.`,
  reset: t`Forgets what was learned, and begins again from first weights with the settings as they are now.`,
};

/** A word that explains itself while it is pointed at or has the focus.
 * @param {string} word @param {string} sentence */
export function term(word, sentence) {
  const made = element(
    "span",
    { class: "term", tabindex: 0 },
    element("span", { class: "word" }, word),
    element("span", { class: "unseen" }, `: ${sentence}`),
  );
  explains(made, sentence);
  return made;
}

export function explainTerms() {
  for (const [id, sentence] of Object.entries(BY_ID)) explains(byId(id), sentence);
  for (const each of document.querySelectorAll("[data-term]")) {
    const word = each.textContent ?? "";
    each.replaceChildren(term(word, TERMS[word]));
  }
}
