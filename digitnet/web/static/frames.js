/**
 * Frames: a message as bytes, and back; digitnet/web/frames.py says how they are laid out.
 *
 * Arrays are views of the bytes they came in, little-endian as every computer with a browser is.
 */

/** @typedef {Uint8Array<ArrayBuffer> | Int32Array<ArrayBuffer> | Float32Array<ArrayBuffer>} Numbers */
/** @typedef {{data: Numbers, shape: number[]}} NumberArray */
/** @typedef {Record<string, NumberArray>} Arrays */
/** @typedef {{name: string, fields: Record<string, any>, arrays: Arrays}} Message */

const ALIGNED = 8;
/** @type {Record<string, typeof Uint8Array | typeof Int32Array | typeof Float32Array>} */
const KINDS = { uint8: Uint8Array, int32: Int32Array, float32: Float32Array };

/** @param {number} length */
const padding = (length) => (ALIGNED - (length % ALIGNED)) % ALIGNED;

/** @param {Numbers} data */
function dtypeOf(data) {
  if (data instanceof Uint8Array) return "uint8";
  return data instanceof Int32Array ? "int32" : "float32";
}

/**
 * A message as bytes.
 * @param {string} name
 * @param {Record<string, any>} fields
 * @param {Arrays} arrays
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function encode(name, fields = {}, arrays = {}) {
  const described = Object.entries(arrays).map(([each, { data, shape }]) => ({
    name: each,
    dtype: dtypeOf(data),
    shape,
  }));
  const text = new TextEncoder().encode(JSON.stringify({ name, fields, arrays: described }));
  const header = text.length + padding(4 + text.length);
  let length = 4 + header;
  for (const { data } of Object.values(arrays)) length += data.byteLength + padding(data.byteLength);

  const bytes = new Uint8Array(length);
  new DataView(bytes.buffer).setUint32(0, header, true);
  bytes.fill(32, 4, 4 + header);
  bytes.set(text, 4);
  let start = 4 + header;
  for (const { data } of Object.values(arrays)) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), start);
    start += data.byteLength + padding(data.byteLength);
  }
  return bytes;
}

/**
 * The message that bytes hold.
 * @param {ArrayBuffer} buffer
 * @returns {Message}
 */
export function decode(buffer) {
  const header = new DataView(buffer).getUint32(0, true);
  const text = new TextDecoder().decode(new Uint8Array(buffer, 4, header));
  const { name, fields, arrays: described } = JSON.parse(text);
  /** @type {Arrays} */
  const arrays = {};
  let start = 4 + header;
  for (const { name: each, dtype, shape } of described) {
    const n = shape.reduce((/** @type {number} */ a, /** @type {number} */ b) => a * b, 1);
    const data = new KINDS[dtype](buffer, start, n);
    arrays[each] = { data, shape };
    start += data.byteLength + padding(data.byteLength);
  }
  return { name, fields, arrays };
}
