"""Data: where images and labels come from, and how they become rows and batches.

examples       Examples, Dataset; checks of what comes in; the hold-out split
batches        shuffled mini-batches, gathered and scaled without copies
augment        images turned, stretched, bent a little, anew in each epoch
mixup          images and labels blended with others
ahead          distorted and blended batches, made by a second thread
idx            the IDX file format of MNIST
bundled        the MNIST copy that comes with the package
folder         a folder of IDX files, an archive of arrays
openml         data sets fetched from OpenML, and kept
sources        all of these by name
"""

from digitnet.data.ahead import AugmentedBatches
from digitnet.data.augment import Distortions
from digitnet.data.batches import Batches
from digitnet.data.bundled import load_mnist
from digitnet.data.examples import Dataset, Examples, Pixels, dataset, hold_out
from digitnet.data.sources import load_data
from digitnet.preprocessing import MinMax, one_hot

__all__ = [
    "AugmentedBatches",
    "Batches",
    "Dataset",
    "Distortions",
    "Examples",
    "MinMax",
    "Pixels",
    "dataset",
    "hold_out",
    "load_data",
    "load_mnist",
    "one_hot",
]
