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
        allowed |= {"joblib", "distributed"}  # scikit-learn brings joblib
    if path.name == "ranks.py" and path.parent.name == "training":
        allowed |= {"mpi4py"}
