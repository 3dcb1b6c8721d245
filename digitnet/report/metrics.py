"""Evaluation: from predictions to a Report of the usual metrics, which scikit-learn computes."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitnet.accept.images import as_rows
from digitnet.accept.labels import as_labels, indices_among
from digitnet.data import Examples
from digitnet.data.parts import Part, labels_of
from digitnet.errors import DigitnetError, OptionError
from digitnet.model import Model
from digitnet.nn import Array
from digitnet.report.counts import calibration_error, mean_loss
from digitnet.text import listed


@dataclass(frozen=True)
class Scores:
    """Precision, recall and F1 as fractions, for one class or averaged over classes.

    precision: of what was read as this class, the share that is. recall: of what is this class,
    the share that was read so. f1: their harmonic mean. support: how many examples are. All three
    are NaN for a class without examples.
    """

    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True)
class Report:
    """How well a model reads a set of examples.

    confusion_matrix: (K, K) counts; row: the true class, column: the predicted one.
    macro: mean over the classes that have examples, each alike; weighted: each by its support.
    """

    classes: tuple[str, ...]
    labels: NDArray[np.integer[Any]]
    probabilities: Array
    accuracy: float
    per_class: tuple[Scores, ...]
    macro: Scores
    weighted: Scores
    confusion_matrix: NDArray[np.intp]

    def __repr__(self) -> str:
        return (
            f"Report({100 * self.accuracy:.2f} % of {len(self.labels):,} images read right, "
            f"{len(self.classes)} classes, mean F1 {100 * self.macro.f1:.2f} %)"
        )

    def _repr_html_(self) -> str:
        """The scores of each class as a table, for notebooks."""
        means = [("macro mean", self.macro), ("weighted mean", self.weighted)]
        rows = "".join(
            f"<tr><th>{escape(name)}</th>"
            + "".join(f"<td>{100 * value:.2f}</td>" for value in (s.precision, s.recall, s.f1))
            + f"<td>{s.support}</td></tr>"
            for name, s in [*zip(self.classes, self.per_class, strict=True), *means]
        )
        heads = ("class", "precision", "recall", "F1", "images")
        head = "".join(f"<th>{name}</th>" for name in heads)
        return (
            f"<table><caption>{self.summary()}; scores in %</caption><tr>{head}</tr>{rows}</table>"
        )

    @property
    def predictions(self) -> NDArray[np.intp]:
        """The index of the most probable class of each example: (N,)."""
        predictions: NDArray[np.intp] = self.probabilities.argmax(axis=1)
        return predictions

    @property
    def n_errors(self) -> int:
        """How many examples were read wrong."""
        return int(np.count_nonzero(self.predictions != self.labels))

    def summary(self) -> str:
        """The accuracy in one line."""
        return (
            f"Test accuracy: {100 * self.accuracy:.2f} % "
            f"({self.n_errors} errors in {len(self.labels)} images)"
        )

    def how_sure(self) -> str:
        """How far its probabilities can be believed, in one line."""
        error = 100 * calibration_error(self.probabilities, self.labels)
        loss = mean_loss(self.probabilities, self.labels)
        return f"Calibration error: {error:.2f} %, mean cross-entropy {loss:.4f}"

    def as_dict(self) -> dict[str, Any]:
        """The metrics as JSON takes them, fractions and counts; null where there is none."""
        return {
            "accuracy": self.accuracy,
            "errors": self.n_errors,
            "images": len(self.labels),
            "loss": mean_loss(self.probabilities, self.labels),
            "calibration_error": calibration_error(self.probabilities, self.labels),
            "macro": vars(self.macro),
            "weighted": vars(self.weighted),
            "per_class": {
                name: {
                    key: None if math.isnan(value) else value for key, value in vars(scores).items()
                }
                for name, scores in zip(self.classes, self.per_class, strict=True)
            },
            "confusion_matrix": self.confusion_matrix.tolist(),
        }


def most_confident_mistakes(
    probabilities: Array, labels: NDArray[np.integer[Any]]
) -> NDArray[np.intp]:
    """The numbers of the examples that are read wrong, the highest probability first.

    probabilities: (N, K). labels: (N,), indices of classes.
    """
    wrong: NDArray[np.intp] = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    return wrong[np.argsort(-probabilities[wrong].max(axis=1), kind="stable")]


def evaluate_model(model: Model, examples: Examples, *, views: int = 1) -> Report:
    """Let the model read the examples, and compare with their labels. views: see predict_proba."""
    p = model.predict_proba(examples.images, views=views)
    return report(p, examples.labels, model.classes)


def evaluate_part(
    model: Model, part: Part, name: str, names: Mapping[str, str], *, views: int = 1
) -> Report:
    """Let the model read what a source holds: any number of images, of any of its classes.

    names: how the source calls its labels. Classes are matched by name, in whatever order. views:
    see predict_proba.
    Raises DigitnetError if the images or labels cannot be used or a label is none of the classes.
    """
    labels = labels_of(part, name)
    rows = as_rows(part.images, model.image_shape)
    if not len(rows):
        raise DigitnetError(f"{name}: expected images to evaluate, got none")
    indices, unknown = indices_among(model.classes, as_labels(labels, len(rows), name), names)
    if unknown:
        problem = f"this model knows the classes {listed(model.classes)}, got {listed(unknown)}"
        raise OptionError.of("data", problem)
    return report(model.predict_proba(rows, views=views), indices, model.classes)


def report(
    probabilities: Array, labels: NDArray[np.integer[Any]], classes: tuple[str, ...]
) -> Report:
    """The metrics of probabilities (N, K) against the true class indices (N,).

    A class that has examples, but is never predicted, has precision 0.
    """
    from sklearn.metrics import accuracy_score, confusion_matrix, precision_recall_fscore_support

    predictions = probabilities.argmax(axis=1)
    there = np.unique(labels)

    def scores(average: str | None) -> Any:
        return precision_recall_fscore_support(
            labels, predictions, labels=there, average=average, zero_division=0
        )

    def mean(average: str) -> Scores:
        precision, recall, f1, _ = scores(average)
        return Scores(float(precision), float(recall), float(f1), len(labels))

    per_class = [Scores(math.nan, math.nan, math.nan, 0) for _ in classes]
    for index, precision, recall, f1, support in zip(there, *scores(None), strict=True):
        per_class[index] = Scores(float(precision), float(recall), float(f1), int(support))
    return Report(
        classes=classes,
        labels=labels,
        probabilities=probabilities,
        accuracy=float(accuracy_score(labels, predictions)),
        per_class=tuple(per_class),
        macro=mean("macro"),
        weighted=mean("weighted"),
        confusion_matrix=confusion_matrix(labels, predictions, labels=range(len(classes))),
    )
