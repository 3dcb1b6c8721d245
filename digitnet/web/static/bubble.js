/** The bubble: the sentence of a control, beside it while it is pointed at or has the focus. */

import { byId, write } from "./dom.js";

const GAP = 12;
const WIDTH = 260;

/** @param {HTMLElement} control @param {string} sentence */
export function explains(control, sentence) {
  const show = () => showBeside(control, sentence);
  control.addEventListener("pointerenter", show);
  control.addEventListener("focusin", show);
  control.addEventListener("pointerleave", hide);
  control.addEventListener("focusout", hide);
  control.addEventListener("change", hide);
  control.addEventListener("keydown", (event) => {
    if (event.key === "Escape") hide();
  });
}

function hide() {
  byId("bubble").hidden = true;
}

/** @param {HTMLElement} control @param {string} sentence */
function showBeside(control, sentence) {
  const bubble = byId("bubble");
  write(bubble, sentence);
  bubble.hidden = false;
  const box = control.getBoundingClientRect();
  const beside = box.right + GAP + WIDTH < innerWidth;
  const x = beside ? box.right + GAP : Math.max(GAP, Math.min(box.left, innerWidth - WIDTH - GAP));
  const below = box.bottom + bubble.offsetHeight + GAP < innerHeight;
  const y = beside ? box.top : below ? box.bottom + 4 : box.top - bubble.offsetHeight - 4;
  bubble.style.setProperty("--x", `${x}px`);
  bubble.style.setProperty("--y", `${y}px`);
}
