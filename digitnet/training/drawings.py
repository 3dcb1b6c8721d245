"""The figures of a run: which there are, by the names of their files."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from digitnet.data import Distortions, Examples
from digitnet.data.distortions import STRENGTHS
from digitnet.report import figures
from digitnet.report.metrics import Report
from digitnet.training.outcome import kept_epoch
from digitnet.training.underway import Learned

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Drawings = dict[str, Callable[[], "Figure"]]
OF_THE_TEST = ("confusion-matrix.png", "class-scores.png", "mistakes.png")
HARDER = ("dropout", "mixup", "adversarial", *STRENGTHS)
"""Settings that make training harder than validation."""


def of_the_training(learned: Learned) -> Drawings:
    """How it went, if an epoch ended, and what the network looks for."""
    history, config = learned.history, learned.model.config
    harder = [name for name in HARDER if config[name]]
    drawings: Drawings = {}
    if history:
        drawings["learning-curves.png"] = partial(
            figures.learning_curves, history, learned.best_epoch, kept_epoch(learned), harder
        )
    drawings["first-layer.png"] = partial(figures.first_layer, learned.model, bool(history))
    return drawings


def of_the_test(report: Report, test: Examples) -> Drawings:
    """How well it reads."""
    worst = test.images[figures.worst_mistakes(report)]
    draw = (
        partial(figures.confusion_matrix, report),
        partial(figures.class_scores, report),
        partial(figures.shown_mistakes, worst, report),
    )
    return dict(zip(OF_THE_TEST, draw, strict=True))


def of_the_distortions(distort: Distortions, samples: NDArray[np.float32]) -> Drawings:
    """What becomes of some images while it learns, if they are distorted."""
    draw = partial(figures.distortions, samples, distort)
    return {"distortions.png": draw} if distort else {}
