"""Rules of the project that a change could break without noticing."""

import ast
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from digitnet.data import MinMax
from digitnet.model import Model
from digitnet.nn import multilayer_perceptron

ROOT = Path(__file__).parent.parent
PACKAGE = sorted((ROOT / "digitnet").rglob("*.py"))


def imported(path: Path) -> set[str]:
    """The modules that a file imports, anywhere in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module)
    return names


ORDER = (
    "text",
    "languages",
    "version",
    "errors",
    "workers",
    "files",
    "nn",
    "accept",
    "data",
    "model",
    "report",
    "training",
    "reading",
    "teach",
    "sweep",
    "web",
)
"""The folders and modules of the package in the order of reading: each imports those before it."""


def folder_of(module: str) -> str:
    """The folder, or module beside the folders, that digitnet.FOLDER.… is in."""
    return module.split(".")[1] if "." in module else ""


@pytest.mark.parametrize("path", PACKAGE, ids=lambda p: str(p.relative_to(ROOT)))
def test_each_folder_imports_only_those_above_it(path):
    folder = path.relative_to(ROOT / "digitnet").parts[0].removesuffix(".py")
    imports = {folder_of(name) for name in imported(path) if name.startswith("digitnet")}
    anything = {*ORDER, "classifier", "cli", ""}
    may = {
        "__init__": anything,
        "__main__": anything,
        "cli": anything,
        "classifier": set(ORDER),
        "nn": set(),  # the network stands by itself
    }
    allowed = may.get(folder) if folder in may else set(ORDER[: ORDER.index(folder)])
    assert imports <= allowed | {folder}


@pytest.mark.parametrize(
    "path", [p for p in PACKAGE if p.parent.name == "nn"], ids=lambda p: p.name
)
def test_the_network_imports_numpy_alone(path):
    third_party = {
        name
        for name in imported(path)
        if name.split(".")[0] not in sys.stdlib_module_names and not name.startswith("digitnet.nn")
    }
    limits = {"threadpoolctl"} if path.name == "blas.py" else set()  # which works without it too
    assert third_party <= {"numpy", "numpy.typing"} | limits


@pytest.mark.parametrize("path", PACKAGE, ids=lambda p: str(p.relative_to(ROOT)))
def test_the_package_computes_with_numpy_alone(path):
    extras = {"onnx", "rich", "threadpoolctl"}
    allowed = {"numpy", "digitnet", "matplotlib", "sklearn"} | extras | sys.stdlib_module_names
    if path.parent.name == "web" or path.name == "play.py":
        allowed |= {"starlette", "uvicorn", "h11", "segno"}  # uvicorn brings h11
    if path.name == "workers.py":
        allowed |= {"joblib", "distributed", "dask"}  # sklearn brings joblib
    if path.parent.name == "sweep":
        allowed |= {"optuna", "sqlalchemy"}  # which Optuna brings
    if path.name == "ranks.py" and path.parent.name == "training":
        allowed |= {"mpi4py"}
    decoding = {"PIL"} if path.parent.name == "reading" else set()  # Matplotlib brings it
    assert {name.split(".")[0] for name in imported(path)} <= allowed | decoding
    sklearn = {name for name in imported(path) if name.startswith("sklearn")}
    used = {"sklearn.datasets", "sklearn.metrics"}
    tags = {"sklearn.utils"} if path.name == "classifier.py" else set()  # for scikit-learn itself
    assert sklearn <= used | tags


def test_loading_a_model_and_predicting_imports_numpy_and_what_finds_its_blas(tmp_path):
    program = """
import sys
import numpy
before = set(sys.modules)
import digitnet
model = digitnet.load(sys.argv[1])
model.predict(numpy.zeros((28, 28), numpy.uint8))
print({name.split(".")[0] for name in set(sys.modules) - before} - sys.stdlib_module_names)
not_needed = {"numpy.random", "digitnet.training", "digitnet.data", "tempfile"}
if "ctypes.util" in sys.modules:  # of an older threadpoolctl
    not_needed.remove("tempfile")
print(not_needed & set(sys.modules))
"""
    network = multilayer_perceptron([784, 8, 10])
    Model(network, MinMax(0, 255), tuple("0123456789"), (28, 28)).save(tmp_path / "model.npz")
    result = subprocess.run(
        [sys.executable, "-c", program, tmp_path / "model.npz"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    loaded, not_needed = result.stdout.splitlines()
    brought = {"digitnet", "numpy", "threadpoolctl"}
    assert {n for n in ast.literal_eval(loaded) if "cython" not in n} <= brought
    assert not_needed == "set()"  # each takes longer to import than the rest of digitnet


def test_the_network_is_small_enough_to_read_in_one_sitting():
    command = [sys.executable, ROOT / "scripts" / "nn_size.py"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout


@pytest.mark.slow
def test_the_wheel_holds_the_data_its_licences_and_the_command(tmp_path):
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--quiet"]
    command += ["--disable-pip-version-check", "--wheel-dir", str(tmp_path), str(ROOT)]
    subprocess.run(command, check=True)
    (wheel,) = tmp_path.glob("digitnet-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        (metadata,) = (n for n in names if n.endswith("METADATA"))
        (scripts,) = (n for n in names if n.endswith("entry_points.txt"))
        metadata, scripts = (archive.read(name).decode() for name in (metadata, scripts))
    for part in ("train-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz", "LICENSE.md"):
        assert f"digitnet/data/mnist/{part}" in names
    assert "digitnet/model/pretrained/model.npz" in names
    assert "digitnet/model/pretrained/model-card.md" in names
    assert "digitnet/py.typed" in names
    assert "digitnet/locale/de/LC_MESSAGES/digitnet.mo" in names
    assert "digitnet/web/static/locale/de.json" in names
    assert not any(name.startswith(("tests", "benchmarks")) for name in names)
    assert "License-Expression: MIT AND CC-BY-SA-3.0" in metadata
    required = [line for line in metadata.splitlines() if line.startswith("Requires-Dist")]
    own = {line.split()[1].split(">")[0] for line in required if "extra ==" not in line}
    assert own == {"numpy", "matplotlib", "scikit-learn"}
    assert "digitnet = digitnet.__main__:main" in scripts
    program = "from digitnet.data import load_mnist; print(len(load_mnist().train))"
    result = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(wheel)!r}); {program}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout.strip() == "60000"


def test_the_oldest_packages_that_are_tested_are_those_that_are_promised():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [each for extra in project["optional-dependencies"].values() for each in extra]
    promised = dict(each.split(">=") for each in project["dependencies"] + extras)
    lines = (ROOT / "requirements" / "oldest.txt").read_text(encoding="utf-8").splitlines()
    tested = dict(line.split("==") for line in lines if "==" in line)
    for name, version in promised.items():
        oldest, pinned = ([*each.split("."), "0", "0"][:3] for each in (version, tested[name]))
        assert pinned == oldest, name
