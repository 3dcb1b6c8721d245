"""Stages: a step that was traced, as the event `walked` tells it.

The stages are the sections of `digitnet explain`, with their numbers as they are written there; the
arrays are what the picture is drawn from.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from digitnet.model import Model, layer_sizes
from digitnet.nn import Array
from digitnet.teach.explain import StepTrace
from digitnet.teach.pages import Asked, Followed, Section, contributions, sections
from digitnet.web.messages import Arrays, Event

MOST_SHOWN = 16
"""Units of a layer that are shown: those that learn most from the image."""
OPTION = " (--learning-rate)"
"""Of the command line; here it is a slider."""


class ByRate(NamedTuple):
    """The loss after the step, for each of many learning rates.

    losses: of the image. others: the mean of n_others images besides; none if n_others is 0.
    change: theirs before the step, and after it with the learning rate that was chosen.
    """

    rates: Array
    losses: Array
    others: Array
    n_others: int
    change: list[float]


def told(
    fields: dict[str, Any],
    model: Model,
    trace: StepTrace,
    unit: int,
    asked: Asked,
    by_rate: ByRate,
) -> Event:
    """The step as an event. fields: of it, that are known. unit: of the first layer, to follow."""
    followed = Followed(trace, model.classes, model.image_shape, unit, asked)
    parts = sections(trace, model.classes, model.image_shape, unit, asked)
    shown = _shown(trace, unit, followed)
    fields |= {
        "sizes": [int(size) for size in layer_sizes(model.network).split("-")],
        "activations": [
            type(each.activation.layer).__name__ for each in trace.blocks if each.activation
        ],
        "parameters": model.network.params.size,
        "classes": list(model.classes),
        "shape": list(model.image_shape),
        "target": trace.true_class,
        "stages": _stages(trace, parts),
        "shown": [each.tolist() for each in shown],
        "followed": [unit, *followed.units[1:]],
        "pixel": followed.pixel,
        "logit": trace.true_class if asked.logit is None else asked.logit,
        "blamed": followed.k,
        "rate": trace.learning_rate,
        "loss": trace.loss,
        "loss_after": trace.loss_after,
        "others": by_rate.n_others,
        "others_change": by_rate.change,
    }
    arrays = _images(trace, model.image_shape, unit, shown[0]) | _units(trace, shown)
    arrays |= {
        "rates": by_rate.rates,
        "losses": by_rate.losses,
        "other_losses": by_rate.others,
    }
    with np.errstate(over="ignore", invalid="ignore"):  # what is beyond float32 is infinite
        single = {name: each.astype(np.float32) for name, each in arrays.items()}
    return Event("walked", fields, single)


def _shown(trace: StepTrace, unit: int, followed: Followed) -> list[NDArray[np.intp]]:
    """Which units of each layer, in their order, the classes last."""
    always = [{unit}, *({each} for each in followed.units[1:])]
    always += [set()] * (len(trace.dense) - len(always))
    always[-1] = always[-1] | {trace.true_class, int(trace.probabilities.argmax()), followed.k}
    chosen = []
    for dense, must in zip(trace.dense, always, strict=True):
        order = np.argsort(-np.abs(dense.dy), kind="stable").tolist()
        first = sorted(must) + [each for each in order if each not in must]
        chosen.append(np.sort(np.array(first[:MOST_SHOWN], np.intp)))
    return chosen


def _stages(trace: StepTrace, parts: list[Section]) -> list[dict[str, Any]]:
    hidden = range(len(trace.dense) - 1)
    top = len(hidden)
    kinds = [
        ("pixels", 0),
        *((kind, level) for level in hidden for kind in ("sum", "activation")),
        *((kind, top) for kind in ("logit", "softmax", "loss", "dlogits", "output")),
        *(("back", level) for level in reversed(hidden)),
        *([("input", 0)] if hidden else []),
        ("update", 0),
        ("effect", top),
    ]
    return [
        {"kind": kind, "level": level, **_described(part)}
        for (kind, level), part in zip(kinds, parts, strict=True)
    ]


def _described(part: Section) -> dict[str, Any]:
    return {
        "title": part.title,
        "formula": part.formula,
        "header": list(part.header),
        "rows": [list(row) for row in part.rows],
        "words": part.words.replace(OPTION, ""),
    }


def _images(trace: StepTrace, shape: tuple[int, int], unit: int, shown: NDArray[np.intp]) -> Arrays:
    """What has a number for each pixel: the image, and the weights of units of the first layer."""
    first = trace.dense[0]
    carried_after = first.x[:, None] * first.W_after
    arrays = (first.W, contributions(first), first.dW, first.W_after, carried_after)
    of_unit = [each[:, unit] for each in arrays]
    return {
        "pixels": trace.x.reshape(shape),
        "unit": np.array(of_unit).reshape(-1, *shape),
        "weights": first.W.T[shown].reshape(-1, *shape),
        "gradients": first.dW.T[shown].reshape(-1, *shape),
    }


def _units(trace: StepTrace, shown: list[NDArray[np.intp]]) -> Arrays:
    """What has a number for each unit that is shown, layer after layer, and for each line."""
    hidden = [each.activation for each in trace.blocks if each.activation]
    units, top = shown[:-1], shown[-1]

    def row(values: list[Array], some: list[NDArray[np.intp]]) -> Array:
        chosen = [each[which] for each, which in zip(values, some, strict=True)]
        return np.concatenate([np.zeros(0), *chosen])

    def lines(values: list[Array]) -> Array:
        chosen = [
            each[np.ix_(below, above)].ravel()
            for each, below, above in zip(values, units, shown[1:], strict=True)
        ]
        return np.concatenate([np.zeros(0), *chosen])

    return {
        "z": row([each.y for each in trace.dense], shown),
        "dz": row([each.dy for each in trace.dense], shown),
        "h": row([each.y for each in hidden], units),
        "dh": row([each.dy for each in hidden], units),
        "h_after": row([each.top.y_after for each in trace.blocks[:-1]], units),
        "carried_after": lines(
            [
                below.top.y_after[:, None] * above.dense.W_after
                for below, above in zip(trace.blocks, trace.blocks[1:], strict=False)
            ]
        ),
        "carried": lines([contributions(each) for each in trace.dense[1:]]),
        "line_gradients": lines([each.dW for each in trace.dense[1:]]),
        "returned": lines([each.W * each.dy for each in trace.dense[1:]]),
        "probabilities": trace.probabilities[top],
        "probabilities_after": trace.probabilities_after[top],
    }
