"""What is written to the terminal: plain everywhere, and the same in rich."""

import io
import sys

import pytest
from rich.console import Console

from digitnet.nn import Epoch, Step
from digitnet.report.progress import PROGRESS_HEADER, Counter, ProgressLines, duration
from digitnet.report.terminal import PlainTerminal, RichTerminal, Table

TABLE = Table("Title", ("class", "value"), [("a", "1.00"), ("longer", "100.00")])
EPOCH = Epoch(3, 0.1, 0.12345, 0.9625, 0.2, 0.95, 1.5)


def test_plain_tables_align_numbers_right(capsys):
    PlainTerminal().show(TABLE)
    assert capsys.readouterr().out.splitlines() == [
        "",
        "Title",
        "class    value",
        "a         1.00",
        "longer  100.00",
    ]


def test_tables_stay_aligned_for_wide_letters_marks_and_escapes(capsys, monkeypatch):
    rows = [("おき", "1"), ("e\u0301te\u0301", "10"), ("ｱ", "2"), ("\u200b", "3")]
    PlainTerminal().show(Table("T", ("class", "おn"), rows))
    *_, head, first, marks, half, unseen = capsys.readouterr().out.splitlines()
    assert head == "class   おn"
    assert first == "おき      1"  # two letters of two columns each
    assert marks == "e\u0301te\u0301      10"
    assert half == "ｱ         2"
    assert unseen == r"\u200b    3"  # what cannot be seen is escaped
    ascii_only = io.TextIOWrapper(io.BytesIO(), "ascii", "backslashreplace")
    monkeypatch.setattr("sys.stdout", ascii_only)
    PlainTerminal().show(Table("T", ("class", "n"), rows[:2]))
    *_, head, first, marks = ascii_only.buffer.getvalue().decode().splitlines()
    assert marks == r"e\u0301te\u0301  10"
    assert first.split() == [r"\u304a\u304d", "1"]
    assert len(head) == len(first) == len(marks)


def test_an_epoch_is_one_line_under_its_headings(monkeypatch):
    now = [100.0]
    monkeypatch.setattr("digitnet.report.progress.time.monotonic", lambda: now[0])
    lines = ProgressLines(epochs=5)
    now[0] = 112.0
    line = lines.line(EPOCH)
    assert line.split() == ["3/5", "0.1235", "96.25", "%", "0.2000", "95.00", "%", "1.50", "8", "s"]
    assert len(line) <= 80
    assert len(line) == len(PROGRESS_HEADER.splitlines()[-1])


def test_plain_progress_is_one_line_per_epoch(capsys):
    with PlainTerminal().progress(epochs=5, steps=2) as observe:
        observe(Step(3, 5, 64, 60, 0.1, 0.1))
        observe(EPOCH)
    lines = capsys.readouterr().out.splitlines()
    assert lines[:-1] == ["", *PROGRESS_HEADER.splitlines()]
    assert "3/5" in lines[-1]


class TestTheCounter:
    @pytest.fixture
    def now(self, monkeypatch):
        now = [100.0]
        monkeypatch.setattr("digitnet.report.progress.time.monotonic", lambda: now[0])
        return now

    @pytest.fixture
    def on_a_terminal(self, capsys, monkeypatch):  # whose stdout it is
        monkeypatch.setattr(type(sys.stdout), "isatty", lambda _: True)

    def steps(self, now, observe, seconds):
        for step in range(1, 5):
            now[0] += seconds
            observe(Step(3, 8 + step, 64, 60, 0.25, 0.1))

    def test_it_rewrites_its_line_while_an_epoch_lasts(self, now, on_a_terminal, capsys):
        with PlainTerminal().progress(epochs=5, steps=4) as observe:
            self.steps(now, observe, 1.0)
            text = capsys.readouterr().out.split("\n")[-1]
            assert text.split("\r")[1] == "    3/5  batch 1 of 4  loss 0.2500  93.75 %"
            assert text.split("\r")[-1] == "    3/5  batch 4 of 4  loss 0.2500  93.75 %"
            observe(EPOCH)
        out = capsys.readouterr().out
        blank, line = out.rsplit("\r", 1)
        assert not blank.strip()
        assert len(blank.strip("\r")) == len(text.split("\r")[-1])
        assert line.split()[0] == "3/5"

    def test_nothing_remains_of_it_where_the_training_stops(self, now, on_a_terminal, capsys):
        terminal = PlainTerminal()
        with terminal.progress(epochs=5, steps=4) as observe:
            self.steps(now, observe, 1.0)
        terminal.say("stopped")
        *_, rewritten, last = capsys.readouterr().out.split("\n")
        assert "batch 4 of 4" in rewritten
        assert (rewritten.split("\r")[-1], last) == ("stopped", "")

    def test_a_short_epoch_has_none(self, now, on_a_terminal, capsys):
        with PlainTerminal().progress(epochs=5, steps=4) as observe:
            for _ in range(3):
                self.steps(now, observe, 0.1)
                observe(EPOCH)
        assert "\r" not in capsys.readouterr().out

    def test_there_is_none_in_a_file_or_a_pipe(self, now, capsys):
        with PlainTerminal().progress(epochs=5, steps=4) as observe:
            self.steps(now, observe, 10.0)
        assert "\r" not in capsys.readouterr().out

    def test_it_fits_a_narrow_terminal(self, now, monkeypatch):
        monkeypatch.setenv("COLUMNS", "20")
        counter = Counter(4, 5)
        now[0] += 10
        assert counter.line(Step(3, 9, 64, 60, 0.25, 0.1)) == "    3/5  batch 1 of"


@pytest.fixture
def rich_terminal():
    terminal = RichTerminal()
    terminal.console = Console(file=io.StringIO(), force_terminal=True, width=80, highlight=False)
    return terminal


def test_rich_shows_the_same_text(rich_terminal):
    rich_terminal.show(TABLE)
    with rich_terminal.progress(epochs=5, steps=2) as observe:
        observe(Step(3, 6, 64, 60, 0.25, 0.1))
        observe(EPOCH)
    text = rich_terminal.console.file.getvalue()
    for part in ("Title", "longer", "100.00", "epoch 3", "0.2500", "93.75 %", "0.1235", "96.25 %"):
        assert part in text


def test_a_table_too_wide_for_rich_is_shown_whole(rich_terminal, capsys):
    wide = Table("Wide", [f"column {n}" for n in range(20)], [[f"value{n}" for n in range(20)]])
    rich_terminal.show(wide)
    out = capsys.readouterr().out
    assert all(f"value{n}" in out for n in range(20))
    assert "…" not in rich_terminal.console.file.getvalue()


def test_rich_leaves_paths_whole():
    terminal = RichTerminal()
    terminal.console = Console(file=io.StringIO(), width=20, emoji=False, markup=False)
    terminal.say("in runs/:smile:/a path that is longer than the console")
    text = terminal.console.file.getvalue()
    assert text == "in runs/:smile:/a path that is longer than the console\n"


def test_rich_takes_square_brackets_as_they_are():
    terminal = RichTerminal()
    terminal.console = Console(file=io.StringIO(), markup=False, highlight=False)
    terminal.say("runs/[bold]name")
    assert terminal.console.file.getvalue() == "runs/[bold]name\n"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.2, "0 s"), (59.4, "59 s"), (59.6, "1 min 0 s"), (200, "3 min 20 s"), (7500, "2 h 5 min")],
)
def test_durations(seconds, text):
    assert duration(seconds) == text
