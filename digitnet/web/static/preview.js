/** Preview: some digits before and after the distortions that are chosen. */

import { element } from "./dom.js";
import { drawGrey, imageOf } from "./images.js";
import { t } from "./language.js";
import { differing } from "./settings.js";
import { draws, state } from "./state.js";

const SETTLED_MS = 150;

/** @param {import("./app.js").Ask} ask */
export function previewPart(ask) {
  const grid = element("div", { class: "preview-grid", role: "img", "aria-label": t`Digits before and after distortion` });
  const note = element("p", { class: "small soft" }, t`Above as they are, below as they are learned from.`);
  const root = element("div", { class: "preview" }, grid, note);
  let timer = 0;
  let asked = "";
  const askSoon = () => {
    const group = root.closest("details");
    if (!state.setup || !group?.open) return;
    const settings = distortions();
    const text = JSON.stringify(settings);
    if (text === asked) return;
    asked = text;
    clearTimeout(timer);
    timer = window.setTimeout(() => ask("preview", { settings }), SETTLED_MS);
  };
  queueMicrotask(() => root.closest("details")?.addEventListener("toggle", askSoon));
  draws(["chosen", "setup"], askSoon);
  draws(["preview"], () => {
    const { before, after } = state.preview?.arrays ?? {};
    const rows = before && after ? [before, after] : [];
    grid.replaceChildren(
      ...rows.flatMap((images) =>
        Array.from({ length: Math.min(8, images.shape[0]) }, (_, i) => {
          const canvas = element("canvas", { class: "thumb" });
          drawGrey(canvas, imageOf(images, i));
          return canvas;
        }),
      ),
    );
  });
  return root;
}

function distortions() {
  const table = state.setup?.settings.filter((each) => each.group === "distortions") ?? [];
  return differing(state.chosen, table);
}
