/**
 * The address: `#train?hidden_layer_sizes=128,64&learning_rate=0.05` opens a tab with settings,
 * `#inside?image=17` with a test image. Only settings that are not as by default stand in it. They do
 * so on every tab, so that they come back after a reload or a restart of the server wherever that
 * happens.
 */

import { differing } from "./settings.js";
import { withoutStep } from "./stepaddress.js";

/** @typedef {import("./state.js").Setting} Setting */
/** @typedef {import("./state.js").Settings} Settings */

export const TABS = ["draw", "train", "inside", "step", "evaluate"];

/** image: the test image for Inside; null: none is named.
 * @param {string} hash @returns {{tab: string, texts: Record<string, string>, image: number | null}} */
export function readAddress(hash) {
  const [tab, query = ""] = hash.replace(/^#/, "").split("?");
  const { image = "", ...others } = withoutStep(tab, Object.fromEntries(new URLSearchParams(query)));
  const isNumber = /^\d{1,9}$/.test(image);
  const texts = image && !isNumber ? { ...others, image } : others;
  return { tab: TABS.includes(tab) ? tab : TABS[0], texts, image: isNumber ? Number(image) : null };
}

/** @param {string} tab @param {Settings} settings @param {Setting[]} table
 * @param {number | null} image that is looked at in Inside */
export function addressOf(tab, settings, table, image) {
  const texts = Object.entries(differing(settings, table)).map(
    ([name, value]) => `${name}=${encodeURIComponent(asText(value)).replaceAll("%2C", ",")}`,
  );
  if (tab === "inside" && image !== null) texts.unshift(`image=${image}`);
  return texts.length ? `#${tab}?${texts.join("&")}` : `#${tab}`;
}

/** @param {any} value */
function asText(value) {
  return Array.isArray(value) ? value.join(",") : String(value);
}

/** The settings that texts stand for, and the texts that stand for none.
 * @param {Record<string, string>} texts @param {Setting[]} table
 * @returns {{settings: Settings, bad: string[]}} */
export function parseSettings(texts, table) {
  /** @type {Settings} */
  const settings = {};
  const bad = [];
  for (const [name, text] of Object.entries(texts)) {
    const setting = table.find((each) => each.name === name);
    const value = setting && parsed(text, setting);
    if (value === undefined) bad.push(`${name}=${text}`);
    else settings[name] = value;
  }
  return { settings, bad };
}

/** The value that a text stands for; undefined: none.
 * @param {string} text @param {Setting} setting @returns {any} */
export function parsed(text, setting) {
  const parts = text.split(",").map((part) => part.trim());
  switch (setting.kind) {
    case "yesno":
      return { true: true, false: false }[text];
    case "name":
      return setting.choices.includes(text) ? text : undefined;
    case "names":
      return parts.every((part) => setting.choices.includes(part)) ? parts : undefined;
    case "wholes":
      if (text === "") return [];
      return parts.every((part) => within(Number(part), setting)) ? parts.map(Number) : undefined;
    default:
      return text !== "" && within(Number(text), setting) ? Number(text) : undefined;
  }
}

/** @param {number} number @param {Setting} setting */
function within(number, { kind, low, high }) {
  const right = kind === "number" ? Number.isFinite(number) : Number.isSafeInteger(number);
  return right && number >= (low ?? -Infinity) && number <= (high ?? Infinity);
}
