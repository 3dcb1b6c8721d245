"""docs/api.md: its examples run, and it names what is public."""

import inspect
import re
from pathlib import Path

import numpy as np
import pytest

import digitnet
from digitnet import DigitClassifier

PAGE = (Path(__file__).parent.parent / "docs" / "api.md").read_text(encoding="utf-8")


def examples():
    return re.findall(r"```python\n(.+?)```", PAGE, re.S)


def public_names(owner):
    return [name for name, _ in inspect.getmembers(owner, callable) if not name.startswith("_")]


@pytest.mark.slow
def test_the_examples_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    model_example, classifier_example = examples()
    names = {}
    exec(compile(model_example, "api.md", "exec"), names)
    assert names["probabilities"].shape == (5, 10)
    assert names["probabilities"].dtype == np.float32
    exec(compile(classifier_example, "api.md", "exec"), names)
    assert names["accuracy"] > 0.94
    assert (tmp_path / "copy.npz").is_file()
    assert digitnet.load("mine.npz").network.n_in == 784


def test_every_public_name_is_described():
    public = [name for name in digitnet.__all__ if name != "__version__"]
    public += [f"{name}(" for name in public_names(DigitClassifier)]
    public += [f"Model.{name}" for name in ("predict", "predict_proba", "save")]
    for name in public:
        assert name in PAGE, name


def test_the_parameters_are_those_of_the_class():
    (signature,) = re.findall(r"\*\*`DigitClassifier(\(.+?\))`\*\*", PAGE, re.S)
    page = re.sub(r"\s+", " ", signature)
    actual = inspect.signature(DigitClassifier, eval_str=True)
    plain = actual.replace(
        parameters=[p.replace(annotation=p.empty) for p in actual.parameters.values()],
        return_annotation=actual.empty,
    )
    assert page == str(plain).replace("'", '"')
