"""Warnings: what goes wrong with a training, why, and what to try, as events.

An offer is a setting and a value for it, which the page makes a button of.
"""

from dataclasses import replace
from typing import Any

from digitnet.nn import Diverged
from digitnet.training.diagnosis import Diagnosis
from digitnet.training.settings import Settings, SettingsError
from digitnet.web.messages import Event

MOST_STUCK = 0.4
"""Share of a layer's units that may do nothing before it is told."""


def about_failure(failure: Diverged, settings: Settings) -> list[Event]:
    """The loss has run away."""
    return [
        _warning(
            f"The training {failure}.",
            "Steps were so long that they jumped over the valley, each time further. What was "
            "learned in the last whole epoch is back.",
            [("learning_rate", "lower"), ("warmup", "")],
            settings,
        )
    ]


def about_learning(diagnosis: Diagnosis | None, settings: Settings) -> list[Event]:
    """The network reads no better than somebody who guesses, or not much."""
    if diagnosis is None:
        return []
    what = (
        f"The network has {diagnosis.verdict}: it reads {100 * diagnosis.recall:.0f} % of the "
        f"held-out images; guessing would read {100 * diagnosis.chance:.0f} %."
    )
    seen = " ".join(f"{each[0].upper()}{each[1:]}." for each in diagnosis.seen)
    return [_warning(what, seen or "So far, at least.", list(diagnosis.advice), settings)]


def about_units(number: int, layer: dict[str, Any], settings: Settings) -> list[Event]:
    """Many units of a hidden layer pass no gradient for any image; [] if they are few."""
    dead, saturated = round(layer["dead"] * layer["units"]), layer["saturated"] * layer["units"]
    if layer["dead"] > MOST_STUCK:
        what = f"Units died: {dead} of {layer['units']} of hidden layer {number} never answer."
        why = (
            "A step pushed them below zero for every image; there ReLU is flat, so no gradient "
            "brings them back."
        )
        advice = [("learning_rate", "lower"), ("activation", "leaky_relu")]
    elif layer["saturated"] > MOST_STUCK:
        what = (
            f"Units are saturated: {saturated:.0f} of {layer['units']} of hidden layer {number} "
            "say the same of every image."
        )
        why = "Their inputs are so large that the activation is flat, and no gradient passes."
        advice = [("learning_rate", "lower"), ("activation", "relu")]
    else:
        return []
    return [_warning(what, why, advice, settings)]


def _warning(what: str, why: str, advice: list[tuple[str, str]], settings: Settings) -> Event:
    offers = [offer for name, words in advice if (offer := _offer(name, words, settings))]
    return Event("warning", {"what": what, "why": why, "offers": offers})


def _offer(name: str, words: str, settings: Settings) -> dict[str, Any] | None:
    """A setting with another value, and what that is in words; None where there is none better."""
    value = _better(name, words, settings)
    if value is None or value == getattr(settings, name) or not _fits(name, value, settings):
        return None
    before = settings.as_dict()[name]
    sentence = (
        f"{name.replace('_', ' ').capitalize()} {_in_words(before)} \u2192 {_in_words(value)}"
    )
    return {"setting": name, "value": value, "sentence": sentence}


def _fits(name: str, value: Any, settings: Settings) -> bool:
    """Whether the others go together with this value."""
    try:
        replace(settings, **{name: value})
    except SettingsError:
        return False
    return True


def _better(name: str, words: str, settings: Settings) -> Any:
    rate = settings.highest_learning_rate
    if name == "learning_rate":
        return float(f"{3 * rate if 'higher' in words else 0.3 * rate:.1g}")
    if name == "hidden_layer_sizes":
        return settings.hidden_layer_sizes[:1]
    if name == "activation":
        return (next(each for each in ("leaky_relu", "relu") if each in f"{words} relu"),)
    values = {
        "dropout": settings.dropout / 2,
        "weight_decay": float(f"{settings.weight_decay / 10:.1g}"),
        "batch_norm": True,
        "warmup": 1.0,
        "epochs": 2 * settings.epochs,
    }
    return values.get(name)


def _in_words(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    values = value if isinstance(value, tuple) else (value,)
    return ", ".join(f"{each:g}" if isinstance(each, float) else str(each) for each in values)
