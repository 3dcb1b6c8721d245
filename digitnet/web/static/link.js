/**
 * The link: how the page reaches its visit. Nothing else in the page knows that it is a websocket,
 * or, where the page says so and there is no such server, a worker: see local.js.
 *
 * A connection that is lost is tried again, first soon, then less often. After each opening the
 * visit is asked with `hello` where it stands, so that a page goes on where it was.
 */

import { decode, encode } from "./frames.js";
import { language, t } from "./language.js";
import { LocalLink } from "./local.js";

/** @typedef {import("./frames.js").Arrays} Arrays */
/** @typedef {import("./frames.js").Message} Message */
/** @typedef {{open: boolean, tries: number, wait: number}} Connection */

const FIRST_WAIT = 500;
const LONGEST_WAIT = 8000;
/** Codes with which the server closes: against its rules, too many visitors; and: this visit is
 * another page's. */
const REFUSED = [1008, 4001];
const TAKEN = 4002;
/** Where the server gives no reason. @type {Record<number, string>} */
const REASONS = {
  1008: t`This page may not ask the server. Open it by the address that digitnet play printed, with its token.`,
  4001: t`All places are taken.`,
};

/** @returns {string} */
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const id = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  sessionStorage.setItem("visit", id);
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
    this.id = sessionStorage.getItem("visit") ?? newId();
    /** Whether the visit has answered this page. */
    this.heard = false;
    this.open = false;
  }

  /** Try to reach the visit, now. */
  connect() {
    clearTimeout(this.timer);
    if (this.socket && this.socket.readyState <= WebSocket.OPEN) return;
    const address = new URL("visit", location.href);
    address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    address.search = new URLSearchParams({ id: this.id }).toString();
    address.hash = "";
    const socket = new WebSocket(address);
    this.socket = socket;
    socket.binaryType = "arraybuffer";
    this.open = false;
    socket.onopen = () => this.send("hello", { language });
    socket.onmessage = ({ data }) => {
      if (!this.open) this.opened();
      this.onMessage(decode(data));
    };
    socket.onclose = ({ code, reason }) => {
      // A tab that was duplicated has its original's id: it takes one of its own.
      if (code === TAKEN && !this.heard) this.id = newId();
      this.lost(REFUSED.includes(code) ? reason || REASONS[code] : "");
    };
  }

  /** The visit has answered: a server that is full closes the connection instead. */
  opened() {
    this.open = this.heard = true;
    this.tries = 0;
    this.onConnection({ open: true, tries: 0, wait: 0 }, "");
  }

  /** @param {string} reason why the server closed it for good; empty: try again */
  lost(reason) {
    this.socket = null;
    this.open = false;
    const wait = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** this.tries);
    this.tries += 1;
    this.onConnection({ open: false, tries: this.tries, wait }, reason);
    this.timer = window.setTimeout(() => this.connect(), reason ? LONGEST_WAIT : wait);
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

/**
 * The link that this page states.
 * @param {Link["onMessage"]} onMessage
 * @param {Link["onConnection"]} onConnection
 * @returns {Link | LocalLink}
 */
export function newLink(onMessage, onConnection) {
  const stated = /** @type {HTMLMetaElement | null} */ (document.querySelector("meta[name=visit]"));
  const Kind = stated?.content === "worker" ? LocalLink : Link;
  return new Kind(onMessage, onConnection);
}
