"""The exercises for the systems by which teachers hand out and grade: one source, three forms.

plain_pytest    a module with the blank, and a test of it
nbgrader        a course folder, with an assignment for each exercise
otter           a notebook for each exercise, as `otter assign` takes it

Nothing of these systems is needed to write the files. The check in all of them is
digitnet.teach.exercises.check.
"""

import shlex
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from digitnet.teach.exercises import Exercise
from digitnet.teach.exercises.handout import file_name
from digitnet.teach.exercises.new_files import write_new
from digitnet.teach.exports import nbgrader, otter, plain_pytest


@dataclass(frozen=True)
class System:
    """What is written for a system: texts by the paths of their files in a folder.

    files: those of an exercise. shared: those of all; where one is there already, it stays as it
    is. command: what comes next, for an exercise in a folder.
    """

    files: Callable[[Exercise], dict[str, str]]
    command: str
    shared: Mapping[str, str] = field(default_factory=dict)

    def next_command(self, exercise: Exercise, folder: Path) -> str:
        """What to type next."""
        name = file_name(exercise)
        return self.command.format(
            folder=shlex.quote(str(folder)), name=name, module=name.replace("-", "_")
        )


SYSTEMS = {
    "pytest": System(plain_pytest.files, "pytest {folder}/test_{module}.py"),
    "nbgrader": System(
        nbgrader.files, "cd {folder} && nbgrader generate_assignment {name}", nbgrader.SHARED
    ),
    "otter": System(otter.files, "otter assign {folder}/{name}.ipynb {folder}/dist/{name}"),
}
__all__ = ["SYSTEMS", "System", "export"]


def export(system: System, exercises: Iterable[Exercise], folder: Path) -> list[Path]:
    """Write exercises for a system into a folder. Returns the paths of what is new.

    Raises DigitnetError, and writes nothing, if a file of an exercise is there already; OSError.
    """
    files = {name: text for name, text in system.shared.items() if not (folder / name).exists()}
    for exercise in exercises:
        files |= system.files(exercise)
    return write_new(folder, files)
