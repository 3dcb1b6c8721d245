"""What themes and extensions write that keeps people from using a page, put right.

Cells above a table's first column are often empty: they are no headings. A button that unfolds
code is called by what it says. Between a formula and the comma behind it no line begins, nor within
the name of an option.
"""

import re
from typing import Any

from sphinx.application import Sphinx

FORMULA = r'<span class="math"><math(?:(?!</math>).)*</math></span>'
BEHIND = r"(?:-\w+)?[.,;:!?)]*(?<=[\w.,;:!?)])"
PUT_RIGHT = (
    (r'<th class="head">(?:<p></p>)?</th>', "<td></td>"),
    (r"<thead>\s*<tr[^>]*>(?:\s*<td></td>)+\s*</tr>\s*</thead>", ""),
    (r' aria-label="Toggle hidden content"', ""),
    (rf"(\(){FORMULA}({BEHIND})?|{FORMULA}({BEHIND})", r'<span class="unbroken">\g<0></span>'),
    (r'<span class="pre">(-[\w-]{2,30})</span>', r'<span class="pre unbroken">\1</span>'),
)

LEVEL = (' role="heading"', ' role="heading" aria-level="2"')


def put_right(app: Sphinx, page: str, template: str, context: dict[str, Any], _: Any) -> None:
    """In the text of each page, and in the list of all pages beside it."""
    tree = context.get("furo_navigation_tree", "")
    context["furo_navigation_tree"] = tree.replace(*LEVEL)
    for before, after in PUT_RIGHT:
        context["body"] = re.sub(before, after, context.get("body") or "")


def setup(app: Sphinx) -> dict[str, bool]:
    """Before a page is written."""
    app.connect("html-page-context", put_right, priority=900)  # behind Furo
    return {"parallel_read_safe": True, "parallel_write_safe": True}
