"""digitnet: handwritten digit classification with a neural network in pure NumPy.

    digitnet.nn       the network and its learning, to be read first
    digitnet.data     images, labels, batches

    model = digitnet.load("runs/mine/model.npz")
    model.predict(images)

    digitnet.DigitClassifier().fit(images, labels)

docs/api.md describes these names, and promises to keep them.
"""

from typing import TYPE_CHECKING, Any

from digitnet.errors import DigitnetError, InputWarning, LearningWarning
from digitnet.model import Model, load
from digitnet.version import __version__

if TYPE_CHECKING:
    from digitnet.classifier import DigitClassifier

__all__ = [
    "DigitClassifier",
    "DigitnetError",
    "InputWarning",
    "LearningWarning",
    "Model",
    "__version__",
    "load",
]


def __getattr__(name: str) -> Any:
    """DigitClassifier, which needs all of learning: imported when it is first asked for."""
    if name == "DigitClassifier":
        from digitnet.classifier import DigitClassifier

        return DigitClassifier
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
