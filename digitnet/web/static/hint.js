/** The hint on the empty pad: one digit that draws itself, once, and fades into the paper. */

import { drawn } from "./dom.js";
import { still } from "./theme.js";

/** A three, in a box of 100 by 100. */
const THREE = "M32 22 C44 8 70 10 68 30 C67 44 54 48 46 48 C60 48 72 56 70 70 C67 92 38 92 28 76";

/** @param {HTMLElement} paper @returns {() => void} takes it away */
export function hint(paper) {
  const path = drawn("path", { d: THREE, pathLength: 1, class: still() ? "whole" : "growing" });
  const picture = drawn(
    "svg",
    { class: "hint-digit", viewBox: "0 0 100 100", "aria-hidden": "true" },
    path,
  );
  paper.append(picture);
  return () => picture.remove();
}
