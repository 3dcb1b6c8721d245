/**
 * Helps: for each setting a name, one sentence on what it does to learning, and how it is chosen.
 *
 * slider: [low, high, step], of the exponent of 10 or 2 where `power` says so; the number beside
 * it may go further, as far as the visit allows.
 */

import { t } from "./language.js";

/** @typedef {{label: string, help: string, slider?: [number, number, number], power?: number,
 *   empty?: string}} Help */

/** @type {Record<string, Help>} */
export const HELPS = {
  hidden_layer_sizes: {
    label: t`Hidden layers`,
    help: t`n, units in each hidden layer: more can learn more, and take longer.`,
  },
  activation: {
    label: t`Activation`,
    help: t`φ, how a unit answers to its sum: without its bend, many layers could do no more than one.`,
  },
  initializer: {
    label: t`First weights`,
    help: t`W₀, where the weights begin: all alike or far too large, and nothing is learned.`,
    empty: t`fitting the activation`,
  },
  batch_norm: {
    label: t`Batch normalisation`,
    help: t`x̂ = (x − μ) / σ, keeps each unit's sums in range, so that larger steps are safe.`,
  },
  deskew: {
    label: t`Deskewing`,
    help: t`Takes the slant out of every image first, so that the network need not learn each slant.`,
  },
  oriented_gradients: {
    label: t`Oriented gradients`,
    help: t`Shows the network where ink begins and ends, and in which of eight directions, instead of pixels.`,
  },
  optimizer: {
    label: t`Optimizer`,
    help: t`How the gradient g becomes a step: sgd follows it, adam gives each weight a pace of its own.`,
  },
  epochs: { label: t`Stop after epoch`, help: t`E, how often it learns from every image before it stops.` },
  batch_size: {
    label: t`Batch size`,
    help: t`B, images per step: few make noisy steps, many make smooth but fewer ones.`,
    slider: [0, 11, 1],
    power: 2,
  },
  learning_rate: {
    label: t`Learning rate`,
    help: t`η, how far each step goes: too far and the loss jumps, too short and nothing happens.`,
    slider: [-5, 1, 0.1],
    power: 10,
  },
  momentum: {
    label: t`Momentum`,
    help: t`β, how much of the last step goes on in the next: it rolls through small bumps.`,
    slider: [0, 0.99, 0.01],
  },
  beta2: {
    label: t`Memory of squares`,
    help: t`β₂ of Adam, how long it remembers how large g was: a short training wants less of it.`,
    slider: [0.9, 0.999, 0.001],
  },
  nesterov: {
    label: t`Nesterov`,
    help: t`Takes the gradient at W + βv, where momentum is about to lead: it brakes sooner.`,
  },
  seed: { label: t`Seed`, help: t`Where all chance begins: the same seed gives the same training.` },
  threads: {
    label: t`Threads`,
    help: t`How many cores compute: what is learned is the same, only the time differs.`,
    empty: t`automatic`,
  },
  schedule: {
    label: t`Schedule`,
    help: t`η over time: constant, cut in steps, or falling along a cosine to come to rest.`,
  },
  warmup: {
    label: t`Warm-up, epochs`,
    help: t`η rises from 0 over these epochs: fresh weights are spared large steps.`,
    slider: [0, 5, 0.5],
  },
  decay_every: { label: t`Epochs between cuts`, help: t`With schedule step: η is cut each time these epochs are over.` },
  decay_factor: {
    label: t`Each cut`,
    help: t`With schedule step: η is multiplied by this, and the loss calms down.`,
    slider: [0.05, 1, 0.05],
  },
  weight_decay: {
    label: t`Weight decay`,
    help: t`λ, pulls every weight towards 0: a little keeps the network from learning by heart.`,
    slider: [-6, -1, 0.25],
    power: 10,
  },
  dropout: {
    label: t`Dropout`,
    help: t`p, the share of hidden units silenced at each step: the others must do without them.`,
    slider: [0, 0.9, 0.05],
  },
  averaging: {
    label: t`Averaging`,
    help: t`The share of the steps, at the end, whose weights are averaged: the noise of single steps goes.`,
    slider: [0, 0.9, 0.1],
  },
  mixup: {
    label: t`Mixup`,
    help: t`α, blends pairs of images and of labels: it learns to be less sure between digits.`,
    slider: [0, 1, 0.1],
  },
  adversarial: {
    label: t`Adversarial`,
    help: t`ε, how far each image is moved up the slope of its loss: it learns from both, and leaves more room around each image.`,
    slider: [0, 3, 0.25],
  },
  rotation: {
    label: t`Rotation, degrees`,
    help: t`Turns each digit by up to this, differently in each epoch: slanting hands are read better.`,
    slider: [0, 45, 1],
  },
  scale: {
    label: t`Scale, %`,
    help: t`Stretches each digit by up to this: large and narrow hands are read better.`,
    slider: [0, 50, 1],
  },
  shear: {
    label: t`Shear, %`,
    help: t`Slants each digit by up to this: italic hands are read better.`,
    slider: [0, 50, 1],
  },
  shift: {
    label: t`Shift, pixels`,
    help: t`Moves each digit by up to this: it learns that the place matters little.`,
    slider: [0, 6, 0.5],
  },
  elastic: {
    label: t`Elastic, pixels`,
    help: t`Bends each digit smoothly by about this: shaky hands are read better.`,
    slider: [0, 4, 0.1],
  },
  smoothness: {
    label: t`Smoothness of elastic`,
    help: t`How wide the bends are: small ones shake the strokes, wide ones bend the digit.`,
    slider: [1, 10, 0.5],
  },
  stroke: {
    label: t`Stroke, pixels`,
    help: t`Makes strokes thicker or thinner by up to this: other pens are read better.`,
    slider: [0, 1, 0.1],
  },
  fade: {
    label: t`Fade`,
    help: t`Weakens the distortions by this share towards the end: the last epochs see clean digits.`,
    slider: [0, 1, 0.1],
  },
  validation_fraction: {
    label: t`Held out`,
    help: t`The share of images that it never learns from: they tell what it can do with new ones.`,
    slider: [0, 0.5, 0.05],
  },
  early_stopping: {
    label: t`Early stopping, epochs`,
    help: t`Stops when the validation loss has not fallen for so long, and keeps the best weights.`,
    empty: t`off`,
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
  distortions: t`Distort the digits`,
  regularisation: t`Against learning by heart`,
  schedule: t`Learning rate over time`,
  network: t`More of the network`,
  learning: t`More of the steps`,
  validation: t`Held-out digits`,
};
