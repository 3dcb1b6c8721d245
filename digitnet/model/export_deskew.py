"""Deskewing as nodes of an ONNX graph: what digitnet.accept.deskew does, operation by operation."""

from typing import Any, Protocol

import numpy as np

from digitnet.accept.deskew import FLATTEST, PARTS, STEEPEST
from digitnet.nn import Array


class Graph(Protocol):
    """Where nodes are put: see digitnet.model.export."""

    def constant(self, value: Any) -> str:
        """The name of an array."""

    def add(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """The name of an operation's output."""

    def type_of(self, dtype: type[np.generic]) -> int:
        """ONNX's number of a type."""


def deskewing(
    graph: Graph, images: str, image_shape: tuple[int, int], whole: bool, paper: float
) -> str:
    """Images (N, height, width) of floats without their slant.

    whole: whether pixels are whole numbers, and remain so. paper: the pixel without ink.
    """
    add = graph.add
    height, width = image_shape
    x = np.arange(width, dtype=np.float32) - np.float32((width - 1) / 2)
    y = np.arange(height, dtype=np.float32) - np.float32((height - 1) / 2)
    slope, y_mean = _slope(graph, images, x, y, paper)
    lever = add("Sub", graph.constant(y[None]), y_mean)  # (N, height)
    shifts = add("Mul", add("Mul", slope, lever), _number(graph, PARTS))
    shifts = add("Mul", add("Round", shifts), _number(graph, 1 / PARTS))
    left = add("Floor", shifts)
    share = add("Sub", shifts, left)
    last = graph.constant(np.array([2]))
    left, share = add("Unsqueeze", left, last), add("Unsqueeze", share, last)
    places = add("Add", left, graph.constant(np.arange(width, dtype=np.float32)[None, None]))

    def read(places: str) -> str:
        # As whole numbers, so that also those of NaN are inside.
        places = add("Cast", places, to=graph.type_of(np.int64))
        inside = add("Clip", places, graph.constant(0), graph.constant(width - 1))
        return add("GatherElements", images, inside, axis=2)

    here, beside = read(places), read(add("Add", places, _number(graph, 1)))
    moved = add("Add", here, add("Mul", add("Sub", beside, here), share))
    return add("Floor", add("Add", moved, _number(graph, 0.5))) if whole else moved


def _number(graph: Graph, value: float) -> str:
    return graph.constant(np.float32(value))


def _slope(graph: Graph, images: str, x: Array, y: Array, paper: float) -> tuple[str, str]:
    """s and ȳ of each image, (N, 1) each: see digitnet.accept.deskew.slopes."""
    add = graph.add
    columns = graph.constant(np.stack([np.ones_like(x), x], axis=1))
    rows = graph.constant(np.stack([np.ones_like(y), y, y * y]))
    sums = add("MatMul", rows, add("MatMul", images, columns))  # (N, 3, 2)
    area, second = len(x) * len(y), len(x) * (y * y).sum()
    of_paper = np.float32(paper) * np.array([area, 0, 0, 0, second, 0], np.float32)
    sums = add("Sub", add("Flatten", sums, axis=1), graph.constant(of_paper))

    def moment(n: int) -> str:
        return add("Gather", sums, graph.constant(np.array([n])), axis=1)

    total = moment(0)
    ink = add("Where", add("Equal", total, _number(graph, 0)), _number(graph, 1), total)
    x_mean, y_mean, xy, yy = (add("Div", moment(n), ink) for n in (1, 2, 3, 4))
    covariance = add("Sub", xy, add("Mul", x_mean, y_mean))
    variance = add("Sub", yy, add("Mul", y_mean, y_mean))
    steep = add("Div", covariance, add("Max", variance, _number(graph, FLATTEST)))
    return add("Clip", steep, _number(graph, -STEEPEST), _number(graph, STEEPEST)), y_mean
