"""Every kind of layer, for the tests that hold for all of them."""

from digitnet.nn import ACTIVATIONS, BatchNorm, Dense, Dropout, Softmax

LAYERS = {
    "dense": lambda: Dense(3),
    "dropout": lambda: Dropout(0.4, seed=(1, 2)),
    "batch_norm": BatchNorm,
    "softmax": Softmax,
    **ACTIVATIONS,
}
