"""Data: where images and labels come from, and how they become rows and batches.

idx            the IDX file format of MNIST
examples       Examples, Dataset; the hold-out split
bundled        the MNIST copy that comes with the package
preprocessing  min-max scaling, one-hot encoding
batches        shuffled mini-batches, gathered and scaled without copies
"""

from digitnet.data.batches import Batches
from digitnet.data.bundled import load_mnist
from digitnet.data.examples import Dataset, Examples, hold_out
from digitnet.data.preprocessing import MinMax, one_hot

__all__ = ["Batches", "Dataset", "Examples", "MinMax", "hold_out", "load_mnist", "one_hot"]
