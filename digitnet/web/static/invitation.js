/** Invitation: the address of this page for others, as text and for the cameras of telephones. */

import { byId, write } from "./dom.js";
import { t } from "./language.js";

const WITH_CODE = t`Point a telephone's camera at the code, or type the address. It must be in the same network as this computer.`;
const WITHOUT = t`This is the address. It can be opened by whoever is in the same network as this computer.`;

/** Offer it where others can come. */
export async function startInvitation() {
  const answer = await fetch("invitation.json").catch(() => null);
  if (!answer?.ok) return; // the page says by itself that there is no connection
  const { address, code } = await answer.json();
  if (!address) return;
  const dialog = /** @type {HTMLDialogElement} */ (byId("invitation"));
  write(byId("invitation-address"), address);
  write(byId("invitation-how"), code ? WITH_CODE : WITHOUT);
  byId("invite").hidden = false;
  byId("invite").addEventListener("click", () => {
    const picture = /** @type {HTMLImageElement} */ (byId("invitation-code"));
    picture.hidden = !code;
    if (code) picture.src = "invitation.svg";
    dialog.showModal();
  });
  byId("invitation-close").addEventListener("click", () => dialog.close());
}
