"""Standing: how far a training is, and what may be the matter with it."""

from itertools import pairwise
from typing import Any

from digitnet.model import Model
from digitnet.nn.records import Progress
from digitnet.training.diagnosis import diagnose
from digitnet.training.settings import Settings
from digitnet.training.state import Ending
from digitnet.training.underway import Learned, Learning
from digitnet.web.messages import Event
from digitnet.web.warning import about_learning


def standing(
    settings: Settings,
    progress: Progress | None,
    sizes: list[int],
    n_parameters: int | None,
    n_steps: int,
    more: dict[str, Any],
) -> Event:
    """Where a training stands, as an event.

    progress: None if nothing has been learned. sizes: of the layers. n_parameters: of the network,
    None if there is none so far. n_steps: in an epoch. more: further fields.
    """
    return Event(
        "training",
        {
            **more,
            "settings": settings.as_dict(),
            "sizes": sizes,
            "parameters": n_parameters or sum((i + 1) * o for i, o in pairwise(sizes)),
            "epoch": min(progress.epoch, settings.epochs) if progress else 1,
            "step": progress.step if progress else 0,
            "steps": n_steps,
        },
    )


def about_so_far(learning: Learning, model: Model, settings: Settings) -> list[Event]:
    """What may be the matter after an epoch that reads poorly, as warnings; [] if nothing is.

    model: with the network as it is now, not as it was at its best.
    """
    history = learning.state.history
    so_far = Learned(
        model, learning.network, history, learning.state.best.epoch, Ending.INTERRUPTED, None
    )
    diagnosis = diagnose(so_far, learning.held_out, learning.examples)
    return about_learning(diagnosis, history, settings)
