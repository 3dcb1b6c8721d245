/**
 * References to pages of the documentation in a text, as the terminal shows them, such as
 * docs/derivations.md#5-the-dense-layer: on the site they are links to its pages, which say
 * their section: derivations §5.
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
    pieces.push(text.slice(end, found.index), element("a", { href: `${pages}${page}.html${anchor}` }, spoken(page, anchor)));
    end = found.index + whole.length;
  }
  return [...pieces, text.slice(end)];
}

/**
 * A page and its section, by its number where it has one: derivations §5.
 * @param {string} page @param {string} anchor
 */
function spoken(page, anchor) {
  const section = anchor.match(/^#(\d+)-/)?.[1] ?? "";
  const words = anchor.slice(1).replaceAll("-", " ");
  return [page.slice("docs/".length), section ? `§${section}` : words].filter(Boolean).join(section ? " " : ", ");
}
