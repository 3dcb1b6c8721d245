"""Blending images and their labels with others: mixup."""

import math

import numpy as np
import pytest

from digitnet.data import Batches, Distortions, MinMax, hold_out
from digitnet.data.mixup import mix
from digitnet.nn import Objective, multilayer_perceptron
from digitnet.nn.arrays import Scratch
from digitnet.nn.gradcheck import check_gradients
from digitnet.training.build import build_batches
from digitnet.training.learning import learn
from digitnet.training.settings import Settings, SettingsError

pytestmark = pytest.mark.numerical

CLASSES = tuple("0123456789")


@pytest.fixture
def batch(generator):
    """Rows (6, 5) and the one-hot targets (6, 10) of classes 0 to 5, in float64."""
    return generator.random((6, 5)), np.eye(10)[:6]


def mixed(x, targets, alpha, seed=0):
    x, targets = x.copy(), targets.copy()
    mix(x, targets, alpha, np.random.default_rng(seed), Scratch())
    return x, targets


def test_each_row_goes_towards_the_next_by_a_share_of_its_own(batch):
    x, targets = batch
    got_x, got_targets = mixed(x, targets, 0.7)
    shares = np.random.default_rng(0).beta(0.7, 0.7, 6)
    assert len(np.unique(shares)) == 6
    for n, share in enumerate(shares):
        other, rest = (n + 1) % 6, min(share, 1 - share)
        assert got_x[n] == pytest.approx((1 - rest) * x[n] + rest * x[other], rel=1e-12)
        assert got_targets[n, n] == pytest.approx(1 - rest, rel=1e-12)
        assert got_targets[n, other] == pytest.approx(rest, rel=1e-12)
        assert np.count_nonzero(got_targets[n]) == 2


def test_targets_remain_probabilities_and_the_larger_part_their_own(generator):
    labels = generator.integers(0, 10, 4000)
    x, targets = generator.random((4000, 3)).astype(np.float32), np.eye(10, dtype=np.float32)
    _, got = mixed(x, targets[labels], 1.0)
    assert got.dtype == np.float32
    assert got.sum(axis=1) == pytest.approx(1, abs=1e-6)
    assert got.min() >= 0
    assert np.array_equal(got.argmax(axis=1), labels)


@pytest.mark.parametrize(
    ("alpha", "mean", "spread"),
    [
        # 1 − λ of a uniform λ, folded at ½, is uniform from 0 to ½.
        (1.0, 0.25, 0.5 / math.sqrt(12)),
        # Beta(½, ½) is the arcsine law, λ = sin²(πu/2); folded, u is uniform from 0 to ½:
        # its mean is ½ − 1/π, the mean of its square 3/8 − 1/π.
        (0.5, 0.5 - 1 / math.pi, math.sqrt(0.375 - 1 / math.pi - (0.5 - 1 / math.pi) ** 2)),
    ],
)
def test_shares_are_those_of_a_beta_distribution(alpha, mean, spread):
    n = 40000
    _, targets = mixed(np.zeros((n, 1)), np.eye(2)[np.arange(n) % 2], alpha)
    share = targets.min(axis=1)
    assert share.mean() == pytest.approx(mean, abs=4 * spread / math.sqrt(n))
    assert share.std() == pytest.approx(spread, rel=0.02)


def test_a_small_alpha_leaves_most_images_nearly_alone():
    shares = [
        np.min(mixed(np.zeros((2000, 1)), np.eye(2)[np.arange(2000) % 2], alpha)[1], axis=1)
        for alpha in (1e-300, 0.1, 1.0, 1000.0)
    ]
    assert shares[0].max() == 0
    assert [np.mean(share > 0.05) for share in shares] == sorted(
        np.mean(share > 0.05) for share in shares
    )
    assert 0.1 < np.mean(shares[1] > 0.05) < 0.3
    assert shares[3].min() > 0.4


def test_a_row_alone_stays_as_it_is(batch):
    x, targets = batch
    got_x, got_targets = mixed(x[:1], targets[:1], 1.0)
    assert np.array_equal(got_x, x[:1])
    assert np.array_equal(got_targets, targets[:1])


def test_the_gradient_of_blended_targets_is_that_of_central_differences(batch):
    x, targets = mixed(*batch, 1.0)
    network = multilayer_perceptron([5, 8, 10], "tanh", seed=1, dtype=np.float64)
    checks = check_gradients(network, x, targets, Objective())
    assert [check.verdict for check in checks] == ["ok"] * 4


@pytest.mark.parametrize("distortions", [{}, {"rotation": 10.0, "elastic": 1.0}])
def test_any_batch_can_be_replayed(distortions, few):
    """From [seed, epoch, batch, 2]: first distorted, then blended."""
    settings = Settings(mixup=0.4, seed=3, **distortions)
    batches = build_batches(settings, few, MinMax(0, 255), 10, seed=3)
    got = [(x.copy(), targets.copy()) for x, targets in batches.epoch(2)]
    plain = Batches(few, MinMax(0, 255), 10, settings.batch_size, shuffle_seed=3)
    assert len(got) == len(plain)
    for index, (x, targets) in enumerate(plain.epoch(2)):
        expected_x, expected_targets = x.copy(), targets.copy()
        generator = np.random.default_rng([3, 2, index, 2])
        if distortions:
            Distortions(**distortions)(expected_x.reshape(-1, 28, 28), generator)
        mix(expected_x, expected_targets, 0.4, generator, Scratch())
        assert np.array_equal(got[index][0], expected_x)
        assert np.array_equal(got[index][1], expected_targets)


def test_epoch_zero_and_what_is_held_out_are_not_blended(few):
    batches = build_batches(Settings(mixup=1.0), few, MinMax(0, 255), 10, seed=3)
    for _, targets in batches.epoch(0):
        assert np.isin(targets, (0, 1)).all()
    for _, targets in batches.epoch(1):
        assert not np.isin(targets, (0, 1)).all()


def test_a_network_that_learns_blends_is_less_sure(few):
    """And reads as well: 1 − λ is below ½, so that its own class is still the likeliest."""
    examples, held_out = hold_out(few, 0.2, seed=0)
    sure = {}
    for alpha in (0.0, 1.0):
        settings = Settings(hidden_layer_sizes=(64,), epochs=12, mixup=alpha)
        learned = learn(settings, examples, held_out, CLASSES)
        last = learned.history[-1]
        assert last.validation_accuracy > 0.85
        assert last.train_accuracy > 0.85
        sure[alpha] = learned.model.predict_proba(held_out.images).max(axis=1).mean()
    assert sure[1.0] < sure[0.0] - 0.05


@pytest.mark.parametrize("value", [-0.1, 1001, math.nan, "much"])
def test_a_wrong_alpha_is_refused(value):
    with pytest.raises(SettingsError, match=r"^mixup: expected a number from 0 to 1000"):
        Settings(mixup=value)
