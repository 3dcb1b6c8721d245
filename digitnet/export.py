"""Export of a model to ONNX, which other programs can run without digitnet or NumPy."""

from pathlib import Path
from typing import Any

import numpy as np

from digitnet.accept.scale import BYTE
from digitnet.errors import DigitnetError
from digitnet.files import replace
from digitnet.folding import without_batch_norm
from digitnet.model import Model
from digitnet.nn import Dense, Dropout, LeakyReLU, ReLU, Sigmoid, Tanh

OPSET = 17
IR_VERSION = 8
"""Of 2022: what is written with these, older runtimes can read as well."""

OPERATORS: dict[type, tuple[str, dict[str, Any]]] = {
    Sigmoid: ("Sigmoid", {}),
    Tanh: ("Tanh", {}),
    ReLU: ("Relu", {}),
    LeakyReLU: ("LeakyRelu", {"alpha": LeakyReLU.SLOPE}),
}
INPUTS = ("uint8", "float")


def export_onnx(model: Model, path: Path, inputs: str = "uint8") -> None:
    """Write the model as an ONNX graph, its preprocessing inside, for batches of any size.

        images (N, height, width)  ->  probabilities (N, K), labels (N,)

    inputs: "uint8" for pixels from 0 to 255, "float" for float32 from 0 to 1 (of a model that
    learned from floats: on their scale).
    Raises DigitnetError if the package onnx is missing, or the model has a layer that ONNX lacks
    or takes no uint8; OSError.
    """
    try:
        import onnx
    except ImportError as error:
        raise DigitnetError(
            "export to ONNX needs the extra digitnet[onnx]: pip install onnx"
        ) from error
    if inputs == "uint8" and model.pixels != "uint8":
        raise DigitnetError("this model learned from floats: expected --input float, got uint8")
    graph = _Graph(onnx)
    x = graph.add("Cast", "images", to=onnx.TensorProto.FLOAT)
    if inputs == "float" and model.pixels == "uint8":
        x = graph.add("Mul", x, graph.constant(np.float32(BYTE[1])))
    minimum, maximum = model.scaling.minimum, model.scaling.maximum
    scale = np.float32(1 / ((maximum - minimum) or 1))
    x = graph.add("Mul", x, graph.constant(scale))
    x = graph.add("Sub", x, graph.constant(np.float32(minimum) * scale))
    x = graph.add("Reshape", x, graph.constant(np.array([-1, model.network.n_in])))
    for layer in without_batch_norm(model.network).layers:
        if isinstance(layer, Dense):
            x = graph.add("Gemm", x, graph.constant(layer.W), graph.constant(layer.b))
        elif type(layer) in OPERATORS:
            operator, attributes = OPERATORS[type(layer)]
            x = graph.add(operator, x, **attributes)
        elif not isinstance(layer, Dropout):
            raise DigitnetError(f"expected layers that ONNX has, got {type(layer).__name__}")
    graph.add("Softmax", x, to_name="probabilities", axis=1)
    graph.add("ArgMax", x, to_name="labels", axis=1, keepdims=0)
    replace(path, graph.finish(model, inputs).SerializeToString())


class _Graph:
    """Collects the nodes of an ONNX graph."""

    def __init__(self, onnx: Any) -> None:
        self._onnx = onnx
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def constant(self, value: Any) -> str:
        """Put an array into the graph; returns its name."""
        name = f"constant{len(self._constants)}"
        self._constants.append(self._onnx.numpy_helper.from_array(np.asarray(value), name))
        return name

    def add(
        self, operator: str, *inputs: str, to_name: str | None = None, **attributes: Any
    ) -> str:
        """Put an operation into the graph; returns the name of its output."""
        name = to_name or f"x{len(self._nodes)}"
        self._nodes.append(self._onnx.helper.make_node(operator, inputs, [name], **attributes))
        return name

    def finish(self, model: Model, inputs: str) -> Any:
        """The checked ONNX model."""
        helper, types = self._onnx.helper, self._onnx.TensorProto
        kind = types.UINT8 if inputs == "uint8" else types.FLOAT
        describe = helper.make_tensor_value_info
        graph = helper.make_graph(
            self._nodes,
            "digitnet",
            [describe("images", kind, ["N", *model.image_shape])],
            [
                describe("probabilities", types.FLOAT, ["N", len(model.classes)]),
                describe("labels", types.INT64, ["N"]),
            ],
            self._constants,
        )
        result = helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="digitnet"
        )
        result.ir_version = IR_VERSION
        helper.set_model_props(result, {"classes": ",".join(model.classes)})
        self._onnx.checker.check_model(result, full_check=True)
        return result
