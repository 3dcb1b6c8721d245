"""Network: layers in a row, their parameters in one vector, forward and backward."""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import DTypeLike

from digitnet.nn.activations import ACTIVATIONS
from digitnet.nn.arrays import Array
from digitnet.nn.batchnorm import BatchNorm
from digitnet.nn.initializers import INITIALIZERS, glorot_uniform
from digitnet.nn.layers import Dense, Dropout, Layer
from digitnet.nn.losses import Softmax
from digitnet.nn.states import StatefulRow


class Parameter(NamedTuple):
    """An array of parameters: its name in the network ("W1"), and where its layer keeps it."""

    name: str
    layer: Layer
    attribute: str
    shape: tuple[int, ...]


class Network(StatefulRow):
    """x -> layers[0] -> … -> layers[-1] -> logits, and `output` turns these into probabilities.

    All parameters are one vector `params` (P,), all gradients another, `grads` (P,); the W, b,
    dW and db of the layers are views into them. All matrices come first, all vectors after them:
    `weights` and `weight_grads` are the leading parts that L2 regularisation acts on. So an
    optimizer is a few lines without a loop over layers, and a snapshot is one `params.copy()`.
    What layers remember beside parameters, and how a network is copied: StatefulRow.

    seed: of the initial parameters; None leaves them zero, and layers without their first state,
    for those who have both.
    Raises ValueError unless these are layers of no other network, each of them once, and all their
    parameters have names of their own.
    """

    def __init__(
        self,
        n_in: int,
        layers: Sequence[Layer],
        seed: int | Sequence[int] | None = 0,
        dtype: DTypeLike = np.float32,
    ) -> None:
        self.layers: list[Layer] = list(layers)
        _check(self.layers)
        self.output = Softmax()
        self.n_in, self.n_out = n_in, n_in
        self._parameters: list[Parameter] = []
        number = 0
        for layer in self.layers:
            shapes = layer.shapes(self.n_out)
            number += bool(shapes)
            for name, shape in shapes.items():
                self._parameters.append(Parameter(f"{name}{number}", layer, name, shape))
            self.n_out = layer.n_out(self.n_out)
        names = [each.name for each in self._parameters]
        if len(set(names)) < len(names):  # g1 of layer 1, and g of layer 11
            raise ValueError(f"expected different names of parameters, got {', '.join(names)}")
        learning = [each.layer for each in self._parameters]
        self.lowest_trainable = self.layers.index(learning[0]) if learning else 0
        for index, layer in enumerate(self.layers):
            layer.dx_wanted = index > self.lowest_trainable
        self._allocate(dtype)
        if seed is not None:
            generator = np.random.default_rng(seed)
            for layer in self.layers:
                layer.initialize(generator)

    @property
    def work(self) -> int:
        """The multiplications of a forward pass, for each row."""
        return self.weights.size + sum(layer.work for layer in self.layers)

    def __repr__(self) -> str:
        return f"Network({self.n_in}, {self.layers}) of {self.params.size:,} parameters"

    def _allocate(self, dtype: DTypeLike) -> None:
        """Make the two vectors, matrices first."""
        self._parameters.sort(key=lambda each: len(each.shape) < 2)  # stable
        self.params: Array = np.zeros(sum(math.prod(e.shape) for e in self._parameters), dtype)
        self.grads: Array = np.zeros_like(self.params)
        self._bind()

    def _bind(self) -> None:
        """Make the arrays of the layers views into the two vectors."""
        for layer in self.layers:
            layer.parameters = tuple(e.attribute for e in self._parameters if e.layer is layer)
        n_weights = sum(math.prod(each.shape) for each in self._parameters if len(each.shape) > 1)
        self.weights, self.weight_grads = self.params[:n_weights], self.grads[:n_weights]
        start = 0
        for each in self._parameters:
            part = slice(start, start + math.prod(each.shape))
            setattr(each.layer, each.attribute, self.params[part].reshape(each.shape))
            setattr(each.layer, f"d{each.attribute}", self.grads[part].reshape(each.shape))
            start = part.stop

    def forward(self, x: Array, training: bool = False) -> Array:
        """The logits (B, K) of the rows of x (B, I), as scratch until the next call.

        Derived in docs/derivations.md §1.
        To learn from x, it must be of the network's dtype: NumPy's dot refuses anything else.
        With training=True, layers that act only while learning (Dropout) do so.
        """
        for layer in self.layers:
            x = layer.forward(x, training)
        return x

    def backward(self, dlogits: Array) -> Array | None:
        """Overwrite `grads` with the gradient of the loss, given dlogits = ∂L/∂logits (B, K).

        Derived in docs/derivations.md §2.
        Belongs to the last `forward(x, training=True)`. Consumes dlogits. The gradient of the
        network's own input is nobody's to learn from, so it stops at the lowest trainable layer;
        where that was told that its dx is wanted (nn.adversarial), dx is returned, scratch.
        """
        dy: Array | None = dlogits
        for layer in reversed(self.layers[self.lowest_trainable :]):
            assert dy is not None  # only the lowest of them returns nothing
            dy = layer.backward(dy)
        return dy

    def probabilities(self, x: Array) -> Array:
        """The probability (B, K) of each class for the rows of x (B, I), scratch likewise."""
        return self.output.forward(self.forward(x), training=False)

    def parameters(self) -> Iterator[tuple[str, Array, Array]]:
        """Name, values and gradient of each parameter array: ("W1", W, dW), ("b1", b, db), …"""
        for each in self._parameters:
            layer, name = each.layer, each.attribute
            yield each.name, getattr(layer, name), getattr(layer, f"d{name}")


def _check(layers: list[Layer]) -> None:
    """Raise ValueError unless these are layers of no other network, each of them once."""
    for index, layer in enumerate(layers):
        if not isinstance(layer, Layer):
            raise ValueError(f"expected layers, like Dense(10), got {layer!r}")
        if any(layer is other for other in layers[:index]):
            raise ValueError(f"expected each layer once, got {layer!r} twice: make a second one")
        if layer.parameters is not None:
            raise ValueError(f"expected new layers, got {layer!r} of another network: copy it")


def multilayer_perceptron(
    sizes: Sequence[int],
    activations: Sequence[str] | str = "relu",
    *,
    initializer: str | None = None,
    batch_norm: bool = False,
    dropout: float = 0.0,
    below: Sequence[Layer] = (),
    seed: int | None = 0,
    dtype: DTypeLike = np.float32,
) -> Network:
    """A network of Dense layers: sizes [784, 128, 10] are 784 inputs, 128 hidden units, 10 classes.

    activations: names from ACTIVATIONS, one for all hidden layers or one for each.
    batch_norm: whether each hidden layer's units are normalised before the activation.
    dropout: probability of dropping each hidden activation while learning.
    below: layers without parameters that an input passes first.
    initializer: a name from INITIALIZERS for the weights of all layers; by default those of each
    layer are drawn as suits what follows it, the activation's own or the softmax.
    seed: None leaves all parameters zero, for those who have values for them.
    Raises ValueError if there are not as many activations as hidden layers, or a name is unknown.
    """
    if len(sizes) < 2 or min(sizes) < 1:
        raise ValueError(f"expected sizes like [784, 128, 10], each at least 1, got {list(sizes)}")
    n_in, *hidden, n_out = sizes
    names = [activations] * len(hidden) if isinstance(activations, str) else list(activations)
    if len(names) != len(hidden):
        raise ValueError(
            f"expected {len(hidden)} activations, one for each hidden layer, got {len(names)}"
        )
    for name in [activations] if isinstance(activations, str) else activations:
        if name not in ACTIVATIONS:
            raise ValueError(f"expected activations among {', '.join(ACTIVATIONS)}, got {name!r}")
    if initializer and initializer not in INITIALIZERS:
        raise ValueError(f"expected one of {', '.join(INITIALIZERS)}, got {initializer!r}")
    of_all = INITIALIZERS[initializer] if initializer else None
    layers: list[Layer] = list(below)
    for index, (width, name) in enumerate(zip(hidden, names, strict=True)):
        activation = ACTIVATIONS[name]()
        layers.append(Dense(width, of_all or activation.initializer))
        if batch_norm:
            layers.append(BatchNorm())
        layers.append(activation)
        if dropout:
            layers.append(Dropout(dropout, seed=(seed or 0, index)))
    layers.append(Dense(n_out, of_all or glorot_uniform))
    return Network(n_in, layers, seed, dtype)
