"""Data: where images and labels come from, and how they become rows and batches.

examples       Examples, Dataset; the hold-out split
weights        how much each example counts, by its own weight and that of its class
mapped         images that stay in their file: more of them than fit in memory
parts          from what a source holds to a Dataset: what is learned from, what tests
batches        shuffled mini-batches, gathered and scaled without copies
distortions    images turned, stretched, bent a little, anew in each epoch
mixup          images and labels blended with others
augmented      distorted and blended batches, made by a second thread
shared         batches of which several processes have some rows each
idx            the IDX file format of MNIST
bundled        the MNIST copy that comes with the package
emnist         what is different about EMNIST's files
folder         a folder of IDX files or of tables
npz            an archive of arrays
table          CSV files
openml         data sets fetched from OpenML, and kept
sources        all of these by name
"""

from digitnet.accept.scaling import MinMax, one_hot
from digitnet.data.augmented import AugmentedBatches
from digitnet.data.batches import Batches
from digitnet.data.bundled import load_mnist
from digitnet.data.distortions import Distortions
from digitnet.data.examples import Dataset, Examples, Pixels, hold_out
from digitnet.data.parts import dataset
from digitnet.data.sources import load_data
from digitnet.data.weights import weighted

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
    "weighted",
]
