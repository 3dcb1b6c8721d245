/** Theme: light, dark, or as the system has it; and the colours of style.css for canvases. */

import { byId, element, write } from "./dom.js";
import { t } from "./language.js";
import { change, state } from "./state.js";

const THEMES = ["system", "light", "dark"];
/** @type {Map<string, string>} */
const known = new Map();
/** @type {HTMLElement | null} */
let probe = null;

/** A colour of style.css as canvases take it. @param {string} name as in "ink" */
export function colour(name) {
  const found = known.get(name);
  if (found) return found;
  if (!probe) {
    probe = element("span", { hidden: true });
    document.body.append(probe);
  }
  probe.style.color = `var(--${name})`;
  const value = getComputedStyle(probe).color;
  known.set(name, value);
  return value;
}

/** Its red, green and blue, each from 0 to 255. @param {string} name @returns {number[]} */
export function channels(name) {
  return (colour(name).match(/[\d.]+/g) ?? ["0", "0", "0"]).slice(0, 3).map(Number);
}

function themeChanged() {
  known.clear();
  change({ theme: state.theme + 1 });
}

/** @param {string} theme */
function wear(theme) {
  document.documentElement.dataset.theme = theme;
  const names = { system: t`Theme: system`, light: t`Theme: light`, dark: t`Theme: dark` };
  const short = { system: t`system`, light: t`light`, dark: t`dark` };
  const which = /** @type {keyof names} */ (theme);
  byId("theme").setAttribute("aria-label", names[which]);
  write(byId("theme"), isNarrow() ? short[which] : names[which]);
  themeChanged();
}

export function startTheme() {
  let theme = localStorage.getItem("theme") ?? THEMES[0];
  if (!THEMES.includes(theme)) theme = THEMES[0];
  wear(theme);
  byId("theme").addEventListener("click", () => {
    theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
    localStorage.setItem("theme", theme);
    wear(theme);
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", themeChanged);
}

/** Whether the page is as narrow as a telephone, where the top has little room. */
export function isNarrow() {
  return matchMedia("(max-width: 720px)").matches;
}

/** Whether the visitor wants nothing to move. */
export function still() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}
