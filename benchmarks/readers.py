"""Who takes part in the reading half of benchmarks/speed.py: one network, six programs.

A reader is a function (folder) -> Reader, whose call takes rows (N, 784) in its form and returns
probabilities (N, 10). `prepare` writes the same network for all of them. What every
reader needs is scaled rows; `network`, PyTorch and scikit-learn get them scaled beforehand, outside
of the timing, while `model` and onnxruntime scale by themselves, and `model` checks as well.
"""

import pickle
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from contestants import WORKS, initial_weights, scaled, torch_model

Call = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Reader:
    """What is called, and on which form of the rows."""

    call: Call
    form: Callable[[np.ndarray], np.ndarray] = scaled


def images(rows: np.ndarray) -> np.ndarray:
    """Rows as uint8 images."""
    return rows.reshape(-1, 28, 28)


def prepare(folder: Path) -> None:
    """Write a 784-128-10 network in the form of each program that is installed."""
    from digitnet.data import MinMax
    from digitnet.model import Model
    from digitnet.model.export import export_onnx
    from digitnet.nn import multilayer_perceptron

    network = multilayer_perceptron(WORKS["W1"].sizes, "relu")
    model = Model(network, MinMax(0, 255), tuple("0123456789"), (28, 28))
    model.save(folder / "model.npz")
    weights = initial_weights(WORKS["W1"])
    for write in (
        lambda: export_onnx(model, folder / "model.onnx"),
        lambda: _write_torch(weights, folder / "model.pt"),
        lambda: _write_scikit_learn(weights, folder / "model.pickle"),
    ):
        try:
            write()
        except ImportError as error:
            print(f"not prepared: {error}", file=sys.stderr)


def _write_torch(weights: list, path: Path) -> None:
    import torch

    model = torch.nn.Sequential(*torch_model(weights), torch.nn.Softmax(dim=1)).eval()
    torch.jit.freeze(torch.jit.script(model)).save(path)


def _write_scikit_learn(weights: list, path: Path) -> None:
    from sklearn.neural_network import MLPClassifier

    model = MLPClassifier((128,)).partial_fit(
        np.zeros((10, 784), np.float32), np.arange(10), classes=np.arange(10)
    )
    model.coefs_, model.intercepts_ = map(list, zip(*weights, strict=True))
    path.write_bytes(pickle.dumps(model))


def network(folder: Path) -> Reader:
    """digitnet's Network, which checks nothing."""
    import digitnet

    return Reader(digitnet.load(folder / "model.npz").network.probabilities)


def model(folder: Path) -> Reader:
    """digitnet's Model, which scales, checks, and may be called from several threads."""
    import digitnet

    return Reader(digitnet.load(folder / "model.npz").predict_proba, images)


def onnxruntime(folder: Path) -> Reader:
    """The network as digitnet exports it."""
    import onnxruntime

    session = onnxruntime.InferenceSession(folder / "model.onnx")
    return Reader(lambda x: session.run(["probabilities"], {"images": x})[0], images)


def torch_eager(_: Path) -> Reader:
    """PyTorch's modules."""
    import torch

    module = torch_model(initial_weights(WORKS["W1"])).eval()
    module.append(torch.nn.Softmax(dim=1))
    return Reader(_torch_call(module))


def torch_scripted(folder: Path) -> Reader:
    """The same compiled by TorchScript."""
    import torch

    return Reader(_torch_call(torch.jit.load(folder / "model.pt")))


def _torch_call(module: "object") -> Call:
    import torch

    def call(x: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            return module(torch.from_numpy(x)).numpy()

    return call


def scikit_learn(folder: Path) -> Reader:
    """MLPClassifier, unpickled."""
    return Reader(pickle.loads((folder / "model.pickle").read_bytes()).predict_proba)


READERS = {
    function.__name__: function
    for function in (network, model, onnxruntime, torch_eager, torch_scripted, scikit_learn)
}
READER_NEEDS = {
    "onnxruntime": "onnxruntime",
    "torch_eager": "torch",
    "torch_scripted": "torch",
    "scikit_learn": "sklearn",
}
COLD_STARTS = {
    "import_numpy": "import numpy",
    "model": "import digitnet, numpy; "
    "digitnet.load(FOLDER / 'model.npz').predict(numpy.zeros((28, 28), numpy.uint8))",
    "onnxruntime": "import onnxruntime, numpy; "
    "onnxruntime.InferenceSession(FOLDER / 'model.onnx')"
    ".run(None, {'images': numpy.zeros((1, 28, 28), numpy.uint8)})",
    "torch_scripted": "import torch; torch.jit.load(FOLDER / 'model.pt')(torch.zeros(1, 784))",
    "scikit_learn": "import pickle, numpy; pickle.loads((FOLDER / 'model.pickle').read_bytes())"
    ".predict(numpy.zeros((1, 784), numpy.float32))",
}
"""Programs that load the network and read one image, from the start of Python to its end."""
