"""What the README says is so: map of equations, layout, commands, examples, numbers."""

import csv
import json
import re
import shlex
import statistics
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from digitnet import __version__, load
from digitnet.cli import main_job, train
from digitnet.cli.common import option_name, settings_from
from digitnet.data import MinMax
from digitnet.model import PRETRAINED
from digitnet.training.recipes import RECIPES
from digitnet.training.settings import Settings

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "benchmarks"))
sys.path.insert(0, str(ROOT / "scripts"))

import accuracy  # noqa: E402
import map_lines  # noqa: E402
import report  # noqa: E402

README = (ROOT / "README.md").read_text(encoding="utf-8")
WORDS = " ".join(README.split())
RUNNING = (ROOT / "docs" / "running.md").read_text(encoding="utf-8")
DATA = (ROOT / "docs" / "data.md").read_text(encoding="utf-8")


def blocks(kind: str, text: str = README) -> list[str]:
    return re.findall(rf"^```{kind}\n(.+?)^```", text, re.M | re.S)


def test_it_is_short():
    assert len(README.split()) < 1600


# The map from equations to code


MAP = [
    (page, *entry)
    for page in map_lines.PAGES
    for entry in map_lines.ENTRY.findall(page.read_text(encoding="utf-8"))
]


def test_the_map_is_there():
    assert len([page for page, *_ in MAP if page.name == "README.md"]) >= 8
    assert len([page for page, *_ in MAP if page.name == "map.md"]) >= 40


@pytest.mark.parametrize(("page", "code", "path", "line"), MAP)
def test_each_equation_is_computed_on_the_line_that_the_map_names(page, code, path, line):
    lines = map_lines.lines_of(page.parent / path)
    assert code in lines, f"{page.name}: {path} no longer holds {code!r}"
    assert lines[int(line) - 1] == code, "python scripts/map_lines.py puts the lines right"


def test_lines_that_have_moved_are_put_right(tmp_path, monkeypatch, capsys):
    (tmp_path / "some.py").write_text("a = 1\nb = 2  # why\na = 1\nc = 3\n", encoding="utf-8")
    page = tmp_path / "page.md"
    page.write_text("`b = 2` [some.py](some.py#L9), `a = 1` [some.py](some.py#L4)\n", "utf-8")
    monkeypatch.setattr(map_lines, "PAGES", (page,))
    assert map_lines.main() == 0
    right = "`b = 2` [some.py](some.py#L2), `a = 1` [some.py](some.py#L3)\n"
    assert page.read_text(encoding="utf-8") == right
    page.write_text("`d = 4` [some.py](some.py#L1)\n", "utf-8")
    assert map_lines.main() == 1
    assert "page.md: some.py no longer holds d = 4" in capsys.readouterr().out


# The layout


LAYOUT = re.findall(r"\[([\w/.]+)\]\(([\w/.]+)\)", README.partition("## Layout")[2])


def test_the_layout_names_every_folder_of_the_package():
    folders = {path.parent for path in (ROOT / "digitnet").glob("*/__init__.py")}
    named = {ROOT / target for _, target in LAYOUT}
    assert folders <= named
    assert {ROOT / name for name in ("main.py", "tests", "benchmarks", "scripts", "docs")} <= named


@pytest.mark.parametrize(("name", "target"), LAYOUT)
def test_each_path_of_the_layout_exists_and_is_called_so(name, target):
    assert (ROOT / target).exists()
    if "/" in name:
        assert (ROOT / name).resolve() == (ROOT / target).resolve()


# Commands and their options


COMMANDS = [
    command
    for text in (README, RUNNING, DATA)
    for block in blocks("sh", text)
    for command in re.findall(r"^python main\.py (.+)$", block, re.M)
]


def test_there_are_commands():
    assert len(COMMANDS) >= 15


@pytest.mark.parametrize("command", COMMANDS)
def test_each_option_of_each_command_changes_what_it_names(command, monkeypatch):
    """The options are parsed and make settings; the training itself is tested elsewhere."""
    understood = []
    monkeypatch.setattr(train, "run", lambda options: understood.append(options) or 0)
    words = shlex.split(command, comments=True)
    assert main_job(words) == 0
    (options,) = understood
    settings = asdict(settings_from(options))
    default = asdict(Settings(**RECIPES[options.recipe]))
    given = {word for word in words if word.startswith("--")}
    changed = {option_name(name) for name, value in settings.items() if value != default[name]}
    others = {"--data": options.data, "--resume": options.resume, "--from": options.begin_at}
    others |= {"--name": options.name, "--recipe": options.recipe != "default"}
    assert given == changed | {name for name, value in others.items() if value}


# Examples


LOAD, PLAIN, PARTS = blocks("python")


def test_the_model_reads_images_in_three_lines(mnist):
    """Pasted as it is; two lines of import come before."""
    names = {}
    exec(compile(LOAD, "README.md", "exec"), names)
    lines = [line for line in LOAD.splitlines() if line]
    assert len([line for line in lines if not re.match("import|from", line)]) == 3
    assert np.mean(names["digits"] == mnist.test.labels) > 0.99


# Found while the tests are collected, so that the fast ones miss a sentence that is gone.
(SAID_OF_THE_PLAIN,) = re.findall(r"It reads about (\d\d\.\d) % of the test set", WORDS)
(SAID_OF_THE_PARTS,) = re.findall(r"It ends near (\d\d\.\d) %: momentum", WORDS)


@pytest.mark.slow
def test_the_plain_network_learns_to_read(capsys):
    exec(compile(PLAIN, "README.md", "exec"), {})
    (last,) = capsys.readouterr().out.splitlines()
    share = re.fullmatch(r"reads (\d\d\.\d\d)% of the test set", last)
    assert float(share[1]) == pytest.approx(float(SAID_OF_THE_PLAIN), abs=0.3)


@pytest.mark.slow
def test_the_example_of_the_parts_trains_a_network(capsys):
    exec(compile(PARTS, "README.md", "exec"), {})
    lines = capsys.readouterr().out.splitlines()
    shares = [re.fullmatch(r"epoch (\d): reads (\d\d\.\d\d)% of unseen digits", x) for x in lines]
    assert [share[1] for share in shares] == ["1", "2", "3", "4", "5"]
    assert float(shares[-1][2]) == pytest.approx(float(SAID_OF_THE_PARTS), abs=0.4)


def test_the_examples_are_plain():
    assert "**" not in PLAIN + PARTS
    assert all(len(line) < 100 for line in (PLAIN + PARTS).splitlines())


@pytest.mark.slow
def test_the_run_prints_what_the_readme_shows(tmp_path):
    """The same lines in the same form; the last digits are those of one kind of processor."""
    (shown,) = blocks("text")
    command = [sys.executable, ROOT / "main.py", "--runs-dir", tmp_path]
    result = subprocess.run(command, capture_output=True, text=True, check=True)

    def form(line: str) -> str:
        return re.sub(r" +", " ", re.sub(r"\d", "0", line.strip()))

    printed = {form(line).replace("00 s", "0 s") for line in result.stdout.splitlines()}
    for line in shown.splitlines():
        if "…" not in line:
            assert form(line).replace("00 s", "0 s") in printed, line
    accuracies = [float(re.search(r"accuracy: (.+?) %", x)[1]) for x in (shown, result.stdout)]
    assert accuracies[0] == pytest.approx(accuracies[1], abs=0.3)
    (run,) = tmp_path.iterdir()
    *_, last = csv.DictReader((run / "history.csv").read_text(encoding="utf-8").splitlines())
    assert float(last["validation_accuracy"]) > 0.978
    assert load(run / "model.npz").scaling == MinMax(0, 255)


# Numbers


ACCURACY = json.loads((ROOT / "docs" / "accuracy.json").read_text(encoding="utf-8"))
SPEED = json.loads((ROOT / "docs" / "performance.json").read_text(encoding="utf-8"))["rounds"]
REACHED = re.findall(
    r"^\| [^|]+ \| (?:`(.+?)`)? ?\| \**([\d.± ]+?)\** \| ([^|]+) \|$", README, re.M
)


def test_there_are_numbers():
    assert len(REACHED) >= 5


@pytest.mark.parametrize(("options", "reached", "time"), REACHED)
def test_the_accuracies_and_times_are_those_that_were_measured(options, reached, time):
    (name,) = (each.name for each in accuracy.VARIANTS if each.options == options)
    tests, _, seconds, *_ = zip(*ACCURACY[name]["seeds"], strict=True)
    percent = [100 * test for test in tests]
    deviation = f" ± {statistics.stdev(percent):.2f}" if len(percent) > 1 else ""
    assert reached == f"{statistics.mean(percent):.2f}{deviation}"
    median = statistics.median(seconds)
    measured = f"{median:.0f} s" if median < 100 else f"{median / 60:.0f} min"
    assert time.split(",")[0] == measured


@pytest.mark.parametrize(
    ("recipe", "epochs"),
    [("sprint98", 1), ("sprint99", 2), ("sprint99.5", 30), ("quick", 22), ("strong", 110),
     ("plain", 20), ("pixels", 330), ("best", 100)],
)  # fmt: skip
def test_recipes_train_for_as_long_as_when_they_were_measured(recipe, epochs):
    """The figures of docs/accuracy.md and docs/speedrun.md are those of so many."""
    assert RECIPES[recipe]["epochs"] == epochs


def test_the_accuracies_in_the_text_are_those_that_were_measured():
    best, quick, default = (ACCURACY[name]["seeds"] for name in ("best", "quick", "default"))
    card = (PRETRAINED.parent / "model-card.md").read_text(encoding="utf-8")
    with_views = re.search(r"--views 9` .+: (\S+ %),", card)[1]
    reads = f"reads {100 * best[0][0]:.2f} % of the test set right, and {with_views} with"
    assert reads in WORDS
    shares, seconds = [seed[0] for seed in quick], [seed[2] for seed in quick]
    assert f"{100 * statistics.mean(shares):.1f} % in a minute" in WORDS
    assert statistics.median(seconds) < 60
    assert "in nine seconds on one of two cores" in WORDS
    assert round(statistics.median(seed[2] for seed in default)) == 9


@pytest.mark.parametrize(("target", "before"), [("98", "to 98 %"), ("99", "To 99 %")])
def test_the_seconds_to_a_target_are_those_that_were_measured(target, before):
    content = json.loads((ROOT / "docs" / "speedrun.json").read_text(encoding="utf-8"))
    rounds = content[target]["rounds"]
    medians = {
        name: statistics.median(each[name]["written"] for each in rounds)
        for name, measured in rounds[-1].items()
        if "written" in measured
    }
    ours, pytorch = medians["ours"], medians["pytorch"]
    jax = min(seconds for name, seconds in medians.items() if name.startswith("jax"))
    said = f"{before} (`sprint{target}`): {ours:.1f} s; JAX {jax:.1f}, PyTorch {pytorch:.1f}"
    assert said in WORDS


def test_the_minutes_to_the_last_target_are_those_that_were_measured():
    content = json.loads((ROOT / "docs" / "speedrun.json").read_text(encoding="utf-8"))
    runs = [each["ours"] for each in content["99.5"]["rounds"]]
    assert len(runs) == 20
    assert statistics.mean(run["accuracy"] for run in runs) > 0.995
    minutes = statistics.median(run["written"] for run in runs) / 60
    assert f"To 99.5 % (`sprint99.5`): {minutes:.1f} min" in WORDS


QUOTED = re.findall(r"^\| ([^|]+) \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \|$", README, re.M)


def test_the_figures_of_speed_are_those_that_were_measured():
    assert len(QUOTED) == 3
    for who, *ratios in QUOTED:
        names = report.SUMMARY[who]
        for work, quoted in zip(("W1", "W2", "W3"), ratios, strict=True):
            assert quoted == f"{report.ratio(SPEED[work], names, 'seconds', 'ours'):.2f}", who


def test_what_is_said_of_who_is_faster_is_so():
    """docs/performance.md: JAX learns faster, PyTorch on W3 as fast; onnxruntime reads faster."""
    assert all(float(ratio) > 1 for ratio in QUOTED[0][1:])
    *faster, meeting = map(float, QUOTED[1][1:])
    assert max(faster) < 1
    assert meeting == pytest.approx(1, abs=0.05)
    assert all(float(ratio) < 1 for ratio in QUOTED[2][1:])
    onnx = report.ratio(SPEED["reading"], ("onnxruntime",), "one_median", "model")
    assert onnx == pytest.approx(2.4, abs=0.1)


def test_the_changelog_begins_with_this_version():
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(r"^## \[?([\w.]+)", changelog, re.M)[1] == __version__
