"""Who runs in benchmarks/speedrun.py, and by what recipe: programs, variables, settings."""

import importlib.util
import os
from dataclasses import dataclass, field, replace
from typing import Any

from speed import SLOWING

from digitnet.training.recipes import RECIPES
from digitnet.training.settings import Settings

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
ONE_FOR_XLA = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
COMPILED = {"RACER_COMPILED": "1"}
CACHES = ("JAX_COMPILATION_CACHE_DIR", "TORCHINDUCTOR_CACHE_DIR")
JAX_KEEPS_ALL = {
    "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
    "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
}
COMMAND = "command"


@dataclass(frozen=True)
class Contestant:
    """A program of benchmarks/racers, and how it is started.

    recipe: whose recipe it has, where that is not ours.   needs: a package.
    keeps: whether what was compiled in earlier runs is there.   most: seeds, where that is enough.
    threads: of its libraries; None for as many as they take.
    """

    name: str
    title: str
    module: str
    recipe: str = "ours"
    needs: str = "numpy"
    variables: dict[str, str] = field(default_factory=dict)
    keeps: bool = False
    most: int | None = None
    threads: int | None = None

    def environment(self, cache: str) -> dict[str, str]:
        """The variables of its process; what it compiles goes into the folder `cache`."""
        own = {name: value for name, value in os.environ.items() if name not in SLOWING}
        own.pop("XLA_FLAGS", None)
        if self.threads:
            own |= dict.fromkeys(THREADS, str(self.threads))
        if self.threads == 1:
            own["XLA_FLAGS"] = ONE_FOR_XLA
        if self.keeps:
            own |= JAX_KEEPS_ALL
        return own | dict.fromkeys(CACHES if self.keeps else CACHES[1:], cache) | self.variables


FIELD = (
    Contestant("ours", "digitnet", "ours"),
    Contestant(COMMAND, "digitnet, `python main.py` with its figures", COMMAND),
    Contestant("pytorch", "PyTorch, eager loop", "pytorch", needs="torch"),
    Contestant(
        "pytorch_compiled",
        "PyTorch, compiled in the run",
        "pytorch",
        needs="torch",
        variables=COMPILED,
        most=5,
    ),
    Contestant(
        "pytorch_again",
        "PyTorch, compiled in an earlier run",
        "pytorch",
        needs="torch",
        variables=COMPILED,
        keeps=True,
        most=5,
    ),
    Contestant("jax", "JAX, compiled in the run", "jax_scan", needs="jax"),
    Contestant("jax_again", "JAX, compiled in an earlier run", "jax_scan", needs="jax", keeps=True),
    Contestant("scikit_learn", "scikit-learn", "scikit_learn", "scikit_learn", needs="sklearn"),
    Contestant("textbook", "the textbook network", "textbook", "textbook"),
)
NAMES = [contestant.name for contestant in FIELD]


def contestant_of(text: str) -> Contestant:
    """By its name, or by name and threads as in pytorch@1. Raises ValueError."""
    name, _, threads = text.partition("@")
    (found,) = (each for each in FIELD if each.name == name)
    if not threads:
        return found
    title = f"{found.title}, {threads} thread{'s' * (threads != '1')}"
    return replace(found, name=text, title=title, threads=int(threads))


def absent(contestant: Contestant) -> str:
    """Why it cannot run here, or nothing."""
    if importlib.util.find_spec(contestant.needs):
        return ""
    return f"{contestant.needs} is not installed"


TARGETS: dict[str, dict[str, dict[str, Any]]] = {
    "98": {
        "ours": RECIPES["sprint98"],
        "scikit_learn": {
            "oriented_gradients": True,
            "hidden_layer_sizes": (32,),
            "optimizer": "adam",
            "learning_rate": 0.005,
            "schedule": "constant",
            "batch_size": 128,
            "epochs": 3,
            "weight_decay": 0.0,
        },
        "textbook": {
            "deskew": True,
            "learning_rate": 0.3,
            "epochs": 8,
            "momentum": 0.0,
            "weight_decay": 0.0,
        },
    },
    "99": {"ours": RECIPES["sprint99"]},
    "99.5": {"ours": RECIPES["sprint99.5"]},
}
"""For each target, in per cent: the recipe of ours and of all that have none of their own."""


def settings_of(target: str, contestant: Contestant, seed: int) -> dict[str, Any]:
    """The settings by which a contestant tries to reach a target, learning from all images.

    One that has a recipe for an easier target alone tries with that: it knows no better.
    """
    easier = [each for each in TARGETS if float(each) <= float(target)]
    recipe = next(
        TARGETS[each][contestant.recipe]
        for each in sorted(easier, key=float, reverse=True)
        if contestant.recipe in TARGETS[each]
    )
    settings = Settings(**(recipe | {"seed": seed, "validation_fraction": 0.0})).as_dict()
    settings |= {"threads": contestant.threads} if contestant.threads else {}
    return settings


def chosen(settings: dict[str, Any]) -> list[str]:
    """The settings that a contestant must not pass over: those that the recipe gives."""
    unchosen = Settings(optimizer=settings["optimizer"]).as_dict()
    of_the_race = {"seed", "threads", "validation_fraction"}
    return [
        name
        for name, value in unchosen.items()
        if name not in of_the_race and settings[name] != value
    ]
