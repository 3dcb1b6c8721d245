"""Model: what is kept of a training and handed on.

model      Model, and the one that comes with digitnet (pretrained/)
parts      what it is made of; sizes: in words
file       its file, without pickle; header: what that says; assembling: reading it, with distrust
temperature  how sure a model says it is, and a number that puts that right
folding    batch normalisation, or another scaling, made part of the Dense layers
export     ONNX, for other programs
"""

from digitnet.model.model import PRETRAINED, Model, load
from digitnet.model.sizes import layer_sizes

__all__ = ["PRETRAINED", "Model", "layer_sizes", "load"]
