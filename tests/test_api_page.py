"""docs/api.md: its examples run, and it names what is public; docs/options.md is up to date."""

import inspect
import re
import sys
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

import digitnet
from digitnet import Digit, DigitClassifier, Reading

sys.path.insert(0, str(Path(__file__).parent.parent / "scripts"))

import messages_table
import options_page

PAGE = (Path(__file__).parent.parent / "docs" / "api.md").read_text(encoding="utf-8")
PICTURE = Path(__file__).parent / "cases" / "pictures" / "7_28x28_black_on_white.png"


def examples():
    return re.findall(r"```python\n(.+?)```", PAGE, re.S)


def public_names(owner):
    return [name for name, _ in inspect.getmembers(owner, callable) if not name.startswith("_")]


@pytest.mark.slow
def test_the_examples_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    model_example, picture_example, classifier_example = examples()
    names = {}
    exec(compile(model_example, "api.md", "exec"), names)
    assert names["probabilities"].shape == (5, 10)
    assert names["probabilities"].dtype == np.float32
    (tmp_path / "photo.jpg").write_bytes(PICTURE.read_bytes())
    exec(compile(picture_example, "api.md", "exec"), names)
    assert names["reading"].text == "7"
    exec(compile(classifier_example, "api.md", "exec"), names)
    assert names["accuracy"] > 0.94
    assert (tmp_path / "copy.npz").is_file()
    assert digitnet.load("mine.npz").network.n_in == 784


def test_every_public_name_is_described():
    public = [name for name in digitnet.__all__ if name != "__version__"]
    public += [f"{name}(" for name in public_names(DigitClassifier)]
    public += [f"Model.{name}" for name in ("predict", "predict_proba", "save")]
    public += ["digitnet.read(", "Reading.as_dict("]
    public += [f"`{each.name}`" for kind in (Digit, Reading) for each in fields(kind)]
    public += ["`text`", "`digits`"]
    for name in public:
        assert name in PAGE, name


def test_every_parameter_is_described():
    own = {"random_state", "warm_start", "class_weight", "verbose"}
    for name in own:
        assert f"| `{name}` |" in PAGE
    for name in inspect.signature(DigitClassifier).parameters.keys() - own:
        assert f"| `{name}` |" in options_page.page()


def test_the_page_of_options_is_what_the_table_gives():
    assert options_page.PAGE.read_text(encoding="utf-8") == options_page.page(), "run: make pages"


def test_the_tables_of_messages_are_what_the_code_has():
    shown = messages_table.PAGE.read_text(encoding="utf-8")
    assert shown == messages_table.page(), "run: make pages"
