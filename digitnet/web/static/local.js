/**
 * The local link: to a visit in a worker of this page, where digitnet itself computes: see
 * worker.js. There is no connection to be lost, but one that may not come about: see begun.js.
 */

import { beginWorker } from "./begun.js";
import { decode, encode } from "./frames.js";
import { language, t } from "./language.js";
import { change } from "./state.js";

/** @typedef {import("./frames.js").Message} Message */

/** Why a worker could not begin. */
const WORDS = {
  silent: t`nothing has come for a minute: a network, a filter or a rule of this browser may block it`,
  unrun: t`its script could not be run: this browser may be too old, or a rule forbids it`,
};

export class LocalLink {
  /**
   * @param {(message: Message) => void} onMessage
   * @param {(connection: import("./link.js").Connection, reason: string) => void} onConnection
   */
  constructor(onMessage, onConnection) {
    this.onMessage = onMessage;
    this.onConnection = onConnection;
    /** @type {Worker | null} */
    this.worker = null;
    this.ready = false;
  }

  /** Begin, once. */
  connect() {
    if (this.worker) return;
    change({ loading: { bytes: 0, all: 0 } });
    const address = new URL("worker.js", import.meta.url);
    this.worker = beginWorker(address, (standing) => this.begins(standing), (frame) => this.onMessage(decode(frame)), WORDS);
  }

  /** @param {import("./begun.js").Standing} standing how far the worker is */
  begins({ bytes, all, ready, failed }) {
    change({ loading: ready || failed ? null : { bytes, all } });
    if (failed) this.onConnection({ open: false, tries: 1, wait: 0 }, t`Not all that it needs could be loaded: ${failed}. Reload the page to try again`);
    if (!ready) return;
    this.ready = true;
    this.onConnection({ open: true, tries: 0, wait: 0 }, "");
    this.send("hello", { language });
  }

  /**
   * Ask for something; whether it could be sent.
   * @param {string} name
   * @param {Record<string, any>} [fields]
   * @param {import("./frames.js").Arrays} [arrays]
   */
  send(name, fields = {}, arrays = {}) {
    if (!this.worker || !this.ready) return false;
    const { buffer } = encode(name, fields, arrays);
    this.worker.postMessage(buffer, [buffer]);
    return true;
  }
}
