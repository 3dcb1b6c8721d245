"""Preview: some digits, and what a training would make of them."""

import numpy as np

from digitnet.data import Examples
from digitnet.training.build import build_distortions
from digitnet.training.settings import Settings
from digitnet.web.messages import Event

N_DIGITS = 8


def preview(examples: Examples, settings: Settings) -> Event:
    """The first digits before and after distortion, as an event."""
    before = examples.images[:N_DIGITS]
    after = before.astype(np.float32)
    distort = build_distortions(settings)
    if distort:
        distort(after, np.random.default_rng(settings.seed))
    arrays = {
        "before": before.astype(np.uint8),
        "after": np.clip(np.rint(after), 0, 255).astype(np.uint8),
    }
    return Event("preview", {}, arrays)
