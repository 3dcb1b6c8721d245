/* The engine's interface, for tests of what asks it: one solution passes, one fails at once. */

export async function needs() {
  return { bytes: 5e6, missing: "" };
}

export function progress(listener) {
  listener({ bytes: 5e6, all: 5e6, ready: true, failed: "" });
  return () => {};
}

export async function ask(command, { number, source }) {
  if (command !== "check") throw new Error(`no command ${command}`);
  if (source.includes("stop")) throw new Error("Not all that it needs could be loaded.");
  const passed = source.includes("return 1");
  const read = passed ? "" : "\n\nderived in   docs/derivations.md#5-the-dense-layer";
  return { passed, text: `Exercise ${number}: ${passed ? "right" : "not yet"}.${read}`, printed: passed ? "" : "hello" };
}
