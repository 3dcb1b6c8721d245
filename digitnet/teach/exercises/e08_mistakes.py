"""Mistakes that are often made in exercise 8, in the order of its lines."""

from digitnet.teach.exercises.e05_softmax_regression import OF_THE_MEAN
from digitnet.teach.exercises.parts import (
    ACTIVATIONS,
    CROSS_ENTROPY,
    DENSE,
    SOFTMAX,
    WEIGHT_DECAY,
    Mistake,
)

MISTAKES = (
    Mistake(
        "np.maximum(z1, 0)",
        "z1",
        "ReLU is missing: this is the answer with h = z1",
        ACTIVATIONS,
    ),
    Mistake(
        "np.maximum(z1, 0)",
        "1 / (1 + np.exp(-z1))",
        "this is the answer with the sigmoid; the hidden units here are ReLU, max(z1, 0)",
        ACTIVATIONS,
    ),
    Mistake(
        "np.maximum(z1, 0)",
        "max(z1, 0)",
        "`max`, like `if`, asks one question of the whole array, and there is more than one "
        "answer: np.maximum(z1, 0) compares entry by entry",
        ACTIVATIONS,
    ),
    Mistake(
        "np.maximum(z1, 0)",
        "np.max(z1, 0)",
        "an array has lost an axis: np.max(z1, 0) is the largest of each column, 0 being "
        "its axis; np.maximum(z1, 0) compares entry by entry",
        ACTIVATIONS,
    ),
    Mistake(
        "np.maximum(z1, 0)",
        "np.max(z1)",
        "np.max(z1) is one number, the largest of all entries: np.maximum(z1, 0) compares "
        "entry by entry",
        ACTIVATIONS,
    ),
    Mistake(" + b1", "", "b1 is missing in z1", DENSE),
    Mistake(" + b2", "", "b2 is missing in the logits", DENSE),
    Mistake(
        "softmax(h @ W2 + b2)",
        "h @ W2 + b2",
        "your p are the logits themselves, and the logarithm of what is not above 0 is not "
        "finite: the softmax makes probabilities of them",
        SOFTMAX,
    ),
    Mistake(
        "softmax(h @ W2 + b2)",
        "softmax((h @ W2 + b2).T).T",
        "your softmax adds up over the images, axis=0: the probabilities of one image, a "
        "row, are to add up to 1, axis=1",
        SOFTMAX,
    ),
    *OF_THE_MEAN,
    Mistake(
        "-np.mean",
        "np.mean",
        "the minus in front of the cross-entropy is missing: the loss is -1/B times the sum",
    ),
    Mistake(
        "(np.sum(W1**2) + np.sum(W2**2))",
        "0",
        "the price of the weights is missing in the loss",
        WEIGHT_DECAY,
    ),
    Mistake(
        "(np.sum(W1**2) + np.sum(W2**2))",
        "np.sum(W2**2)",
        "only W2 has a price in your loss: W1 has one too",
        WEIGHT_DECAY,
    ),
    Mistake(
        "(np.sum(W1**2) + np.sum(W2**2))",
        "np.sum(W1**2)",
        "only W1 has a price in your loss: W2 has one too",
        WEIGHT_DECAY,
    ),
    Mistake(
        "(np.sum(W1**2) + np.sum(W2**2))",
        "np.sum(W1**2) + np.sum(W2**2)",
        "brackets are missing in the loss: only the first of the two sums is multiplied by "
        "weight_decay/2",
        WEIGHT_DECAY,
    ),
    Mistake(
        "weight_decay / 2 *",
        "weight_decay / 2 / len(x) *",
        "the price of the weights is divided by the batch size in your loss: it stands "
        "beside the mean over the images, not in it",
        WEIGHT_DECAY,
    ),
    Mistake(
        "weight_decay / 2 *",
        "weight_decay *",
        "the price of the weights is twice ours in the loss: it is weight_decay/2",
        WEIGHT_DECAY,
    ),
    Mistake(
        "(p - t) / len(x)",
        "(p - t)",
        "your {name} is {B} × ours, and {B} is the batch size: divide by B at dz2; what lies "
        "below comes right with it",
        CROSS_ENTROPY,
    ),
    Mistake(
        "(p - t) / len(x)",
        "(p - t) / p.shape[1]",
        "dz2 is divided by {K}, the number of classes: divide by the batch size, {B}",
        CROSS_ENTROPY,
    ),
    Mistake(
        "(p - t) / len(x)",
        "p - t / len(x)",
        "brackets are missing in dz2: Python reads p - t / len(x) as p - (t / len(x))",
        CROSS_ENTROPY,
    ),
    Mistake(
        "(p - t) / len(x)",
        "p / len(x)",
        "the targets are not subtracted in dz2: the error at the logits is p - t",
        CROSS_ENTROPY,
    ),
    Mistake(
        "(p - t)",
        "(t - p)",
        "your {name} has the wrong sign: the error at the logits is p - t, not t - p",
        CROSS_ENTROPY,
    ),
    Mistake(
        "(p - t) / len(x)",
        "(p - t) * p * (1 - p) / len(x)",
        "the slope p (1 - p) is in dz2 once more: for softmax and cross-entropy together it "
        "cancels, and p - t is all",
        CROSS_ENTROPY,
    ),
    Mistake(
        "h.T @ dz2",
        "z1.T @ dz2",
        "dW2 is made of z1: what reaches the upper weights is h, after ReLU",
        DENSE,
    ),
    Mistake(
        "h.T @ dz2",
        "h @ dz2",
        "dW2 sums over the images, and the inner axes must agree: h.T (H, B) @ dz2 (B, K)",
        DENSE,
    ),
    Mistake(
        "h.T @ dz2",
        "dz2.T @ h",
        "your dW2 is transposed: W2 has a row for each hidden unit, h.T @ dz2",
        DENSE,
    ),
    Mistake(
        "dz2.sum(axis=0)",
        "dz2",
        "db2 is not summed: all images share one bias, so their dz2 are added up, axis=0",
        DENSE,
    ),
    Mistake(
        "dz2.sum(axis=0)",
        "dz2.mean(axis=0)",
        "your db2 is ours divided by {B}, the batch size: dz2 has been divided by B already",
        DENSE,
    ),
    Mistake(
        "dz2 @ W2.T",
        "dz2 @ W2",
        "dh sums over the classes: they meet in the middle in dz2 (B, K) @ W2.T (K, H)",
        DENSE,
    ),
    Mistake(
        "dz2 @ W2.T",
        "p @ W2.T",
        "dh is made of p: it is the error dz2 = (p - t) / B that comes back through W2",
        CROSS_ENTROPY,
    ),
    Mistake(
        "dz2 @ W2.T",
        "dz2 @ dW2.T",
        "dh is made of dW2: the error comes back on the paths that the forward pass took, "
        "through the weights W2",
        DENSE,
    ),
    Mistake(
        "dh * (z1 > 0)",
        "dh",
        "the mask of ReLU is missing: where z1 < 0 a unit is off, and no gradient goes through it",
        ACTIVATIONS,
    ),
    Mistake(
        "dh * (z1 > 0)",
        "dh * z1 > 0",
        "brackets are missing in dz1: Python reads dh * z1 > 0 as (dh * z1) > 0, a mask",
        ACTIVATIONS,
    ),
    Mistake(
        "dh * (z1 > 0)",
        "z1 > 0",
        "dz1 is the mask alone: it is dh that goes through it, dh * (z1 > 0)",
        ACTIVATIONS,
    ),
    Mistake(
        "dh * (z1 > 0)",
        "dh * (dh > 0)",
        "the mask asks whether dh is above 0; it is z1 that says whether a unit is on",
        ACTIVATIONS,
    ),
    Mistake(
        "dh * (z1 > 0)",
        "dh * (z1 <= 0)",
        "the mask is the wrong way round: the gradient goes through units that are on, z1 > 0",
        ACTIVATIONS,
    ),
    Mistake(
        "dh * (z1 > 0)",
        "dh * h",
        "dh is multiplied by ReLU's value h: multiply by its slope, 1 where z1 > 0, else 0",
        ACTIVATIONS,
    ),
    Mistake(
        "dh * (z1 > 0)",
        "dh * z1",
        "dh is multiplied by z1 itself: multiply by ReLU's slope there, 1 where z1 > 0, else 0",
        ACTIVATIONS,
    ),
    Mistake(
        "dh * (z1 > 0)",
        "dh * h * (1 - h)",
        "h (1 - h) is the slope of the sigmoid: that of ReLU is 1 where z1 > 0, else 0",
        ACTIVATIONS,
    ),
    Mistake(
        "dh * (z1 > 0)",
        "dh * (z1 > 0) / len(x)",
        "your {name} is ours divided by {B}, the batch size, once too often: dz2 holds the "
        "1/B, and it comes down with it",
        CROSS_ENTROPY,
    ),
    Mistake(
        "x.T @ dz1",
        "x.T @ dh",
        "dW1 is made of dh: it is dz1, after the mask of ReLU, that belongs to W1",
        ACTIVATIONS,
    ),
    Mistake(
        "x.T @ dz1",
        "x @ dz1",
        "dW1 sums over the images, and the inner axes must agree: x.T (I, B) @ dz1 (B, H)",
        DENSE,
    ),
    Mistake(
        "x.T @ dz1",
        "dz1.T @ x",
        "your dW1 is transposed: W1 has a row for each input, x.T @ dz1",
        DENSE,
    ),
    Mistake(
        "dz1.sum(axis=0)",
        "dh.sum(axis=0)",
        "db1 is the sum of dh: it is dz1, after the mask of ReLU, that belongs to b1",
        ACTIVATIONS,
    ),
    Mistake(
        "dz1.sum(axis=0)",
        "dz1",
        "db1 is not summed: all images share one bias, so their dz1 are added up, axis=0",
        DENSE,
    ),
    Mistake(
        "dz1.sum(axis=0)",
        "dz1.mean(axis=0)",
        "your db1 is ours divided by {B}, the batch size: dz1 holds the 1/B already",
        DENSE,
    ),
    Mistake(
        "weight_decay * W2",
        "0 * W2",
        "the weight decay is missing in dW2: add weight_decay * W2",
        WEIGHT_DECAY,
    ),
    Mistake(
        "weight_decay * W1",
        "0 * W1",
        "the weight decay is missing in dW1: add weight_decay * W1",
        WEIGHT_DECAY,
    ),
    Mistake(
        "weight_decay * W1",
        "2 * weight_decay * W1",
        "the weight decay counts twice in dW1: weight_decay/2 W² has the slope weight_decay W",
        WEIGHT_DECAY,
    ),
    Mistake(
        "weight_decay * W2",
        "2 * weight_decay * W2",
        "the weight decay counts twice in dW2: weight_decay/2 W² has the slope weight_decay W",
        WEIGHT_DECAY,
    ),
    Mistake(
        "weight_decay * W1",
        "weight_decay * W1 / len(x)",
        "the weight decay is divided by the batch size in dW1: in the loss it stands beside "
        "the mean, not in it",
        WEIGHT_DECAY,
    ),
    Mistake(
        "weight_decay * W2",
        "weight_decay * W2 / len(x)",
        "the weight decay is divided by the batch size in dW2: in the loss it stands beside "
        "the mean, not in it",
        WEIGHT_DECAY,
    ),
)
