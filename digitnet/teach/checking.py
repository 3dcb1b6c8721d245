"""A gradient check of any network on real images, and a way to make it fail."""

import numpy as np

from digitnet.data import Examples, MinMax, one_hot
from digitnet.errors import DigitnetError
from digitnet.nn import Activation, Array, Layer, Network
from digitnet.nn.gradcheck import EPSILON

WRONG_BY = 1.001
MOST_DRAWS = 1000


def draw_images(
    network: Network, examples: Examples, n_images: int, epsilon: float | None, seed: int
) -> tuple[Array, Array, float]:
    """Images to check the gradient on, none of which brings a unit close to a kink.

    A parameter that moves by ε moves a unit's input by about ε times what it multiplies, so an
    image that comes within 10 ε of a kink is drawn again. Without an epsilon, the largest of
    1e-4 to 1e-7 is taken for which there are enough images.
    Returns x (n_images, I) and targets (n_images, K), float64, and epsilon.
    Raises DigitnetError if there are not so many such images.
    """
    if n_images > len(examples):
        raise DigitnetError(
            f"expected at most the {len(examples)} images that there are to learn from, "
            f"got {n_images}"
        )
    scaling = MinMax.fit(examples.images)
    for step in (epsilon,) if epsilon else (EPSILON, EPSILON / 10, EPSILON / 100, EPSILON / 1000):
        generator = np.random.default_rng(seed)
        order = generator.permutation(len(examples))[: n_images + MOST_DRAWS].tolist()
        chosen, order = order[:n_images], order[n_images:]
        while True:
            x, targets = _prepare(examples.take(np.array(chosen)), scaling, network.n_out)
            near = np.flatnonzero(distance_to_kinks(network, x) < 10 * step)
            if len(near) == 0:
                return x, targets, step
            if len(near) > len(order):
                break
            for position in near:
                chosen[position] = order.pop()
    raise DigitnetError(
        f"expected {n_images} images that keep {10 * step:g} away from the kinks of the "
        "activation, found fewer; try a smaller --epsilon or fewer --images"
    )


def distance_to_kinks(network: Network, x: Array) -> Array:
    """How close each example (B, I) brings any unit to a kink of its activation: (B,).

    With the dropout masks of the network's next step, which stays the next.
    """
    nearest = np.full(len(x), np.inf)
    for layer in network.layers:
        if isinstance(layer, Activation) and layer.has_kink:
            nearest = np.minimum(nearest, np.abs(x).min(axis=1))
        x = layer.forward(x, training=True)
    return nearest


def _prepare(chosen: Examples, scaling: MinMax, n_classes: int) -> tuple[Array, Array]:
    x = scaling(chosen.rows, out=np.empty(chosen.rows.shape))
    return x, one_hot(chosen.labels, n_classes).astype(np.float64)


def plant_error(layer: Layer) -> None:
    """Make the gradients that this layer of a network computes a thousandth too large, from now on.

    Those of its parameters if it has any, else that of its input.
    """
    right = layer.backward
    names = layer.parameters or ()

    def wrong_backward(dy: Array) -> Array | None:
        dx = right(dy)
        for name in names:
            getattr(layer, f"d{name}")[...] *= WRONG_BY
        if not names and dx is not None:
            dx *= WRONG_BY
        return dx

    layer.backward = wrong_backward  # type: ignore[method-assign]
