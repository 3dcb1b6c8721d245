"""docs/derivations.md and the code name each other."""

import re
from pathlib import Path

import pytest

from digitnet import nn
from digitnet.data import mixup
from digitnet.nn import gradcheck

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "derivations.md").read_text(encoding="utf-8")
SECTIONS = [int(number) for number in re.findall(r"^## (\d+)\. ", PAGE, re.M)]
CITED = {
    int(number)
    for path in (ROOT / "digitnet").rglob("*.py")
    for number in re.findall(r"derivations\.md(?: §|, section )(\d+)", path.read_text("utf-8"))
}


def test_sections_are_numbered_in_order():
    assert list(range(1, len(SECTIONS) + 1)) == SECTIONS
    assert len(SECTIONS) >= 11


def test_every_number_that_code_names_exists():
    assert set(SECTIONS) >= CITED


def test_every_derivation_is_named_by_the_code_that_implements_it():
    assert set(SECTIONS) == CITED


@pytest.mark.parametrize("text", re.findall(r"^Code: (.+)$", PAGE, re.M))
def test_the_code_that_a_section_names_exists_and_names_it(text):
    number = SECTIONS[re.findall(r"^Code: (.+)$", PAGE, re.M).index(text)]
    modules = {"digitnet.nn.gradcheck": gradcheck, "digitnet.data.mixup": mixup}
    objects = []
    for name in re.findall(r"`([\w.]+)`", text):
        if name in modules:
            objects.append(modules[name])
            continue
        found = nn
        for part in name.split("."):
            found = getattr(found, part)
        objects.append(found)
    assert any(f"§{number}" in (found.__doc__ or "") for found in objects)


def test_the_references_between_sections_exist():
    assert {int(n) for n in re.findall(r"§(\d+)", PAGE)} <= set(SECTIONS)


def test_formulas_hold_nothing_that_github_shows_wrong():
    """In Markdown a backslash before punctuation is an escape, also within formulas."""
    assert not re.findall(r"\\[,;:!]", PAGE)
    assert all(
        formula.count("\n") == 0 for formula in re.findall(r"(?<!\$)\$([^$]+)\$(?!\$)", PAGE)
    )
