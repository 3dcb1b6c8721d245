"""digitnet: handwritten digit classification with a neural network in pure NumPy.

digitnet.nn       the network and its learning, to be read first
digitnet.data     images, labels, batches
digitnet.model    a trained network as a thing to use, save and load
"""

__version__ = "0.1.0"
