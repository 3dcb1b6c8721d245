"""What CONTRIBUTING says is enough: activations are added to a copy of the project, as it says."""

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from digitnet.nn import ACTIVATIONS

ROOT = Path(__file__).parent.parent
SECTION = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
SECTION = SECTION.partition("## Add an activation")[2].partition("\n## ")[0]
CLASS, ENTRY, MODULE, OPERATOR = (
    textwrap.dedent(block)
    for block in re.findall(r"^ *```python\n(.+?)^ *```", SECTION, re.M | re.S)
)
IMPORT = "from digitnet.nn.activations import Softplus\n"
IMPORT_MODULE = "from digitnet.nn.elu import ELU\n"
FILES = ("digitnet", "tests", "scripts", "main.py", "pyproject.toml")


def insert(path: Path, before: str, text: str) -> None:
    source = path.read_text(encoding="utf-8")
    assert source.count(before) == 1, f"{path.name}: {before!r}"
    path.write_text(source.replace(before, text + before), encoding="utf-8")


def add_softplus(nn: Path) -> None:
    """The short way: a class and its name in activations.py, unless they are there already."""
    activations = nn / "activations.py"
    source = activations.read_text(encoding="utf-8")
    if "class Softplus(" not in source:
        insert(activations, "ACTIVATIONS: dict", f"{CLASS}\n\n")
    source = activations.read_text(encoding="utf-8")
    if '"softplus":' not in source:
        end = source.index("\n}\n", source.index("ACTIVATIONS: dict")) + 1
        entry = textwrap.indent(ENTRY, "    ")
        activations.write_text(source[:end] + entry + source[end:], encoding="utf-8")


def add_elu(copy: Path) -> None:
    """The long way: a module that is read later, unless it is there already."""
    nn = copy / "digitnet" / "nn"
    if (nn / "elu.py").exists():
        return
    (nn / "elu.py").write_text(MODULE, encoding="utf-8")
    insert(nn / "__init__.py", "from digitnet.nn.gradcheck import", IMPORT_MODULE)
    insert(nn / "__init__.py", '    "INITIALIZERS",\n', '    "ELU",\n')
    insert(nn / "__init__.py", "    weighted  ", "    elu            ELU, an activation\n")
    insert(copy / "scripts" / "nn_size.py", '    "gradcheck.py",\n', '    "elu.py",\n')


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A copy of the project with both activations, by the steps of the section."""
    copy = tmp_path_factory.mktemp("project")
    for name in FILES:
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, copy / name)
    add_softplus(copy / "digitnet" / "nn")
    add_elu(copy)
    return copy


@pytest.fixture(scope="module")
def run(project):
    """Call a module of Python in the copy."""

    def call(*arguments, status=0):
        result = subprocess.run(
            [sys.executable, "-m", *map(str, arguments)],
            cwd=project,
            env={**os.environ, "PYTHONPATH": str(project)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode == status, result.stdout + result.stderr
        return result

    return call


@pytest.fixture(scope="module")
def trained(project, run):
    options = ("--hidden", "16", "--epochs", "1", "--runs-dir", "runs", "--name", "new")
    run("digitnet", "train", "--activation", "softplus", *options)
    return project / "runs" / "new"


def test_the_section_is_about_a_class_and_its_name():
    assert CLASS.startswith("class Softplus(Activation):")
    assert ENTRY == '"softplus": Softplus,\n'
    assert OPERATOR.strip() == 'Softplus: ("Softplus", {}),'
    assert MODULE.endswith('\n\n\nACTIVATIONS["elu"] = ELU\n')


def test_an_activation_that_is_there_already_is_not_added_twice(project, tmp_path):
    """Who has followed the section has it, and runs this module as part of `make check`."""
    copy = tmp_path / "copy"
    for name in ("digitnet/nn", "scripts"):
        shutil.copytree(project / name, copy / name)
    add_softplus(copy / "digitnet" / "nn")
    add_elu(copy)
    for path in (project / "digitnet" / "nn").glob("*.py"):
        assert (copy / "digitnet" / "nn" / path.name).read_bytes() == path.read_bytes()


def test_what_the_section_names_is_there(project):
    for path in re.findall(r"`?((?:digitnet|scripts|tests)/[\w/]+\.py)`", SECTION):
        assert (project / path).is_file(), path
    assert "\nOPERATORS: dict" in (ROOT / "digitnet/model/export.py").read_text(encoding="utf-8")
    assert "\nSLOPES: dict" in (ROOT / "digitnet/teach/pages.py").read_text(encoding="utf-8")


def test_the_network_stays_small_enough(project):
    """There is room for a short one; who has added one has used it, and counts it by nn_size.py."""
    if set(ACTIVATIONS) != {"sigmoid", "tanh", "relu", "leaky_relu"}:
        pytest.skip("an activation has been added")
    command = [sys.executable, project / "scripts" / "nn_size.py"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout


def test_the_longer_one_is_counted_as_second_reading(project):
    counted = subprocess.run(
        [sys.executable, project / "scripts" / "nn_size.py"],
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    assert re.search(r"^ +\d+  elu\.py, second reading$", counted, re.M)


@pytest.mark.skipif(not importlib.util.find_spec("ruff"), reason="ruff is not installed")
def test_format_and_lint_are_content(run):
    run("ruff", "format", "--check", "digitnet/nn", "scripts")
    run("ruff", "check", "digitnet/nn", "scripts")


@pytest.mark.slow
@pytest.mark.skipif(not importlib.util.find_spec("mypy"), reason="mypy is not installed")
def test_the_types_are_right(run):
    run("mypy", "digitnet/nn/activations.py", "digitnet/nn/elu.py")


@pytest.mark.slow
def test_the_tests_of_every_activation_take_it_and_pass(run):
    """Those that go through ACTIVATIONS, and those that once had a list of their own."""
    modules = ("gradients", "contracts", "network", "extension", "arguments", "shards")
    files = [f"tests/test_{name}.py" for name in modules]
    fast = ("-p", "no:cacheprovider", "-m", "not slow")
    out = run("pytest", *fast, "--verbose", *files).stdout
    for name in ("softplus", "elu"):
        assert f"test_every_layer[{name}] PASSED" in out
        assert f"test_a_slope_that_is_a_thousandth_wrong_is_caught[{name}] PASSED" in out
    run("pytest", *fast, "tests/test_cli.py", "-k", "help")


@pytest.mark.slow
def test_it_is_trained_by_its_name(trained):
    metrics = json.loads((trained / "metrics.json").read_text(encoding="utf-8"))
    assert metrics["test"]["accuracy"] > 0.9
    config = json.loads((trained / "config.json").read_text(encoding="utf-8"))
    assert config["settings"]["activation"] == ["softplus"]


@pytest.mark.slow
def test_explain_shows_its_numbers(trained, run, tmp_path):
    page = tmp_path / "step.html"
    out = run("digitnet", "explain", "--run", trained, "7", "--html", page).stdout
    assert "wrote" in out.lower() or page.is_file()
    text = run("digitnet", "explain", "--run", trained, "7").stdout
    assert "The activation: Softplus" in text
    assert "Here f'(z) is the slope that Softplus computes itself." in " ".join(text.split())
    assert "Softplus" in page.read_text(encoding="utf-8")


@pytest.mark.slow
def test_gradcheck_takes_it(run):
    run("digitnet", "gradcheck", "--activation", "softplus,elu", "--hidden", "8,8")


@pytest.mark.slow
def test_onnx_refuses_it_with_a_sentence_until_it_is_told(project, trained, run, tmp_path):
    onnxruntime = pytest.importorskip("onnxruntime")
    path = tmp_path / "new.onnx"
    (line,) = run("digitnet", "export", trained, "--onnx", path, status=2).stderr.splitlines()
    assert "got Softplus" in line
    assert not path.exists()
    export = project / "digitnet" / "model" / "export.py"
    known = export.read_text(encoding="utf-8")
    try:
        insert(export, "from digitnet.nn import", IMPORT)
        source = export.read_text(encoding="utf-8")
        end = source.index("\n}\n", source.index("OPERATORS: dict")) + 1
        operator = textwrap.indent(OPERATOR, "    ")
        export.write_text(source[:end] + operator + source[end:], encoding="utf-8")
        run("digitnet", "export", trained, "--onnx", path)
    finally:
        export.write_text(known, encoding="utf-8")
    session = onnxruntime.InferenceSession(path)
    assert [each.name for each in session.get_outputs()] == ["probabilities", "labels"]
