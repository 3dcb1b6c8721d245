/* What is wider than the page can be scrolled by keyboard, too. */

"use strict";

const WIDE = "div.math, span.math, .table-wrapper, .highlight pre, .exercise pre, .cell_output pre";

function reach() {
  for (const part of document.querySelectorAll(WIDE)) {
    if (part.matches("span.math")) {
      const room = part.closest("p, li, td, th, dd, div").clientWidth;
      const formula = part.firstElementChild.getBoundingClientRect().width;
      part.classList.toggle("wide", room > 0 && formula > room);
    }
    const scrolls = part.scrollWidth > part.clientWidth && getComputedStyle(part).overflowX === "auto";
    if (scrolls) part.setAttribute("tabindex", "0");
    else part.removeAttribute("tabindex");
  }
}

addEventListener("DOMContentLoaded", reach);
addEventListener("load", reach);
addEventListener("resize", reach);
