/** Pictures: chosen, photographed, dropped or pasted; shown in place of the pad. */

import { byId, write } from "./dom.js";
import { t } from "./language.js";
import { change, draws, state } from "./state.js";

const MOST_BYTES = 20_000_000;

/** @param {(bytes: Uint8Array<ArrayBuffer>) => void} read */
export function startPictures(read) {
  for (const id of ["choose-picture", "take-photo"]) {
    const input = /** @type {HTMLInputElement} */ (byId(id));
    input.addEventListener("change", () => {
      if (input.files?.[0]) show(input.files[0], read);
      input.value = "";
    });
  }
  document.addEventListener("paste", (event) => {
    const file = event.clipboardData?.files[0];
    if (state.tab === "draw" && file) show(file, read);
  });
  startDropping((file) => show(file, read));
  draws(["picture"], drawPicture);
  draws(["errors"], () => {
    const { picture = state.errors.photo, draw, keep, discard, kept } = state.errors;
    const unread = picture ? t`This picture could not be read: ${picture.replace(/^the picture: /, "")}.` : "";
    const problem = unread || (draw ?? keep ?? discard ?? kept ?? "");
    const where = byId("picture-problem");
    where.hidden = !problem;
    write(where, problem);
  });
}

/** @param {(file: File) => void} take */
function startDropping(take) {
  const page = document.documentElement;
  page.addEventListener("dragover", (event) => {
    if (state.tab !== "draw" || !event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    byId("paper").classList.add("dropping");
  });
  page.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) byId("paper").classList.remove("dropping");
  });
  page.addEventListener("drop", (event) => {
    event.preventDefault();
    byId("paper").classList.remove("dropping");
    const file = event.dataTransfer?.files[0];
    if (state.tab === "draw" && file) take(file);
  });
}

/** @param {File} file @param {(bytes: Uint8Array<ArrayBuffer>) => void} read */
async function show(file, read) {
  if (file.size === 0 || file.size > MOST_BYTES) {
    const problem = file.size ? t`${file.name} is larger than 20 MB` : t`${file.name} is empty`;
    change({ errors: { picture: problem } });
    return;
  }
  /** @type {ImageBitmap | null} */
  let picture = null;
  try {
    picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    // Formats that the browser does not show, the network may read all the same: TIFF, PGM.
  }
  const bytes = new Uint8Array(await file.arrayBuffer());
  if (picture) change({ picture, answer: null, inside: null, digit: 0 });
  read(bytes);
}

function drawPicture() {
  const { picture } = state;
  const canvas = /** @type {HTMLCanvasElement} */ (byId("picture"));
  canvas.hidden = !picture;
  byId("pad").hidden = picture !== null;
  if (!picture) return;
  canvas.width = picture.width;
  canvas.height = picture.height;
  canvas.getContext("2d")?.drawImage(picture, 0, 0);
}
