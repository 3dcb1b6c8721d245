"""What is done otherwise in a browser, where much is missing: it comes to the same."""

import sys

import numpy as np
import pytest

from digitnet.data import AugmentedBatches, Batches, Distortions, MinMax, hold_out
from digitnet.nn import Epoch
from digitnet.nn.blas import _without_blas
from digitnet.nn.shards import available_threads
from digitnet.training.settings import Settings
from digitnet.training.underway import PART_SIZE, Learning
from digitnet.web.limits import Limits
from tests.playground import STEPS, ask, named, to_the_end, visiting


def test_batches_made_one_by_one_are_those_that_a_thread_makes(few, monkeypatch):
    source = Batches(few, MinMax(0, 255), 10, 64, shuffle_seed=1)
    batches = AugmentedBatches(source, (28, 28), Distortions(rotation=10.0), seed=1, mixup=0.2)

    def epoch():
        return [(x.copy(), targets.copy()) for x, targets in batches.epoch(2, first=3)]

    ahead = epoch()
    monkeypatch.setattr(sys, "platform", "emscripten")
    assert available_threads() == 1
    monkeypatch.setattr("threading.Thread", None)
    for one, other in zip(ahead, epoch(), strict=True):
        assert np.array_equal(one[0], other[0])
        assert np.array_equal(one[1], other[1])


def test_products_without_blas_are_products(generator):
    a, b = generator.random((30, 40), np.float32), generator.random((40, 20), np.float32)
    for one, other in ((a, b), (b.T, a.T), (a, np.asfortranarray(b))):
        out = np.empty((len(one), other.shape[1]), np.float32)
        _without_blas(one, other, out=out)
        assert np.allclose(out, one @ other, rtol=1e-5)


def learning(few, fraction):
    settings = Settings((8,), epochs=2, validation_fraction=fraction, averaging=0.3)
    examples, held_out = hold_out(few, fraction, settings.seed)
    return Learning(settings, examples, held_out, tuple("0123456789"))


def test_a_validation_in_parts_is_one(few):
    whole, in_parts = learning(few, 0.13), learning(few, 0.13)
    expected = list(whole.records())
    got = list(in_parts.records_in_parts())
    assert got.count(None) == 2 * -(-len(whole.held_out) // PART_SIZE)
    records = [each for each in got if each is not None]
    for one, other in zip(expected, records, strict=True):
        if isinstance(one, Epoch):
            losses = [each.validation_loss for each in (one, other)]
            assert losses[0] == pytest.approx(losses[1], rel=1e-6)
            one, other = (  # noqa: PLW2901
                each._replace(validation_loss=0.0, seconds=0.0) for each in (one, other)
            )
        assert one == other
    assert np.array_equal(whole.network.params, in_parts.network.params)


def test_without_a_hold_out_there_is_nothing_to_cut(few):
    got = list(learning(few, 0.0).records_in_parts())
    assert None not in got
    assert np.isnan(got[-1].validation_loss)


def test_a_change_between_two_parts_loses_no_epoch(data):
    visit = visiting(data, limits=Limits(in_parts=True))
    ask(visit, "start", until="end")
    for _ in range(STEPS + 1):
        visit.work(0)  # a step each, and then the first part
    ask(visit, "pause")
    ask(visit, "change", setting="batch_size", value=32)
    events = [*ask(visit, "start", until="end"), *to_the_end(visit)]
    assert [each.fields["epoch"] for each in named(events, "epoch")] == [1, 2, 3]
    assert all(each.fields["validation_loss"] for each in named(events, "epoch"))
