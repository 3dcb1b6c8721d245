"""What the site is made with: links that are moved, links that are followed, formulas, docstrings,
and the pattern of the chapters."""

import importlib
import json
import re
import sys
from pathlib import Path, PurePosixPath

import pytest

from digitnet.teach.exercises import EXERCISES
from digitnet.teach.figures import FIGURES
from tests.test_documents import anchors, without_code

ROOT = Path(__file__).parent.parent
SITE = ROOT / "site"
sys.path.insert(0, str(SITE))
stage = importlib.import_module("building.stage")
walking = importlib.import_module("building.walking")

CHAPTERS = sorted(SITE.glob("course/[0-9]*.md"))
PATTERN = ["Question", "Prediction", "Figure", "Derivation", "Exercise", "Break it"]
LINKS = [
    (page.relative_to(ROOT), target)
    for page in map(ROOT.joinpath, stage.pages())
    if page.is_relative_to(SITE)
    for target in re.findall(r"\]\(([^)\s]+)\)", without_code(page.read_text(encoding="utf-8")))
    if not re.match(r"[a-z]+:", target)
]


def sphinx_part(name):
    """A module that needs what requirements/site.txt has."""
    for package in ("sphinx", "latex2mathml"):
        pytest.importorskip(package, reason=f"{package} is not installed: requirements/site.txt")
    return importlib.import_module(f"building.{name}")


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)
def test_a_chapter_goes_the_way_of_all_chapters(chapter):
    text = chapter.read_text(encoding="utf-8")
    assert re.findall(r"^## (.+)$", text, re.M) == PATTERN
    number = int(chapter.stem[:2])
    assert re.findall(r"^```\{exercise\} (\d+)$", text, re.M) == [str(number)]
    for directive in ("predict", "teacher", "code-cell"):
        assert f"```{{{directive}}}" in text
    assert "docs/derivations.md#" in text


def test_there_is_a_chapter_for_each_exercise_and_a_place_for_each_figure():
    assert [int(path.stem[:2]) for path in CHAPTERS] == list(EXERCISES)
    text = "\n".join(path.read_text(encoding="utf-8") for path in CHAPTERS)
    assert sorted(re.findall(r"^```\{live\} (.+)$", text, re.M)) == sorted(FIGURES)


def test_the_start_page_begins_with_chapter_1():
    text = (SITE / "index.md").read_text(encoding="utf-8")
    first = re.search(r"\[(.+?)\]\((.+?)\)", text)
    assert first.groups() == ("Begin with chapter 1: one neuron", "course/01-neuron.md")


def test_every_page_is_in_the_list_of_pages():
    listed = {"index"}
    for path in SITE.rglob("*.md"):
        for block in re.findall(r"^```\{toctree\}\n(.*?)^```", path.read_text(), re.M | re.S):
            entries = re.findall(r"^(?:.*<)?([\w/-]+)>?$", block, re.M)
            here = path.parent.relative_to(SITE)
            listed |= {e[1:] if e[0] == "/" else (here / e).as_posix() for e in entries}
    staged = {stage.moved(page).with_suffix("").as_posix() for page in stage.pages()}
    assert staged <= listed


@pytest.mark.parametrize(("page", "target"), LINKS, ids=str)
def test_a_link_of_the_site_leads_somewhere_on_a_code_host_too(page, target):
    path, _, anchor = target.partition("#")
    file = ROOT / page.parent / path
    assert file.exists()
    assert not anchor or anchor in anchors(file)


def test_the_reference_has_every_public_name():
    text = "\n".join(path.read_text(encoding="utf-8") for path in SITE.glob("reference/*.md"))
    for name in ("digitnet", "digitnet.nn", "digitnet.data", "digitnet.teach.exercises"):
        for each in set(importlib.import_module(name).__all__) - {"__version__"}:
            assert re.search(rf"^\.\. auto\w+:: {name}\.{each}$", text, re.M), f"{name}.{each}"


@pytest.mark.parametrize(
    ("page", "target", "becomes"),
    [
        ("docs/map.md", "../README.md#run-it", "../README.md#run-it"),
        ("docs/map.md", "../digitnet/nn/layers.py#L101", "source:digitnet/nn/layers.py#L101"),
        ("README.md", "digitnet/nn", "source:digitnet/nn"),
        ("README.md", "docs", "index.md"),
        ("README.md", "docs/images/reading.png", "docs/images/reading.png"),
        ("site/course/01-neuron.md", "../../docs/lessons.md", "../docs/lessons.md"),
        ("docs/teaching.md", "../site/course/index.md", "../course/index.md"),
        ("docs/map.md", "https://example.org/a", "https://example.org/a"),
        ("docs/map.md", "#a-heading", "#a-heading"),
    ],
)
def test_a_link_follows_the_page_that_was_moved(page, target, becomes):
    known = set(stage.pages())
    assert stage.link(target, PurePosixPath(page), known, ROOT) == becomes


def test_a_link_to_nothing_is_named():
    with pytest.raises(ValueError, match=r"docs/map\.md links to gone\.md, which is not there"):
        stage.link("gone.md", PurePosixPath("docs/map.md"), set(), ROOT)


def test_what_looks_like_a_link_in_code_is_left_alone():
    text = "[a](x)\n\n```python\nb[0](x)\n```\n\n`c[1](x)` and ``d[`2`](x)`` and [e](x)\n"
    changed = stage.with_links(text, str.upper)
    assert changed == text.replace("[a](x)", "[a](X)").replace("[e](x)", "[e](X)")


@pytest.mark.parametrize(
    ("page", "target", "called"),
    [
        ("docs/running.md", "api.md#threads", "The Python interface"),
        ("docs/api.md", "../README.md", "Start"),
        ("CONTRIBUTING.md", "benchmarks/README.md", "Benchmarks"),
        ("README.md", "docs/walkthrough.ipynb", "From one neuron to 98 %"),
        ("README.md", "digitnet/nn/layers.py", ""),
    ],
)
def test_a_link_is_called_by_the_title_of_its_page(page, target, called):
    known = set(stage.pages())
    assert stage.title(target, PurePosixPath(page), known, ROOT) == called


def test_only_links_that_are_called_like_files_get_another_name():
    text = "[docs/a.md](a) and [the page](a.md) and `[a.md](a)` and [b.md](b)"
    changed = stage.with_links(text, str.upper, {"a": "A page", "b": ""}.get)
    assert changed == "[A page](A) and [the page](A.MD) and `[a.md](a)` and [b.md](B)"


def test_a_notebook_is_staged_without_its_outputs():
    text = json.dumps(
        {
            "cells": [
                {"cell_type": "markdown", "source": ["[a](x)\n", "b"]},
                {"cell_type": "code", "source": ["1"], "outputs": [1], "execution_count": 1},
            ]
        }
    )
    first, second = json.loads(stage.in_notebook(text, str.upper))["cells"]
    assert first["source"] == ["[a](X)\n", "b"]
    assert (second["outputs"], second["execution_count"]) == ([], None)


@pytest.fixture
def small_site(tmp_path):
    """Two pages, and a style."""
    (tmp_path / "a").mkdir()
    (tmp_path / "index.html").write_text('<a href="a/b.html#there">b</a> <img src="p.png">')
    (tmp_path / "a" / "b.html").write_text('<p id="there"><a href="../index.html">up</a></p>')
    (tmp_path / "p.png").touch()
    (tmp_path / "s.css").write_text('@font-face { src: url("p.png") }')
    return tmp_path


def test_a_site_without_a_fault_has_no_problems(small_site):
    assert walking.problems(small_site) == []


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ('<a href="gone.html">', "gone.html is not there"),
        ('<a href="a/b.html#gone">', "a/b.html#gone has no such anchor"),
        ('<a href="#gone">', "#gone has no such anchor"),
        ('<a href="../outside.html">', "../outside.html is outside of the site"),
        (
            '<script src="https://example.org/x.js">',
            "https://example.org/x.js is loaded from another server",
        ),
        (
            '<link href="//example.org/x.css">',
            "//example.org/x.css is loaded from another server",
        ),
        ('<p id="x"><p id="x">', "two elements have the id x"),
    ],
)
def test_a_fault_of_a_site_is_named(small_site, written, problem):
    (small_site / "c.html").write_text(written)
    assert any(each.startswith("c.html") and problem in each for each in _told(small_site))


def _told(folder):
    return walking.problems(folder)


def test_a_style_that_loads_from_elsewhere_is_named(small_site):
    (small_site / "s.css").write_text("@font-face { src: url(https://example.org/f.woff2) }")
    (problem,) = walking.problems(small_site)
    assert problem == "s.css: https://example.org/f.woff2 is loaded from another server"


def test_a_link_to_another_server_that_nobody_follows_by_himself_is_no_fault(small_site):
    (small_site / "c.html").write_text('<a href="https://example.org/">elsewhere</a>')
    assert walking.problems(small_site) == []


def test_formulas_become_mathml():
    formulas = sphinx_part("formulas")
    assert "<mfrac>" in formulas.mathml(r"\frac{a}{b}", block=True)
    assert "<mtable" in formulas.mathml(r"\begin{aligned} a &= b \\ c &= d \end{aligned}", True)
    assert "mspace" in formulas.mathml(r"t \log p", block=False)


@pytest.mark.parametrize(
    ("tex", "parts"),
    [
        (r"\cosh^2 x", "<msup><mi>cosh</mi><mn>2</mn></msup><mspace"),
        (r"\max_j z_j", "<msub><mi>max</mi><mi>j</mi></msub><mspace"),
        (r"J \pm h", "<mi>J</mi><mo>±</mo>"),
        (r"f(a) - b", "</mo><mo>−</mo>"),
        (r"a = -b", '<mo form="prefix">−</mo>'),
        (r"\bar\theta", 'accent="true"'),
        (r"\theta^*", "<mo>∗</mo></msup>"),
        (r"f'(x)", '<mrow><mi>f</mi><mo lspace="0" rspace="0" form="postfix">′</mo></mrow>'),
        (r"x'_n", "<mrow><msub><mi>x</mi><mi>n</mi></msub><mo"),
        (r"\lVert W \rVert", 'stretchy="false">‖</mo><mi>W'),
        (r"\partial L", '<mo lspace="0" rspace="0">∂</mo>'),
    ],
)
def test_the_signs_of_a_formula_stand_where_they_belong(tex, parts):
    assert parts in sphinx_part("formulas").mathml(tex, block=False)


@pytest.mark.parametrize("tex", [r"\frac{a}", r"\nosuchthing a", r"a &= b"])
def test_a_formula_without_meaning_is_refused(tex):
    formulas = sphinx_part("formulas")
    with pytest.raises(ValueError, match=r"is no formula|is not known"):
        formulas.mathml(tex, block=False)


def test_docstrings_keep_their_signs_and_their_formulas():
    docstrings = sphinx_part("docstrings")
    lines = ["Takes `x` and *args; see docs/map.md.", "", "    y = x W", "", "Returns y_1."]
    assert docstrings.as_marked(lines) == [
        r"Takes ``x`` and \*args; see :doc:`docs/map.md </docs/map>`.",
        "",
        "",
        ".. code-block:: text",
        "",
        "    y = x W",
        "",
        "",
        r"Returns y\_1.",
    ]


def test_a_list_of_names_in_a_docstring_stays_a_list():
    docstrings = sphinx_part("docstrings")
    lines = ["Its parts:", "", "net     what", "        learns", "pixels  how *many*", "", "So."]
    marked = "\n".join(docstrings.as_marked(lines))
    assert "``net``\n    what\n    learns\n\n``pixels``\n    how *many*\n" in marked
    assert marked.endswith("\n\nSo.")


def test_signatures_call_arrays_as_the_code_does():
    from inspect import signature

    from digitnet import Model

    docstrings = sphinx_part("docstrings")
    text = importlib.import_module("sphinx.util.inspect").stringify_signature(
        signature(Model.predict_proba), show_return_annotation=False
    )
    shown, _ = docstrings.shorten(None, "", "", None, None, text, "")
    assert shown == "(self, images: ArrayLike, *, views: int = 1)"


def test_no_line_begins_between_a_formula_and_its_comma_nor_in_an_option():
    access = sphinx_part("access")
    formula = '<span class="math"><math><mi>x</mi></math></span>'
    option = '<span class="pre">--learning-rate</span>'
    context = {"body": f"with {formula}, ({formula}) and {formula} or <code>{option}</code>"}
    access.put_right(None, "", "", context, None)
    kept = '<span class="unbroken">'
    assert context["body"] == (
        f"with {kept}{formula},</span> {kept}({formula})</span> and {formula} or "
        '<code><span class="pre unbroken">--learning-rate</span></code>'
    )


def test_the_font_of_the_formulas_is_the_one_that_is_described():
    import hashlib

    folder = SITE / "static" / "fonts"
    content = (folder / "STIXTwoMath-Regular.woff2").read_bytes()
    described = (folder / "VENDORED.md").read_text(encoding="utf-8")
    assert hashlib.sha256(content).hexdigest() in described
