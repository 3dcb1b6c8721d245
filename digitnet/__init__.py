"""digitnet: handwritten digit classification with a neural network in pure NumPy.

    digitnet.nn       the network and its learning, to be read first
    digitnet.data     images, labels, batches

    model = digitnet.load("runs/mine/model.npz")
    model.predict(images)

    digitnet.read("photo.jpg").text

    digitnet.DigitClassifier().fit(images, labels)

docs/api.md describes these names, and promises to keep them.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from digitnet.version import __version__

if TYPE_CHECKING:
    from digitnet.classifier import DigitClassifier
    from digitnet.errors import DigitnetError, InputWarning, LearningWarning
    from digitnet.model import Model, load
    from digitnet.reading.digit import Digit
    from digitnet.reading.reading import Reading, read

__all__ = [
    "Digit",
    "DigitClassifier",
    "DigitnetError",
    "InputWarning",
    "LearningWarning",
    "Model",
    "Reading",
    "__version__",
    "load",
    "read",
]

_MODULES = {
    "Digit": "digitnet.reading.digit",
    "DigitClassifier": "digitnet.classifier",
    "DigitnetError": "digitnet.errors",
    "InputWarning": "digitnet.errors",
    "LearningWarning": "digitnet.errors",
    "Model": "digitnet.model",
    "Reading": "digitnet.reading.reading",
    "load": "digitnet.model",
    "read": "digitnet.reading.reading",
}


def __getattr__(name: str) -> Any:
    """A name from its module, which is imported when it is first asked for.

    A command has to handle signals before NumPy is imported, and DigitClassifier needs all of
    learning.
    """
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)
