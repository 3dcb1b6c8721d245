/** Tab Evaluate: how well the network reads, and the images in each cell of its confusion matrix. */

import { announce } from "./announce.js";
import { byId, button, element, write } from "./dom.js";
import { t } from "./language.js";
import { openCell, startOpened } from "./opened.js";
import { startScores } from "./scores.js";
import { change, draws, state } from "./state.js";
import { counted, figures, percent, sentence, whole } from "./words.js";

/** @typedef {import("./state.js").Message} Message */

/** Fewer images than this say little. */
const FEW = 50;
/** @type {(name: string, fields?: Record<string, any>) => boolean} */
let ask;
/** What was asked for last, so that it is not asked for twice. */
let asked = "";
/** The cell that the Tab key reaches. */
let reached = [0, 0];

/** @param {import("./app.js").Ask} asks @param {() => void} looksInside opens that tab */
export function startEvaluate(asks, looksInside) {
  ask = asks;
  for (const of of /** @type {const} */ (["test", "kept"])) {
    byId(`of-${of}`).addEventListener("click", () => change({ of, evaluation: null, opened: null, errors: {} }));
  }
  draws(["subject"], () => (asked = state.subject ? asked : ""));
  draws(["tab", "subject", "of", "kept"], evaluate);
  draws(["evaluation", "of", "subject", "kept", "errors"], showFigures);
  draws(["evaluation", "opened"], drawMatrix);
  startOpened(ask, looksInside);
  startScores(ask);
}

/** Ask for what the tab shows, once for each network and each change of the kept digits. */
function evaluate() {
  const { tab, subject, of, kept } = state;
  if (tab !== "evaluate" || !subject || subject.problem) return;
  const now = `${subject.key} ${of} ${of === "kept" ? kept?.counts : ""}`;
  if (now === asked && state.evaluation?.fields.of === of) return;
  if (isEmpty(of, subject)) change({ evaluation: null, opened: null });
  else if (ask("evaluate", { of })) {
    asked = now;
    if (state.opened) change({ opened: null });
  }
}

/** Whether there are no images to look at. @param {string} of
 * @param {import("./state.js").Subject | null} subject */
function isEmpty(of, subject) {
  return of === "kept" ? total() === 0 : Boolean(subject?.test_problem || subject?.problem);
}

/** How many digits are kept. */
function total() {
  return (state.kept?.counts ?? []).reduce((a, b) => a + b, 0);
}

/** @param {Message} message */
export function evaluated(message) {
  const { of, images, total: all, accuracy } = message.fields;
  if (of !== state.of) return;
  const first = state.evaluation === null;
  change({ evaluation: message });
  if (images < all) return;
  if (state.tab === "evaluate") announce(t`${percent(accuracy, 2)} of ${whole(all)} images read right`);
  if (first || !state.opened) openCell({});
}

function showFigures() {
  const { evaluation, of, subject, errors } = state;
  const { images = 0, total: all = 0, right = 0, accuracy, loss, macro } = evaluation?.fields ?? {};
  for (const each of ["test", "kept"]) byId(`of-${each}`).setAttribute("aria-pressed", String(each === of));
  const n = total();
  write(byId("of-kept"), t`Your kept digits: ${n || t`none`}`);
  const shown = {
    [t`Accuracy`]: images ? percent(accuracy, 2) : "–",
    [t`Wrong`]: images ? t`${whole(images - right)} of ${whole(images)}` : "–",
    [t`Loss, nats`]: images ? figures(loss) : "–",
    [t`Mean F1`]: images ? percent(macro[2], 2) : "–",
  };
  byId("evaluate-figures").replaceChildren(
    ...Object.entries(shown).map(([name, text]) => element("div", {}, element("dt", {}, name), element("dd", {}, text))),
  );
  byId("evaluate").classList.toggle("nothing", !evaluation && isEmpty(of, subject));
  write(byId("evaluate-note"), note(images, all, errors.evaluate ?? errors.cell ?? errors.doubtful ?? "", subject));
}

/** @param {number} images @param {number} all @param {string} problem
 * @param {import("./state.js").Subject | null} subject */
function note(images, all, problem, subject) {
  if (problem) return sentence(problem);
  if (!subject || subject.problem) return "";
  if (state.of === "test" && subject.test_problem) return sentence(subject.test_problem);
  if (state.of === "kept" && total() === 0) return t`In Draw, give a digit that was read wrong its right label: it is kept, and judged here.`;
  if (images < all || !images) return all ? t`Reading: ${whole(images)} of ${whole(all)} …` : t`Reading …`;
  return all < FEW ? t`Only ${counted(all, "{0} image", "{0} images")}: one more may change every figure.` : "";
}

/** @param {Message | null} evaluation */
function countsOf(evaluation) {
  const classes = /** @type {string[]} */ (evaluation?.fields.classes ?? state.subject?.classes ?? Array.from("0123456789"));
  return { classes, counts: evaluation?.arrays.matrix.data ?? null };
}

function drawMatrix() {
  const { classes, counts } = countsOf(state.evaluation);
  const k = classes.length;
  const wrong = counts ? Array.from(counts, (count, i) => (i % (k + 1) === 0 ? 0 : count)) : [];
  const most = Math.max(1, ...wrong);
  const where = byId("matrix");
  const hadFocus = where.contains(document.activeElement);
  const head = (/** @type {string} */ name, /** @type {{row?: number, column?: number}} */ which) => {
    const all = which.row === undefined ? t`read as ${name}, though they are not` : t`${name}, read wrong`;
    const made = button(name, () => openCell(which), { class: "quiet", tabindex: -1, "aria-label": t`${name}: show all ${all}`, disabled: !counts });
    return element("th", { scope: which.row === undefined ? "col" : "row", class: isOpen(which.row, which.column) ? "on" : undefined }, made);
  };
  const rows = classes.map((name, row) =>
    element("tr", {}, head(name, { row }), ...classes.map((_, column) => cell(row, column, classes, counts, most))),
  );
  const corner = element("td", { class: "axis small soft" }, t`is ↓ read as →`);
  const table = element(
    "table",
    { "aria-label": t`Rows: what it is; columns: what it is read as` },
    element("thead", {}, element("tr", {}, corner, ...classes.map((name, column) => head(name, { column })))),
    element("tbody", {}, ...rows),
  );
  table.addEventListener("keydown", (event) => move(event, k));
  where.replaceChildren(table);
  if (!counts) return;
  const there = buttonAt(reached[0], reached[1]) ?? where.querySelector("td button");
  there?.setAttribute("tabindex", "0");
  if (hadFocus) /** @type {HTMLElement | null} */ (there)?.focus({ preventScroll: true });
}

/** @param {number | undefined} row @param {number | undefined} column */
function isOpen(row, column) {
  const { fields } = state.opened ?? {};
  return fields !== undefined && fields.below === null && (fields.row ?? undefined) === row && (fields.column ?? undefined) === column;
}

/** @param {number} row @param {number} column @param {string[]} classes
 * @param {ArrayLike<number> | null} counts @param {number} most */
function cell(row, column, classes, counts, most) {
  const count = counts?.[row * classes.length + column] ?? 0;
  const made = element("td", { class: row === column ? "hit" : "miss" });
  if (!count) return made;
  const said = row === column ? t`${classes[row]} read right` : t`${classes[row]} read as ${classes[column]}`;
  const opens = button(whole(count), () => openCell({ row, column }), {
    tabindex: -1,
    "data-cell": `${row},${column}`,
    "aria-label": `${said}: ${counted(count, "{0} image", "{0} images")}`,
    "aria-pressed": String(isOpen(row, column)),
  });
  opens.addEventListener("focus", () => (reached = [row, column]));
  if (row !== column) made.style.setProperty("--share", String(count / most));
  made.append(opens);
  return made;
}

/** @param {number} row @param {number} column @returns {HTMLElement | null} */
function buttonAt(row, column) {
  return byId("matrix").querySelector(`[data-cell="${row},${column}"]`);
}

/** Arrow keys go to the next cell that holds images. @param {KeyboardEvent} event @param {number} k */
function move(event, k) {
  /** @type {Record<string, number[]>} */
  const steps = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] };
  const step = steps[event.key];
  if (!step) return;
  event.preventDefault();
  const at = reached;
  for (let [row, column] = [at[0] + step[0], at[1] + step[1]]; row >= 0 && column >= 0 && row < k && column < k; row += step[0], column += step[1]) {
    const found = buttonAt(row, column);
    if (!found) continue;
    buttonAt(at[0], at[1])?.setAttribute("tabindex", "-1");
    found.setAttribute("tabindex", "0");
    found.focus();
    return;
  }
}
