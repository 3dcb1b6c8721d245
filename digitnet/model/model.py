"""Model: a network with all that is needed to use it."""

import threading
from collections.abc import Sequence
from contextvars import copy_context
from html import escape
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from digitnet.accept.images import as_rows, check_finite
from digitnet.accept.likeness import Gauge
from digitnet.accept.ranges import rescaled
from digitnet.accept.scaling import MinMax
from digitnet.accept.views import check_views, moved_pixels
from digitnet.errors import DigitnetError
from digitnet.model.file import read_model_file, write_model_file
from digitnet.model.parts import Parts
from digitnet.model.sizes import description
from digitnet.model.temperature import HIGHEST, LOWEST, is_temperature, tempered
from digitnet.nn.arrays import Array, Scratch
from digitnet.nn.blas import one_thread
from digitnet.nn.layers import Layer
from digitnet.nn.network import Network
from digitnet.nn.shards import available_threads, twin
from digitnet.text import shown

PRETRAINED = Path(__file__).parent / "pretrained" / "model.npz"
"""The model that comes with digitnet."""
MOST_NAMES = 12
"""Names of classes that a model shows of itself."""
Tools: TypeAlias = tuple[list[Network], Scratch]
"""What one thread computes with: networks and work arrays of its own."""
ROWS_AT_ONCE = 500  # more would not be faster, only larger
ROWS_FOR_TWO = 2000
"""Images from which on a second thread shares the blocks of rows: below, it would cost more."""


class Model:
    """A network, the scaling of its pixels, its classes by name, and how it was trained.

    network      of which `predict` uses parameters and state as they are at the moment
    networks     it alone, or those of a committee, whose probabilities are averaged
    scaling      from pixels to what the network sees; of a committee, one for all or for each, all
                 of them with the same minimum and maximum
    classes      names, in the order of the network's outputs
    image_shape  (height, width)
    pixels       "uint8" if the images it learned from were, else "float32"
    background   mean of the outermost pixels of those images, scaled
    config       the settings of the training, for the record
    temperature  how much less sure it is than its networks are: see digitnet.model.temperature

    Any number of threads may predict at once, as long as none trains the network meanwhile.
    """

    def __init__(
        self,
        network: Network | Sequence[Network],
        scaling: MinMax | Sequence[MinMax],
        classes: tuple[str, ...],
        image_shape: tuple[int, int],
        *,
        pixels: str = "uint8",
        background: float = 0.0,
        config: dict[str, Any] | None = None,
        temperature: float = 1.0,
    ) -> None:
        self.networks = (network,) if isinstance(network, Network) else tuple(network)
        each = [scaling] * len(self.networks) if isinstance(scaling, MinMax) else scaling
        self.scalings = tuple(each)
        self.classes = classes
        self.image_shape = image_shape
        self.pixels = pixels
        self.background = background
        self.config = config or {}
        self.temperature = temperature
        self._gauge = Gauge(image_shape, classes)
        self._own = threading.local()

    @property
    def network(self) -> Network:
        """The network. Raises DigitnetError if the model is a committee."""
        check_single(self)
        return self.networks[0]

    @network.setter
    def network(self, network: Network) -> None:
        self.networks = (network,)

    @property
    def scaling(self) -> MinMax:
        """From pixels to what the network, or the first of a committee, sees."""
        return self.scalings[0]

    @scaling.setter
    def scaling(self, scaling: MinMax) -> None:
        self.scalings = (scaling,) * len(self.networks)

    @property
    def temperature(self) -> float:
        """How much less sure it is than its networks. Raises DigitnetError for what can be none."""
        return self._temperature

    @temperature.setter
    def temperature(self, temperature: float) -> None:
        if not is_temperature(temperature):
            raise DigitnetError(
                f"expected a temperature from {LOWEST:g} to {HIGHEST:g}, got {shown(temperature)}"
            )
        self._temperature = float(temperature)

    def __repr__(self) -> str:
        return f"Model({', '.join(text for _, text in self._description())})"

    def _repr_html_(self) -> str:
        """A small table, for notebooks."""
        rows = "".join(
            f"<tr><th>{name}</th><td>{escape(text)}</td></tr>" for name, text in self._description()
        )
        return f"<table><caption>digitnet.Model</caption>{rows}</table>"

    def _description(self) -> list[tuple[str, str]]:
        """What it is, in a few words for each part."""
        height, width = self.image_shape
        names = list(self.classes[:MOST_NAMES]) + ["..."] * (len(self.classes) > MOST_NAMES)
        return [
            ("network", description(self.networks)),
            ("images", f"{height}x{width} of {self.pixels}"),
            ("classes", f"{len(self.classes)} classes: {', '.join(names)}"),
        ]

    def predict_proba(self, images: ArrayLike, *, views: int = 1) -> Array:
        """The probability of each class: (N, K), float32, rows sum to 1; new, yours to keep.

        images: (N, height, width), (N, height · width) or one (height, width), maybe with
        channels of grey; of any type in which black and white are plain: booleans, whole numbers
        from 0 to 255 or 65535, floats from 0 to 1 or to 255. A model that learned from floats on
        another scale takes floats on that scale.
        views: 1; or 5 or 9, for the mean of what it says of an image as it is and moved by a pixel
        to each side, with 9 also to each corner (digitnet.accept.views): fewer errors, for as many
        times the work.
        Raises DigitnetError for anything else, NaN and infinity among it. Warns of images that can
        hardly be meant as they are, with InputWarning: light or grey where the model learned from
        black, far off centre, much larger or smaller, or in a type that may mean something else.
        """
        rows = as_rows(images, self.image_shape)
        check_finite(rows)
        check_views(views)
        probabilities, measured = self._predict(rescaled(rows, self.pixels, self.scaling), views)
        self._gauge.compare(measured, self.background)
        return probabilities

    def predict_rows(self, rows: NDArray[Any]) -> Array:
        """As predict_proba, for rows of pixels (N, height · width) on the scale of the training.

        Nothing about them is checked.
        """
        return self._predict(rows)[0]

    def _predict(self, rows: NDArray[Any], views: int = 1) -> tuple[Array, Array]:
        """The probabilities (N, K), and what Gauge.compare wants to know of the scaled images."""
        probabilities = np.empty((len(rows), len(self.classes)), np.float32)
        measured = np.empty((len(rows), self._gauge.weights.shape[1]), np.float32)
        first, second = self._tools_of_this_thread()
        if len(rows) == 1:  # products that BLAS leaves to one thread: see Dense
            self._read(first, rows, views, probabilities, measured)
            return probabilities, measured
        blocks = [slice(n, n + ROWS_AT_ONCE) for n in range(0, len(rows), ROWS_AT_ONCE)]

        def read(tools: Tools, blocks: list[slice]) -> None:
            for block in blocks:
                self._read(tools, rows[block], views, probabilities[block], measured[block])

        if len(rows) < ROWS_FOR_TWO or available_threads() == 1:
            with one_thread:
                read(first, blocks)
        else:
            from concurrent.futures import ThreadPoolExecutor

            with one_thread, ThreadPoolExecutor(1) as executor:
                other_half = executor.submit(copy_context().run, read, second, blocks[1::2])
                read(first, blocks[::2])
                other_half.result()
        return probabilities, measured

    def _read(
        self, tools: Tools, pixels: NDArray[Any], views: int, said: Array, measured: Array
    ) -> None:
        """Fill in what `_predict` gives, of a block of rows."""
        networks, scratch = tools
        plain = self.scaling.plain()
        x = plain(pixels, out=scratch("x", pixels.shape, np.float32))
        np.dot(x, self._gauge.weights, out=measured)
        seen = {type(plain): x}  # of a committee, all scale alike, and some deskew before
        said.fill(0)
        for network, scaling in zip(networks, self.scalings, strict=True):
            if type(scaling) not in seen:
                seen[type(scaling)] = scaling(pixels)
            as_it_is = seen[type(scaling)]
            said += network.probabilities(as_it_is)
            for source in moved_pixels(self.image_shape, views):
                moved = scratch("moved", as_it_is.shape, np.float32)
                np.take(as_it_is, source, axis=1, out=moved, mode="clip")
                said += network.probabilities(moved)
        if len(networks) * views > 1:
            said /= len(networks) * views
        if self.temperature != 1:
            said[:] = tempered(said, self.temperature)

    def predict(self, images: ArrayLike, *, views: int = 1) -> NDArray[np.intp]:
        """The index of the most probable class of each image: (N,). See predict_proba."""
        predictions: NDArray[np.intp] = self.predict_proba(images, views=views).argmax(axis=1)
        return predictions

    def save(self, path: str | Path, *, half: bool = False) -> None:
        """Write the model to a file (.npz), which appears whole or not at all.

        half: in half precision, float16, which halves the file. It keeps three digits of each
        parameter above 6e-5, fewer below, and nothing of those below 3e-8. Whether the model
        still predicts the same, only its predictions can tell.
        A file with a temperature, or of a network that deskews, is not read by digitnet before
        0.12, one of a network that sees oriented gradients not before 0.19; another is.
        Raises DigitnetError for a network that is not a multi-layer perceptron, or whose
        parameters are too large for half precision, and for names of classes that a terminal could
        not show or tell apart; OSError if the file cannot be written.
        """
        parts = Parts(**{name: getattr(self, name) for name in Parts._fields})
        write_model_file(Path(path), parts, half)

    @classmethod
    def load(cls, path: str | Path) -> "Model":
        """Read a model from the file that `save` wrote, which can hold no code.

        Raises DigitnetError if the file is missing, damaged, or not a model that this version
        knows.
        """
        parts = read_model_file(Path(path))
        return cls(
            parts.networks,
            parts.scalings,
            parts.classes,
            parts.image_shape,
            pixels=parts.pixels,
            background=parts.background,
            config=parts.config,
            temperature=parts.temperature,
        )

    def _tools_of_this_thread(self) -> list[Tools]:
        """Twice networks on the same parameters with work arrays of their own, for each thread."""
        if getattr(self._own, "origin", None) is not self.networks:
            self._own.origin = self.networks
            self._own.tools = [(list(map(twin, self.networks)), Scratch()) for _ in range(2)]
            self._own.remembering = [
                (network, other)
                for twins, _ in self._own.tools
                for network, other in zip(self.networks, twins, strict=True)
                if any(type(layer).state is not Layer.state for layer in network.layers)
            ]
        for network, other in self._own.remembering:
            other.restore(network.state())
        tools: list[Tools] = self._own.tools
        return tools

    def __getstate__(self) -> dict[str, Any]:
        """All but what belongs to threads, for pickle and copy."""
        return {name: value for name, value in vars(self).items() if name != "_own"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._own = threading.local()


def check_single(model: Model) -> None:
    """Raise DigitnetError if the model is a committee."""
    if len(model.networks) > 1:
        raise DigitnetError(
            f"expected a model of one network, got a committee of {len(model.networks)}; each "
            "of them is in a folder of its own beside the file of the committee"
        )


def load(path: str | Path | None = None) -> Model:
    """Read a model from a file that `Model.save` or a training wrote: see Model.load.

    path: by default that of the model that comes with digitnet, which reads handwritten digits
    (digitnet/model/pretrained/model-card.md).
    """
    path = PRETRAINED if path is None else path
    if path == PRETRAINED and not PRETRAINED.exists():
        raise DigitnetError(
            f"{PRETRAINED}: expected the model that comes with digitnet, but it is not there; "
            "restore it from the repository, or install digitnet again"
        )
    return Model.load(path)
