/**
 * Helps: for each setting a name, one sentence on what it does to learning, and how it is chosen.
 *
 * slider: [low, high, step], of the exponent of 10 or 2 where `power` says so; the number beside
 * it may go further, as far as the visit allows.
 */

/** @typedef {{label: string, help: string, slider?: [number, number, number], power?: number,
 *   empty?: string}} Help */

/** @type {Record<string, Help>} */
export const HELPS = {
  hidden_layer_sizes: {
    label: "Hidden layers",
    help: "n, units in each hidden layer: more can learn more, and take longer.",
  },
  activation: {
    label: "Activation",
    help: "φ, how a unit answers to its sum: without its bend, many layers could do no more than one.",
  },
  initializer: {
    label: "First weights",
    help: "W₀, where the weights begin: all alike or far too large, and nothing is learned.",
    empty: "fitting the activation",
  },
  batch_norm: {
    label: "Batch normalisation",
    help: "x̂ = (x − μ) / σ, keeps each unit's sums in range, so that larger steps are safe.",
  },
  optimizer: {
    label: "Optimizer",
    help: "How the gradient g becomes a step: sgd follows it, adam gives each weight a pace of its own.",
  },
  epochs: { label: "Stop after epoch", help: "E, how often it learns from every image before it stops." },
  batch_size: {
    label: "Batch size",
    help: "B, images per step: few make noisy steps, many make smooth but fewer ones.",
    slider: [0, 11, 1],
    power: 2,
  },
  learning_rate: {
    label: "Learning rate",
    help: "η, how far each step goes: too far and the loss jumps, too short and nothing happens.",
    slider: [-5, 1, 0.1],
    power: 10,
  },
  momentum: {
    label: "Momentum",
    help: "β, how much of the last step goes on in the next: it rolls through small bumps.",
    slider: [0, 0.99, 0.01],
  },
  nesterov: {
    label: "Nesterov",
    help: "Takes the gradient at W + βv, where momentum is about to lead: it brakes sooner.",
  },
  seed: { label: "Seed", help: "Where all chance begins: the same seed gives the same training." },
  threads: {
    label: "Threads",
    help: "How many cores compute: what is learned is the same, only the time differs.",
    empty: "automatic",
  },
  schedule: {
    label: "Schedule",
    help: "η over time: constant, cut in steps, or falling along a cosine to come to rest.",
  },
  warmup: {
    label: "Warm-up, epochs",
    help: "η rises from 0 over these epochs: fresh weights are spared large steps.",
    slider: [0, 5, 0.5],
  },
  decay_every: { label: "Epochs between cuts", help: "With schedule step: η is cut each time these epochs are over." },
  decay_factor: {
    label: "Each cut",
    help: "With schedule step: η is multiplied by this, and the loss calms down.",
    slider: [0.05, 1, 0.05],
  },
  weight_decay: {
    label: "Weight decay",
    help: "λ, pulls every weight towards 0: a little keeps the network from learning by heart.",
    slider: [-6, -1, 0.25],
    power: 10,
  },
  dropout: {
    label: "Dropout",
    help: "p, the share of hidden units silenced at each step: the others must do without them.",
    slider: [0, 0.9, 0.05],
  },
  averaging: {
    label: "Averaging",
    help: "The share of the steps, at the end, whose weights are averaged: the noise of single steps goes.",
    slider: [0, 0.9, 0.1],
  },
  mixup: {
    label: "Mixup",
    help: "α, blends pairs of images and of labels: it learns to be less sure between digits.",
    slider: [0, 1, 0.1],
  },
  rotation: {
    label: "Rotation, degrees",
    help: "Turns each digit by up to this, differently in each epoch: slanting hands are read better.",
    slider: [0, 45, 1],
  },
  scale: {
    label: "Scale, %",
    help: "Stretches each digit by up to this: large and narrow hands are read better.",
    slider: [0, 50, 1],
  },
  shear: {
    label: "Shear, %",
    help: "Slants each digit by up to this: italic hands are read better.",
    slider: [0, 50, 1],
  },
  shift: {
    label: "Shift, pixels",
    help: "Moves each digit by up to this: it learns that the place matters little.",
    slider: [0, 6, 0.5],
  },
  elastic: {
    label: "Elastic, pixels",
    help: "Bends each digit smoothly by about this: shaky hands are read better.",
    slider: [0, 4, 0.1],
  },
  smoothness: {
    label: "Smoothness of elastic",
    help: "How wide the bends are: small ones shake the strokes, wide ones bend the digit.",
    slider: [1, 10, 0.5],
  },
  stroke: {
    label: "Stroke, pixels",
    help: "Makes strokes thicker or thinner by up to this: other pens are read better.",
    slider: [0, 1, 0.1],
  },
  fade: {
    label: "Fade",
    help: "Weakens the distortions by this share towards the end: the last epochs see clean digits.",
    slider: [0, 1, 0.1],
  },
  validation_fraction: {
    label: "Held out",
    help: "The share of images that it never learns from: they tell what it can do with new ones.",
    slider: [0, 0.5, 0.05],
  },
  early_stopping: {
    label: "Early stopping, epochs",
    help: "Stops when the validation loss has not fallen for so long, and keeps the best weights.",
    empty: "off",
  },
};

/** Shown at once, in this order; all others are in groups that open. */
export const FIRST = [
  "hidden_layer_sizes",
  "activation",
  "optimizer",
  "learning_rate",
  "batch_size",
  "dropout",
  "epochs",
];

/** Groups of settings, in order, by the names that the table gives them. @type {Record<string, string>} */
export const GROUPS = {
  distortions: "Distort the digits",
  regularisation: "Against learning by heart",
  schedule: "Learning rate over time",
  network: "More of the network",
  learning: "More of the steps",
  validation: "Held-out digits",
};
