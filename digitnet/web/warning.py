"""Warnings: what goes wrong with a training, why, and what to try, as events.

An offer is a setting and a value for it, which the page makes a button of. Where offers help only a
training that begins again, as no setting brings back what is lost, the event says so.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from digitnet.languages import mark, tr, translated
from digitnet.nn import Diverged, Epoch
from digitnet.training.diagnosis import Diagnosis
from digitnet.training.options import LEARNING_RATES
from digitnet.training.settings import Settings, SettingsError
from digitnet.web.messages import Event

MOST_STUCK = 0.4
"""Share of a layer's units that may do nothing before it is told."""
WELL = 0.6
"""The accuracy from which on a network had learned, whatever became of it."""
FAR = 10
"""Rates so many times the usual one are not made a little lower, but the usual one."""
LOST = ("dead", "saturated", "nearly 0", "the same of every image")
"""Words of a diagnosis for what no change of settings brings back."""
LABELS = {
    "learning_rate": mark("learning rate"),
    "warmup": mark("warm-up, epochs"),
    "initializer": mark("first weights"),
    "batch_norm": mark("batch normalisation"),
    "activation": mark("activation"),
    "hidden_layer_sizes": mark("hidden layers"),
    "dropout": mark("dropout"),
    "weight_decay": mark("weight decay"),
    "epochs": mark("stop after epoch"),
}
"""Settings that are offered, as the page calls them."""
WORDS = {"relu": "ReLU", "leaky_relu": "leaky ReLU", None: mark("fitting the activation")}
OTHER = ("initializer", "")
NOTHING = mark(
    "The network has learned nothing: after epoch {epoch} it reads {recall:.0f} % of the held-out "
    "images; guessing would read {chance:.0f} %."
)
LITTLE = mark(
    "The network has learned little: after epoch {epoch} it reads {recall:.0f} % of the held-out "
    "images; guessing would read {chance:.0f} %."
)
DOING_NOTHING = mark(
    "All {total} units of hidden layer {layer} have the same weights: {n} of them do nothing."
)
SAYING_THE_SAME = mark(
    "All {total} units of hidden layer {layer} have the same weights, and say the same of an image."
)
DEAD_AT_FIRST = mark(
    "Dead from the start: {n} of {total} of hidden layer {layer} say nothing of images."
)
SATURATED_AT_FIRST = mark(
    "Saturated from the start: {n} of {total} of hidden layer {layer} say nothing of images."
)
SATURATED = mark(
    "Units are saturated: {n} of {total} of hidden layer {layer} say the same of every image."
)

Advice = Sequence[tuple[str, str]]
"""Names of settings, and what to do about each in words."""


def about_failure(failure: Diverged, n_epochs: int, settings: Settings) -> list[Event]:
    """The loss has run away. n_epochs: those that were over before."""
    if "mean loss" in failure.reason:
        seen = tr("its mean loss rose above ten times that of guessing")
    else:
        seen = tr("its numbers grew until they were too large to compute with")
    first = tr("What was learned in the last whole epoch is back.")
    back = first if n_epochs else tr("The first weights are back.")
    advice = [("learning_rate", "lower")]
    if settings.highest_learning_rate <= FAR * LEARNING_RATES[settings.optimizer]:
        advice.append(("warmup", ""))  # beyond that it only puts the end off
    return [
        _warning(
            tr("The training diverged in epoch {epoch}: {seen}.", epoch=failure.epoch, seen=seen),
            tr("Steps were so long that they jumped over the valley, each time further.")
            + f" {back}",
            advice,
            settings,
            restart=True,
        )
    ]


def about_learning(
    diagnosis: Diagnosis | None, history: Sequence[Epoch], settings: Settings
) -> list[Event]:
    """The network reads no better than somebody who guesses, or not much.

    history: of all epochs so far, of which an earlier one may have read well.
    """
    if diagnosis is None:
        return []
    epoch = history[-1].epoch if history else 0
    told = {
        "epoch": epoch,
        "recall": 100 * diagnosis.recall,
        "chance": 100 * diagnosis.chance,
    }
    found = [str(translated(each)) for each in diagnosis.seen]
    seen = " ".join(f"{each[0].upper()}{each[1:]}." for each in found)
    before = [each for each in history if each.validation_accuracy >= WELL]
    if before:
        best = max(before, key=lambda each: each.validation_accuracy)
        what = tr(
            "It had learned and has lost it: after epoch {best} it read {read:.0f} %, after epoch "
            "{epoch} it reads {recall:.0f} % of the held-out images; guessing would read "
            "{chance:.0f} %.",
            best=best.epoch,
            read=100 * best.validation_accuracy,
            **told,
        )
        why = tr("The learning rate is too high: a step went so far that it undid the others.")
        why = f"{why} {seen}"
        advice = [("learning_rate", "lower"), ("warmup", ""), *diagnosis.advice]
        return [_warning(what, why.strip(), advice, settings, restart=True)]
    what = tr(NOTHING if diagnosis.nothing else LITTLE, **told)
    lost = any(word in each for each in diagnosis.seen for word in LOST)
    return [
        _warning(what, seen or tr("So far, at least."), diagnosis.advice, settings, restart=lost)
    ]


def about_units(number: int, layer: dict[str, Any], settings: Settings) -> list[Event]:
    """Units of a hidden layer that pass no gradient for any image, or are all alike; [] if few are.

    layer: what is known of it. units: how many. dead, saturated: shares. at_first: the share of
    either before the first step. alike: whether all of them have the same weights.
    """
    stuck = max(layer["dead"], layer["saturated"])
    if stuck <= MOST_STUCK and not layer["alike"]:
        return []
    is_dead, n = layer["dead"] > MOST_STUCK, round(stuck * layer["units"])
    told = {"n": n, "total": layer["units"], "layer": number}
    begin = [OTHER, ("batch_norm", "")] if settings.initializer else [("batch_norm", "")]
    if layer["alike"]:
        what = tr(DOING_NOTHING if stuck > MOST_STUCK else SAYING_THE_SAME, **told)
        why = tr("Units that begin alike get the same gradient, or none, and can never differ.")
        advice = [OTHER if settings.initializer else ("weight_decay", "")]
    elif layer["at_first"] > MOST_STUCK:
        what = tr(DEAD_AT_FIRST if is_dead else SATURATED_AT_FIRST, **told)
        why = tr("It is the first weights: there the activation is flat, and no gradient passes.")
        advice = [*begin, ("activation", "leaky_relu"), ("activation", "relu")]
    elif is_dead:
        what = tr("Units died: {n} of {total} of hidden layer {layer} never answer.", **told)
        why = tr(
            "A step pushed them below zero for every image; there ReLU is flat, so no gradient "
            "brings them back, and no setting either."
        )
        advice = [("learning_rate", "lower"), ("activation", "leaky_relu")]
    else:
        what = tr(SATURATED, **told)
        why = tr(
            "Their inputs are so large that the activation is flat: no gradient passes, and no "
            "setting brings them back."
        )
        advice = [("learning_rate", "lower"), ("activation", "relu")]
    return [_warning(what, why, advice, settings, restart=True)]


def _warning(what: str, why: str, advice: Advice, settings: Settings, *, restart: bool) -> Event:
    """The event. restart: whether what is offered helps only from the start."""
    offers = [offer for name, words in advice if (offer := _offer(name, words, settings, restart))]
    once = {(offer["setting"], str(offer["value"])): offer for offer in offers}
    if not once:
        why += tr(
            " No setting mends this: see whether the images and their labels belong together."
        )
    fields = {"what": what, "why": why, "offers": list(once.values()), "restart": restart}
    return Event("warning", fields)


def _offer(name: str, words: str, settings: Settings, restart: bool) -> dict[str, Any] | None:
    """A setting with another value, and what that is in words; None where there is none better."""
    if name not in LABELS:
        return None
    value = _better(name, words, settings)
    if value == getattr(settings, name) or not _fits(name, value, settings):
        return None
    before = settings.as_dict()[name]
    label = tr(LABELS[name])
    if not restart:
        label = label[0].upper() + label[1:]
    sentence = f"{label} {_in_words(before)} \u2192 {_in_words(value)}"
    sentence = tr("Start again with {setting}", setting=sentence) if restart else sentence
    return {"setting": name, "before": before, "value": value, "sentence": sentence}


def _fits(name: str, value: Any, settings: Settings) -> bool:
    """Whether the others go together with this value."""
    try:
        replace(settings, **{name: value})
    except SettingsError:
        return False
    return True


def _better(name: str, words: str, settings: Settings) -> Any:
    if name == "learning_rate":
        return _better_rate("higher" in words, settings)
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
        "initializer": None,
    }
    return values[name]


def _better_rate(higher: bool, settings: Settings) -> float:
    """Three times as high or low; the usual one where it is far from that."""
    rate, usual = settings.highest_learning_rate, LEARNING_RATES[settings.optimizer]
    if rate < usual / FAR if higher else rate > usual * FAR:
        return usual
    return float(f"{3 * rate if higher else 0.3 * rate:.1g}")


def _in_words(value: Any) -> str:
    if isinstance(value, bool):
        return tr("on") if value else tr("off")
    values = value if isinstance(value, tuple) else (value,)
    return ", ".join(
        f"{each:g}" if isinstance(each, float) else tr(WORDS.get(each, str(each)))
        for each in values
    )
