"""Names of classes in any language, in figures and on the terminal."""

import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from matplotlib import font_manager
from matplotlib.backends.backend_agg import FigureCanvasAgg

from digitnet.cli import main_job
from digitnet.report import figures, lettering
from digitnet.report.metrics import report
from digitnet.report.terminal import text_width

NAMES = Path(__file__).parent / "names"
KANA = ("お", "き", "す", "つ", "な", "は", "ま", "や", "れ", "を")


@pytest.fixture
def run_on(tmp_path, capsys):
    """Train on a file of tests/names; what was written to both streams, and the run folder."""

    def run(name, *options):
        where = ["--runs-dir", str(tmp_path), "--name", "names", "--epochs", "2"]
        assert main_job(["--data", str(NAMES / name), *where, *options]) == 0
        return (*capsys.readouterr(), tmp_path / "names")

    return run


@pytest.fixture(autouse=True)
def own_fonts(monkeypatch):
    """Only the fonts that come with Matplotlib, and a place to add others."""
    mine = Path(font_manager.__file__).parent
    fonts = [each for each in font_manager.fontManager.ttflist if mine in Path(each.fname).parents]
    monkeypatch.setattr(font_manager.fontManager, "ttflist", fonts)
    lettering._font_with.cache_clear()
    yield
    lettering._font_with.cache_clear()
    font_manager.fontManager._findfont_cached.cache_clear()


def install(letters, path, name):
    """Make a font in which these letters are boxes, and let Matplotlib know it."""
    glyphs = [".notdef", *(f"uni{ord(letter):04X}" for letter in letters)]
    pen = TTGlyphPen(None)
    pen.moveTo((0, 0))
    for corner in ((0, 700), (700, 700), (700, 0)):
        pen.lineTo(corner)
    pen.closePath()
    box = pen.glyph()
    font = FontBuilder(1000, isTTF=True)
    font.setupGlyphOrder(glyphs)
    font.setupCharacterMap({ord(letter): f"uni{ord(letter):04X}" for letter in letters})
    font.setupGlyf(dict.fromkeys(glyphs, box))
    font.setupHorizontalMetrics(dict.fromkeys(glyphs, (800, 0)))
    font.setupHorizontalHeader(ascent=800, descent=-200)
    font.setupNameTable({"familyName": name, "styleName": "Regular"})
    font.setupOS2()
    font.setupPost()
    font.save(path)
    font_manager.fontManager.addfont(path)


def drawn_texts(figure):
    FigureCanvasAgg(figure).draw()  # a letter that the font lacks warns, and warnings are errors
    axes = figure.axes[0]
    return [tick.get_text() for tick in axes.get_xticklabels()], figure.get_supxlabel()


def some_report(classes, generator):
    labels = np.repeat(np.arange(len(classes)), 2)
    return report(generator.dirichlet(np.ones(len(classes)), len(labels)), labels, classes)


def test_letters_that_no_font_has_become_numbers_with_a_legend(generator):
    some = some_report(("い", "bird", "ろは"), generator)
    for figure in (figures.confusion_matrix(some), figures.class_scores(some)):
        ticks, note = drawn_texts(figure)
        assert ticks == ["#0", "bird", "#2"]
        assert r"#0=\u3044   #2=\u308d\u306f" in note
    mistakes = figures.mistakes(np.zeros((6, 4, 4)), some)
    assert r"#2=\u308d\u306f" in drawn_texts(mistakes)[1]


def test_an_installed_font_that_has_them_is_used(generator, tmp_path):
    install("いろは", tmp_path / "kana.ttf", "Test Kana")
    some = some_report(("い", "bird", "ろは"), generator)
    assert lettering.lettering(some.classes).fonts[-1] == "Test Kana"
    for figure in (figures.confusion_matrix(some), figures.class_scores(some)):
        ticks, note = drawn_texts(figure)
        assert ticks == ["い", "bird", "ろは"]
        assert "#" not in note


def test_a_font_that_has_some_of_them_will_not_do(tmp_path):
    install("いろ", tmp_path / "some.ttf", "Some Kana")
    assert lettering.lettering(("い", "ろは")).numbered == {"#0": "い", "#1": "ろは"}


def test_a_font_whose_file_is_gone_is_passed_over(tmp_path):
    install("いろは", tmp_path / "kana.ttf", "Test Kana")
    (tmp_path / "kana.ttf").unlink()
    assert lettering.lettering(("い", "ろは")).numbered


def test_numbers_are_not_mistaken_for_names():
    letters = lettering.lettering(("#0", "#1", "い"))
    assert letters.names == ("#0", "#1", "##2")


def test_names_that_the_own_font_has_stay_as_they_are():
    classes = ("Ä", "ж", "ω", "$x$", "0,0")
    letters = lettering.lettering(classes)
    assert letters.names == ("Ä", "ж", "ω", r"\$x\$", "0,0")
    assert (letters.legend, letters.numbered) == ("", {})


def test_a_training_says_once_what_figures_write_and_warns_of_nothing(run_on):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        out, err, folder = run_on("kana.npz")
    assert (err, caught) == ("", [])
    said = "No installed font has all letters of the classes, so figures write #0 for お, #1 for き"
    assert out.count(said) == 1
    assert (folder / "confusion-matrix.png").exists()
    lines = out.splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith("Confusion matrix"))
    table = lines[start + 1 : start + 12]
    assert [line.split()[0] for line in table] == ["お", *KANA]
    assert len({text_width(line) for line in table}) == 1


def test_a_softmax_regression_names_its_tiles(run_on):
    *_, folder = run_on("kana.npz", "--hidden", "")
    assert (folder / "first-layer.png").exists()


def test_names_with_commas_stay_apart(run_on):
    out, err, folder = run_on("with_comma.npz")
    assert err == ""
    assert "No installed font" not in out
    rows = [line.split()[0] for line in out.splitlines() if line[1:2] == ","]
    assert rows == [f"{n},{n}" for n in range(10)] * 2
    assert (folder / "confusion-matrix.png").exists()


@pytest.mark.slow
def test_a_terminal_without_the_letters_shows_aligned_escapes(run_on, monkeypatch):
    stream = type(sys.stdout)
    monkeypatch.setattr(stream, "encoding", "ascii")
    out, _, _ = run_on("kana.npz")
    lines = out.splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith("Confusion matrix"))
    table = lines[start + 1 : start + 12]
    assert table[1].startswith(r"\u304a")
    assert len({len(line) for line in table}) == 1
