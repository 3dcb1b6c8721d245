"""A Report as tables for the terminal."""

import math
from collections.abc import Iterator

from digitnet.report.metrics import Report, Scores
from digitnet.report.terminal import Table
from digitnet.text import NAME, plain


def report_tables(report: Report) -> Iterator[Table]:
    """Scores per class with their means, and the confusion matrix."""
    classes = [plain(name, NAME) for name in report.classes]
    yield Table(
        "Precision, recall and F1 per class (test set, %)",
        ("class", "precision", "recall", "F1", "images"),
        [
            *(
                _scores_row(name, scores)
                for name, scores in zip(classes, report.per_class, strict=True)
            ),
            _scores_row("macro mean", report.macro),
            _scores_row("weighted mean", report.weighted),
        ],
    )
    yield Table(
        "Confusion matrix (test set; row: true class, column: predicted)",
        ("", *classes),
        [
            (name, *(str(count) if count else "." for count in row))
            for name, row in zip(classes, report.confusion_matrix, strict=True)
        ],
    )


def _scores_row(name: str, scores: Scores) -> tuple[str, ...]:
    percents = (scores.precision, scores.recall, scores.f1)
    cells = ("-" if math.isnan(value) else f"{100 * value:.2f}" for value in percents)
    return (name, *cells, str(scores.support))
