"""Robustness: how well a network reads test images that were distorted, more and more.

All images are distorted by as much as the strength says, to one side or the other at random: the
distortions of learning (digitnet.data.distortions) draw from the whole range up to it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from digitnet.data import Distortions
from digitnet.nn import Array
from digitnet.nn.blas import computing
from digitnet.reading.normalise import thickened
from digitnet.reading.resample import resampling
from digitnet.web.messages import Arrays, Event
from digitnet.web.subject import Subject, rows_at_once

SAMPLE = 500
"""Test images, the first ones."""
MOST_ROWS = 50
"""Images that are distorted in a slice."""
FINE = 4
"""Strokes grow and shrink by quarters of a pixel: images are enlarged so many times before."""

Distort = Callable[[Array, float, np.random.Generator], Array]
"""Images (N, height, width) from 0 to 1, a strength -> images alike, new."""


class Ends:
    """A generator that draws nothing but the ends of a range: so a strength is a size."""

    def __init__(self, generator: np.random.Generator) -> None:
        self._generator = generator

    def uniform(self, low: float, high: float, size: Any) -> NDArray[np.float64]:
        """One of the two ends, each as often."""
        drawn: NDArray[np.float64] = self._generator.choice([low, high], size)
        return drawn

    def standard_normal(self, dtype: Any, out: Array) -> None:
        """Nothing: an elastic distortion is not among these."""
        out.fill(0)


def noisy(images: Array, strength: float, generator: np.random.Generator) -> Array:
    """With Gaussian noise of this deviation on each pixel, cut off below no and above full ink."""
    noise = generator.standard_normal(images.shape, np.float32)
    result: Array = np.clip(images + np.float32(strength) * noise, 0, 1)
    return result


def turned(images: Array, strength: float, generator: np.random.Generator) -> Array:
    """Turned by so many degrees, to the left or the right."""
    return _distorted(images, Distortions(rotation=strength), generator)


def moved(images: Array, strength: float, generator: np.random.Generator) -> Array:
    """Moved by so many pixels to one side, and as many up or down."""
    return _distorted(images, Distortions(shift=strength), generator)


def _distorted(images: Array, distort: Distortions, generator: np.random.Generator) -> Array:
    result = np.ascontiguousarray(images, np.float32).copy()
    distort(result, cast(np.random.Generator, Ends(generator)))
    return result


def stroked(images: Array, strength: float, _: np.random.Generator) -> Array:
    """With strokes that have grown by so many pixels at each side, or shrunk, if it is negative."""
    height, width = images.shape[1:]
    down, across = resampling(height, FINE * height), resampling(width, FINE * width)
    back_down, back_across = resampling(FINE * height, height), resampling(FINE * width, width)
    large = down @ images @ across.T
    result: Array = back_down @ thickened(large, round(FINE * strength)) @ back_across.T
    return result


@dataclass(frozen=True)
class Kind:
    """A way to distort images, and the strengths that are tried, rising; 0 leaves them alone."""

    distort: Distort
    strengths: tuple[float, ...]


KINDS = {
    "noise": Kind(noisy, (0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4)),
    "rotation": Kind(turned, (0, 10, 20, 30, 40, 50, 60, 70, 80, 90)),
    "shift": Kind(moved, (0, 1, 2, 3, 4, 5, 6, 7, 8)),
    "stroke": Kind(stroked, (-1, -0.5, 0, 0.5, 1, 1.5, 2)),
}


def distorted(name: str, images: Array, strength: float, seed: list[int]) -> Array:
    """Images (N, height, width) from 0 to 1 as this kind of distortion leaves them: new."""
    if strength == 0:
        return images.copy()
    kind = KINDS[name]
    generator = np.random.default_rng([*seed, list(KINDS).index(name), len(images)])
    return kind.distort(images, strength, generator)


def measuring(subject: Subject) -> Iterator[list[Event]]:
    """Read images of each kind and strength, and tell after each strength how well."""
    for name, kind in KINDS.items():
        accuracies, examples = list[float](), list[NDArray[np.uint8]]()
        for number, strength in enumerate(kind.strengths):
            right = 0
            for part in _slices(subject):
                images = _inputs(subject, part)
                with computing():
                    changed = distorted(name, images, strength, [number, part.start])
                    rows = changed.reshape(len(changed), -1)
                    guesses = subject.network.probabilities(rows).argmax(axis=1)
                right += int((guesses == subject.test.labels[part]).sum())
                if part.start == 0:
                    example = np.rint(255 * np.clip(changed[0], 0, 1)).astype(np.uint8)
                yield []
            accuracies.append(right / min(SAMPLE, len(subject.test)))
            examples.append(example)
            yield [_told(name, subject, accuracies, examples)]


def _slices(subject: Subject) -> Iterator[slice]:
    n, rows = min(SAMPLE, len(subject.test)), min(rows_at_once(subject.network), MOST_ROWS)
    for start in range(0, n, rows):
        yield slice(start, min(start + rows, n))


def _inputs(subject: Subject, part: slice) -> Array:
    """Test images as the network is given them: (N, height, width)."""
    return subject.inputs(subject.test.images[part]).reshape(-1, *subject.test.image_shape)


def _told(
    name: str, subject: Subject, accuracies: list[float], examples: list[NDArray[np.uint8]]
) -> Event:
    images = min(SAMPLE, len(subject.test))
    fields = {"kind": name, "kinds": list(KINDS), "images": images}
    arrays: Arrays = {
        "strengths": np.array(KINDS[name].strengths, np.float32),
        "accuracies": np.array(accuracies, np.float32),
        "examples": np.array(examples, np.uint8),
    }
    return Event("robustness", fields, arrays)
