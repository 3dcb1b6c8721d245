"""Read the digits in a picture: read(), and the Reading that comes of it."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np

from digitnet.errors import DigitnetError
from digitnet.model import Model
from digitnet.reading.annotate import annotated
from digitnet.reading.decode import Picture, decode
from digitnet.reading.digit import UNCERTAIN, Digit, Step
from digitnet.reading.recognise import recognise
from digitnet.text import plain, shown

if TYPE_CHECKING:
    from digitnet.reading.decode import Source

DIGITS = tuple("0123456789")
MOST_DIGITS = 1000
LONGEST_SHOWN = 800
"""Pixels of the longer side of a picture in a notebook."""
MOST_LETTERS = 60


@dataclass(frozen=True, eq=False)
class Reading:
    """What was read in a picture.

    lines    lists of Digit: lines from top to bottom, each from left to right
    picture  as it was decoded
    steps    what was done to it, by name and as pictures
    """

    lines: list[list[Digit]]
    picture: Picture
    steps: list[Step]

    @property
    def digits(self) -> list[Digit]:
        """All digits in the order of reading."""
        return [digit for line in self.lines for digit in line]

    @property
    def text(self) -> str:
        """The labels, a line of text for each line; "" if no digit was found."""
        return "\n".join(map(text_of, self.lines))

    def __repr__(self) -> str:
        name = shown(self.picture.name)
        if not self.lines:
            return f"Reading(no digits in {name})"
        least = 100 * least_confidence(self.digits)
        return f"Reading({shown(self.text, MOST_LETTERS)} in {name}, least certain {least:.1f} %)"

    def as_dict(self) -> dict[str, Any]:
        """All but the pictures, as JSON has it."""
        return {
            "file": self.picture.name,
            "size": list(self.picture.size),
            "lines": [text_of(line) for line in self.lines],
            "digits": [
                {
                    "line": number,
                    "label": digit.label,
                    "confidence": round(digit.confidence, 6),
                    "box": list(digit.box),
                    "probabilities": [round(float(p), 6) for p in digit.probabilities],
                }
                for number, line in enumerate(self.lines)
                for digit in line
            ],
        }

    def _repr_png_(self) -> bytes:
        """The picture with what was read drawn in, for notebooks."""
        image, file = annotated(self.picture, self.digits), BytesIO()
        image.thumbnail((LONGEST_SHOWN, LONGEST_SHOWN))
        image.save(file, "PNG")
        return file.getvalue()

    def _repr_html_(self) -> str:
        """Likewise, with the text below."""
        picture = b64encode(self._repr_png_()).decode()
        caption = escape(plain(self), quote=False)
        return (
            f'<figure><img src="data:image/png;base64,{picture}" alt="{escape(plain(self))}">'
            f"<figcaption>{caption}</figcaption></figure>"
        )


def text_of(line: Sequence[Digit]) -> str:
    """The labels of a line."""
    return "".join(digit.label for digit in line)


def least_confidence(digits: Sequence[Digit]) -> float:
    """Of the digit that is least certain among those that could be read; 0 if none could."""
    told = [digit.confidence for digit in digits if digit.label != UNCERTAIN]
    return min(told, default=0.0)


def read(
    source: "Source",
    *,
    single: bool = False,
    digits: int | tuple[int, int] | None = None,
    model: Model | None = None,
) -> Reading:
    """Read the handwritten digits in a picture.

    source: a file, its bytes, an open binary file, an array or an image of Pillow: see decode.
    single: the picture is of one digit, however many pieces of ink there are.
    digits: how many there are, or (fewest, most), if that is known. Where more seem to be there,
    InputWarning says so.
    model: of 28x28 images of 0 to 9, in place of that of the recipe `pixels`.
    Raises DigitnetError, in one sentence, for what is no picture, for arguments that do not fit,
    and for a model whose numbers are not finite.
    """
    n_digits = _checked(single, digits)
    if model is not None:
        check_model(model)
    picture = decode(source)
    recognised = recognise(picture, single=single, n_digits=n_digits, model=model)
    return Reading(recognised.lines, picture, recognised.steps)


def _checked(single: bool, digits: int | tuple[int, int] | None) -> tuple[int, int] | None:
    """The fewest and the most digits. Raises DigitnetError if they are none, or do not fit."""
    if digits is None:
        return None
    given = tuple(digits) if isinstance(digits, tuple | list) else (digits, digits)
    whole = all(isinstance(n, int | np.integer) and not isinstance(n, bool) for n in given)
    if len(given) != 2 or not whole or not 1 <= given[0] <= given[1] <= MOST_DIGITS:
        raise DigitnetError(
            f"digits: expected a number from 1 to {MOST_DIGITS}, or the fewest and the most, "
            f"got {shown(digits)}"
        )
    if single and given != (1, 1):
        raise DigitnetError(f"expected a single digit or digits={shown(digits)}, got both")
    return int(given[0]), int(given[1])


def check_model(model: Model) -> None:
    """Raise DigitnetError unless the model reads digits in images of 28x28."""
    if not isinstance(model, Model):
        raise DigitnetError(
            f"model: expected a Model, as digitnet.load(path) gives it, got {shown(model)}"
        )
    if model.image_shape != (28, 28) or model.classes != DIGITS:
        raise DigitnetError(f"expected a model of 28x28 images of the digits 0 to 9, got {model}")
