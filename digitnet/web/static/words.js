/** Numbers and names in words. */

/** 0.98765 as "98.8 %". @param {number | null | undefined} share @param {number} [digits] */
export function percent(share, digits = 1) {
  return share === null || share === undefined ? "–" : `${(100 * share).toFixed(digits)} %`;
}

/** 101770 as "101 770", with narrow spaces. @param {number} count */
export function whole(count) {
  return Math.round(count).toString().replace(/\B(?=(\d{3})+$)/g, "\u202f");
}

/** Three figures that count: 0.0123, 1.23, 12.3. @param {number | null | undefined} number */
export function figures(number) {
  if (number === null || number === undefined) return "–";
  if (number === 0) return "0";
  const size = Math.floor(Math.log10(Math.abs(number)));
  return size < -4 || size > 5 ? number.toExponential(1) : number.toFixed(Math.max(0, 2 - size));
}

/** With its sign, a real minus. @param {number} number */
export function signed(number) {
  return `${number < 0 ? "\u2212" : "+"}${Math.abs(number).toFixed(2)}`;
}

/** A value of a setting. @param {any} value @returns {string} */
export function valueText(value) {
  if (value === null || value === undefined) return "default";
  if (typeof value === "boolean") return value ? "on" : "off";
  if (Array.isArray(value)) return value.length ? value.map(valueText).join(", ") : "none";
  return typeof value === "number" ? String(+value.toPrecision(6)) : plain(value);
}

/** leaky_relu as "leaky relu". @param {string} name */
export function plain(name) {
  return name.replaceAll("_", " ");
}

/** "1 digit", "2 digits". @param {number} count @param {string} noun */
export function counted(count, noun) {
  return `${whole(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** "784 → 128 relu → 10". @param {number[]} sizes @param {string[]} activations */
export function sizesText(sizes, activations) {
  const last = sizes.length - 1;
  return sizes
    .map((size, i) => {
      if (i === 0 || i === last) return String(size);
      return `${size} ${plain(activations[i - 1] ?? activations[0] ?? "")}`.trim();
    })
    .join(" → ");
}
