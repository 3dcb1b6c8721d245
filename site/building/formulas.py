"""Formulas as MathML, made while building: what readers get needs no script and no network.

Browsers draw MathML themselves (Firefox, Safari, Chromium since 109), here with the letters of
STIX Two Math, which come along.
"""

import re
from functools import cache
from typing import Any
from xml.etree import ElementTree

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.application import Sphinx
from sphinx.util import logging

from building.touching import NAMESPACE, PARTS, kind, touch_up

ElementTree.register_namespace("", NAMESPACE.strip("{}"))


@cache
def mathml(tex: str, block: bool) -> str:
    """A formula of LaTeX as an element of HTML.

    Raises ValueError for what has no meaning, or is not known to the converter.
    """
    try:
        result = convert(
            tex.replace("{aligned}", "{align*}"), display="block" if block else "inline"
        )
    except Exception as error:  # it has no common class for its errors
        raise ValueError(f"{tex!r} is no formula: {error or type(error).__name__}") from error
    unknown = re.search(r"<m[a-z]+>(\\[^<]*|&)</", result)
    if unknown:
        raise ValueError(f"{tex!r} has {unknown[1]}, which is not known")
    formula = ElementTree.fromstring(result)
    for element in formula.iter():
        if len(element) != PARTS.get(kind(element), len(element)):
            raise ValueError(f"{tex!r} is no formula: a part of {kind(element)} is missing")
    touch_up(formula)
    return ElementTree.tostring(formula, encoding="unicode")


def _formula(translator: Any, node: Any, block: bool) -> str:
    try:
        return mathml(node.astext(), block)
    except ValueError as error:
        logging.getLogger(__name__).warning("%s", error, location=node)
        return f"<code>{translator.encode(node.astext())}</code>"


def visit_inline(translator: Any, node: Any) -> None:
    """A formula in the text."""
    translator.body.append(f'<span class="math">{_formula(translator, node, False)}</span>')
    raise nodes.SkipNode


def visit_block(translator: Any, node: Any) -> None:
    """A formula by itself."""
    translator.body.append(f'<div class="math">{_formula(translator, node, True)}</div>\n')
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, bool]:
    """Named mathml."""
    app.add_html_math_renderer("mathml", (visit_inline, None), (visit_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
