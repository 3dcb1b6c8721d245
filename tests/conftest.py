"""Every test runs with NumPy's silent hazards turned into errors, and in English."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib.figure  # noqa: F401 (where both are imported, no training starts a process
import numpy as np
import pytest
import sklearn.metrics  # noqa: F401  that measures and draws: see digitnet.training.aside)

from digitnet.data import Dataset, Examples, bundled, load_mnist

os.environ["LANGUAGE"] = "en"  # for the processes that tests start as well


@pytest.fixture(autouse=True)
def numpy_hazards_are_errors() -> Iterator[None]:
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        yield


@pytest.fixture(scope="session", autouse=True)
def what_comes_along_is_unpacked_once() -> Iterator[None]:
    """The arrays of MNIST cannot be written to: commands that load them again get the same ones."""
    home, read, known = Path(bundled.__file__).parent, bundled.read_known, {}

    def read_once(path: Any, *arguments: Any) -> Any:
        if path.parent.parent != home:
            return read(path, *arguments)
        if path not in known:
            known[path] = read(path, *arguments)
            assert not known[path].flags.writeable
        return known[path]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bundled, "read_known", read_once)
        yield


@pytest.fixture(scope="session")
def mnist() -> Dataset:
    return load_mnist()


@pytest.fixture(scope="session")
def few(mnist: Dataset) -> Examples:
    """The first 2,000 training images: enough to learn something from, in a blink."""
    return mnist.train.take(np.arange(2000))


@pytest.fixture(scope="session")
def data() -> Dataset:
    """For the playground: few images, so that a visit learns in no time."""
    from tests.playground import small_data

    return small_data()


@pytest.fixture(scope="module")
def port(data: Dataset) -> Iterator[int]:
    """Of a playground's server on this computer."""
    from digitnet.web.visits import Hosting
    from tests.playground_server import serving

    with serving(Hosting(data)) as listening:
        yield listening


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--seed", type=int, default=20260101, help="of the tests' random numbers")


@pytest.fixture
def generator(request: pytest.FixtureRequest) -> np.random.Generator:
    return np.random.default_rng(request.config.getoption("--seed"))
