"""What several processes learn together is what one learns; here they are threads (tests.ranks)."""

import copy
import pickle
import signal
import sys
import threading
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from digitnet.cli import main
from digitnet.data import Distortions, MinMax
from digitnet.data.mixup import mix
from digitnet.errors import DigitnetError
from digitnet.nn import (
    SGD,
    Adversarial,
    Averaged,
    Dropout,
    Objective,
    Scratch,
    Sharded,
    Step,
    WeightedCrossEntropy,
    multilayer_perceptron,
)
from digitnet.nn.batchnorm import BatchNorm
from digitnet.nn.ranks import Across, Rows, looked_at, place, rows_of
from digitnet.training import waiting
from digitnet.training.across import LearningAcross
from digitnet.training.build import build_batches
from digitnet.training.checkpoint import Checkpoints
from digitnet.training.learning import follow, learn
from digitnet.training.ranks import MPIRanks, number_by_launcher
from digitnet.training.settings import Settings
from digitnet.training.state import Ending
from tests.ranks import Rank, on_ranks

CLASSES = tuple("0123456789")
CUT, WHOLE = 0, 1e9
"""Multiplications up to which a batch is left whole: so every one is cut, or none."""


def batch(generator, n, n_in=6, n_classes=4):
    x = generator.standard_normal((n, n_in))
    return x, np.eye(n_classes)[generator.integers(n_classes, size=n)]


def network_for(**options):
    return multilayer_perceptron([6, 5, 3, 4], "tanh", dtype=np.float64, **options)


@pytest.mark.parametrize("n_ranks", [1, 2, 3, 7])
def test_every_row_is_that_of_one_rank(n_ranks):
    for n in range(20):
        ranks = [Rank(number, n_ranks, None, None) for number in range(n_ranks)]
        parts = [rows_of(rank, n) for rank in ranks]
        rows = [row for part in parts for row in range(n)[part]]
        assert rows == list(range(n))
        lengths = [part.stop - part.start for part in parts]
        assert max(lengths) - min(lengths) <= 1


def learned_step(gradients, network, x, targets, n_steps=2):
    for _ in range(n_steps):  # with other masks in the second one
        loss, logits = gradients(network, x, targets)
        network.params -= 0.1 * network.grads
    return loss, logits.copy(), network


@pytest.mark.numerical
@pytest.mark.parametrize("options", [{}, {"dropout": 0.4}, {"batch_norm": True, "dropout": 0.4}])
@pytest.mark.parametrize("most_alone", [CUT, WHOLE])
@pytest.mark.parametrize(("n_rows", "n_ranks"), [(64, 1), (64, 2), (65, 2), (97, 3), (2, 5)])
@pytest.mark.parametrize(
    "objective", [Objective(weight_decay=0.1), Adversarial(0.5, weight_decay=0.1)]
)
def test_ranks_add_up_to_what_one_process_finds(
    objective, options, most_alone, n_rows, n_ranks, generator
):
    x, targets = batch(generator, n_rows)
    with Sharded(objective, 1, most_alone) as alone:
        loss, logits, network = learned_step(alone, network_for(**options), x, targets)

    def do(rank):
        own = x[rows_of(rank, n_rows)]
        return learned_step(
            Across(objective, rank, most_alone), network_for(**options), own, targets
        )

    for got_loss, got_logits, got in on_ranks(n_ranks, do):
        assert got_loss == pytest.approx(loss, rel=1e-12)
        assert np.allclose(got_logits, logits, rtol=1e-10)
        assert np.allclose(got.grads, network.grads, rtol=1e-10, atol=1e-14)
        for ours, theirs in zip(got.state(), network.state(), strict=True):
            assert all(np.allclose(ours[name], theirs[name], rtol=1e-12) for name in theirs)


class AloneBackwards(BatchNorm):
    """Forgets, on its way back, that others have rows too."""

    def backward(self, dy):
        self.rows = None
        return super().backward(dy)


def test_the_comparison_catches_a_rank_that_forgets_the_others(generator):
    x, targets = batch(generator, 30)
    network = network_for(batch_norm=True)
    Objective()(network, x, targets)

    def do(rank):
        other = network_for(batch_norm=True)
        other.layers[4].__class__ = AloneBackwards
        Across(Objective(), rank)(other, x[rows_of(rank, 30)], targets)
        return other.grads

    assert not np.allclose(on_ranks(2, do)[0], network.grads, rtol=1e-3)


@pytest.mark.parametrize(("options", "n_ranks", "n_sums"), [
    ({}, 2, [2, 2]),
    ({"batch_norm": True}, 2, [2, 2]),
    ({"batch_norm": True}, 3, [8, 14, 8]),  # of two layers, three each
    ({"batch_norm": True}, 4, [8, 8, 8, 8]),
])  # fmt: skip
def test_ranks_wait_for_those_alone_that_have_rows_of_their_shard(
    options, n_ranks, n_sums, generator
):
    """Beyond the gradient and what is told once a step."""
    x, targets = batch(generator, 64)

    def do(rank):
        Across(Objective(), rank, CUT)(network_for(**options), x[rows_of(rank, 64)], targets)
        return rank.n_sums

    assert on_ranks(n_ranks, do) == n_sums


def test_weighted_examples_weigh_the_same(generator):
    x, targets = batch(generator, 33)
    targets *= generator.uniform(0, 2, (33, 1))
    network, objective = network_for(), Objective(WeightedCrossEntropy())
    loss, _ = objective(network, x, targets)

    def do(rank):
        other = network_for()
        found, _ = Across(objective, rank)(other, x[rows_of(rank, 33)], targets)
        return found, other.grads

    for found, grads in on_ranks(2, do):
        assert found == pytest.approx(loss, rel=1e-12)
        assert np.allclose(grads, network.grads, rtol=1e-10, atol=1e-15)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("width", [3, 4])
def test_a_mask_is_that_of_the_whole_batch(dtype, width):
    x = np.ones((9, width), dtype)
    for start in range(10):
        whole, part = Dropout(0.5, seed=(3,)), Dropout(0.5, seed=(3,))
        part.rows = Rows(start, 9, lambda _: None)
        part.shard = whole.shard = 1
        assert np.array_equal(part.forward(x[start:], True), whole.forward(x, True)[start:])


def test_the_network_does_not_remember_a_rank(generator):
    x, targets = batch(generator, 20)

    def do(rank):
        network = network_for(batch_norm=True, dropout=0.2)
        Across(Objective(), rank)(network, x[rows_of(rank, 20)], targets)
        return network

    for network in on_ranks(2, do):
        assert all(layer.rows is None and layer.shard == 0 for layer in network.layers)
        place(network, 1, Rows(0, 3, print))
        for other in (copy.deepcopy(network), pickle.loads(pickle.dumps(network))):
            assert all(layer.rows is None for layer in other.layers)


@pytest.mark.parametrize("n_ranks", [2, 3])
def test_running_means_over_all_batches_are_those_of_all_ranks(n_ranks, generator):
    batches = [batch(generator, n) for n in (8, 8, 2)]

    def finished(network, inputs):
        averaged = Averaged(SGD(), first=0)
        averaged.step(network.params, network.grads, 0.1)
        averaged.finish(network, inputs)
        return network.state()

    class Source:
        def epoch(self, number, first=0):
            return ((x[rows_of(self.rank, len(x))], targets) for x, targets in batches)

    def do(rank):
        source, network = Source(), network_for(batch_norm=True, dropout=0.3)
        source.rank = rank
        return finished(network, looked_at(network, source, 1, rank))

    alone = finished(network_for(batch_norm=True, dropout=0.3), (x for x, _ in batches))
    for state in on_ranks(n_ranks, do):
        for ours, theirs in zip(state, alone, strict=True):
            assert all(np.allclose(ours[name], theirs[name], rtol=1e-12) for name in theirs)


STRONG = Distortions(rotation=10, scale=10, shear=5, shift=2, elastic=1, stroke=0.7)


@pytest.mark.parametrize("rows", [[0, 1, 2], [4, 5, 6, 0], [3], []], ids=str)
def test_an_image_is_distorted_as_in_its_batch(rows, few):
    whole = few.images[:7].astype(np.float32)
    rows = np.array(rows, int)
    own = whole[rows]
    generators = [np.random.default_rng(5) for _ in range(2)]
    STRONG(whole, generators[0])
    STRONG.times(1.0)(own, generators[1], 7, rows)
    assert np.array_equal(own, whole[rows])
    assert generators[0].random() == generators[1].random()


def test_an_image_is_blended_as_in_its_batch(generator):
    x, targets = batch(generator, 6)
    own, own_targets = x[[4, 5, 0]], targets.copy()
    mix(x, targets, 0.4, np.random.default_rng(1), Scratch())
    mix(own, own_targets, 0.4, np.random.default_rng(1), Scratch(), np.array([4, 5, 0]))
    assert np.array_equal(own[:2], x[4:])
    assert np.array_equal(own_targets, targets)


@pytest.mark.parametrize(
    "options", [{}, {"mixup": 0.5}, {"rotation": 9.0}, {"mixup": 1.0, "stroke": 0.5}]
)
@pytest.mark.parametrize("n_ranks", [1, 2, 5])
def test_the_rows_of_all_ranks_are_those_of_one_process(options, n_ranks, few):
    examples = few.take(np.arange(70))
    settings = Settings(batch_size=33, **options)  # the last batch has 4 rows

    def source(share=None):
        return build_batches(settings, examples, MinMax(0, 255), 10, 3, share)

    ranks = [Rank(number, n_ranks, None, None) for number in range(n_ranks)]
    sources = [source(partial(rows_of, rank)) for rank in ranks]
    for epoch, first in ((1, 0), (2, 1)):
        parts = zip(*(each.epoch(epoch, first) for each in sources), strict=True)
        whole = source().epoch(epoch, first)
        for (x, targets), of_ranks in zip(whole, parts, strict=True):
            assert np.array_equal(np.concatenate([own for own, _ in of_ranks]), x)
            assert all(np.array_equal(each, targets) for _, each in of_ranks)


SMALL = Settings(
    hidden_layer_sizes=(12,),
    activation=("sigmoid",),
    epochs=2,
    batch_size=64,
    threads=1,
    dropout=0.2,
)


def learn_on(n_ranks, settings, examples, held_out, **options):
    def do(rank):
        given = {name: value(rank) for name, value in options.items()}
        return follow(LearningAcross(rank, settings, examples, held_out, CLASSES), **given)

    return on_ranks(n_ranks, do)


def without_seconds(history):
    return np.array([record._replace(seconds=0) for record in history])


@pytest.fixture(scope="module")
def parts(few):
    return few.take(np.arange(200)), few.take(np.arange(1000, 1037))


@pytest.mark.numerical
@pytest.mark.parametrize(
    "options",
    [
        {"batch_norm": True, "mixup": 0.3, "elastic": 1.0, "averaging": 0.5},
        {"hidden_layer_sizes": (900, 100), "epochs": 1, "batch_norm": True},  # cut in shards
    ],
    ids=str,
)
def test_learning_is_the_same_on_any_number_of_ranks(options, parts):
    settings = replace(SMALL, **options)
    alone = learn(settings, *parts, CLASSES)
    for n_ranks in (2, 3):
        everybody = learn_on(n_ranks, settings, *parts)
        for got in everybody:
            assert np.allclose(got.network.params, alone.network.params, rtol=0, atol=1e-5)
            near = np.allclose(
                without_seconds(got.history), without_seconds(alone.history), rtol=1e-5
            )
            assert near
            assert np.array_equal(got.network.params, everybody[0].network.params)


def test_a_step_is_that_of_the_whole_batch(parts):
    seen = []
    learn_on(2, SMALL, *parts, observers=lambda rank: [seen.append] if rank.number else [])
    alone = []
    learn(SMALL, *parts, CLASSES, observers=[alone.append])
    steps, expected = ([r for r in each if isinstance(r, Step)] for each in (seen, alone))
    assert [(s.n_examples, s.n_correct) for s in steps] == [
        (s.n_examples, s.n_correct) for s in expected
    ]


def test_all_stop_where_one_is_asked_to(parts):
    def asked(rank):
        calls = []
        return lambda: rank.number == 1 and (calls.append(1) or len(calls) == 3)

    results = learn_on(2, replace(SMALL, epochs=9), *parts, should_stop=asked)
    assert {each.ending for each in results} == {Ending.INTERRUPTED}
    assert np.array_equal(*(each.network.params for each in results))


def test_all_stop_early_together(parts):
    settings = replace(SMALL, early_stopping=1, learning_rate=3.0, epochs=40)
    results = learn_on(3, settings, *parts)
    assert {each.ending for each in results} == {Ending.STOPPED_EARLY}
    assert len({len(each.history) for each in results}) == 1


def test_all_diverge_together(parts):
    settings = replace(SMALL, learning_rate=1e30, activation=("relu",))
    results = learn_on(2, settings, *parts)
    assert {each.ending for each in results} == {Ending.DIVERGED}


@pytest.mark.parametrize(("before", "after"), [(2, 3), (3, 1), (1, 2)])
def test_a_checkpoint_goes_on_with_another_number_of_ranks(before, after, parts, tmp_path):
    settings = replace(SMALL, batch_norm=True, epochs=3)
    alone = learn(settings, *parts, CLASSES)
    keeping = Checkpoints(tmp_path, print, every_s=1e9)

    def asked(_):
        calls = []
        return lambda: calls.append(1) or len(calls) == 6

    learn_on(
        before,
        settings,
        *parts,
        should_stop=asked,
        checkpoints=lambda rank: None if rank.number else keeping,
    )
    start = Checkpoints(tmp_path, print).load()
    assert start.header["step"] == 6
    if after == 1:
        (got,) = [learn(settings, *parts, CLASSES, start=start)]
    else:
        got, *_ = learn_on(after, settings, *parts, start=lambda _: start)
    assert np.allclose(got.network.params, alone.network.params, rtol=0, atol=1e-5)
    assert len(got.history) == 3


def test_without_images_held_out_there_is_nothing_to_validate(parts):
    (got, _) = learn_on(2, SMALL, parts[0], None)
    assert np.isnan(got.history[-1].validation_loss)


class TestLaunchers:
    def test_a_process_without_one_is_alone(self):
        assert number_by_launcher({}) == (0, 1, 0)
        assert number_by_launcher({"PMI_RANK": "x", "PMI_SIZE": "2"}) == (0, 1, 0)

    def test_open_mpi_and_mpich_tell(self):
        open_mpi = {"RANK": "3", "SIZE": "4", "LOCAL_RANK": "1"}
        named = {f"OMPI_COMM_WORLD_{name}": value for name, value in open_mpi.items()}
        assert number_by_launcher(named) == (3, 4, 1)
        mpich = {"PMI_RANK": "1", "PMI_SIZE": "2"}
        assert number_by_launcher(mpich) == (1, 2, 1)
        assert number_by_launcher({**mpich, "MPI_LOCALRANKID": "0"}) == (1, 2, 0)


class Communicator:
    """Rank 0 of two: the other says what it is told to."""

    def __init__(self, other):
        self.other, self.sent = other, []

    def Get_rank(self):  # noqa: N802
        return 0

    def Get_size(self):  # noqa: N802
        return 2

    def allgather(self, own):
        return [own, self.other(own)]

    def bcast(self, value):
        self.sent.append(value)
        return value


class TestBeforeTheyLearn:
    def ranks(self, other):
        library = type("Library", (), {"IN_PLACE": None})
        return MPIRanks(library, Communicator(other))

    def test_the_first_tells_of_the_failure_of_another(self):
        ranks = self.ranks(lambda _: ("far", "there is no such path", None))
        with pytest.raises(DigitnetError, match=r"^rank 1 on far: there is no such path$"):
            ranks.each(int)

    def test_its_own_failure_comes_first(self):
        def fail():
            raise OSError("no disk")

        with pytest.raises(OSError, match="no disk"):
            self.ranks(lambda _: ("far", "no path", None)).each(fail)

    def test_they_must_be_alike(self):
        other = self.ranks(lambda _: ("far", None, ("far", {"numpy": "1.0"})))
        with pytest.raises(DigitnetError, match=r"the same version .* got numpy 2.0 .* 1.0 .*far"):
            other.check_same("version", {"numpy": "2.0"})

    def test_they_are_let_go_once(self):
        ranks = self.ranks(lambda _: ("far", "no path", None))
        ranks.let_go()
        assert ranks._comm.sent == [None]
        with pytest.raises(DigitnetError):
            ranks.each(int)  # of which all know
        ranks.let_go()
        assert ranks._comm.sent == [None]


class TestUnderALauncher:
    @pytest.fixture(autouse=True)
    def without_mpi4py(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "mpi4py", None)
        monkeypatch.setenv("PMI_SIZE", "3")

    def test_the_first_says_what_to_install(self, monkeypatch, capsys):
        monkeypatch.setenv("PMI_RANK", "0")
        assert main(["train", "--epochs", "1"]) == 2
        assert "digitnet[mpi]: pip install mpi4py" in capsys.readouterr().err

    @pytest.mark.parametrize("arguments", [["--epochs", "1"], ["--epochs", "x"], ["--help"]])
    def test_the_others_leave_it_to_the_first(self, arguments, monkeypatch, capsys):
        monkeypatch.setenv("PMI_RANK", "2")
        with pytest.raises(SystemExit) as ended:
            main(["train", *arguments])
        assert ended.value.code == 0
        assert capsys.readouterr() == ("", "")


@pytest.fixture
def asked(monkeypatch):
    """Ends this process, as far as anybody can tell, and sends it a signal that it handles."""
    monkeypatch.setattr(waiting, "SPEAKS_AFTER_S", 0.02)
    monkeypatch.setattr(waiting, "ENDS_AFTER_S", 0.02)
    ended = threading.Event()
    monkeypatch.setattr(waiting.os, "_exit", lambda _: ended.set())
    before = signal.signal(signal.SIGUSR1, lambda *_: None)
    yield ended
    signal.signal(signal.SIGUSR1, before)


class TestWaiting:
    def test_who_is_asked_to_end_and_waits_for_others_ends(self, asked):
        spoken, calls = threading.Event(), waiting.Waiting()
        with calls.not_for_ever(spoken.set), calls:
            assert not asked.wait(0.1)
            signal.raise_signal(signal.SIGUSR1)
            assert asked.wait(60)
        assert spoken.is_set()

    def test_who_goes_on_is_left_alone(self, asked):
        spoken, calls = threading.Event(), waiting.Waiting()
        with calls.not_for_ever(spoken.set):
            signal.raise_signal(signal.SIGUSR1)
            with calls:
                pass
            assert not asked.wait(0.2)
        assert not spoken.is_set()
