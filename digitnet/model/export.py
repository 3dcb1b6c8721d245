"""Export of a model to ONNX, which other programs can run without digitnet or NumPy."""

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from digitnet.accept.ranges import BYTE
from digitnet.accept.scaling import Deskewed, MinMax
from digitnet.errors import DigitnetError
from digitnet.files.writing import replace
from digitnet.model import Model
from digitnet.model.export_deskew import deskewing
from digitnet.model.export_oriented import oriented
from digitnet.model.folding import without_batch_norm
from digitnet.nn import (
    Dense,
    Dropout,
    LeakyReLU,
    Network,
    OrientedGradients,
    ReLU,
    Sigmoid,
    Tanh,
)

OPSET = 19
IR_VERSION = 9
"""Of 2023, the first with which DequantizeLinear can be turned into float16. What is written with
these, older runtimes can read as well, from onnxruntime 1.15 and OpenCV 4.11 on."""

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

    The metadata "classes" holds the names of the classes as a JSON list. All numbers are float32;
    converters to float16 can take it from there.
    inputs: "uint8" for pixels from 0 to 255, "float" for float32 from 0 to 1 (of a model that
    learned from floats: on their scale).
    Raises DigitnetError if the package onnx is missing, or the model has a layer that OPERATORS
    lacks, or takes no uint8; OSError.
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
    seen = {scaling: _scaled(graph, model, scaling, inputs) for scaling in set(model.scalings)}
    x = _probabilities(graph, model, [seen[scaling] for scaling in model.scalings])
    # With keepdims=0 it would give them as (N,) itself, but nonsense in OpenCV 4.12 and 4.13.
    best = graph.add("ArgMax", x, axis=1, keepdims=1)
    graph.add("Reshape", best, graph.constant(np.array([-1])), to_name="labels")
    replace(path, graph.finish(model, inputs).SerializeToString())


def _probabilities(graph: "_Graph", model: Model, seen: Sequence[str]) -> str:
    """Gives "probabilities", as Model does; returns where the best class is to be looked for.

    seen: by each network.
    """
    each = list(map(partial(_logits, graph), model.networks, seen))
    if len(each) > 1:
        said = [graph.add("Softmax", one, axis=1) for one in each]
        if model.temperature == 1:
            return graph.add("Mean", *said, to_name="probabilities")
        each = [graph.add("Log", graph.add("Mean", *said))]
    (x,) = each
    if model.temperature != 1:
        x = graph.add("Mul", x, graph.constant(np.float32(1 / model.temperature)))
    graph.add("Softmax", x, to_name="probabilities", axis=1)
    return x


def _logits(graph: "_Graph", network: Network, x: str) -> str:
    """The logits for the rows x. Raises DigitnetError if the network has another layer."""
    for layer in without_batch_norm(network).layers:
        if isinstance(layer, Dense):
            x = graph.add("Gemm", x, graph.constant(layer.W), graph.constant(layer.b))
        elif type(layer) in OPERATORS:
            operator, attributes = OPERATORS[type(layer)]
            x = graph.add(operator, x, **attributes)
        elif isinstance(layer, OrientedGradients):
            x = oriented(graph, layer, x)
        elif not isinstance(layer, Dropout):
            known = ", ".join(each.__name__ for each in (Dense, OrientedGradients, *OPERATORS))
            raise DigitnetError(
                f"expected layers that export to ONNX knows ({known}), got {type(layer).__name__}"
            )
    return x


def _scaled(graph: "_Graph", model: Model, scaling: MinMax, inputs: str) -> str:
    """The images as rows of numbers, as the scaling turns them into what a network sees."""
    minimum, maximum = scaling.minimum, scaling.maximum
    span = (maximum - minimum) or 1
    scale = np.float32(1 / span)
    images = "images"
    if isinstance(scaling, Deskewed):
        if inputs == "uint8":
            images = graph.add("Cast", images, to=graph.type_of(np.float32))
        unit, whole = _unit(model, inputs), inputs == "uint8"
        images = deskewing(graph, images, model.image_shape, whole, paper=minimum / unit)
        x = graph.add("Mul", images, graph.constant(np.float32(_unit(model, inputs) / span)))
    elif inputs == "uint8":
        # Of scale's type, which a Cast would have to name: converters to float16 overlook that.
        x = graph.add("DequantizeLinear", images, graph.constant(scale))
    else:
        x = graph.add("Mul", images, graph.constant(np.float32(_unit(model, inputs) / span)))
    x = graph.add("Sub", x, graph.constant(np.float32(minimum) * scale))
    return graph.add("Flatten", x, axis=1)


def _unit(model: Model, inputs: str) -> float:
    """What a pixel of 1 of the graph's input is for the model."""
    return BYTE[1] if inputs == "float" and model.pixels == "uint8" else 1


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

    def type_of(self, dtype: type[np.generic]) -> int:
        """ONNX's number of a type."""
        number: int = self._onnx.helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
        return number

    def add(
        self, operator: str, *inputs: str, to_name: str | None = None, **attributes: Any
    ) -> str:
        """Put an operation into the graph; returns the name of its output."""
        name = to_name or f"x{len(self._nodes)}"
        node = f"{operator}{len(self._nodes)}"  # converters tell them apart by that
        make_node = self._onnx.helper.make_node
        self._nodes.append(make_node(operator, inputs, [name], node, **attributes))
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
        helper.set_model_props(result, {"classes": json.dumps(model.classes)})
        self._onnx.checker.check_model(result, full_check=True)
        return result
