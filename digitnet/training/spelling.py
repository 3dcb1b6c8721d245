"""What somebody probably meant who wrote a name that there is not: "did you mean --epochs?"."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches

SYNONYMS: dict[str, str] = {
    **dict.fromkeys(("lr", "eta", "step-size", "rate", "learning-rate-init"), "learning-rate"),
    **dict.fromkeys(("batch", "bs", "batchsize", "minibatch", "mini-batch-size"), "batch-size"),
    **dict.fromkeys(
        ("layers", "hidden-layer-sizes", "hidden-layers", "hidden-units", "hidden-size"), "hidden"
    ),
    **dict.fromkeys(("units", "neurons", "arch", "architecture", "sizes"), "hidden"),
    **dict.fromkeys(("dataset", "data-dir", "data-path", "datadir", "input", "source"), "data"),
    **dict.fromkeys(("max-iter", "iterations", "iters", "num-epochs", "n-epochs"), "epochs"),
    **dict.fromkeys(("l2", "wd", "lambda", "lmbda", "reg", "alpha", "penalty"), "weight-decay"),
    **dict.fromkeys(("drop", "dropout-rate", "keep-prob"), "dropout"),
    **dict.fromkeys(("random-state", "random-seed", "rng"), "seed"),
    **dict.fromkeys(("output", "out", "output-dir", "outdir", "save", "save-dir"), "runs-dir"),
    **dict.fromkeys(("patience", "early-stop"), "early-stopping"),
    **dict.fromkeys(("val-split", "validation-split", "val", "valid"), "validation-fraction"),
    **dict.fromkeys(("solver", "optim", "opt"), "optimizer"),
    **dict.fromkeys(("scheduler", "lr-schedule", "decay"), "schedule"),
    **dict.fromkeys(("augment", "augmentation", "preset", "config"), "recipe"),
    **dict.fromkeys(("init", "weight-init", "kernel-initializer"), "initializer"),
    **dict.fromkeys(("num-threads", "jobs", "n-jobs", "workers", "cpus"), "threads"),
    **dict.fromkeys(("swa", "ema", "average"), "averaging"),
    **dict.fromkeys(("continue", "restart", "load"), "resume"),
    **dict.fromkeys(("model", "checkpoint", "weights"), "run"),
    **{"act": "activation", "bn": "batch-norm", "beta1": "momentum", "logistic": "sigmoid"},
    **{"hidden": "hidden-layer-sizes", "seed": "random-state"},  # as the classifier has them
    **{"fit": "train", "learn": "train", "test": "evaluate", "eval": "evaluate", "show": "info"},
}
"""Names that other programs have for what is here, with the name here; that may have another."""


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The one among the known names that was probably meant, or None.

    Case, underscores for hyphens, and dashes in front do not count.
    """
    plain: Mapping[str, str] = {_plain(each): each for each in known}
    wanted = _plain(name)
    synonym = SYNONYMS.get(wanted, wanted)
    for meant in (synonym, SYNONYMS.get(synonym, wanted)):
        if meant != wanted and meant in plain:
            return plain[meant]
    beginnings = [each for each in plain if len(wanted) > 1 and each.startswith(wanted)]
    if wanted not in plain and len(beginnings) == 1:
        return plain[beginnings[0]]
    close = get_close_matches(wanted, plain, n=1, cutoff=0.65)
    return plain[close[0]] if close else None


def suggestion(name: str, known: Iterable[str]) -> str:
    """ "; did you mean X?", or nothing."""
    meant = nearest(name, known)
    return f"; did you mean {meant}?" if meant else ""


def _plain(name: str) -> str:
    return name.strip().lower().lstrip("-").replace("_", "-")
