/** Models: who answers, what it is made of, and one from a file. */

import { byId, element, write } from "./dom.js";
import { t } from "./language.js";
import { draws, state } from "./state.js";
import { counted, sizesText } from "./words.js";

/** @type {Record<string, string>} */
export const NAMES = { shipped: t`the network of digitnet`, trained: t`your training`, loaded: t`your file` };

/** @param {import("./app.js").Ask} ask */
export function startModels(ask) {
  const select = /** @type {HTMLSelectElement} */ (byId("model-choice"));
  select.addEventListener("change", () => ask("use", { model: select.value }));
  const file = /** @type {HTMLInputElement} */ (byId("load-model"));
  file.addEventListener("change", async () => {
    const bytes = file.files?.[0] && new Uint8Array(await file.files[0].arrayBuffer());
    file.value = "";
    if (bytes) ask("load", {}, { file: { data: bytes, shape: [bytes.length] } });
  });
  draws(["model"], () => {
    const { model } = state;
    if (!model) return;
    select.replaceChildren(
      ...model.available.map((each) => element("option", { value: each }, NAMES[each] ?? each)),
    );
    select.value = model.which;
    write(byId("model-sizes"), `${sizesText(model.sizes, model.activations)}, ${counted(model.parameters, "{0} weight", "{0} weights")}`);
  });
  draws(["errors"], () => {
    const problem = state.errors.load ?? state.errors.use ?? "";
    byId("model-problem").hidden = !problem;
    write(byId("model-problem"), problem);
  });
}
