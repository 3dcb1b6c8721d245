"""docs/teaching.md: what it names is there, and the pooling of drawings works as it stands."""

import re
from pathlib import Path

import numpy as np
import pytest

from digitnet.cli import main
from digitnet.teach.exercises.material import forty
from digitnet.training import drawings

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "teaching.md").read_text(encoding="utf-8")


def test_drawings_are_pooled_and_tested_with(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    images, labels, _ = forty()
    Path("drawings").mkdir()
    for name, part in (("anna", slice(0, 25)), ("bo", slice(25, 40))):
        kept = {"x_train": images[part], "y_train": labels[part].astype(np.uint8)}
        np.savez(Path("drawings") / f"{name}.npz", **kept)
    (program,) = re.findall(r"```python\n(.+?)```", PAGE, re.S)
    exec(compile(program, "pool", "exec"), {})
    assert main(["evaluate", "--data", "class.npz"]) == 0
    assert "in 40 images" in capsys.readouterr().out


@pytest.mark.parametrize("figure", re.findall(r"^\| `([\w-]+\.png)`", PAGE, re.M))
def test_each_figure_is_one_that_a_training_draws(figure):
    assert figure in Path(drawings.__file__).read_text(encoding="utf-8")


def test_the_minutes_of_a_plan_are_those_of_its_heading():
    for minutes, plan in re.findall(r"^## (\d+) minutes.+?\n(.+?)^## ", PAGE, re.M | re.S):
        assert sum(map(int, re.findall(r"^\| (\d+) \|", plan, re.M))) == int(minutes)
