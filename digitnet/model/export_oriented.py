"""Oriented gradients as nodes of an ONNX graph: digitnet.nn.oriented_gradients, step by step."""

import numpy as np

from digitnet.model.export_deskew import Graph
from digitnet.nn.oriented_gradients import DIAGONAL, DIRECTIONS, EPSILON, OrientedGradients


def oriented(graph: Graph, layer: OrientedGradients, x: str) -> str:
    """The outputs (N, 8 · places) of the layer for rows of pixels (N, height · width)."""
    add, constant = graph.add, graph.constant
    height, width = layer.image_shape
    images = add("Reshape", x, constant(np.array([-1, 1, height, width])))
    (d_y, d_x), (s_y, s_x) = layer.difference, layer.smooth
    g_y = add("MatMul", constant(d_y), add("MatMul", images, constant(s_x.T)))
    g_x = add("MatMul", constant(s_y), add("MatMul", images, constant(d_x.T)))
    zero, diagonal = constant(np.float32(0)), constant(np.float32(DIAGONAL))
    toward_y, toward_x = ({1: each, -1: add("Neg", each)} for each in (g_y, g_x))
    size_y, size_x = add("Abs", g_y), add("Abs", g_x)
    lengths = []
    for to_y, to_x in DIRECTIONS:
        if to_y and to_x:
            length = add("Mul", add("Min", toward_y[to_y], toward_x[to_x]), diagonal)
        elif to_y:
            length = add("Sub", toward_y[to_y], size_x)
        else:
            length = add("Sub", toward_x[to_x], size_y)
        lengths.append(add("Max", length, zero))
    each = add("Concat", *lengths, axis=1)  # (N, 8, height, width)
    down, across = layer.windows
    seen = add("MatMul", constant(down.T), add("MatMul", each, constant(across)))
    seen = add("Add", add("Flatten", seen, axis=1), constant(np.float32(EPSILON)))
    return add("Sub", add("Sqrt", seen), constant(np.sqrt(np.float32(EPSILON))))
