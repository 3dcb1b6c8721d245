"""BLAS computes with one thread while digitnet does, and with as many as before afterwards."""

import os
import subprocess
import sys
import threading

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from digitnet import DigitClassifier
from digitnet.data import Batches, MinMax
from digitnet.nn import (
    SGD,
    Constant,
    Objective,
    Step,
    check_gradients,
    multilayer_perceptron,
    train,
)
from digitnet.nn.blas import one_thread
from digitnet.training.learning import learn
from digitnet.training.settings import Settings
from tests import rounding

pytestmark = pytest.mark.numerical

CLASSES = tuple("0123456789")


def n_threads() -> int:
    """Of NumPy's BLAS; others that may be loaded, such as SciPy's, are nobody's here to limit."""
    blas = [pool for pool in threadpool_info() if pool["user_api"] == "blas"]
    ours = [pool for pool in blas if "numpy" in pool["filepath"]] or blas
    return max(pool["num_threads"] for pool in ours)


@pytest.fixture
def everything():
    """Two threads before, and two again afterwards, even on a machine with one core."""
    with threadpool_limits(2, user_api="blas"):
        yield 2
        assert n_threads() == 2


def test_blocks_are_counted_however_they_overlap(everything):
    one_thread.__enter__()
    with one_thread:
        assert n_threads() == 1
    assert n_threads() == 1
    one_thread.__enter__()
    one_thread.__exit__()
    assert n_threads() == 1
    one_thread.__exit__()
    assert n_threads() == everything


def test_the_thread_that_ends_last_need_not_be_the_one_that_began(everything):
    began, ended = threading.Event(), threading.Event()

    def first():
        with one_thread:
            began.set()
            ended.wait(10)

    thread = threading.Thread(target=first)
    thread.start()
    began.wait(10)
    with one_thread:
        ended.set()
        thread.join()
        assert n_threads() == 1
    assert n_threads() == everything


def test_an_error_gives_the_threads_back(everything):
    with pytest.raises(KeyError), one_thread:
        raise KeyError
    assert n_threads() == everything


def test_what_somebody_else_chose_meanwhile_stays():
    with threadpool_limits(2, user_api="blas"):
        with one_thread:
            threadpool_limits(3, user_api="blas")
        assert n_threads() == 3


def test_a_limit_of_the_users_own_stays():
    with threadpool_limits(1, user_api="blas"):
        with one_thread:
            pass
        assert n_threads() == 1


def test_fits_that_overlap_have_one_thread_each_and_leave_none_behind(few, everything):
    """Threads that begin and end at different times: the last one gives back what was there."""
    seen = []

    def fit(epochs: int) -> None:
        classifier = DigitClassifier((256,), epochs=epochs, threads=1)
        classifier.fit(few.images, few.labels)
        seen.append(n_threads())

    threads = [threading.Thread(target=fit, args=(epochs,)) for epochs in (4, 1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen[:2] == [1, 1]  # those that ended while another one was learning
    assert n_threads() == everything


@pytest.mark.parametrize("hidden", [16, 512])
def test_a_training_computes_with_one(hidden, few, everything):
    seen = set()
    settings = Settings(hidden_layer_sizes=(hidden,), epochs=1)
    learn(settings, few, None, CLASSES, observers=[lambda _: seen.add(n_threads())])
    assert seen == {1}
    assert n_threads() == everything


def test_train_limits_its_own_steps_and_not_what_comes_between(few, everything):
    """A user's loop over train, as in the README."""
    within, between = [], []

    class Looking(SGD):
        def step(self, params, grads, learning_rate):
            within.append(n_threads())
            super().step(params, grads, learning_rate)

    batches = Batches(few, MinMax(0, 255), 10, 500, 0)
    network = multilayer_perceptron([784, 8, 10])
    how = {"objective": Objective(), "optimizer": Looking(), "schedule": Constant(0.1)}
    for record in train(network, batches, batches, **how, epochs=1):
        between.append(n_threads())
        if isinstance(record, Step) and record.step == 3:
            break
    assert within == [1, 1, 1]
    assert between == [everything] * 3


def test_a_gradient_check_computes_with_one(everything):
    seen = set()

    class Looking(Objective):
        def value(self, *given):
            seen.add(n_threads())
            return super().value(*given)

    network = multilayer_perceptron([4, 3, 2], "tanh", dtype=np.float64)
    check_gradients(network, np.ones((2, 4)), np.eye(2), Looking())
    assert seen == {1}
    assert n_threads() == everything


PREDICTING = """
import sys
import numpy, digitnet
from digitnet.nn import blas
limits, limit = [], blas._limit
blas._limit = lambda library, n: (limits.append(n), limit(library, n))
model = digitnet.load()
images = numpy.zeros((int(sys.argv[1]), 28, 28), numpy.uint8)
model.predict(images)
print(limits.count(1))
"""


def run(program, *arguments):
    """What it prints, in an interpreter of its own whose BLAS takes the threads that it likes."""
    command = [sys.executable, "-c", program, *arguments]
    env = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}
    return subprocess.run(
        command, capture_output=True, text=True, check=True, timeout=60, env=env
    ).stdout.strip()


@pytest.mark.parametrize(("n_images", "limits"), [("1", "0"), ("2", "1")])
def test_reading_one_image_changes_nothing_in_the_process(n_images, limits):
    """The model that comes with digitnet has products that BLAS would take threads for."""
    assert run(PREDICTING, n_images) == limits


def test_without_threadpoolctl_nothing_is_limited_and_all_works():
    assert run("import sys; sys.modules['threadpoolctl'] = None\n" + PREDICTING, "2") == "0"


def test_libraries_are_not_looked_for_while_something_is_computed():
    """Whoever looks holds the loader's lock, and whoever imports the interpreter's; each may wait
    for the other's."""
    looking = """
from threadpoolctl import ThreadpoolController
found, find = [], ThreadpoolController.__init__
ThreadpoolController.__init__ = lambda self: (found.append(1), find(self))[1]
import digitnet.nn
while_importing = len(found)
"""
    assert run(f"{looking}\n{PREDICTING}\nprint(while_importing, len(found))", "2") == "1\n1 1"


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_large_product_of_one_row_is_that_of_many_rows(dtype, generator):
    network = multilayer_perceptron([700, 600, 10], dtype=dtype)
    x = generator.random((3, 700)).astype(dtype)
    many = network.forward(x).copy()
    tolerance = rounding.of_logits(network, x) * (1 if dtype == np.float32 else 1e-8)
    for row, z, error in zip(x, many, tolerance, strict=True):
        assert np.all(np.abs(network.forward(row[None])[0] - z) <= 2 * error)
