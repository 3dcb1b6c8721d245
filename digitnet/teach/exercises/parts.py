"""What an exercise is made of, and what a check answers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from digitnet.languages import current, language, mark, tr
from digitnet.nn import Array
from digitnet.teach.exercises.given import BETWEEN

Function = Callable[..., Any]
Arrays = dict[str, Array]

LETTERS = {
    "B": mark("images in the batch"),
    "N": mark("images"),
    "I": mark("inputs"),
    "H": mark("hidden units"),
    "O": mark("outputs"),
    "K": mark("classes"),
}
DERIVATIONS = "docs/derivations.md#"
IN_NUMBERS = DERIVATIONS + "0-a-network-of-two-two-and-two-in-numbers"
CHAIN_RULE = DERIVATIONS + "2-backpropagation-the-chain-rule-one-layer-at-a-time"
SOFTMAX = DERIVATIONS + "3-softmax-and-why-it-is-shifted"
CROSS_ENTROPY = DERIVATIONS + "4-cross-entropy-and-why-softmax-and-loss-together-give-p--t"
DENSE = DERIVATIONS + "5-the-dense-layer"
ACTIVATIONS = DERIVATIONS + "6-activations"
WEIGHT_DECAY = DERIVATIONS + "9-the-l2-penalty-as-weight-decay"
DESCENT = DERIVATIONS + "10-gradient-descent-momentum-nesterov-adam"
DIFFERENCES = DERIVATIONS + "11-central-differences-what-they-can-see-and-what-not"


@dataclass(frozen=True)
class Output:
    """One thing that the function returns.

    axes: a letter of LETTERS for each, "" for a number. slope_of: the argument that this is the
    gradient of the first output with respect to, "" if it is none.
    """

    name: str
    axes: str
    slope_of: str = ""
    derived: str = ""


@dataclass(frozen=True)
class Case:
    """Arguments to call the function with, by name and in order, and how to speak of them.

    slopes: whether gradients are compared with measured slopes here.
    """

    told: str
    given: Mapping[str, Any]
    slopes: bool = False


@dataclass(frozen=True)
class Mistake:
    """A mistake that is often made: an edit of the solution, and what to say of it.

    In the sentence, {name} is the array that is wrong, and a letter like {B} a size.
    """

    right: str
    wrong: str
    sentence: str
    derived: str = ""

    def about(self, name: str, sizes: dict[str, int]) -> Mistake:
        """The same with its sentence filled in, in the current language."""
        return replace(self, sentence=tr(self.sentence, name=name, **sizes))


@dataclass(frozen=True)
class Exercise:
    """One exercise: what the pupil reads, the blank, the solution, and how it is checked.

    signature, blank, solution: the head of the function with its docstring, and two bodies for it.
    above: functions that are given. inputs: the axes of each argument, as in Output.
    remark: what can be said of a wrong output in a case by itself, "" if nothing.
    behaviour: looks at what no single call shows; returns what it saw, or raises Found.
    has_reference: False if there are many right answers. infinite: what nan and inf may mean.
    notation: names of the formulas that the blank does not have, with what they are in code.
    unfinished: outputs of the pupil's function that are still three dots, and are not looked at.
    """

    number: int
    name: str
    title: str
    text: str
    signature: str
    blank: str
    solution: str
    derived: str
    inputs: Mapping[str, str]
    outputs: tuple[Output, ...]
    cases: Callable[[], list[Case]]
    mistakes: tuple[Mistake, ...]
    above: str = ""
    behaviour: Callable[[Function], str] | None = None
    remark: Callable[[Array, Case], str] | None = None
    has_reference: bool = True
    infinite: str = mark(
        "e to the power of 710 is too large for a float64: it becomes inf, and inf - inf, inf / "
        "inf and 0 * inf are nan. So are 0 / 0 and 0 * log(0)"
    )
    notation: Mapping[str, str] = field(default_factory=dict)
    unfinished: frozenset[str] = frozenset()

    @property
    def written(self) -> tuple[Output, ...]:
        """The outputs that are looked at."""
        return tuple(each for each in self.outputs if each.name not in self.unfinished)

    @property
    def provided(self) -> tuple[str, ...]:
        """The names of the functions that are given above the blank."""
        return tuple(re.findall(r"^def (\w+)", self.above, re.M))

    def translated(self) -> Exercise:
        """The same in the current language, but for what becomes one only when it is told: the
        solution, cases and mistakes.
        """
        return replace(
            self,
            title=tr(self.title),
            text=tr(self.text),
            signature=tr(self.signature),
            blank=tr(self.blank),
            above=BETWEEN.join(tr(each) for each in self.above.split(BETWEEN)),
            infinite=tr(self.infinite),
        )

    def source(self, body: str) -> str:
        """The function with this body, and what is given above it."""
        above = f"{self.above.strip()}{BETWEEN}" if self.above else ""
        return above + self.alone(body)

    def alone(self, body: str) -> str:
        """The function with this body, without what is given above it."""
        return f"{self.signature.rstrip()}\n{tr(body).strip(chr(10))}\n"

    def module(self, body: str) -> str:
        """The function with this body as a file that can be run, and checked."""
        return f"import numpy as np\n\n\n{self.source(body)}"

    @property
    def file(self) -> str:
        """The name that Python has for where `function` comes from."""
        return f"<exercise {self.number}>"

    def function(self, body: str) -> Function:
        """The function itself."""
        import numpy as np

        names: dict[str, Any] = {"np": np}
        exec(compile(self.source(body), self.file, "exec"), names)
        function: Function = names[self.name]
        return function

    def reference(self) -> Function:
        """The function with the solution as its body."""
        return self.function(self.solution)

    def mistaken(self, mistake: Mistake) -> Function:
        """The function with a mistake in its solution."""
        if self.solution.count(mistake.right) != 1:
            raise ValueError(f"exercise {self.number}: {mistake.right!r} is not there just once")
        return self.function(self.solution.replace(mistake.right, mistake.wrong))

    def sizes(self, case: Case) -> dict[str, int]:
        """What each letter stands for in a case."""
        sizes: dict[str, int] = {}
        for name, axes in self.inputs.items():
            if axes:
                sizes |= dict(zip(axes, case.given[name].shape, strict=True))
        return sizes


@dataclass(frozen=True)
class Finding:
    """The first thing that is not right: what, with numbers, what it may mean, where to read on.

    example: a call so small that it can be computed by hand. is_unfinished: whether nothing is
    wrong but that lines are missing.
    """

    stage: str
    problem: str
    expected: str = ""
    found: str = ""
    meaning: str = ""
    derived: str = ""
    example: str = ""
    is_unfinished: bool = False


class Found(Exception):
    """Ends a check with a Finding."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding)
        self.finding = finding

    def __str__(self) -> str:
        return self.finding.problem


@dataclass(frozen=True)
class Verdict:
    """What a check says. Shows itself as text.

    looked: what was looked at and found right. given: the arguments of the call that went wrong,
    to try in a notebook. solution: the source, once all is right. language: of its sentences.
    """

    number: int
    title: str
    passed: bool
    looked: tuple[str, ...]
    finding: Finding | None = None
    solution: str = ""
    given: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)
    language: str = field(default_factory=current, repr=False, compare=False)

    def as_dict(self) -> dict[str, Any]:
        """All of it but `given`, for JSON."""
        return {
            "number": self.number,
            "title": self.title,
            "passed": self.passed,
            "looked": list(self.looked),
            "finding": asdict(self.finding) if self.finding else None,
            "solution": self.solution,
        }

    def __str__(self) -> str:
        from digitnet.teach.exercises.telling import as_text

        with language(self.language):
            return as_text(self)

    __repr__ = __str__
