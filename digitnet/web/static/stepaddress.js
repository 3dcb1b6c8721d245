/**
 * The address of One step: `#step?network=fresh&image=4&stage=9` opens the tab where it says, so that
 * a link shows what its sender saw, and a reload goes on there. What is as at the beginning is left
 * out. Image and class count from 0, as in the tab; so does the stage from 1.
 */

import { state } from "./state.js";

/** @typedef {import("./steps.js").Wish} Wish */
/** @typedef {Record<string, string>} Texts */

const FIRST = { ...state.wish };
/** What may stand there. @type {Record<string, RegExp>} */
const VALUES = {
  network: /^(small|fresh|answering)$/,
  among: /^(all|wrong|drawing|\d{1,3})$/,
  image: /^\d{1,9}$/,
  target: /^\d{1,3}$/,
  stage: /^[1-9]\d{0,2}$/,
};

/** @param {string} name @param {string} text */
function isOurs(name, text) {
  return VALUES[name]?.test(text) ?? false;
}

/** Of what stands in an address, all that is not about the step. @param {string} tab @param {Texts} texts */
export function withoutStep(tab, texts) {
  return tab === "step" ? Object.fromEntries(Object.entries(texts).filter(([name, text]) => !isOurs(name, text))) : texts;
}

/** What an address wishes for, and its stage from 0; null: nothing.
 * @param {string} hash @returns {{wish: Wish, stage: number} | null} */
export function readStep(hash) {
  const [tab, query = ""] = hash.replace(/^#/, "").split("?");
  const own = [...new URLSearchParams(query)].filter(([name, text]) => isOurs(name, text));
  if (tab !== "step" || !own.length) return null;
  const { image, target, stage = "1", ...names } = Object.fromEntries(own);
  const numbers = { ...(image ? { image: Number(image) } : {}), ...(target ? { target: Number(target) } : {}) };
  return { wish: { ...FIRST, rate: state.wish.rate, ...names, ...numbers }, stage: Number(stage) - 1 };
}

/** The address with what is wished for, if it is that of the step.
 * @param {string} address with the settings */
export function withStep(address) {
  if (state.tab !== "step") return address;
  const { wish, stage } = state;
  const names = /** @type {const} */ (["network", "among", "image", "target"]);
  const texts = names.filter((name) => wish[name] !== FIRST[name]).map((name) => `${name}=${wish[name]}`);
  if (stage) texts.push(`stage=${stage + 1}`);
  const [tab, ...settings] = address.split("?");
  const query = [...texts, ...settings].join("&");
  return query ? `${tab}?${query}` : tab;
}
