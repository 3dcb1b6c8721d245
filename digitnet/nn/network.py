"""Network: layers in a row, their parameters in one vector, forward and backward."""

import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import DTypeLike

from digitnet.nn.activations import ACTIVATIONS
from digitnet.nn.arrays import Array
from digitnet.nn.layers import Dense, Dropout, Layer
from digitnet.nn.losses import Softmax


class Network:
    """x -> layers[0] -> … -> layers[-1] -> logits, and `output` turns these into probabilities.

    All parameters are one vector `params` (P,), all gradients another, `grads` (P,); the W, b,
    dW and db of the layers are views into them. All matrices come first, all vectors after them:
    `weights` and `weight_grads` are the leading parts that L2 regularisation acts on. So an
    optimizer is a few lines without a loop over layers, and a snapshot is one `params.copy()`.
    """

    def __init__(
        self,
        n_in: int,
        layers: Sequence[Layer],
        seed: int | Sequence[int] = 0,
        dtype: DTypeLike = np.float32,
    ) -> None:
        self.layers = list(layers)
        self.output = Softmax()
        self.n_in, self.n_out = n_in, n_in
        slots: list[tuple[int, str, tuple[int, ...]]] = []
        for index, layer in enumerate(self.layers):
            slots += [(index, name, shape) for name, shape in layer.shapes(self.n_out).items()]
            self.n_out = layer.n_out(self.n_out)
        self._allocate(slots, dtype)
        generator = np.random.default_rng(seed)
        for layer in self.layers:
            layer.initialize(generator)

    def _allocate(self, slots: list[tuple[int, str, tuple[int, ...]]], dtype: DTypeLike) -> None:
        """Make the two vectors, and hand the layers their views: a slot is (layer, name, shape)."""
        self._names = [(index, name) for index, name, _ in slots]
        self._lowest_trainable = min((index for index, _ in self._names), default=0)
        matrices = [slot for slot in slots if len(slot[2]) > 1]
        vectors = [slot for slot in slots if len(slot[2]) <= 1]
        self.params: Array = np.zeros(sum(math.prod(shape) for _, _, shape in slots), dtype)
        self.grads: Array = np.zeros_like(self.params)
        start = 0
        for index, name, shape in matrices + vectors:
            part = slice(start, start + math.prod(shape))
            setattr(self.layers[index], name, self.params[part].reshape(shape))
            setattr(self.layers[index], f"d{name}", self.grads[part].reshape(shape))
            start = part.stop
        n_weights = sum(math.prod(shape) for _, _, shape in matrices)
        self.weights, self.weight_grads = self.params[:n_weights], self.grads[:n_weights]

    def forward(self, x: Array, training: bool = False) -> Array:
        """The logits (B, K) of the rows of x (B, I), as scratch until the next call.

        With training=True, layers that act only while learning (Dropout) do so.
        """
        for layer in self.layers:
            x = layer.forward(x, training)
        return x

    def backward(self, dlogits: Array) -> None:
        """Overwrite `grads` with the gradient of the loss, given dlogits = ∂L/∂logits (B, K).

        Belongs to the last `forward(x, training=True)`. Consumes dlogits. The gradient of the
        network's own input is nobody's to learn from, so it stops at the lowest trainable layer.
        """
        dy = dlogits
        for layer in reversed(self.layers[self._lowest_trainable + 1 :]):
            layer.param_grads(dy)
            dy = layer.input_grad(dy)
        self.layers[self._lowest_trainable].param_grads(dy)

    def probabilities(self, x: Array) -> Array:
        """The probability (B, K) of each class for the rows of x (B, I), scratch likewise."""
        return self.output.forward(self.forward(x), training=False)

    def parameters(self) -> Iterator[tuple[str, Array, Array]]:
        """Name ("0.W": layer 0, array W), values and gradient of each parameter array."""
        for index, name in self._names:
            layer = self.layers[index]
            yield f"{index}.{name}", getattr(layer, name), getattr(layer, f"d{name}")

    def state(self) -> list[dict[str, int]]:
        """What the layers remember beside their parameters; `restore` goes back to it."""
        return [layer.state() for layer in self.layers]

    def restore(self, state: list[dict[str, int]]) -> None:
        """Go back to what `state()` returned."""
        for layer, layer_state in zip(self.layers, state, strict=True):
            layer.restore(layer_state)


def multilayer_perceptron(
    sizes: Sequence[int],
    activations: Sequence[str] | str = "relu",
    *,
    dropout: float = 0.0,
    seed: int = 0,
    dtype: DTypeLike = np.float32,
) -> Network:
    """A network of Dense layers: sizes [784, 128, 10] are 784 inputs, 128 hidden units, 10 classes.

    activations: names from ACTIVATIONS, one for all hidden layers or one for each.
    dropout: probability of dropping each hidden activation while learning.
    The weights of each layer are drawn as suits what follows it: see the activation's initializer.
    Raises ValueError if there are not as many activations as hidden layers.
    """
    n_in, *hidden, n_out = sizes
    names = [activations] * len(hidden) if isinstance(activations, str) else list(activations)
    layers: list[Layer] = []
    for index, (width, name) in enumerate(zip(hidden, names, strict=True)):
        activation = ACTIVATIONS[name]()
        layers += [Dense(width, activation.initializer), activation]
        if dropout:
            layers.append(Dropout(dropout, seed=(seed, index)))
    layers.append(Dense(n_out))
    return Network(n_in, layers, seed, dtype)
