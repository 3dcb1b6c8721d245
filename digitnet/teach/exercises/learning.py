"""What is learned with a pupil's function: ten steps of gradient descent, and by heart."""

from __future__ import annotations

from typing import Any

import numpy as np

from digitnet.languages import mark, tr
from digitnet.nn import Array
from digitnet.teach.exercises.calling import call
from digitnet.teach.exercises.known import close
from digitnet.teach.exercises.parts import DESCENT, Arrays, Case, Exercise, Finding, Found, Function
from digitnet.teach.exercises.running import arrays_of, copied
from digitnet.teach.exercises.telling import number

N_STEPS = 10
LEARNING_RATE = 0.3
BEHAVIOUR = mark("behaviour")


def loss_after_ten_steps(exercise: Exercise, function: Function, given: dict[str, Any]) -> str:
    """Learn with the pupil's gradients, and with ours from the same start. Raises Found."""
    steps = tr(
        "in {n} steps on twenty images with learning rate {rate}", n=N_STEPS, rate=LEARNING_RATE
    )

    def yours(given: dict[str, Any]) -> Arrays:
        return call(exercise, function, Case(steps, given))

    reference = exercise.reference()
    losses = _descend(exercise, yours, given)
    right = _descend(exercise, lambda each: arrays_of(exercise, reference, each), given)
    if not close(losses, right):
        step = int(np.argmax(np.abs(losses - right) > 1e-6))
        raise Found(
            Finding(
                BEHAVIOUR,
                tr("the loss does not fall as it should {steps}", steps=steps),
                tr("a loss of {loss} at the end", loss=number(right[-1])),
                tr(
                    "{loss}; the first difference is at step {step}",
                    loss=number(losses[-1]),
                    step=step,
                ),
                tr(
                    "each call by itself was right: something is kept from call to call, or a size "
                    "is written as a number"
                ),
                DESCENT,
            )
        )
    return tr(
        "the loss falls from {before:.4f} to {after:.4f} {steps}",
        before=losses[0],
        after=losses[-1],
        steps=steps,
    )


def _descend(exercise: Exercise, step: Any, given: dict[str, Any]) -> Array:
    given = copied(given)
    losses = []
    for _ in range(N_STEPS):
        result = step(given)
        losses.append(float(result["loss"]))
        for output in exercise.outputs[1:]:
            given[output.slope_of] = given[output.slope_of] - LEARNING_RATE * result[output.name]
    return np.array([*losses, float(step(given)["loss"])])
