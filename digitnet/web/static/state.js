/**
 * State: all that the page knows, in one place; what is drawn follows from it.
 *
 * `change` replaces parts of it; what was told by `draws` to depend on them is drawn before the
 * next frame of the screen, once however much has changed.
 */

/** @typedef {import("./frames.js").Message} Message */
/** @typedef {import("./frames.js").Arrays} Arrays */
/** @typedef {{name: string, group: string, meaning: string, default: any, kind: string,
 *   low: number | null, high: number | null, choices: string[], live: boolean}} Setting */
/** @typedef {Record<string, any>} Settings */
/** @typedef {{version: string, recipes: Record<string, Settings>, settings: Setting[],
 *   limits: {weights: number, layers: number, width: number, epochs: number, batch: number},
 *   data: {name: string, train: number, validation: number, note: string}}} Setup */
/** @typedef {{which: string, name: string, sizes: number[], activations: string[],
 *   parameters: number, available: string[]}} Model */
/** @typedef {{label: string, confidence: number, box: number[], line: number}} Digit */
/** @typedef {{number: number, text: string, size: number[], digits: Digit[],
 *   milliseconds: number, warnings: string[], arrays: Arrays}} Answer */
/** @typedef {{number: number, digit: number, layers: {units: number, activation: string}[],
 *   arrays: Arrays}} Inside */
/** @typedef {{status: "ready" | "running" | "paused" | "finished" | "diverged",
 *   settings: Settings, sizes: number[], parameters: number, epoch: number, step: number,
 *   steps: number, message: string, over: boolean}} Training */
/** @typedef {{epoch: number, step: number, learning_rate: number, train_loss: number | null,
 *   train_accuracy: number | null, validation_loss: number | null,
 *   validation_accuracy: number | null, seconds: number}} Epoch */
/** @typedef {{setting: string, value: any, before: any, step: number, epoch: number,
 *   from: string}} Changed */
/** @typedef {{what: string, why: string,
 *   offers: {setting: string, before: any, value: any, sentence: string}[], restart: boolean}} Warning */
/** @typedef {{name: string, epochs: Epoch[], colour: number}} KeptCurve */
/** @typedef {import("./steps.js").Wish} Wish */
/** @typedef {import("./steps.js").Walked} Walked */
/** @typedef {import("./steps.js").Probed} Probed */
/** @typedef {import("./steps.js").Weight} Weight */
/** @typedef {{key: number, which: string, step: number, sizes: number[], classes: string[],
 *   shape: number[], places: number[] | null, test: number, problem: string, test_problem: string}} Subject */
/** @typedef {{source: "test" | "drawing", index: number}} Source */
/** A weight: of a unit, from an input. @typedef {{layer: number, unit: number, input: number}} Picked */
/** @typedef {{kind: string, layer: number, unit: number, input: number | null, before: number,
 *   value: number}} Edit */
/** @typedef {{changes: Edit[], images: number, total: number, accuracy: number | null,
 *   before: number | null}} Edited */

export const state = {
  /** @type {import("./link.js").Connection} */
  connection: { open: false, tries: 0, wait: 0 },
  refusal: "",
  /** What is loaded before the visit can begin. @type {import("./loading.js").Loading | null} */
  loading: null,
  tab: "draw",
  theme: 0,
  /** @type {Setup | null} */
  setup: null,
  /** @type {Model | null} */
  model: null,
  /** The last drawing or picture that was sent. */
  number: 0,
  inked: false,
  /** @type {ImageBitmap | null} */
  picture: null,
  /** What could not be done, by command. @type {Record<string, string>} */
  errors: {},
  /** The setting whose value was refused; empty: none. */
  refused: "",
  /** What was done with the digit that is shown, after its right label was given. */
  labelled: "",
  /** @type {Answer | null} */
  answer: null,
  digit: 0,
  /** @type {Inside | null} */
  inside: null,
  /** The class whose contributions are shown; null: the one that won. @type {number | null} */
  pointed: null,
  /** @type {{counts: number[], where: string, arrays: Arrays} | null} */
  kept: null,
  /** @type {Training | null} */
  training: null,
  /** What the controls say. @type {Settings} */
  chosen: {},
  speed: 0,
  /** The epoch after which it waits; a page that came later does not know of it. */
  pauseAfter: Infinity,
  /** Seconds that it goes on for; 0: not known. */
  left: 0,
  rate: 0,
  /** Losses of steps. @type {{steps: number[], losses: number[]}} */
  curve: { steps: [], losses: [] },
  /** @type {Epoch[]} */
  epochs: [],
  /** @type {Changed[]} */
  marks: [],
  /** The last, until it is dismissed. @type {Warning | null} */
  warning: null,
  /** @type {KeptCurve[]} */
  keptCurves: [],
  /** @type {Message | null} */
  weights: null,
  /** @type {Message | null} */
  layers: null,
  /** @type {Message | null} */
  confusion: null,
  /** @type {Message | null} */
  preview: null,
  /** What is to be walked through in One step. @type {Wish} */
  wish: { network: "small", among: "all", image: 1, rate: 0.01, target: null, units: null, logit: null },
  /** @type {Walked | null} */
  walked: null,
  /** Whether what is wished for is being computed. */
  walking: false,
  stage: 0,
  playing: false,
  /** The weight that was chosen; null: the one that the stage is about. @type {Weight | null} */
  weight: null,
  /** The weight pointed at. @type {Weight | null} */
  hovered: null,
  /** @type {Probed | null} */
  probed: null,
  /** The network that Inside and Evaluate look at. @type {Subject | null} */
  subject: null,
  /** The image that is looked at; null: the drawing, if there is one. @type {Source | null} */
  source: null,
  /** @type {Message | null} */
  inspected: null,
  /** The class whose saliency is shown; null: the answer. @type {number | null} */
  slope: null,
  /** @type {Message | null} */
  unit: null,
  /** The weight that the slider moves. @type {Picked | null} */
  picked: null,
  /** @type {Edited | null} */
  edited: null,
  /** The images of the maps. @type {Message | null} */
  sample: null,
  /** A map for each layer, from the pixels on. @type {Message[]} */
  maps: [],
  /** The image of the sample that is pointed at. @type {number | null} */
  point: null,
  /** By kind of distortion. @type {Record<string, Message>} */
  robustness: {},
  /** Whether the test images are evaluated, or the kept digits. @type {"test" | "kept"} */
  of: "test",
  /** @type {Message | null} */
  evaluation: null,
  /** Images of a cell. @type {Message | null} */
  opened: null,
  /** Which of the evaluation's thresholds is chosen. */
  threshold: 90,
};

/** @typedef {typeof state} State */

/** @type {{names: (keyof State)[], draw: () => void}[]} */
const drawings = [];
/** @type {Set<keyof State>} */
const changed = new Set();
let waiting = false;

/** Draw what depends on these parts, now and whenever they change.
 * @param {(keyof State)[]} names @param {() => void} draw */
export function draws(names, draw) {
  drawings.push({ names, draw });
  draw();
}

/** Replace parts of the state. @param {Partial<State>} parts */
export function change(parts) {
  Object.assign(state, parts);
  for (const name of Object.keys(parts)) changed.add(/** @type {keyof State} */ (name));
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(drawChanged);
}

function drawChanged() {
  waiting = false;
  const names = new Set(changed);
  changed.clear();
  for (const each of drawings) {
    if (each.names.some((name) => names.has(name))) each.draw();
  }
}

/** The table's row of a setting. @param {string} name */
export function settingOf(name) {
  return state.setup?.settings.find((each) => each.name === name);
}
