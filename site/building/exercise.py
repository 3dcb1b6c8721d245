"""{exercise} in a chapter: an exercise of digitnet.teach.exercises with its text, its files, a
solution, and the element that makes an editor of it (digitnet/web/course/exercise.js)."""

from __future__ import annotations

import re
from html import escape
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from building.downloads import FOLDER
from digitnet.teach import exercises
from digitnet.teach.exercises import EXERCISES, Exercise
from digitnet.teach.exercises.handout import file_name

REFERENCE = re.compile(r"\b((?:docs/)?[\w-]+)\.md(#[\w-]+)?")
"""A page that a text names; its link is followed when the site is built."""
FORMULA = re.compile(r"\S+(?: {1,2}\S+)* *")
"""One of those in a line, which stand some spaces apart, and those spaces."""


class ExerciseHere(SphinxDirective):
    """The exercise of a number: its text, its editor, its files, a solution."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        exercise = EXERCISES[int(self.arguments[0])]
        for module in (Path(__file__), *Path(exercises.__file__).parent.glob("*.py")):
            self.env.note_dependency(str(module))  # a chapter is built again when they change
        depth = "../" * self.env.docname.count("/")
        raw = nodes.raw("", exercise_html(exercise, depth), format="html")
        return [raw]


def exercise_html(exercise: Exercise, pages: str) -> str:
    """An exercise as HTML that is complete without a script: the editor takes its place later.

    pages: where those of the site are, with the folder of files among them.
    """
    folder, number, file = f"{pages}{FOLDER}/", exercise.number, file_name(exercise, ".py")
    source = exercise.module(exercise.blank)
    solution = exercise.module(exercise.solution)
    return (
        f'<section class="exercise" aria-label="Exercise {number}">\n'
        f'<p class="exercise-title">Exercise {number}: {escape(exercise.title)}</p>\n'
        f'<div class="exercise-text">{_told(exercise.text, pages)}</div>\n'
        f'<digitnet-exercise number="{number}" file="{file}" pages="{pages}">\n'
        f'<pre class="exercise-start">{escape(source)}</pre>\n'
        f'<details class="exercise-solution"><summary>Show a solution</summary>'
        f"<pre>{escape(solution)}</pre></details>\n"
        "</digitnet-exercise>\n"
        f'<p class="exercise-files">To work on it elsewhere: '
        f'<a href="{folder}{file}" download>{file}</a>, or '
        f'<a href="{folder}{file_name(exercise, ".ipynb")}" download>a notebook</a>; then '
        f"<code>digitnet exercise {number} --check {file}</code>.</p>\n</section>\n"
    )


def _told(text: str, pages: str) -> str:
    """The text of an exercise: paragraphs, formulas that are indented, links to pages it names."""
    parts = []
    for block in text.strip().split("\n\n"):
        if block.startswith("    "):
            lines = "\n".join(line.removeprefix("    ") for line in block.split("\n"))
            apart = FORMULA.sub(r"<span>\g<0></span>", escape(lines))
            parts.append(f"<pre>{apart}</pre>")
        else:
            pieces = escape(block).split("`")
            marked = [f"<code>{p}</code>" if i % 2 else p for i, p in enumerate(pieces)]
            told = REFERENCE.sub(rf'<a href="{pages}\1.html\2">\g<0></a>', "".join(marked))
            parts.append(f"<p>{told}</p>")
    return "\n".join(parts)


def setup(app: Sphinx) -> dict[str, bool]:
    """The directive."""
    app.add_directive("exercise", ExerciseHere)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
