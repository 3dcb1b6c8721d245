"""A learning step as a page of sections: formula, numbers, and what they mean.

The same sections make the terminal text (80 columns, ASCII) and the HTML page.
"""

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from digitnet.nn import Array, Layer, LeakyReLU, ReLU, Sigmoid, Tanh
from digitnet.teach.explain import LayerTrace, StepTrace, activation_after

WIDTH = 80
MOST_TERMS = 8
SHADES = " .:-=+*#%@"
SLOPES: dict[type[Layer], str] = {
    Sigmoid: "f'(z) = h (1 - h)",
    Tanh: "f'(z) = 1 - h^2",
    ReLU: "f'(z) = 1 if z > 0, else 0",
    LeakyReLU: "f'(z) = 1 if z > 0, else 0.01",
}


@dataclass(frozen=True)
class Section:
    """A step of the calculation: a title, its formula, a table of numbers, and words about it."""

    title: str
    formula: str
    header: tuple[str, ...] = ()
    rows: Sequence[tuple[str, ...]] = ()
    words: str = ""


def number(value: float) -> str:
    """Six significant digits, as all numbers on the page have them."""
    return f"{value:.6g}"


def sections(
    trace: StepTrace, classes: tuple[str, ...], image_shape: tuple[int, int], unit: int
) -> list[Section]:
    """The learning step from the pixels to the new loss, following one unit of the first layer."""
    followed = _Followed(trace, classes, image_shape, unit)
    hidden = [followed.first_layer(), followed.activation()] if len(trace.dense) > 1 else []
    back = [followed.back_through()] if len(trace.dense) > 1 else []
    return [
        followed.pixels(),
        *hidden,
        followed.logits(),
        followed.softmax(),
        followed.loss(),
        followed.dlogits(),
        followed.output_weight(),
        *back,
        followed.input_weight(),
        followed.update(),
        followed.effect(),
    ]


class _Followed:
    """Writes the sections: each method is one."""

    def __init__(
        self, trace: StepTrace, classes: tuple[str, ...], image_shape: tuple[int, int], unit: int
    ) -> None:
        self.trace = trace
        self.classes = classes
        self.image_shape = image_shape
        self.first, self.last = trace.dense[0], trace.dense[-1]
        self.activated = activation_after(trace, self.first)
        self.unit = unit if self.activated else trace.true_class
        self.pixel = int(np.abs(trace.x).argmax())
        self.k = int(np.abs(trace.dlogits).argmax())
        # The unit that feeds the output: the one that is followed, if there is one hidden layer.
        self.feeding = unit if len(trace.dense) == 2 else int(np.abs(self.last.x).argmax())

    def _place(self, index: int) -> str:
        row, column = divmod(index, self.image_shape[1])
        return f"row {row}, column {column}"

    def pixels(self) -> Section:
        height, width = self.image_shape
        ink = np.count_nonzero(self.trace.x)
        return Section(
            "The pixels",
            "x = (pixel - min) / (max - min)",
            words=f"A {self.classes[self.trace.true_class]}: {height} x {width} = {height * width} "
            f"numbers from 0 to 1, {ink} of them not 0. They are the input x of the network.",
        )

    def first_layer(self) -> Section:
        layer, j = self.first, self.unit
        assert layer.W is not None and layer.b is not None
        terms = layer.x * layer.W[:, j]
        return Section(
            f"What hidden unit {j} adds up",
            f"z_{j} = sum_i x_i W_i,{j} + b_{j}",
            ("pixel", "x_i", f"W_i,{j}", "x_i W_i"),
            [
                *(
                    (self._place(i), number(layer.x[i]), number(layer.W[i, j]), number(terms[i]))
                    for i in _largest(terms)
                ),
                *_rest(terms, 3),
                (f"b_{j}", "", "", number(layer.b[j])),
                (f"z_{j}", "", "", number(layer.y[j])),
            ],
            "Each pixel speaks for the unit (a positive term) or against it.",
        )

    def activation(self) -> Section:
        activated, j = self.activated, self.unit
        assert activated is not None
        name = type(activated.layer).__name__
        active = int(np.count_nonzero(activated.y > 0))
        return Section(
            f"The activation: {name}",
            f"h_{j} = f(z_{j})",
            ("", "value"),
            [(f"z_{j}", number(activated.x[j])), (f"h_{j}", number(activated.y[j]))],
            f"{active} of the layer's {len(activated.y)} units are above 0 for this image.",
        )

    def logits(self) -> Section:
        layer, k = self.last, self.trace.true_class
        assert layer.W is not None and layer.b is not None
        terms = layer.x * layer.W[:, k]
        below = "h_j" if len(self.trace.dense) > 1 else "x_i"
        rows: list[tuple[str, ...]] = [
            (f"{below[0]}_{i}", number(layer.x[i]), number(layer.W[i, k]), number(terms[i]))
            for i in _largest(terms)
        ]
        rows += _rest(terms, 3)
        rows += [("b", "", "", number(layer.b[k])), ("z", "", "", number(layer.y[k]))]
        return Section(
            f"The logit of the true class, {self.classes[k]}",
            f"z_k = sum {below} W_k + b_k",
            ("unit" if below == "h_j" else "pixel", below, "W_k", "product"),
            rows,
            "The same is done for every class: all logits are in the next table.",
        )

    def softmax(self) -> Section:
        z, p = self.trace.logits, self.trace.probabilities
        m = float(z.max())
        shifted = np.exp(z - m)
        rows = [
            (self.classes[k], number(z[k]), number(z[k] - m), number(shifted[k]), number(p[k]))
            for k in range(len(z))
        ]
        return Section(
            "Softmax, with its shift",
            "p_k = e^(z_k - m) / sum_j e^(z_j - m),  m = max_j z_j",
            ("class", "z", "z - m", "e^(z-m)", "p"),
            [*rows, ("sum", "", "", number(float(shifted.sum())), number(float(p.sum())))],
            f"m = {number(m)}. The shift cancels in the fraction, and no exponent is above 0, so "
            "nothing can overflow.",
        )

    def loss(self) -> Section:
        p = float(self.trace.probabilities[self.trace.true_class])
        guess = math.log(len(self.classes))
        return Section(
            "The cross-entropy",
            "L = -sum_k t_k log p_k = -log p_true",
            ("", "value"),
            [("p_true", number(p)), ("L", f"{number(self.trace.loss)} nats")],
            f"The network gave the right answer {100 * p:.3g} %. Guessing, 1 of "
            f"{len(self.classes)}, costs {guess:.3f} nats; certainty costs 0.",
        )

    def dlogits(self) -> Section:
        p, t, dz = self.trace.probabilities, self.trace.target, self.trace.dlogits
        return Section(
            "Backwards: the gradient of the logits",
            "dz_k = p_k - t_k",
            ("class", "p", "t", "dz"),
            [(self.classes[k], number(p[k]), number(t[k]), number(dz[k])) for k in range(len(dz))],
            "The true class should have had more (dz below 0), all others less (dz above 0). "
            "Softmax and cross-entropy are differentiated together, as derived in "
            "docs/derivations.md, section 4.",
        )

    def output_weight(self) -> Section:
        layer, j, k = self.last, self.feeding, self.k
        assert layer.dW is not None
        if len(self.trace.dense) == 1:
            j = self.pixel
        name = "h" if len(self.trace.dense) > 1 else "x"
        return Section(
            f"The gradient of one output weight: from {name}_{j} to class {self.classes[k]}",
            f"dW_{j},k = {name}_{j} dz_k",
            ("", "value"),
            [
                (f"{name}_{j}", number(layer.x[j])),
                ("dz_k", number(layer.dy[k])),
                ("dW", number(layer.dW[j, k])),
            ],
            "A weight is to blame by what it was given times the blame of where it leads.",
        )

    def back_through(self) -> Section:
        activated, j = self.activated, self.unit
        assert activated is not None and activated.dx is not None
        slope = activated.dx[j] / activated.dy[j] if activated.dy[j] else math.nan
        rows = [("dh", number(activated.dy[j])), ("dz", number(activated.dx[j]))]
        if not math.isnan(slope):
            rows.insert(1, ("f'(z)", number(slope)))
        formula = SLOPES.get(type(activated.layer), "f'(z)")
        return Section(
            f"Back through the activation of unit {j}",
            f"dh_{j} = sum_k dz_k W_{j},k,  dz_{j} = dh_{j} f'(z_{j})",
            ("", "value"),
            rows,
            f"Here {formula}. The blame of all units above, along the weights, then times the "
            "slope: a unit whose slope is 0 learns nothing from this image.",
        )

    def input_weight(self) -> Section:
        layer, i, j = self.first, self.pixel, self.unit
        assert layer.dW is not None
        return Section(
            f"The gradient of one input weight: from {self._place(i)} to unit {j}",
            f"dW_{i},{j} = x_{i} dz_{j}",
            ("", "value"),
            [
                (f"x_{i}", number(layer.x[i])),
                (f"dz_{j}", number(layer.dy[j])),
                (f"dW_{i},{j}", number(layer.dW[i, j])),
            ],
            "Where the pixel is 0, the weight learns nothing from this image.",
        )

    def update(self) -> Section:
        layer, i, j, rate = self.first, self.pixel, self.unit, self.trace.learning_rate
        assert layer.W is not None and layer.dW is not None
        before, gradient = float(layer.W[i, j]), float(layer.dW[i, j])
        return Section(
            "The update of that weight, and of all others alike",
            "W <- W - eta dW",
            ("", "value"),
            [
                ("W before", number(before)),
                ("eta", number(rate)),
                ("eta dW", number(rate * gradient)),
                ("W after", number(before - rate * gradient)),
            ],
        )

    def effect(self) -> Section:
        trace = self.trace
        k = trace.true_class
        fell = trace.loss_after < trace.loss
        words = (
            "The loss fell: the step went down the slope."
            if fell
            else "The loss did not fall: the step was too large for the slope to hold that far, or "
            "there was none. A smaller learning rate makes it fall."
        )
        return Section(
            "The same image after the update",
            "L after the step",
            ("", "before", "after"),
            [
                ("L", number(trace.loss), number(trace.loss_after)),
                (
                    "p_true",
                    number(trace.probabilities[k]),
                    number(trace.probabilities_after[k]),
                ),
            ],
            words,
        )


def _largest(terms: Array) -> list[int]:
    """The indices of the largest terms by size."""
    order = np.argsort(-np.abs(terms), kind="stable")[:MOST_TERMS]
    return [int(i) for i in order if terms[i]]


def _rest(terms: Array, n_blank: int) -> list[tuple[str, ...]]:
    """A row for the sum of all other terms, if there are any."""
    shown = _largest(terms)
    others = np.delete(terms, shown)
    count = int(np.count_nonzero(others))
    if not count:
        return []
    return [(f"{count} more terms", *[""] * (n_blank - 1), number(float(others.sum())))]


def as_text(title: str, trace: StepTrace, parts: list[Section], shape: tuple[int, int]) -> str:
    """The page for a terminal: 80 columns, ASCII, readable in black and white."""
    lines = [title, "=" * len(title)]
    for count, part in enumerate(parts, start=1):
        lines += ["", f"{count}. {part.title}", "", f"     {part.formula}", ""]
        if count == 1:
            lines += [f"     {row}".rstrip() for row in picture(trace.x.reshape(shape))] + [""]
        if part.rows:
            lines += [*_table(part), ""]
        lines += textwrap.wrap(part.words, WIDTH - 3, initial_indent="   ", subsequent_indent="   ")
    return "\n".join(lines) + "\n"


def picture(image: Array) -> list[str]:
    """An image from 0 to 1 in characters, two wide for each pixel where there is room."""
    levels = np.clip(np.rint(image * (len(SHADES) - 1)), 0, len(SHADES) - 1).astype(int)
    wide = 2 if 2 * image.shape[1] <= WIDTH - 5 else 1
    return ["".join(SHADES[level] * wide for level in row[: WIDTH - 5]) for row in levels]


def _table(part: Section) -> list[str]:
    rows = [part.header, *part.rows]
    widths = [max(len(row[column]) for row in rows) for column in range(len(part.header))]
    lines = []
    for first, *others in rows:
        cells = [first.ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True)]
        lines.append("     " + "  ".join(cells).rstrip())
    return lines


def contributions(layer: LayerTrace) -> Array:
    """What each input (I,) of a Dense layer brings to each of its outputs: (I, O), x_i W_io."""
    assert layer.W is not None
    product: Array = layer.x[:, None] * layer.W
    return product
