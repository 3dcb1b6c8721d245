/**
 * The link: how the page reaches its visit. Nothing else in the page knows that it is a websocket.
 *
 * A connection that is lost is tried again, first soon, then less often. After each opening the
 * visit is asked with `hello` where it stands, so that a page goes on where it was.
 */

import { decode, encode } from "./frames.js";

/** @typedef {import("./frames.js").Arrays} Arrays */
/** @typedef {import("./frames.js").Message} Message */
/** @typedef {{open: boolean, tries: number, wait: number}} Connection */

const FIRST_WAIT = 500;
const LONGEST_WAIT = 8000;
const LOCK_WAIT = 400;
/** Closed because the server said so: what it says is final. */
const REFUSED = [1008, 4401, 4403, 4429];

/** @returns {string} */
function anyId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @param {string} id @param {AbortSignal} [signal] @returns {Promise<boolean>} */
function held(id, signal) {
  return new Promise((resolve) => {
    const forever = new Promise(() => {});
    const options = signal ? { signal } : {};
    navigator.locks
      .request(`visit-${id}`, options, () => {
        resolve(true);
        return forever;
      })
      .catch(() => resolve(false));
  });
}

/**
 * The id of this tab's visit. A tab that was duplicated has the id of its original, which holds a
 * lock on it: it takes an id of its own. A tab that is reloaded gets the lock at once.
 */
async function visitId() {
  const before = sessionStorage.getItem("visit");
  if (before && !navigator.locks) return before;
  if (before && (await held(before, AbortSignal.timeout(LOCK_WAIT)))) return before;
  const id = anyId();
  sessionStorage.setItem("visit", id);
  if (navigator.locks) held(id);
  return id;
}

export class Link {
  /**
   * @param {(message: Message) => void} onMessage
   * @param {(connection: Connection, reason: string) => void} onConnection
   */
  constructor(onMessage, onConnection) {
    this.onMessage = onMessage;
    this.onConnection = onConnection;
    this.tries = 0;
    /** @type {WebSocket | null} */
    this.socket = null;
    this.timer = 0;
    this.address = "";
  }

  async start() {
    const id = await visitId();
    const address = new URL("visit", location.href);
    address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    address.search = new URLSearchParams({ id }).toString();
    this.address = address.href;
    this.open();
  }

  /** Try to reach the visit, now. */
  open() {
    clearTimeout(this.timer);
    if (this.socket && this.socket.readyState <= WebSocket.OPEN) return;
    const socket = new WebSocket(this.address);
    this.socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      this.tries = 0;
      this.onConnection({ open: true, tries: 0, wait: 0 }, "");
      this.send("hello");
    };
    socket.onmessage = ({ data }) => this.onMessage(decode(data));
    socket.onclose = ({ code, reason }) => this.lost(REFUSED.includes(code) ? reason : "");
  }

  /** @param {string} reason why the server closed it for good; empty: try again */
  lost(reason) {
    this.socket = null;
    const wait = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** this.tries);
    this.tries += 1;
    this.onConnection({ open: false, tries: this.tries, wait }, reason);
    this.timer = window.setTimeout(() => this.open(), reason ? LONGEST_WAIT : wait);
  }

  /**
   * Ask for something; whether it could be sent.
   * @param {string} name
   * @param {Record<string, any>} [fields]
   * @param {Arrays} [arrays]
   */
  send(name, fields = {}, arrays = {}) {
    if (this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(encode(name, fields, arrays));
    return true;
  }
}
