"""The command line helps: it says what was meant, and its help can be read anywhere."""

import pytest

from digitnet.cli import COMMANDS, command_of, main, main_job

EVERY_HELP = ["main.py", "", *COMMANDS]


def said(call, arguments, capsys):
    """What a call of the command wrote, and its exit status."""
    try:
        status = call(arguments)
    except SystemExit as error:
        status = error.code
    out, err = capsys.readouterr()
    return status, out + err


def help_of(command, capsys):
    call, before = (main_job, []) if command == "main.py" else (main, command.split())
    status, text = said(call, [*before, "--help"], capsys)
    assert status == 0
    return text


def test_help_tells_the_default_of_the_command(capsys):
    assert "learned from (default: 5)" in " ".join(help_of("compare", capsys).split())


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        ("--epohcs 3", "unknown option --epohcs; did you mean --epochs?"),
        ("--epoch 3", "did you mean --epochs?"),
        ("--lr 0.1", "did you mean --learning-rate?"),
        ("--lr=0.1", "unknown option --lr; did you mean --learning-rate?"),
        ("--learning_rate 0.1", "did you mean --learning-rate?"),
        ("--Batch-Size 3", "did you mean --batch-size?"),
        ("--batch 3", "did you mean --batch-size?"),
        ("--layers 3", "did you mean --hidden?"),
        ("--hidden-layer-sizes 3", "did you mean --hidden?"),
        ("--dataset x", "did you mean --data?"),
        ("--random-state 3", "did you mean --seed?"),
        ("-epochs 3", "did you mean --epochs?"),
        ("epochs=3", "unrecognized arguments: epochs=3; did you mean --epochs?"),
        ("--recipe srtong", "got 'srtong'; did you mean strong?"),
        ("--optimizer Adma", "did you mean adam?"),
        ("--activation logistic", "did you mean sigmoid?"),
        ("--schedule cos", "did you mean cosine?"),
        ("--hidden 128 64", "got 128 64; try --hidden 128,64"),
        ("--hidden 128, 64 --epochs 3", "try --hidden 128,64"),
        ("--hidden=128 64", "try --hidden 128,64"),
        ("--activation relu tanh", "try --activation relu,tanh"),
        ("--bogus", "unknown option --bogus; main.py --help lists those that there are"),
        ("evaluate runs/mine", "main.py only trains; try: python -m digitnet evaluate runs/mine"),
    ],
)
def test_the_main_job_says_what_was_meant(arguments, hint, capsys):
    status, text = said(main_job, arguments.split(), capsys)
    assert status == 2
    (line,) = text.splitlines()
    assert hint in line


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        ("trian", "got 'trian'; did you mean train?"),
        ("test", "did you mean evaluate?"),
        ("", "expected a command among train, evaluate"),
        ("--debug train", "unknown option --debug; options come after the command"),
        ("train --epohcs 3", "digitnet train: error: unknown option --epohcs; did you mean"),
        ("explain 7 --hidden 128 64", "try --hidden 128,64"),
        ("evaluate --model runs/mine", "did you mean RUN?"),
        ("compare --vray seed=1,2", "did you mean --vary?"),
        ("compare --vary lr=1,2", "got 'lr=1,2'; did you mean learning_rate?"),
        ("compare --vary optimizer=sgd,adma", "got 'adma'; did you mean adam?"),
        ("export --onnx x.onnx --input flaot", "did you mean float?"),
    ],
)
def test_every_command_says_what_was_meant(arguments, hint, capsys):
    status, text = said(main, arguments.split(), capsys)
    assert status == 2
    (line,) = text.splitlines()
    assert hint in line


def test_a_name_that_resembles_nothing_gets_no_silly_hint(capsys):
    for name in ("--q", "--zzzz", "--xyz=3", "-z"):
        assert "did you mean" not in said(main_job, [name], capsys)[1]


@pytest.mark.parametrize("command", EVERY_HELP)
def test_help_is_short_in_usage_and_begins_with_examples(command, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    text = help_of(command, capsys)
    usage, *_ = text.split("\n\n")
    assert len(usage.splitlines()) == 1
    assert text.index("\nexamples:") < min(
        text.index(f"\n{group}:")
        for group in ("options", "commands", "used daily", "positional arguments", "data", "other")
        if f"\n{group}:" in text
    )


@pytest.mark.parametrize("columns", ["80", "200", "0"])
@pytest.mark.parametrize("command", EVERY_HELP)
def test_help_is_at_most_80_columns_wide(command, columns, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", columns)
    assert max(map(len, help_of(command, capsys).splitlines())) <= 80


@pytest.mark.parametrize("columns", ["60", "40", "20"])
@pytest.mark.parametrize("command", EVERY_HELP)
def test_a_narrow_terminal_cuts_no_word(command, columns, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    words = help_of(command, capsys).split()
    monkeypatch.setenv("COLUMNS", columns)
    assert help_of(command, capsys).split() == words


def test_what_is_used_daily_comes_before_what_is_not(capsys):
    text = help_of("main.py", capsys)
    daily = ("--data", "--recipe", "--hidden", "--epochs", "--learning-rate", "--name", "--resume")
    seldom = ("--initializer", "--nesterov", "--decay-every", "--fade", "--checkpoint-every")
    first = [text.index(f"\n  {option} ") for option in daily]
    assert max(first) < min(text.index(f"\n  {option}") for option in seldom)


def test_the_examples_of_help_are_understood(capsys, monkeypatch):
    """Each is parsed; what it does is tested elsewhere."""
    for name in COMMANDS:
        command = command_of(name)
        monkeypatch.setattr(command, "run", lambda _: 0)
        for line in command.EXAMPLES.strip().splitlines():
            arguments = line.split("  # ")[0].replace("PROG", name).split()
            assert said(main, arguments, capsys) == (0, ""), line
