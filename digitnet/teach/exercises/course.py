"""The exercises by number."""

from digitnet.teach.exercises import (
    e01_neuron,
    e02_sigmoid,
    e03_softmax,
    e04_cross_entropy,
    e05_softmax_regression,
    e06_relu,
    e07_dense,
    e08_network,
    e09_epoch,
    e10_by_heart,
    e11_bug,
    e12_own_activation,
)
from digitnet.teach.exercises.parts import Exercise

_MODULES = (
    e01_neuron,
    e02_sigmoid,
    e03_softmax,
    e04_cross_entropy,
    e05_softmax_regression,
    e06_relu,
    e07_dense,
    e08_network,
    e09_epoch,
    e10_by_heart,
    e11_bug,
    e12_own_activation,
)
EXERCISES: dict[int, Exercise] = {module.EXERCISE.number: module.EXERCISE for module in _MODULES}
