/**
 * Controls: one for each setting of the table that the visit sends, few at first, others in groups.
 *
 * Each has a name, a real input, and one sentence on what it does to learning, which is shown while
 * the control is pointed at or has the focus, and is always there for a screen reader.
 */

import { explains } from "./bubble.js";
import { byId, element, write } from "./dom.js";
import { FIRST, GROUPS, HELPS } from "./helps.js";
import { inputFor } from "./inputs.js";
import { t } from "./language.js";
import { layersControl } from "./layers.js";
import { begun, defaults, pending, recipeOf, underWay } from "./settings.js";
import { draws, state } from "./state.js";
import { previewPart } from "./preview.js";
import { whole } from "./words.js";

/** @typedef {import("./state.js").Setting} Setting */
/** @typedef {import("./state.js").Settings} Settings */
/** @typedef {(parts: Settings) => void} Choose */
/** @typedef {{root: HTMLElement, show: (value: any, settings: Settings) => void}} Control */

/** @type {{name: string, note: HTMLElement, control: Control}[]} */
let shown = [];

/** @param {Choose} choose @param {import("./app.js").Ask} ask */
export function startControls(choose, ask) {
  draws(["setup"], () => {
    if (state.setup && !shown.length) build(state.setup.settings, choose, ask);
  });
  draws(["setup", "chosen", "training"], show);
}

/** @param {Setting[]} table @param {Choose} choose @param {import("./app.js").Ask} ask */
function build(table, choose, ask) {
  const named = new Map(table.map((each) => [each.name, each]));
  const first = FIRST.flatMap((name) => named.get(name) ?? []);
  const groups = Object.entries(GROUPS).map(([group, title]) => {
    const rest = table.filter((each) => each.group === group && !FIRST.includes(each.name));
    const body = element("div", { class: "group" }, ...rest.map((each) => control(each, choose)));
    if (group === "distortions") body.append(previewPart(ask));
    return element("details", { id: `group-${group}` }, element("summary", {}, title), body);
  });
  byId("controls").replaceChildren(recipe(choose), ...first.map((each) => control(each, choose)), ...groups);
}

/** @param {Setting} setting @param {Choose} choose */
function control(setting, choose) {
  const { name } = setting;
  const { label = name, help = setting.meaning } = HELPS[name] ?? {};
  const id = `set-${name}`;
  const choosing = (/** @type {any} */ value) => choose({ [name]: value });
  const note = element("span", { class: "note", id: `note-${name}` });
  const problem = (/** @type {string} */ text) => {
    if (text === (note.dataset.problem ?? "")) return;
    note.dataset.problem = text;
    write(note, text);
  };
  const made =
    setting.kind === "wholes" ? layersControl({ choose: choosing, problem }) : inputFor(setting, id, label, { choose: choosing, problem });
  const head = setting.kind === "wholes" ? element("span", { class: "label" }, label) : element("label", { class: "label", for: id }, label);
  const root = element(
    "div",
    { class: `control ${setting.kind}`, id: `control-${name}` },
    element("div", { class: "head" }, head, note),
    made.root,
    element("span", { class: "unseen", id: `help-${name}` }, help),
  );
  explains(root, help);
  shown.push({ name, note, control: made });
  return root;
}

/** Which limit of this server a recipe is beyond; "" if it is within all.
 * @param {Settings} recipe */
function beyond(recipe) {
  const { setup, training } = state;
  if (!setup) return "";
  const all = { ...defaults(setup.settings), ...recipe };
  const { hidden_layer_sizes: hidden, epochs, batch_size: batch } = all;
  const pixels = training?.sizes[0] ?? 784;
  const sizes = [all.oriented_gradients ? 8 * Math.min(49, pixels) : pixels, ...hidden, training?.sizes.at(-1) ?? 10];
  const weights = sizes.slice(1).reduce((sum, size, i) => sum + size * sizes[i], 0);
  const { limits } = setup;
  if (hidden.length > limits.layers) return t`more than ${limits.layers} layers`;
  if (Math.max(0, ...hidden) > limits.width) return t`layers of more than ${limits.width} units`;
  if (weights > limits.weights) return t`more than ${whole(limits.weights)} weights`;
  if (batch > limits.batch) return t`batches of more than ${limits.batch} images`;
  return epochs > limits.epochs ? t`more than ${limits.epochs} epochs` : "";
}

/** @param {Choose} choose */
function recipe(choose) {
  const select = element("select", { id: "recipe", "aria-describedby": "help-recipe" });
  const help = t`Settings that belong together: quick takes a minute, strong and best take long and read best.`;
  select.append(
    ...Object.entries(state.setup?.recipes ?? {}).map(([each, settings]) => {
      const reason = beyond(settings);
      return element("option", { value: each, disabled: reason !== "" }, reason ? `${each} (${reason})` : each);
    }),
  );
  select.append(element("option", { value: "", hidden: true }, t`settings of your own`));
  select.addEventListener("change", () => {
    const { setup } = state;
    if (setup && select.value) choose({ ...defaults(setup.settings), ...setup.recipes[select.value] });
  });
  const root = element(
    "div",
    { class: "control name", id: "control-recipe" },
    element("div", { class: "head" }, element("label", { class: "label", for: "recipe" }, t`Recipe`)),
    select,
    element("span", { class: "unseen", id: "help-recipe" }, help),
  );
  explains(root, help);
  return root;
}

function show() {
  const { setup, chosen } = state;
  if (!setup || !shown.length) return;
  const waiting = pending();
  for (const { name, note, control: each } of shown) {
    if (name in chosen) each.show(chosen[name], chosen);
    const live = setup.settings.find((one) => one.name === name)?.live && underWay();
    const text = waiting.includes(name) && begun() && !live ? t`counts after Reset` : "";
    write(note, note.dataset.problem || text);
  }
  const select = /** @type {HTMLSelectElement} */ (byId("recipe"));
  select.value = recipeOf(chosen);
}
