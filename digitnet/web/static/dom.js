/** Small help with the document. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * The element with that id, which the page must have.
 * @template {Element} [T=HTMLElement]
 * @param {string} id
 * @returns {T}
 */
export function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`no element ${id}`);
  return /** @type {T} */ (/** @type {unknown} */ (element));
}

/**
 * A new element.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, string | number | boolean | undefined>} [attributes] true: without value
 * @param {(Node | string)[]} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  give(made, attributes);
  made.append(...children);
  return made;
}

/**
 * A new element of a drawing.
 * @template {keyof SVGElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, string | number | boolean | undefined>} [attributes]
 * @param {(Node | string)[]} children
 * @returns {SVGElementTagNameMap[T]}
 */
export function drawn(tag, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, tag);
  give(made, attributes);
  made.append(...children);
  return made;
}

/** @param {Element} made @param {Record<string, string | number | boolean | undefined>} attributes */
export function give(made, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== undefined) made.setAttribute(name, String(value));
  }
}

/**
 * A button with what it does.
 * @param {string} text
 * @param {() => void} action
 * @param {Record<string, string | number | boolean | undefined>} [attributes]
 */
export function button(text, action, attributes = {}) {
  const made = element("button", { type: "button", ...attributes }, text);
  made.addEventListener("click", action);
  return made;
}

/** Mark a field whose text is no value for it. @param {Element} field @param {boolean} isWrong */
export function markWrong(field, isWrong) {
  if (isWrong) field.setAttribute("aria-invalid", "true");
  else field.removeAttribute("aria-invalid");
}

/** Set a text only when it is another one, so that nothing is announced or laid out for nothing.
 * @param {Element} where @param {string} text */
export function write(where, text) {
  if (where.textContent !== text) where.textContent = text;
}

/**
 * Offer bytes as a file to save.
 * @param {string} name
 * @param {BlobPart} bytes
 */
export function save(name, bytes) {
  const address = URL.createObjectURL(new Blob([bytes]));
  element("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/**
 * Ask before something that cannot be undone.
 * @param {string} question
 * @param {string} yes the words on the button
 * @param {string} [also] what may be done besides, if the visitor ticks it
 * @returns {Promise<{also: boolean} | null>} null: no
 */
export function confirmed(question, yes, also = "") {
  const dialog = /** @type {HTMLDialogElement} */ (byId("confirm"));
  write(byId("confirm-question"), question);
  write(byId("confirm-yes"), yes);
  byId("confirm-no").onclick = () => dialog.close("no");
  byId("confirm-yes").onclick = () => dialog.close("yes");
  const tick = /** @type {HTMLInputElement} */ (byId("confirm-also"));
  tick.checked = false;
  byId("confirm-extra").hidden = !also;
  write(byId("confirm-extra-text"), also);
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => {
    const answer = () => resolve(dialog.returnValue === "yes" ? { also: tick.checked } : null);
    dialog.addEventListener("close", answer, { once: true });
  });
}
