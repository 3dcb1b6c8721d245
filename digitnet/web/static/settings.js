/**
 * Settings: what was chosen, what counts now, and how the two meet.
 *
 * Before the first step everything chosen is sent with `configure`. Once a training is under way,
 * a setting that may change while it learns is sent with `change`; any other waits for Reset.
 */

import { state } from "./state.js";

/** @typedef {import("./state.js").Setting} Setting */
/** @typedef {import("./state.js").Settings} Settings */

/** Of each optimizer, where no learning rate is given. @type {Record<string, number>} */
const LEARNING_RATES = { sgd: 0.1, adam: 0.001 };

/** @param {Setting[]} table @returns {Settings} */
export function defaults(table) {
  return Object.fromEntries(table.map((each) => [each.name, each.default]));
}

/** The value that counts: a learning rate that is not given follows the optimizer.
 * @param {string} name @param {Settings} settings */
export function effective(name, settings) {
  const value = settings[name];
  if (name === "learning_rate" && (value === null || value === undefined)) {
    return LEARNING_RATES[settings.optimizer] ?? LEARNING_RATES.sgd;
  }
  return value;
}

/** The settings of a training as they would be chosen: its learning rate is told as a number, also
 * where it is the optimizer's own. @param {Settings} settings @returns {Settings} */
export function asChosen(settings) {
  const usual = settings.learning_rate === LEARNING_RATES[settings.optimizer];
  return usual ? { ...settings, learning_rate: null } : settings;
}

/** Images of each epoch; the others are held out. @param {number} images in all
 * @param {Settings} settings */
export function learnedFrom(images, settings) {
  return images - Math.round(images * (settings.validation_fraction ?? 0));
}

/** @param {any} a @param {any} b */
export function same(a, b) {
  return JSON.stringify(a ?? null) === JSON.stringify(b ?? null);
}

/** Those that are not as by default. @param {Settings} settings @param {Setting[]} table */
export function differing(settings, table) {
  return Object.fromEntries(
    table
      .filter((each) => each.name in settings && !same(settings[each.name], each.default))
      .map((each) => [each.name, settings[each.name]]),
  );
}

/** Whether a training has begun, so that settings are no longer free. */
export function begun() {
  return state.training !== null && (state.training.step > 0 || state.training.status === "running");
}

/** Whether it can still be told to learn otherwise. */
export function underWay() {
  return begun() && (state.training?.status === "running" || state.training?.status === "paused");
}

/** Names of settings that count after Reset. @returns {string[]} */
export function pending() {
  const { training, chosen, setup } = state;
  if (!training || !setup) return [];
  return setup.settings
    .map((each) => each.name)
    .filter((name) => name in chosen && name in training.settings)
    .filter((name) => !same(effective(name, chosen), effective(name, training.settings)));
}

/** The recipe that the settings are, or "" if they are none's.
 * @param {Settings} settings @returns {string} */
export function recipeOf(settings) {
  const { setup } = state;
  if (!setup) return "";
  const wanted = differing(settings, setup.settings);
  const found = Object.entries(setup.recipes).find(([, recipe]) =>
    same(sorted(differing({ ...defaults(setup.settings), ...recipe }, setup.settings)), sorted(wanted)),
  );
  return found ? found[0] : "";
}

/** @param {Settings} settings */
function sorted(settings) {
  return Object.entries(settings).sort(([a], [b]) => (a < b ? -1 : 1));
}
