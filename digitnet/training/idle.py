"""Idle: settings that were given, and that change nothing beside the others, or undo all."""

from collections.abc import Collection

from digitnet.training.build import build_distortions
from digitnet.training.settings import Settings


def idle(settings: Settings, given: Collection[str]) -> dict[str, str]:
    """Of the settings that were given, by name, those that change nothing, and why.

    And a warm-up that outlasts the training, of which little is left.
    """
    told = {name: f"changes nothing: {why}" for name, why in _why_idle(settings).items()}
    if settings.warmup >= settings.epochs > 0:
        told["warmup"] = (
            f"outlasts the training of {settings.epochs} epochs: the learning rate rises to "
            f"{settings.epochs / settings.warmup:.2g} of its height"
        )
    return {name: told[name] for name in given if name in told}


def _why_idle(settings: Settings) -> dict[str, str]:
    """All settings that change nothing."""
    why: dict[str, str] = {}
    if settings.schedule != "step":
        reason = f"the schedule is {settings.schedule}, not step"
        why |= {"decay_every": reason, "decay_factor": reason}
    elif settings.decay_every >= settings.epochs:
        why["decay_every"] = f"the training ends after {settings.epochs} epochs, before the cut"
    if settings.optimizer != "adam":
        why["beta2"] = f"the optimizer is {settings.optimizer}, not adam"
    if not settings.elastic:
        why["smoothness"] = "there is no elastic distortion"
    if not build_distortions(settings):
        why["fade"] = "there are no distortions"
    if not settings.hidden_layer_sizes:
        reason = "there are no hidden layers"
        why |= {"activation": reason, "dropout": reason, "batch_norm": reason}
    return why
