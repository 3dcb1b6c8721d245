/** Announce: what a screen reader says, without hurry; the last word counts. */

import { byId } from "./dom.js";

const PATIENCE = 400;
let timer = 0;

/** @param {string} text */
export function announce(text) {
  clearTimeout(timer);
  timer = window.setTimeout(() => {
    byId("announcer").textContent = text;
  }, PATIENCE);
}
