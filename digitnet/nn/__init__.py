"""The network and its learning, on NumPy alone. To be read in this order:

    textbook       a whole network in forty plain lines; everything after it is this again
    arrays         the array type, and work arrays that are reused
    layers         Layer, Dense, Dropout: a forward pass and its gradients
    activations    Sigmoid, Tanh, ReLU, LeakyReLU
    losses         Softmax, cross-entropy, and why they are differentiated together
    initializers   He, Glorot
    network        Network: layers in a row, one vector of parameters, forward and backward
    objective      the loss plus the L2 penalty, and its gradient
    optimizers     SGD, with momentum, with Nesterov's
    schedules      the learning rate of each step
    training       train(): the loop

What can wait for a second reading:

    adam           Adam: an optimizer with a step of its own for every parameter
    batchnorm      BatchNorm
    oriented_gradients  where ink begins and ends, and in which direction: a layer that is fixed
    adversarial    Adversarial: learning from images a step up their loss, too
    weighted       cross-entropy of examples that do not all count alike
    states         what is remembered from step to step: kept, copied, and checked
    averaging      Averaged: the mean of the parameters over the last steps
    records        Step, Epoch, Progress: what train tells of itself
    shards         Sharded: a long step on two cores, with the same result on one
    ranks          Across: every step on several machines, with the same result but for rounding
    blas           the library below NumPy, kept to one thread
    gradcheck      the gradient derived by hand against the measured one

Letters, here and everywhere in this folder: B examples in a batch, I inputs and O outputs of a
layer, K classes, P parameters in all. Rows are examples: x is (B, I), W is (I, O), y = xW + b.
L is the loss, and `dW` is ∂L/∂W, in W's shape; with the L2 penalty, Objective makes it ∂J/∂W of
the objective J = L + λ/2 ‖W‖². η is the learning rate.
"""

from digitnet.nn.activations import ACTIVATIONS, Activation, LeakyReLU, ReLU, Sigmoid, Tanh
from digitnet.nn.adam import Adam
from digitnet.nn.adversarial import Adversarial
from digitnet.nn.arrays import Array, Scratch
from digitnet.nn.averaging import Averaged
from digitnet.nn.batchnorm import BatchNorm
from digitnet.nn.gradcheck import ArrayCheck, check_gradients, numerical_gradient, relative_error
from digitnet.nn.initializers import INITIALIZERS, Initializer, glorot_uniform, he_normal
from digitnet.nn.layers import Dense, Dropout, Layer
from digitnet.nn.losses import Loss, Softmax, SoftmaxCrossEntropy
from digitnet.nn.network import Network, multilayer_perceptron
from digitnet.nn.objective import Objective
from digitnet.nn.optimizers import SGD, Optimizer
from digitnet.nn.oriented_gradients import OrientedGradients, oriented_layer
from digitnet.nn.records import Diverged, Epoch, Progress, Step
from digitnet.nn.schedules import Constant, Cosine, Schedule, StepDecay, WarmUp
from digitnet.nn.shards import Sharded
from digitnet.nn.textbook import TextbookNetwork
from digitnet.nn.training import BatchSource, evaluate, train
from digitnet.nn.weighted import WeightedCrossEntropy

__all__ = [
    "ACTIVATIONS",
    "INITIALIZERS",
    "SGD",
    "Activation",
    "Adam",
    "Adversarial",
    "Array",
    "ArrayCheck",
    "Averaged",
    "BatchNorm",
    "BatchSource",
    "Constant",
    "Cosine",
    "Dense",
    "Diverged",
    "Dropout",
    "Epoch",
    "Initializer",
    "Layer",
    "LeakyReLU",
    "Loss",
    "Network",
    "Objective",
    "Optimizer",
    "OrientedGradients",
    "Progress",
    "ReLU",
    "Schedule",
    "Scratch",
    "Sharded",
    "Sigmoid",
    "Softmax",
    "SoftmaxCrossEntropy",
    "Step",
    "StepDecay",
    "Tanh",
    "TextbookNetwork",
    "WarmUp",
    "WeightedCrossEntropy",
    "check_gradients",
    "evaluate",
    "glorot_uniform",
    "he_normal",
    "multilayer_perceptron",
    "numerical_gradient",
    "oriented_layer",
    "relative_error",
    "train",
]
