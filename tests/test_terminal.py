"""What is written to the terminal: plain everywhere, and the same in rich."""

import io

import pytest
from rich.console import Console

from digitnet.nn import Epoch, Step
from digitnet.terminal import (
    PROGRESS_HEADER,
    PlainTerminal,
    ProgressLines,
    RichTerminal,
    Table,
    duration,
)

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


def test_an_epoch_is_one_line_under_its_headings(monkeypatch):
    now = [100.0]
    monkeypatch.setattr("digitnet.terminal.time.monotonic", lambda: now[0])
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
