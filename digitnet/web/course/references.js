/**
 * References to pages of the documentation in a text, as the terminal shows them, such as
 * docs/derivations.md#5-the-dense-layer: on the site they are links to its pages.
 */

import { element } from "./dom.js";

const REFERENCE = /\b(docs\/[\w-]+)\.md(#[\w-]+)?/g;

/**
 * The text in pieces, with a link for each reference.
 * @param {string} text
 * @param {string} pages where the pages are: "../" from a chapter of the course
 * @returns {(string | HTMLElement)[]}
 */
export function linked(text, pages) {
  /** @type {(string | HTMLElement)[]} */
  const pieces = [];
  let end = 0;
  for (const found of text.matchAll(REFERENCE)) {
    const [whole, page, anchor = ""] = found;
    pieces.push(text.slice(end, found.index), element("a", { href: `${pages}${page}.html${anchor}` }, whole));
    end = found.index + whole.length;
  }
  return [...pieces, text.slice(end)];
}
