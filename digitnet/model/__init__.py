"""Model: what is kept of a training and handed on.

model      Model, and the one that comes with digitnet (pretrained/)
file       its file, without pickle
folding    batch normalisation made part of the Dense layers
export     ONNX, for other programs
"""

from digitnet.model.model import PRETRAINED, Model, layer_sizes, load

__all__ = ["PRETRAINED", "Model", "layer_sizes", "load"]
