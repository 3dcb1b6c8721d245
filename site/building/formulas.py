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

PARTS = {"mfrac": 2, "msub": 2, "msup": 2, "munder": 2, "mover": 2, "msubsup": 3, "munderover": 3}
"""How many parts an element of MathML has."""
FUNCTIONS = "log|exp|max|min|sin|cos|tanh|sinh|cosh|softmax"
TOUCHED_UP = (
    (rf"<mo>({FUNCTIONS})</mo>", r"<mi>\1</mi>"),  # functions are no signs
    # The names of functions stand off from what is beside them, if that is no bracket.
    (rf"(</m(?:i|n|sub|sup)>)(<mi>(?:{FUNCTIONS})</mi>)", r'\1<mspace width="0.17em"/>\2'),
    (rf"(<mi>(?:{FUNCTIONS})</mi>)(?!<mo|</)", r'\1<mspace width="0.17em"/>'),
    # A minus behind another sign is a sign, and does not stand off from its number.
    (r"(</mo>|<mrow>)<mo>&#x02212;</mo>", r'\1<mo form="prefix">&#x02212;</mo>'),
    # Bars on both sides of an absolute value stand equally close.
    (r"<mo([^>]*)>&#x0007C;</mo>", r'<mo\1 lspace="0.06em" rspace="0.06em">&#x0007C;</mo>'),
    (r"<mi>(&#x0203[2-7];)</mi>", r"<mo>\1</mo>"),  # primes
)


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
    for element in ElementTree.fromstring(result).iter():
        name = element.tag.rpartition("}")[2]
        if len(element) != PARTS.get(name, len(element)):
            raise ValueError(f"{tex!r} is no formula: a part of {name} is missing")
    for before, after in TOUCHED_UP:
        result = re.sub(before, after, result)
    return result


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
