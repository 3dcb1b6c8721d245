/** Subject: the network that Inside and Evaluate look at; it is the one that answers in Draw. */

import { byId, element, write } from "./dom.js";
import { t } from "./language.js";
import { NAMES } from "./models.js";
import { change, draws, state } from "./state.js";
import { sizesText, whole } from "./words.js";

/** Tabs that look at a network. */
export const LOOKING = ["inside", "evaluate"];
/** @type {(name: string, fields?: Record<string, any>) => boolean} */
let ask;
let before = "";

/** @param {import("./app.js").Ask} asks */
export function startSubject(asks) {
  ask = asks;
  const select = /** @type {HTMLSelectElement} */ (byId("looked-model"));
  select.addEventListener("change", () => ask("use", { model: select.value }));
  byId("look-again").addEventListener("click", () => ask("subject", { fresh: true }));
  draws(["tab", "model"], () => {
    const looks = LOOKING.includes(state.tab);
    byId("looked-at").hidden = !looks;
    if (looks && state.model) ask("subject", { fresh: !LOOKING.includes(before) });
    before = state.tab;
  });
  draws(["model", "subject", "training", "errors"], show);
}

/** @param {import("./state.js").Message} message */
export function subjectCame({ fields }) {
  const subject = /** @type {import("./state.js").Subject} */ (fields);
  if (subject.key !== state.subject?.key) {
    change({ evaluation: null, opened: null, inspected: null, unit: null, picked: null, edited: null });
    change({ sample: null, maps: [], point: null, robustness: {} });
  }
  change({ subject });
}

/** Ask for something that takes long as soon as it is seen, once for each network.
 * @param {HTMLElement} part @param {() => boolean} has whether some of it is there
 * @param {() => boolean} begin whether it could be asked for */
export function whenSeen(part, has, begin) {
  let [seen, asked] = [false, 0];
  const look = () => {
    const { tab, subject } = state;
    const can = seen && tab === "inside" && subject !== null && !subject.problem && !subject.test_problem;
    part.hidden = subject !== null && (subject.problem || subject.test_problem) !== "";
    if (can && asked !== subject.key && begin()) asked = subject.key;
  };
  new IntersectionObserver((entries) => {
    seen = entries.some((each) => each.isIntersecting);
    look();
  }).observe(part);
  draws(["tab", "subject"], () => {
    if (!has()) asked = 0; // the visit may be another one with the same number
    look();
  });
}

function show() {
  const { model, subject, training, errors } = state;
  if (!model) return;
  const select = /** @type {HTMLSelectElement} */ (byId("looked-model"));
  select.replaceChildren(...model.available.map((each) => element("option", { value: each }, NAMES[each] ?? each)));
  select.value = model.which;
  const trained = subject?.which === "trained";
  const since = trained ? t`, after step ${whole(subject.step)}` : "";
  write(byId("looked-sizes"), sizesText(model.sizes, model.activations) + since);
  byId("look-again").hidden = !trained || training?.step === subject.step;
  const problem = errors.subject ?? errors.use ?? subject?.problem ?? "";
  byId("looked-problem").hidden = !problem;
  write(byId("looked-problem"), problem);
}
