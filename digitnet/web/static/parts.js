/**
 * Parts: the files that a worker needs before it can begin, as site.json lists them.
 *
 * What comes from the site itself is known by its size, what comes from elsewhere by a hash that
 * the browser checks. What is packed is unpacked here, unless the server has had it done.
 */

/** @typedef {{name: string, address: string, bytes: number, size: number, integrity: string}} Part */
/** @typedef {Record<string, Uint8Array<ArrayBuffer>>} Files */

/** How gzip begins. */
const PACKED = [0x1f, 0x8b];

/**
 * The files by name. Throws an Error that says which one could not be had, and why.
 * @param {Part[]} parts
 * @param {(bytes: number) => void} progress called with how many bytes have come so far
 * @returns {Promise<Files>}
 */
export async function load(parts, progress) {
  let sum = 0;
  const came = (/** @type {number} */ bytes) => progress((sum += bytes));
  const files = await Promise.all(parts.map(async (part) => [part.name, await file(part, came)]));
  return Object.fromEntries(files);
}

/** @param {Part} part @param {(bytes: number) => void} came */
async function file(part, came) {
  try {
    const content = await unpacked(await received(part, came));
    if (content.length !== part.size) throw new Error(`it has ${content.length} bytes, not ${part.size}`);
    return content;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`${part.name} could not be loaded from ${new URL(part.address, import.meta.url).host}: ${why}`);
  }
}

/** @param {Part} part @param {(bytes: number) => void} came */
async function received({ address, integrity }, came) {
  const response = await fetch(new URL(address, import.meta.url), { integrity });
  if (!response.ok || !response.body) throw new Error(`the server says ${response.status}`);
  const reader = response.body.getReader();
  const pieces = [];
  for (let { done, value } = await reader.read(); !done && value; { done, value } = await reader.read()) {
    pieces.push(value);
    came(value.length);
  }
  return new Blob(pieces);
}

/** @param {Blob} blob @returns {Promise<Uint8Array<ArrayBuffer>>} */
async function unpacked(blob) {
  const beginning = new Uint8Array(await blob.slice(0, 2).arrayBuffer());
  const packed = PACKED.every((byte, i) => beginning[i] === byte);
  const content = packed ? new Response(blob.stream().pipeThrough(new DecompressionStream("gzip"))) : blob;
  return new Uint8Array(await content.arrayBuffer());
}
