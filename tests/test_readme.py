"""What the README says is so: the map of equations, the example, the files and the options."""

import re
import shlex
from pathlib import Path

import pytest

from digitnet import __version__
from digitnet.cli import main_job, train
from digitnet.cli.common import settings_from
from digitnet.training.settings import Settings

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
MAP = re.findall(r"`([^`]+)` \[[\w.]+\]\(([\w/.]+)#L(\d+)\)", README)


def test_the_map_is_there():
    assert len(MAP) >= 20


@pytest.mark.parametrize(("code", "path", "line"), MAP)
def test_each_equation_is_computed_on_the_line_that_the_map_names(code, path, line):
    lines = [text.split("  #")[0].strip() for text in (ROOT / path).read_text("utf-8").splitlines()]
    assert code in lines, f"{path} no longer holds {code!r}"
    assert lines[int(line) - 1] == code, f"now on line {lines.index(code) + 1}"


@pytest.mark.parametrize("path", re.findall(r"\]\(([\w/.-]+)(?:#L\d+)?\)", README))
def test_each_link_leads_to_a_file(path):
    assert (ROOT / path).is_file()


@pytest.mark.parametrize("path", re.findall(r"^    ((?:digitnet|main)[\w/.]*)  ", README, re.M))
def test_each_path_of_the_layout_exists(path):
    assert (ROOT / path).exists()


COMMANDS = re.findall(r"^    (?:python main\.py|digitnet train) ([^…\n]+)$", README, re.M)


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_is_understood(command, monkeypatch):
    """Its options are parsed and make settings; the training itself is tested elsewhere."""
    understood = []

    def settle(options):
        understood.append((settings_from(options), options.data, options.resume))
        return 0

    monkeypatch.setattr(train, "run", settle)
    assert main_job(shlex.split(command, comments=True)) == 0
    assert understood[0] != (Settings(), None, None)


def test_there_are_commands():
    assert len(COMMANDS) >= 9


@pytest.mark.slow
def test_the_example_trains_a_network(capsys):
    example, *_ = re.findall(r"```python\n(.+?)```", README, re.S)
    assert len([line for line in example.splitlines() if line]) == 10
    exec(compile(example, "README.md", "exec"), {})
    *_, last = capsys.readouterr().out.splitlines()
    accuracy = re.fullmatch(r"epoch 5: reads (\d\d\.\d\d)% of unseen digits", last)
    assert float(accuracy[1]) > 97


def test_the_changelog_begins_with_this_version():
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(r"^## \[?([\w.]+)", changelog, re.M)[1] == __version__


def test_the_figures_of_speed_are_those_that_were_measured():
    measured = (ROOT / "docs" / "performance.md").read_text(encoding="utf-8").splitlines()
    quoted = re.findall(r"^\| (?:JAX|PyTorch),.*$", README, re.M)
    assert len(quoted) == 2
    assert all(any(line.startswith(q.rstrip(" |")) for line in measured) for q in quoted)
