"""Evaluate: how well a network reads the test images, or the drawings that were kept."""

import io
from collections.abc import Iterator
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitnet.data import Examples
from digitnet.errors import DigitnetError
from digitnet.languages import tr
from digitnet.report.counts import (
    THRESHOLDS,
    by_threshold,
    class_scores,
    confusion,
    mean_loss,
    reliability,
)
from digitnet.web.kept import Kept
from digitnet.web.messages import Arrays, Event
from digitnet.web.subject import Judged, Subject

BETWEEN_S = 0.25
"""Between two events that tell how far it is."""
AT_ONCE = 60
"""Images that are shown together."""


def kept_of(kept: Kept, subject: Subject) -> Judged:
    """What a network says of the drawings that are kept now.

    Raises DigitnetError if there are none, or they are not for this network.
    """
    subject.check()
    with np.load(io.BytesIO(kept.as_file())) as archive:
        images, names = archive["x_train"], archive["y_train"]
    classes = subject.model.classes
    if images.shape[1:] != subject.model.image_shape or not {str(n) for n in names} <= set(classes):
        raise DigitnetError(
            tr("the kept drawings are of digits in 28×28 pixels, this network is not")
        )
    labels = np.array([classes.index(str(name)) for name in names], np.uint8)
    now, before = Examples(images, labels), subject.judged.get("kept")
    if before is None or not _alike(before.examples, now):
        before = subject.judged["kept"] = Judged(subject, now)
    return before


def _alike(before: Examples, now: Examples) -> bool:
    return np.array_equal(before.images, now.images) and np.array_equal(before.labels, now.labels)


def evaluating(of: str, judged: Judged, classes: tuple[str, ...]) -> Iterator[list[Event]]:
    """Look at all images, and tell how far it is now and then, and at the end."""
    due = perf_counter() + BETWEEN_S
    while not judged.done:
        judged.go_on()
        is_due = perf_counter() >= due
        if is_due:
            due = perf_counter() + BETWEEN_S
        yield [evaluation(of, judged, classes)] if is_due and not judged.done else []
    yield [evaluation(of, judged, classes)]


def evaluation(of: str, judged: Judged, classes: tuple[str, ...]) -> Event:
    """The metrics of what has been looked at so far."""
    probabilities, labels = judged.so_far()
    matrix = confusion(labels, probabilities.argmax(axis=1), len(classes))
    scores, calibration = class_scores(matrix), reliability(probabilities, labels)
    threshold = by_threshold(probabilities, labels)
    there = scores[matrix.sum(axis=1) > 0]
    right = int(np.trace(matrix))
    fields: dict[str, Any] = {
        "of": of,
        "images": judged.n,
        "total": len(judged.examples),
        "right": right,
        "accuracy": right / judged.n,
        "loss": mean_loss(probabilities, labels),
        "macro": [float(each) for each in there.mean(axis=0)],
        "calibration_error": calibration.error,
        "classes": list(classes),
    }
    arrays: Arrays = {
        "matrix": matrix,
        "scores": scores.astype(np.float32),
        "support": matrix.sum(axis=1).astype(np.int32),
        "thresholds": THRESHOLDS,
        "answered": threshold.answered,
        "coverage": threshold.coverage,
        "accuracies": threshold.accuracy,
        "bin_counts": calibration.counts,
        "bin_confidence": calibration.confidence.astype(np.float32),
        "bin_accuracy": calibration.accuracy.astype(np.float32),
    }
    return Event("evaluation", fields, arrays)


def in_a_cell(judged: Judged, label: int | None, prediction: int | None) -> NDArray[np.intp]:
    """The numbers of the images of one class that are taken for another, the surest first.

    None stands for any class of which an image is read wrong, or for any that it is taken for.
    """
    probabilities, labels = judged.so_far()
    n_classes = probabilities.shape[1]
    if max(label or 0, prediction or 0) >= n_classes:
        raise DigitnetError(f"expected one of {n_classes} classes")
    predictions = probabilities.argmax(axis=1)
    there = np.ones(len(labels), bool)
    if label is None or prediction is None:
        there = predictions != labels
    if label is not None:
        there = there & (labels == label)
    if prediction is not None:
        there = there & (predictions == prediction)
    return _by_confidence(probabilities, np.flatnonzero(there), -1)


def doubtful(judged: Judged, below: float) -> NDArray[np.intp]:
    """The numbers of the images of which it is less sure than that, the least sure first."""
    probabilities, _ = judged.so_far()
    there = np.flatnonzero(probabilities.max(axis=1) < np.float32(below))
    return _by_confidence(probabilities, there, 1)


def _by_confidence(
    probabilities: NDArray[np.floating], numbers: NDArray[np.intp], sign: int
) -> NDArray[np.intp]:
    order = np.argsort(sign * probabilities[numbers].max(axis=1), kind="stable")
    chosen: NDArray[np.intp] = numbers[order]
    return chosen


def opened(
    judged: Judged,
    numbers: NDArray[np.intp],
    classes: tuple[str, ...],
    first: int,
    asked: dict[str, Any],
) -> Event:
    """Some of these images, from the first on, with what they are taken for.

    asked: the fields that say which they are.
    """
    shown = numbers[first : first + AT_ONCE]
    probabilities, labels = judged.so_far()
    taken_for = probabilities[shown].argmax(axis=1)
    listed = [
        {
            "number": int(number),
            "label": classes[labels[number]],
            "prediction": classes[guess],
            "confidence": float(probabilities[number, guess]),
        }
        for number, guess in zip(shown, taken_for, strict=True)
    ]
    fields = {**asked, "first": first, "count": len(numbers), "listed": listed}
    return Event("opened", fields, {"images": as_bytes(judged.examples.images[shown])})


def as_bytes(images: NDArray[Any]) -> NDArray[np.uint8]:
    """Images as they come (n, …), as bytes to be drawn."""
    if images.dtype == np.uint8:
        return images
    span = float(np.ptp(images)) if images.size else 1.0
    result: NDArray[np.uint8] = np.rint(
        255 * (images - images.min(initial=0)) / (span or 1.0)
    ).astype(np.uint8)
    return result
