"""A learning step as a page of sections: formula, numbers, and what they mean.

The same sections make the terminal text (80 columns, ASCII) and the HTML page.
"""

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from digitnet.languages import mark, tr
from digitnet.nn import Array, Layer, LeakyReLU, ReLU, Sigmoid, Tanh
from digitnet.report.terminal import aligned
from digitnet.teach.explain import DenseTrace, StepTrace, telling_unit
from digitnet.text import NAME, plain

WIDTH = 80
MOST_TERMS = 8
MOST_DIGITS = 12
SHADES = " .:-=+*#%@"
FORMULAS: dict[type[Layer], str] = {
    Sigmoid: "1 / (1 + e^(-z))",
    Tanh: "tanh(z)",
    ReLU: "max(z, 0)",
    LeakyReLU: mark("z if z > 0, else 0.01 z"),
}
SLOPES: dict[type[Layer], str] = {
    Sigmoid: "f'(z) = h (1 - h)",
    Tanh: "f'(z) = 1 - h^2",
    ReLU: mark("f'(z) = 1 if z > 0, else 0"),
    LeakyReLU: mark("f'(z) = 1 if z > 0, else 0.01"),
}


@dataclass(frozen=True)
class Section:
    """A step of the calculation: a title, its formula, a table of numbers, and words about it."""

    title: str
    formula: str
    header: tuple[str, ...] = ()
    rows: Sequence[tuple[str, ...]] = ()
    words: str = ""


@dataclass(frozen=True)
class Asked:
    """What may be asked for besides.

    above: a unit to follow in each hidden layer above the first, not those that learn most.
    logit: the class whose logit and output weight are told, not the class that is taught and the
    one that is most to blame. what: the image in words, not as one of the class that is taught.
    """

    above: tuple[int, ...] = ()
    logit: int | None = None
    what: str = ""


def number(value: float) -> str:
    """Six significant digits, as all numbers on the page have them."""
    return f"{value:.6g}"


def pair(before: float, after: float) -> tuple[str, str]:
    """Two numbers with six digits, or with as many as show that they differ."""
    for digits in range(6, MOST_DIGITS + 1):
        texts = f"{before:.{digits}g}", f"{after:.{digits}g}"
        if texts[0] != texts[1]:
            break
    return texts if before != after else (number(before), number(after))


def sections(
    trace: StepTrace,
    classes: tuple[str, ...],
    image_shape: tuple[int, int],
    unit: int,
    asked: Asked = Asked(),
) -> list[Section]:
    """The learning step from the pixels to the new loss.

    unit: which one of the first hidden layer to follow; in the layers above, it is the one that
    learns most, unless another is asked for. Without a hidden layer, the outputs take its place.
    """
    followed = Followed(trace, classes, image_shape, unit, asked)
    hidden = range(len(trace.blocks) - 1)
    return [
        followed.pixels(),
        *(section for level in hidden for section in followed.up_through(level)),
        followed.logit(),
        followed.softmax(),
        followed.loss(),
        followed.dlogits(),
        followed.output_weight(),
        *(followed.back_through(level) for level in reversed(hidden)),
        *([followed.input_weight()] if hidden else []),
        followed.update(),
        followed.effect(),
    ]


class Followed:
    """Writes the sections: each method is one.

    blocks: of the trace. t: the class that is taught. k: the class whose output weight is told,
    that which is most to blame unless another is asked for. units: those that are followed, one of
    each hidden layer. pixel: the brightest.
    """

    def __init__(
        self,
        trace: StepTrace,
        classes: tuple[str, ...],
        image_shape: tuple[int, int],
        unit: int,
        asked: Asked = Asked(),
    ) -> None:
        self.trace = trace
        self.classes = [plain(name, NAME) for name in classes]
        self.image_shape = image_shape
        self.blocks = trace.blocks
        self.t = trace.true_class
        self.asked = asked
        self.k = int(np.abs(trace.dlogits).argmax()) if asked.logit is None else asked.logit
        above = asked.above or [telling_unit(block.dense) for block in self.blocks[1:-1]]
        self.units = [unit, *above] if len(self.blocks) > 1 else []
        self.pixel = int(np.abs(trace.x).argmax())

    def _name(self, letter: str, level: int, index: int) -> str:
        """h_5, or h2_5 in the second of several hidden layers; x_5 for pixels (level -1)."""
        return f"{self._letter(letter, level)}_{index}"

    def _letter(self, letter: str, level: int) -> str:
        if level < 0:
            return "x"
        return f"{letter}{level + 1}" if len(self.units) > 1 else letter

    def _place(self, level: int, index: int) -> str:
        """Where the input of a level comes from: a pixel's place, or a unit's name."""
        if level > 0:
            return self._name("h", level - 1, index)
        row, column = divmod(index, self.image_shape[1])
        return tr("row {row}, column {column}", row=row, column=column)

    def _sum_rows(self, level: int, unit: int, names: tuple[str, str]) -> list[tuple[str, ...]]:
        """The terms of what a unit adds up, the largest first, its bias, and the sum."""
        layer = self.blocks[level].dense
        W, b = layer.W, layer.b
        terms = layer.x * W[:, unit]
        return [
            *(
                (self._place(level, i), number(layer.x[i]), number(W[i, unit]), number(terms[i]))
                for i in _largest(terms)
            ),
            *_rest(terms),
            (names[0], "", "", number(b[unit])),
            (names[1], "", "", number(layer.y[unit])),
        ]

    def pixels(self) -> Section:
        height, width = self.image_shape
        ink = np.count_nonzero(self.trace.x)
        return Section(
            tr("The pixels"),
            "x = (pixel - min) / (max - min)",
            words=tr(
                "{what}: {height} x {width} = {n} numbers from 0 to 1, {ink} of them not 0. "
                "They are the input x of the network.",
                what=self.asked.what or tr("A {name}", name=self.classes[self.t]),
                height=height,
                width=width,
                n=height * width,
                ink=ink,
            ),
        )

    def up_through(self, level: int) -> list[Section]:
        """What the unit that is followed adds up, its activation, and dropout if there is."""
        block, j = self.blocks[level], self.units[level]
        z, h = self._name("z", level, j), self._name("h", level, j)
        below = self._letter("h", level - 1)
        where = tr("unit") if level else tr("pixel")
        activation = block.activation
        assert activation is not None
        title = tr("What hidden unit {unit} adds up", unit=j)
        if len(self.units) > 1:
            title = tr(
                "What hidden unit {unit} of hidden layer {layer} adds up", unit=j, layer=level + 1
            )
        words = tr("Each term speaks for the unit (positive) or against it.")
        if j == telling_unit(block.dense):
            words += tr(" Of its layer, unit {unit} learns most from this image.", unit=j)
        if level:
            words += tr(
                " {letter} is the sum in hidden layer {layer}; the logits are called z.",
                letter=self._letter("z", level),
                layer=level + 1,
            )
        formula = tr(FORMULAS.get(type(activation.layer), ""))
        result = [
            Section(
                title,
                f"{z} = sum_i {below}_i W_i,{j} + b_{j}",
                (where, f"{below}_i", f"W_i,{j}", f"{below}_i W_i"),
                self._sum_rows(level, j, (f"b_{j}", z)),
                words,
            ),
            Section(
                tr("The activation: {name}", name=type(activation.layer).__name__),
                f"{h} = f({z})" + (f",  f(z) = {formula}" if formula else ""),
                ("", tr("value")),
                [(z, number(activation.x[j])), (h, number(activation.y[j]))],
                tr(
                    "{count} of the layer's {total} units are above 0 for this image.",
                    count=np.count_nonzero(activation.y > 0),
                    total=len(activation.y),
                ),
            ),
        ]
        if block.dropout:
            kept = tr("Dropped in this step")
            if block.dropout.m[j] > 0:
                kept = tr("Kept, and scaled up in this step")
            result.append(
                Section(
                    tr("Dropout"),
                    tr("{h} <- {h} m,  m = 0 or 1 / (1 - rate), at random", h=h),
                    ("", tr("value")),
                    [
                        (tr("before"), number(activation.y[j])),
                        (tr("after"), number(block.dropout.y[j])),
                    ],
                    tr(
                        "Only while learning. {kept}; from here on {h} is what came after.",
                        kept=kept,
                        h=h,
                    ),
                )
            )
        return result

    def logit(self) -> Section:
        k = self.t if self.asked.logit is None else self.asked.logit
        level = len(self.blocks) - 1
        below = self._letter("h", level - 1)
        return Section(
            tr("The logit of the taught class, {name}", name=self.classes[k])
            if k == self.t
            else tr("The logit of class {name}", name=self.classes[k]),
            f"z_{k} = sum_j {below}_j W_j,{k} + b_{k}",
            (
                tr("unit") if level else tr("pixel"),
                f"{below}_j",
                f"W_j,{k}",
                f"{below}_j W_j,{k}",
            ),
            self._sum_rows(level, k, (f"b_{k}", f"z_{k}")),
            tr("The same is done for every class: all logits are in the next table.")
            + self._index_words(k),
        )

    def _index_words(self, k: int) -> str:
        """Which number a class has, where its name is not that number."""
        name = self.classes[k]
        if name == str(k):
            return ""
        return tr(" Class {name} has the number {number}, counted from 0.", name=name, number=k)

    def softmax(self) -> Section:
        z, p = self.trace.logits, self.trace.probabilities
        m = float(z.max())
        shifted = np.exp(z - m)
        rows = [
            (self.classes[k], number(z[k]), number(z[k] - m), number(shifted[k]), number(p[k]))
            for k in range(len(z))
        ]
        return Section(
            tr("Softmax, with its shift"),
            "p_k = e^(z_k - m) / sum_j e^(z_j - m),  m = max_j z_j",
            (tr("class"), "z", "z - m", "e^(z-m)", "p"),
            [*rows, (tr("sum"), "", "", number(float(shifted.sum())), number(float(p.sum())))],
            tr(
                "m = {m}. The shift cancels in the fraction, and no exponent is above 0, so "
                "nothing can overflow.",
                m=number(m),
            ),
        )

    def loss(self) -> Section:
        t, p = self.t, float(self.trace.probabilities[self.t])
        guess = math.log(len(self.classes))
        return Section(
            tr("The cross-entropy"),
            f"L = -sum_k t_k log p_k = -log p_{t}",
            ("", tr("value")),
            [(f"p_{t}", number(p)), ("L", f"{number(self.trace.loss)} nats")],
            tr(
                "{name} is the class that is taught: t_{number} is 1, all other t_k are 0. The "
                "network gave it {percent} %. Guessing, 1 of {n}, costs {guess:.3f} nats; "
                "certainty costs 0.",
                name=self.classes[t],
                number=t,
                percent=number(100 * p),
                n=len(self.classes),
                guess=guess,
            ),
        )

    def dlogits(self) -> Section:
        p, t, dz = self.trace.probabilities, self.trace.target, self.trace.dlogits
        return Section(
            tr("Backwards: the gradient of the logits"),
            "dz_k = p_k - t_k",
            (tr("class"), "p", "t", "dz"),
            [(self.classes[k], number(p[k]), number(t[k]), number(dz[k])) for k in range(len(dz))],
            tr(
                "dz_k is the blame of logit k: how much the loss would grow for each 1 that z_k "
                "grew. The taught class should have had more (dz below 0), all others less (dz "
                "above 0). Softmax and cross-entropy are differentiated together, as derived in "
                "docs/derivations.md, section 4."
            ),
        )

    def output_weight(self) -> Section:
        level = len(self.blocks) - 1
        layer, k = self.blocks[level].dense, self.k
        j = self.units[-1] if self.units else self.pixel
        name = self._name("h", level - 1, j)
        return Section(
            tr(
                "The gradient of one output weight: from {start} to class {end}",
                start=name,
                end=self.classes[k],
            ),
            f"dW_{j},{k} = {name} dz_{k}",
            ("", tr("value")),
            [
                (name, number(layer.x[j])),
                (f"dz_{k}", number(layer.dy[k])),
                (f"dW_{j},{k}", number(layer.dW[j, k])),
            ],
            tr("A weight's blame is its input times its output's blame.")
            + ("" if self.units else self._pixel_words())
            + self._index_words(k),
        )

    def back_through(self, level: int) -> Section:
        block, j = self.blocks[level], self.units[level]
        activation = block.activation
        assert activation is not None
        z, h = self._name("z", level, j), self._name("h", level, j)
        top = level == len(self.units) - 1
        o = "k" if top else "o"  # k is a class; o a unit of the hidden layer above
        above = f"d{self._letter('z', level + 1) if not top else 'z'}_{o}"
        masked = block.dropout is not None
        upper = self.blocks[level + 1].dense
        terms = upper.W[j] * upper.dy
        rows = [
            *(
                (
                    self.classes[i] if top else self._name("h", level + 1, i),
                    number(upper.dy[i]),
                    number(upper.W[j, i]),
                    number(terms[i]),
                )
                for i in _largest(terms)
            ),
            *_rest(terms),
            (f"d{h}", "", "", number(block.top.dy[j])),
        ]
        if masked:
            rows.append((f"d{h} m", "", "", number(activation.dy[j])))
        rows += [
            (f"f'({z})", "", "", number(activation.slope[j])),
            (f"d{z}", "", "", number(activation.dx[j])),
        ]
        own = tr(
            "f'(z) is the slope that {name} computes itself", name=type(activation.layer).__name__
        )
        slope = tr(SLOPES.get(type(activation.layer), own))
        title = tr("Back through unit {unit}", unit=j)
        if len(self.units) > 1:
            title = tr("Back through unit {unit} of layer {layer}", unit=j, layer=level + 1)
        return Section(
            title,
            f"d{h} = sum_{o} {above} W_{j},{o},  d{z} = d{h} {'m ' if masked else ''}f'({z})",
            (tr("class") if top else tr("unit"), above, f"W_{j},{o}", f"{above} W_{j},{o}"),
            rows,
            tr(
                "Here {slope}. The blame of all units above, along the weights, then times the "
                "slope: a unit whose slope is 0 learns nothing from this image.",
                slope=slope,
            ),
        )

    def input_weight(self) -> Section:
        layer, i, j = self.blocks[0].dense, self.pixel, self.units[0]
        z = self._name("z", 0, j)
        return Section(
            tr(
                "The gradient of one input weight: from {start} to unit {end}",
                start=self._place(0, i),
                end=j,
            ),
            f"dW_{i},{j} = x_{i} d{z}",
            ("", tr("value")),
            [
                (f"x_{i}", number(layer.x[i])),
                (f"d{z}", number(layer.dy[j])),
                (f"dW_{i},{j}", number(layer.dW[i, j])),
            ],
            tr("Where the pixel is 0, the weight learns nothing from this image.")
            + self._pixel_words(),
        )

    def _pixel_words(self) -> str:
        width = self.image_shape[1]
        row, column = divmod(self.pixel, width)
        return tr(
            " Row {row}, column {column} is pixel {width} * {row} + {column} = {pixel}; all "
            "counted from 0.",
            row=row,
            column=column,
            width=width,
            pixel=self.pixel,
        )

    def update(self) -> Section:
        layer, i, rate = self.blocks[0].dense, self.pixel, self.trace.learning_rate
        j = self.units[0] if self.units else self.k
        gradient = float(layer.dW[i, j])
        before, after = pair(layer.W[i, j], layer.W_after[i, j])
        return Section(
            tr("The update of that weight, and of all others alike"),
            "W <- W - eta dW",
            ("", tr("value")),
            [
                (tr("W before"), before),
                ("eta", number(rate)),
                ("eta dW", number(rate * gradient)),
                (tr("W after"), after),
            ],
            tr(
                "Plain gradient descent with eta (--learning-rate), for this image as it is; "
                "training adds momentum, the L2 penalty and what else its options say."
            ),
        )

    def effect(self) -> Section:
        trace, t = self.trace, self.t
        after = float(trace.probabilities_after[t])
        return Section(
            tr("The same image after the update"),
            f"L = -log p_{t} = -log {number(after)} = {number(trace.loss_after)}",
            ("", tr("before"), tr("after")),
            [
                *(row for level in range(len(self.units)) for row in self._again(level)),
                (f"z_{t}", *pair(trace.logits[t], trace.layers[-1].y_after[t])),
                (f"p_{t}", *pair(trace.probabilities[t], after)),
                ("L", *pair(trace.loss, trace.loss_after)),
            ],
            tr(
                "{verdict} Here one image has the whole step to itself; in a batch of 64 it has a "
                "sixty-fourth of the say, and others pull the other way.",
                verdict=_verdict(trace),
            ),
        )

    def _again(self, level: int) -> list[tuple[str, ...]]:
        """Sum and activation of the unit that is followed, before and after the step."""
        block, j = self.blocks[level], self.units[level]
        return [
            (self._name("z", level, j), *pair(block.dense.y[j], block.dense.y_after[j])),
            (self._name("h", level, j), *pair(block.top.y[j], block.top.y_after[j])),
        ]


def _verdict(trace: StepTrace) -> str:
    if trace.loss_after < trace.loss:
        return tr("The loss fell: the step went down the slope.")
    if trace.loss_after == trace.loss:
        return tr(
            "The loss did not change: the step, or the gradient, is too small to be seen in "
            "float32. A larger learning rate shows it."
        )
    return tr(
        "The loss did not fall: the step was too large for the slope to hold that far. A smaller "
        "learning rate makes it fall."
    )


def _largest(terms: Array) -> list[int]:
    """The indices of the largest terms by size."""
    order = np.argsort(-np.abs(terms), kind="stable")[:MOST_TERMS]
    return [int(i) for i in order if terms[i]]


def _rest(terms: Array) -> list[tuple[str, ...]]:
    """A row for the sum of all other terms, if there are any."""
    shown = _largest(terms)
    others = np.delete(terms, shown)
    count = int(np.count_nonzero(others))
    if not count:
        return []
    return [(tr("{count} more terms", count=count), "", "", number(float(others.sum())))]


def as_text(title: str, trace: StepTrace, parts: list[Section], shape: tuple[int, int]) -> str:
    """The page for a terminal: 80 columns, ASCII, readable in black and white."""
    lines = textwrap.wrap(plain(title), WIDTH, break_long_words=False, break_on_hyphens=False)
    lines.append("=" * min(max(map(len, lines)), WIDTH))
    for count, part in enumerate(parts, start=1):
        lines += ["", f"{count}. {part.title}", "", f"     {part.formula}", ""]
        if count == 1:
            lines += [f"     {row}".rstrip() for row in picture(trace.x.reshape(shape))] + [""]
        if part.rows:
            lines += [*(f"     {line}" for line in aligned(part.header, part.rows)), ""]
        lines += textwrap.wrap(part.words, WIDTH - 3, initial_indent="   ", subsequent_indent="   ")
    return "\n".join(lines) + "\n"


def picture(image: Array) -> list[str]:
    """An image from 0 to 1 in characters, two wide for each pixel where there is room."""
    levels = np.clip(np.rint(image * (len(SHADES) - 1)), 0, len(SHADES) - 1).astype(int)
    wide = 2 if 2 * image.shape[1] <= WIDTH - 5 else 1
    return ["".join(SHADES[level] * wide for level in row[: WIDTH - 5]) for row in levels]


def contributions(layer: DenseTrace) -> Array:
    """What each input (I,) of a Dense layer brings to each of its outputs: (I, O), x_i W_io."""
    product: Array = layer.x[:, None] * layer.W
    return product
