"""What chapters of the course have besides text, and exercises (exercise.py).

{predict}     a question with choices; what is right appears after one was made, without a script
{live}        a figure that moves (digitnet/web/course/figure.js), an image until then
{teacher}     a note in the margin for whoever teaches
"""

from __future__ import annotations

from html import escape
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from building.stage import FIGURES as PICTURES
from digitnet.teach.figures import FIGURES
from digitnet.teach.figures import answer as answer_of
from digitnet.teach.figures.digits import first_digits


class prediction(nodes.General, nodes.Element):  # noqa: N801 (as docutils names its nodes)
    """The question, a node for each choice, and the answer."""


class choice(nodes.Part, nodes.Element):  # noqa: N801
    """One of several: number, of: the question's name, right."""


class answer(nodes.Part, nodes.Element):  # noqa: N801
    """What appears after a choice. n: how many there were. right: the number of the right one."""


class margin(nodes.General, nodes.Element):  # noqa: N801
    """For the teacher."""


class live(nodes.General, nodes.Element):  # noqa: N801
    """A live figure around its image: name, alt."""


class Predict(SphinxDirective):
    """A question, a list of choices of which that of :right: is right, and the answer.

    Raises an error of the build unless the list comes first and has the right one.
    """

    required_arguments = 1
    final_argument_whitespace = True
    has_content = True
    option_spec: ClassVar[dict[str, Any]] = {"right": directives.positive_int}

    def run(self) -> list[nodes.Node]:
        parsed = self.parse_content_to_nodes()
        if not parsed or not isinstance(parsed[0], nodes.bullet_list):
            raise self.error("expected a list of choices first")
        items, right = parsed[0].children, self.options.get("right", 0)
        if not 1 <= right <= len(items) or len(parsed) < 2:
            raise self.error(f"expected :right: from 1 to {len(items)}, and an answer")
        of = f"prediction-{self.env.new_serialno('prediction')}"
        legend = nodes.inline("", "", *self.parse_inline(self.arguments[0])[0])
        result = prediction("", legend, of=of)
        for number, item in enumerate(items, start=1):
            result += choice("", *item.children, number=number, of=of)
        result += answer("", *parsed[1:], n=len(items), right=right)
        return [result]


class Live(SphinxDirective):
    """A live figure, by its name; what it shows before it moves is said by itself."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        (name,) = self.arguments
        if name not in FIGURES:
            raise self.error(f"expected one of {', '.join(FIGURES)}, got {name}")
        alt = answer_of(name, {}, first_digits()).text
        image = nodes.image(uri=f"/{PICTURES}/{name}.svg", alt=alt)
        return [live("", image, name=name, alt=alt)]


class Teacher(SphinxDirective):
    """A note in the margin."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        return [margin("", *self.parse_content_to_nodes())]


def _visit_prediction(translator: Any, node: Any) -> None:
    translator.body.append('<form class="prediction"><fieldset><legend>')
    node.children[0].walkabout(translator)
    translator.body.append("</legend>\n")
    for child in node.children[1:]:
        child.walkabout(translator)
    translator.body.append("</fieldset></form>\n")
    raise nodes.SkipNode


def _visit_choice(translator: Any, node: Any) -> None:
    name = f"{node['of']}-{node['number']}"
    translator.body.append(f'<input type="radio" name="{node["of"]}" id="{name}">')
    translator.body.append(f'<label for="{name}">')
    for paragraph in node.children:
        for child in paragraph.children:
            child.walkabout(translator)
    translator.body.append("</label>\n")
    raise nodes.SkipNode


def _visit_answer(translator: Any, node: Any) -> None:
    translator.body.append('<div class="answers" role="status"><div class="answer">')
    for number in range(1, node["n"] + 1):
        told = "Yes." if number == node["right"] else f"Not quite: it is the {_th(node['right'])}."
        translator.body.append(f'<p class="told told-{number}">{told}</p>')


def _th(number: int) -> str:
    return ("first", "second", "third", "fourth", "fifth")[number - 1]


def _depart_answer(translator: Any, node: Any) -> None:
    translator.body.append("</div></div>\n")


def _visit_margin(translator: Any, node: Any) -> None:
    translator.body.append(
        '<aside class="teacher" aria-label="For the teacher"><p class="teacher-title">'
        "For the teacher</p>"
    )


def _visit_live(translator: Any, node: Any) -> None:
    image = node.children[0]
    uri = translator.builder.images.get(image["uri"], image["uri"])
    source = f"{translator.builder.imgpath}/{uri}"
    told = escape(node["alt"])
    translator.body.append(
        f'<digitnet-figure name="{node["name"]}" src="{source}" alt="{told}">'
        f'<img src="{source}" alt="{told}"></digitnet-figure>\n'
    )
    raise nodes.SkipNode


def _close(tag: str) -> Any:
    return lambda translator, node: translator.body.append(f"</{tag}>\n")


def setup(app: Sphinx) -> dict[str, bool]:
    """Directives, and how their nodes become HTML."""
    for name, kind in {
        "predict": Predict, "live": Live, "teacher": Teacher,
    }.items():  # fmt: skip
        app.add_directive(name, kind)
    app.add_node(prediction, html=(_visit_prediction, None))
    app.add_node(choice, html=(_visit_choice, None))
    app.add_node(answer, html=(_visit_answer, _depart_answer))
    app.add_node(margin, html=(_visit_margin, _close("aside")))
    app.add_node(live, html=(_visit_live, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
