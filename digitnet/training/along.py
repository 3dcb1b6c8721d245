"""What all ranks of a training do before they learn, and what all but the first do then."""

import warnings
from contextlib import AbstractContextManager, nullcontext

from digitnet.data import Dataset, Examples
from digitnet.training.across import LearningAcross
from digitnet.training.checkpoint import Checkpoint
from digitnet.training.interruption import Interruption
from digitnet.training.learning import follow
from digitnet.training.material import Material, Say, checksum, prepared
from digitnet.training.plan import Plan
from digitnet.training.ranks import MPIRanks
from digitnet.training.underway import Learning


def learning_of(
    plan: Plan,
    examples: Examples,
    held_out: Examples,
    classes: tuple[str, ...],
    ranks: MPIRanks | None,
) -> Learning:
    """The training of a plan, by one process or by several."""
    parts = (plan.settings, examples, held_out, classes, plan.begin, plan.epochs_before)
    return LearningAcross(ranks, *parts) if ranks else Learning(*parts)


def prepared_by_all(ranks: MPIRanks, plan: Plan, data: Dataset | None, say: Say) -> Material:
    """As `prepared`, on each rank. Raises DigitnetError if one has no data, or others."""
    made: list[Material] = []
    ranks.each(lambda: made.append(prepared(plan, data, say)))
    (material,) = made
    held_out = {"crc32 of what is held out": checksum(material.held_out)}
    ranks.check_same("data", material.about | held_out)
    return material


def together(ranks: MPIRanks | None, start: Checkpoint | None) -> AbstractContextManager[None]:
    """The time in which all ranks learn, from where rank 0 says; nothing where there are none."""
    if not ranks:
        return nullcontext()
    ranks.hand_on((start,))
    return ranks.learn()


def learn_along(ranks: MPIRanks) -> None:
    """Carry out the plan of rank 0 with it, without a word and without a file.

    Raises DigitnetError if any rank has no data, or others.
    """
    plan: Plan | None = ranks.handed_on()
    if plan is None:  # what was asked of rank 0 cannot be done
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # which rank 0 gives too
        ranks.places()
        material = prepared_by_all(ranks, plan, None, lambda _: None)
        begun: tuple[Checkpoint | None] | None = ranks.handed_on()
        if begun is None:
            return
        (start,) = begun
        with ranks.learn(), Interruption() as interruption:
            follow(
                learning_of(plan, material.examples, material.held_out, material.classes, ranks),
                should_stop=lambda: interruption.requested,
                start=start,
            )
