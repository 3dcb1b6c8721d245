"""digitnet: handwritten digit classification with a neural network in pure NumPy.

    digitnet.nn       the network and its learning, to be read first
    digitnet.data     images, labels, batches

    model = digitnet.load("runs/mine/model.npz")
    model.predict(images)

    digitnet.DigitClassifier().fit(images, labels)

docs/api.md describes these names, and promises to keep them.
"""

from digitnet.classifier import DigitClassifier
from digitnet.errors import DigitnetError, InputWarning
from digitnet.model import Model, load
from digitnet.version import __version__

__all__ = ["DigitClassifier", "DigitnetError", "InputWarning", "Model", "__version__", "load"]
