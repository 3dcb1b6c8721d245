"""The trials of a sweep: one training at a time, by as many processes as there are, up to a number.

A trial is done if its training went to its end, was pruned because it lagged behind, or diverged.
"""

import time
from collections.abc import Callable

from digitnet.sweep.study import Material, Sweep, finished, open_study, running
from digitnet.sweep.trial import NotNeededError, Training
from digitnet.workers import Workers

LOOKS_EVERY_S = 0.5
TAKEN = "Cannot tell a FAIL trial"
"""What Optuna says if a process was silent for so long, perhaps stopped by Ctrl-Z, that others have
taken its trial for that of a killed one."""


def carry_out(
    sweep: Sweep, material: Material, workers: Workers, say: Callable[[str], None]
) -> None:
    """Train until so many trials are done, by whomever. say: is told of each that is done here."""
    waiting = False
    with open_study(sweep) as study:
        while (n_left := sweep.n_trials - len(finished(study))) > 0:
            room = n_left - len(running(study))
            if room > 0:
                for told in workers.each(one_trial, range(room), sweep, material):
                    if told:
                        say(told)
                continue
            if not waiting:
                say("Waiting for trials that other processes train, or have left behind.")
            waiting = True
            time.sleep(LOOKS_EVERY_S)


def one_trial(_: int, sweep: Sweep, material: Material) -> str | None:
    """Train one network, if one is left to be; returns what came of it, in a sentence."""
    with open_study(sweep) as study:
        if len(finished(study)) + len(running(study)) >= sweep.n_trials:
            return None
        training = Training(sweep, material)
        try:
            study.optimize(training, n_trials=1, catch=NotNeededError)
        except ValueError as error:
            if not str(error).startswith(TAKEN):
                raise
            return None
        return training.told and f"{training.told} [{len(finished(study))} of {sweep.n_trials}]"
