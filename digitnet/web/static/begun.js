/**
 * A worker with Python, as the page begins it (python.js): much is loaded before it is ready, and
 * what blocks that (a network, a policy) often does so without an error. So silence has a limit.
 */

/** @typedef {{bytes: number, all: number, ready: boolean, failed: string}} Standing bytes that have
 * come, and all, 0 if that is not known; failed: why it could not begin, "" as long as it may */

/** How long nothing may come while the worker begins: a slow computer starts Python meanwhile. */
const SILENCE_MS = 60_000;
/** Why a worker could not begin, if it does not say so itself. */
const WORDS = {
  silent: "nothing has come for a minute: a network, a filter or a rule of this browser may block it",
  unrun: "its script could not be run: this browser may be too old, or a rule forbids it",
};

/**
 * Begin a worker.
 * @param {URL} address
 * @param {(standing: Standing) => void} stands called with each step of the beginning
 * @param {(frame: ArrayBuffer) => void} hears
 * @param {{silent: string, unrun: string}} [words]
 * @returns {Worker}
 */
export function beginWorker(address, stands, hears, words = WORDS) {
  const worker = new Worker(address, { type: "module" });
  let begins = true;
  let timer = 0;
  const listen = () => {
    clearTimeout(timer);
    timer = window.setTimeout(() => fail(words.silent), SILENCE_MS);
  };
  const fail = (/** @type {string} */ failed) => {
    clearTimeout(timer);
    if (!begins) return;
    begins = false;
    worker.onmessage = null;
    worker.terminate();
    stands({ bytes: 0, all: 0, ready: false, failed });
  };
  worker.onmessage = ({ data }) => {
    if (data instanceof ArrayBuffer) return hears(data);
    const { bytes = 0, all = 0, ready = false, failed = "" } = data;
    if (failed) return fail(failed);
    listen();
    if (ready) clearTimeout(timer);
    begins = !ready;
    stands({ bytes, all, ready, failed });
  };
  worker.onerror = () => fail(words.unrun);
  listen();
  return worker;
}
