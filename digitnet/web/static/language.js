/** Language: the sentences of the page in the visitor's language.
 *
 * t`Epoch ${n}` is the sentence "Epoch {0}" of the catalogue with n in its place, or, without one,
 * as it stands. Catalogues are made by scripts/translations.py. begin.js loads one before any other
 * module runs, so that tables may hold sentences too.
 */

/** The languages that there are, by what each calls itself. @type {Record<string, string>} */
export const LANGUAGES = { en: "English", de: "Deutsch" };

/** Of numbers, in the order in which catalogues have what is said for each.
 * @type {Intl.LDMLPluralRule[]} */
const FORMS = ["zero", "one", "two", "few", "many", "other"];
/** As in scripts/translations_page.py. */
const ATTRIBUTES = ["title", "aria-label", "placeholder", "alt", "content"];
/** Sentences by their English; where a number counts, for one and for many.
 * @type {Record<string, string | string[]>} */
let catalogue = {};

/** What the address asks for, else what was chosen here before, else what the browser prefers. */
export const language = chosen();

function chosen() {
  const asked = new URLSearchParams(location.search).get("language");
  for (const each of [asked, localStorage.getItem("language"), ...navigator.languages]) {
    const name = each?.split("-")[0].toLowerCase() ?? "";
    if (name in LANGUAGES) return name;
  }
  return "en";
}

/** Load the catalogue, and translate what the document holds. Without one, all stays English. */
export async function loadLanguage() {
  if (language === "en") return;
  const response = await fetch(new URL(`locale/${language}.json`, import.meta.url));
  if (!response.ok) return;
  catalogue = await response.json();
  document.documentElement.lang = language;
  translate(document.documentElement);
}

/** A sentence with what is put in. @param {TemplateStringsArray} texts @param {unknown[]} values */
export function t(texts, ...values) {
  const english = texts.reduce((all, text, i) => `${all}{${i - 1}}${text}`);
  return put(found(english), values);
}

/** The sentence for one, or for many. @param {number} count @param {string} one @param {string} many */
export function sentenceFor(count, one, many) {
  const forms = catalogue[one] ?? [one, many];
  const rules = new Intl.PluralRules(language);
  const { pluralCategories } = rules.resolvedOptions();
  const place = FORMS.filter((each) => pluralCategories.includes(each)).indexOf(rules.select(count));
  return forms[Math.min(place, forms.length - 1)];
}

/** A sentence with its places filled in. @param {string} text @param {unknown[]} values */
export function put(text, values) {
  return text.replace(/\{(\d+)\}/g, (_, place) => String(values[Number(place)]));
}

/** @param {string} english */
function found(english) {
  return /** @type {string} */ (catalogue[english] ?? english);
}

/** Translate the texts and the attributes of an element, and of all in it. @param {Element} root */
function translate(root) {
  const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  for (let node = texts.nextNode(); node; node = texts.nextNode()) {
    const text = node.nodeValue ?? "";
    const english = text.trim().replace(/\s+/g, " ");
    if (english in catalogue) node.nodeValue = text.replace(text.trim(), () => found(english));
  }
  for (const each of root.querySelectorAll(ATTRIBUTES.map((name) => `[${name}]`).join())) {
    for (const name of ATTRIBUTES) {
      const english = each.getAttribute(name) ?? "";
      if (english in catalogue) each.setAttribute(name, found(english));
    }
  }
}

/** Let the visitor choose: the page is loaded again, and its visit stays where it is. A telephone
 * has room for two letters.
 * @param {HTMLSelectElement} select @param {boolean} isNarrow */
export function startLanguage(select, isNarrow) {
  for (const [name, own] of Object.entries(LANGUAGES)) {
    const option = new Option(isNarrow ? name.toUpperCase() : own, name);
    option.lang = name;
    option.title = own;
    select.add(option);
  }
  select.value = language;
  select.addEventListener("change", () => {
    localStorage.setItem("language", select.value);
    const address = new URL(location.href);
    address.searchParams.delete("language");
    history.replaceState(history.state, "", address);
    location.reload();
  });
}
