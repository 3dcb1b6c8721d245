/**
 * The local link: to a visit in a worker of this page, where digitnet itself computes: see
 * worker.js. There is no connection to be lost; but much is loaded before it begins, and what
 * blocks that (a network, a policy) often does so without an error. So silence has a limit.
 */

import { decode, encode } from "./frames.js";
import { change } from "./state.js";

/** @typedef {import("./frames.js").Message} Message */
/** @typedef {{bytes?: number, all?: number, ready?: boolean, failed?: string}} Beginning */

/** How long nothing may come while the worker begins: a slow computer starts Python meanwhile. */
const SILENCE_MS = 60_000;

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
    this.timer = 0;
    this.ready = false;
  }

  /** Begin, once. */
  connect() {
    if (this.worker) return;
    change({ loading: { bytes: 0, all: 0 } });
    this.listen();
    this.worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
    this.worker.onmessage = ({ data }) => {
      if (data instanceof ArrayBuffer) this.onMessage(decode(data));
      else this.begins(data);
    };
    this.worker.onerror = () => this.fail("worker.js could not be run: this browser may be too old, or a rule forbids it");
  }

  /** @param {Beginning} beginning how far the worker is */
  begins({ bytes = 0, all = 0, ready, failed }) {
    if (failed) return this.fail(failed);
    if (!ready) {
      this.listen();
      return change({ loading: { bytes, all } });
    }
    clearTimeout(this.timer);
    this.ready = true;
    change({ loading: null });
    this.onConnection({ open: true, tries: 0, wait: 0 }, "");
    this.send("hello");
  }

  /** Wait for the worker's next word. */
  listen() {
    clearTimeout(this.timer);
    const silence = "nothing has come for a minute: a network, a filter or a rule of this browser may block it";
    this.timer = window.setTimeout(() => this.fail(silence), SILENCE_MS);
  }

  /** @param {string} why */
  fail(why) {
    clearTimeout(this.timer);
    if (this.ready || !this.worker) return;
    this.worker.onmessage = null;
    this.worker.terminate();
    change({ loading: null });
    this.onConnection({ open: false, tries: 1, wait: 0 }, `Not all that it needs could be loaded: ${why}. Reload the page to try again`);
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
