/** Wished: which network learns, from which image, and what it is taught. */

import { explains } from "./bubble.js";
import { byId, element, write } from "./dom.js";
import { t } from "./language.js";
import { draws, state } from "./state.js";
import { counted, sizesText, whole } from "./words.js";

/** @typedef {import("./steps.js").Wish} Wish */

/** @type {Record<string, string>} */
const NETWORKS = {
  small: t`small, a little trained`,
  fresh: t`small, untrained`,
  answering: t`the one of Draw`,
};
/** One sentence for each control. @type {Record<string, string>} */
const HELPS = {
  "wish-network": t`Who learns: a small network, 784-16-10, all of whose units are seen, untrained or after one pass over ${whole(4000)} images; or the one that answers in Draw. Always a copy.`,
  "wish-among": t`What it learns from: test images, those it reads wrong, those of one class, or your drawing.`,
  "wish-previous": t`The image before this one.`,
  "wish-next": t`The image after this one.`,
  "wish-target": t`t, the answer that the loss compares with: teach it another one, and see who is to blame then.`,
};
const SMALL_NOTE = t`Network 784-16-10, 82 % right`;

/** Of the last walk. @type {string[]} */
let classes = [];

/** @param {(parts: Partial<Wish>) => void} wish */
export function startWished(wish) {
  const select = (/** @type {string} */ id) => /** @type {HTMLSelectElement} */ (byId(id));
  const network = select("wish-network");
  network.append(...Object.entries(NETWORKS).map(([value, text]) => element("option", { value }, text)));
  network.addEventListener("change", () => wish({ network: network.value }));
  const among = select("wish-among");
  among.addEventListener("change", () => wish({ among: among.value, image: imageOf(among.value) }));
  const target = select("wish-target");
  target.addEventListener("change", () => wish({ target: Number(target.value) }));
  byId("wish-previous").addEventListener("click", () => wish({ image: next(-1) }));
  byId("wish-next").addEventListener("click", () => wish({ image: next(1) }));
  for (const [id, help] of Object.entries(HELPS)) {
    const control = byId(id);
    explains(control, help);
    const hidden = element("span", { class: "unseen", id: `help-${id}` }, help);
    control.setAttribute("aria-describedby", hidden.id);
    byId("wished").append(hidden);
  }
  draws(["walked", "wish", "answer"], draw);
}

/** The image to begin with: of test images that which is seen, or the next of those.
 * @param {string} among */
function imageOf(among) {
  if (among === "drawing") return state.digit;
  return state.walked?.source === "test" ? state.walked.image : 0;
}

/** @param {number} by */
function next(by) {
  const { wish, walked, answer } = state;
  if (wish.among !== "drawing") return walked?.neighbours[by < 0 ? 0 : 1] ?? 0;
  const count = answer?.digits.length ?? 0;
  return count ? (wish.image + by + count) % count : 0;
}

/** @param {string} id @param {[string, string][]} options @param {string} chosen */
function fill(id, options, chosen) {
  const where = /** @type {HTMLSelectElement} */ (byId(id));
  const wanted = JSON.stringify(options);
  if (where.dataset.options !== wanted) {
    where.dataset.options = wanted;
    where.replaceChildren(...options.map(([value, text]) => element("option", { value }, text)));
  }
  where.value = chosen;
}

function draw() {
  const { walked, wish, answer } = state;
  classes = walked?.classes ?? classes;
  fill(
    "wish-among",
    [
      ["all", t`test images`],
      ["wrong", t`test images read wrong`],
      ["drawing", t`my drawing`],
      ...classes.map((each, i) => /** @type {[string, string]} */ ([String(i), t`test images of ${each}`])),
    ],
    wish.among,
  );
  /** @type {HTMLSelectElement} */ (byId("wish-network")).value = wish.network;
  if (!walked) {
    write(byId("wish-which"), "");
    write(byId("wished-note"), "");
    for (const id of ["wish-previous", "wish-next"]) /** @type {HTMLButtonElement} */ (byId(id)).disabled = true;
    return;
  }
  const right = walked.source === "drawing" ? t`as read` : t`its label`;
  fill("wish-target", classes.map((each, i) => [String(i), i === walked.label ? `${each} (${right})` : each]), String(walked.target));
  const digits = answer?.digits.length ?? 0;
  const which = walked.source === "drawing" ? t`mark ${walked.image + 1} of ${Math.max(1, digits)}` : t`no. ${walked.image}`;
  write(byId("wish-which"), which);
  const about = `${sizesText(walked.sizes, walked.activations)}, ${counted(walked.parameters, "{0} weight", "{0} weights")}`;
  const network = walked.network === "small" && walked.sizes[0] === 784 ? SMALL_NOTE : about;
  write(byId("wished-note"), `${whichIn(walked, wish.among)}${network}.`);
  const many = walked.source === "drawing" ? digits : walked.images;
  for (const id of ["wish-previous", "wish-next"]) /** @type {HTMLButtonElement} */ (byId(id)).disabled = many < 2;
}

/** Which image it is, and among how many. @param {import("./steps.js").Walked} walked
 * @param {string} among */
function whichIn({ source, image, images, searched }, among) {
  if (source === "drawing") return "";
  const which = t`Test image ${image} (from 0)`;
  if (among === "wrong") return t`${which}; ${whole(images)} of the first ${whole(searched)} are read wrong. `;
  return t`${which} of ${whole(images)}${among === "all" ? "" : t` of this class`}. `;
}
