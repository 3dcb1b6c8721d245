"""Distortions, one kind at a time, and the thread that makes them ahead."""

import threading
from contextlib import suppress

import numpy as np
import pytest

from digitnet.data import AugmentedBatches, Batches, Distortions, MinMax
from digitnet.data.distortions import _resample
from digitnet.nn.arrays import Scratch
from digitnet.training.build import build_batches, build_distortions
from digitnet.training.settings import Settings, SettingsError

pytestmark = pytest.mark.numerical

STRONG = Distortions(rotation=15, scale=15, shear=15, shift=2, elastic=1, stroke=0.5)


@pytest.fixture
def images(few):
    return MinMax(0, 255)(few.images[:40])


def distorted(images, generator, **strengths):
    copies = images.copy()
    Distortions(**strengths)(copies, generator)
    return copies


def bilinear(image, y, x):
    """The image at one place, as the definition has it: one pixel, four neighbours."""
    height, width = image.shape
    y, x = min(max(y, 0), height - 1), min(max(x, 0), width - 1)
    total = 0.0
    for row in range(height):
        for column in range(width):
            weight = max(0, 1 - abs(y - row)) * max(0, 1 - abs(x - column))
            total += weight * image[row, column]
    return total


def centres(images):
    """The centre of mass of each image: (N, 2), down and right."""
    places = np.mgrid[: images.shape[1], : images.shape[2]]
    mass = images.sum(axis=(1, 2))
    return np.stack([(images * place).sum(axis=(1, 2)) / mass for place in places], axis=1)


@pytest.mark.parametrize("shape", [(3, 6, 7), (2, 5, 1), (2, 1, 4), (1, 1, 4), (1, 1, 1)])
def test_resampling_is_bilinear_interpolation_pixel_by_pixel(shape, generator):
    images = generator.random(shape, np.float32)
    down, right = 3 * generator.standard_normal((2, *shape), np.float32)
    expected = [
        bilinear(images[n], y + down[n, y, x], x + right[n, y, x]) for n, y, x in np.ndindex(shape)
    ]
    _resample(images, down, right, Scratch())
    assert np.allclose(images.ravel(), expected, atol=1e-5)


def test_no_distortions_are_false_and_change_nothing(images, generator):
    assert not Distortions()
    assert STRONG
    assert np.array_equal(distorted(images, generator), images)


def test_a_shift_moves_the_centre_of_mass_by_at_most_its_strength(images, generator):
    moved = centres(distorted(images, generator, shift=2.5)) - centres(images)
    assert np.abs(moved).max() < 2.6
    assert moved.std() == pytest.approx(2.5 / np.sqrt(3), rel=0.2)  # that of U(−2.5, 2.5)


def places_read(distort, n, seed=0, size=28):
    """Where each pixel of n images is read from in the original: (n, size, size, 2), down, right.

    An image whose grey is the number of the row tells it, because bilinear interpolation is exact
    there; so does one of columns. Beyond the border they tell the border.
    """
    places = []
    for ramp in np.mgrid[:size, :size].astype(np.float32) / (size - 1):
        images = np.repeat(ramp[None], n, axis=0)
        distort(images, np.random.default_rng(seed))
        places.append((size - 1) * images)
    return np.stack(places, axis=-1)


def matrices_of(**strengths):
    """The linear maps M (n, 2, 2) of many images, from what they do to a pixel near the centre."""
    places = places_read(Distortions(**strengths), 500)
    down, right = places[:, 18, 13] - places[:, 9, 13], places[:, 13, 18] - places[:, 13, 9]
    return np.stack([down, right], axis=-1) / 9


def test_a_rotation_turns_by_at_most_its_strength():
    rotations = matrices_of(rotation=20)
    assert np.allclose(rotations @ rotations.transpose(0, 2, 1), np.eye(2), atol=1e-4)
    angles = np.degrees(np.arctan2(rotations[:, 1, 0], rotations[:, 0, 0]))
    assert 19 < np.abs(angles).max() <= 20.001


def test_a_scale_stretches_height_and_width_each_on_its_own():
    scales = matrices_of(scale=30)
    assert np.allclose(scales[:, [0, 1], [1, 0]], 0, atol=1e-4)
    diagonal = scales[:, [0, 1], [0, 1]]
    assert 0.699 <= diagonal.min() < 0.71
    assert 1.29 < diagonal.max() <= 1.301
    assert abs(np.corrcoef(diagonal.T)[0, 1]) < 0.2


def test_a_shear_moves_rows_sideways():
    shears = matrices_of(shear=25)
    assert np.allclose(shears[:, 0], [1, 0], atol=1e-4)
    assert np.allclose(shears[:, 1, 1], 1, atol=1e-4)
    assert 0.24 < np.abs(shears[:, 1, 0]).max() <= 0.2501


def test_a_distorted_image_is_the_image_at_the_places_it_is_read_from(images):
    distort = Distortions(rotation=40, scale=10, shear=10, shift=1, elastic=1)
    copies = images[:3].copy()
    distort(copies, np.random.default_rng(5))
    places = places_read(distort, 3, seed=5)
    for n, row, column in ((0, 10, 17), (1, 14, 14), (2, 20, 9)):
        expected = bilinear(images[n], *places[n, row, column])
        assert copies[n, row, column] == pytest.approx(expected, abs=1e-4)


def test_elastic_fields_have_the_deviation_and_the_smoothness_asked_for():
    inner = slice(7, 21)  # where no displacement of some size leads beyond the border
    distort = Distortions(elastic=1.5, smoothness=4)
    moved = places_read(distort, 4000)[:, inner, inner] - np.mgrid[inner, inner].transpose(1, 2, 0)
    assert moved.std() == pytest.approx(1.5, rel=0.02)
    here, there = moved[:, :, :-6], moved[:, :, 6:]
    correlation = np.mean(here * there) / np.mean(moved**2)
    assert correlation == pytest.approx(np.exp(-((6 / (2 * 4)) ** 2)), abs=0.03)


def test_strokes_grow_and_shrink(images, generator):
    changed = distorted(images, generator, stroke=1.0)
    ratio = changed.sum(axis=(1, 2)) / images.sum(axis=(1, 2))
    assert ratio.min() < 0.7
    assert ratio.max() > 1.4
    assert changed.min() >= 0
    assert changed.max() <= 1


def test_all_stays_within_the_range_of_the_image_and_in_float32(images, generator):
    copies = images.copy()
    STRONG(copies, generator)
    assert copies.dtype == np.float32
    assert copies.min() >= -1e-6
    assert copies.max() <= 1 + 1e-6
    assert not np.array_equal(copies, images)


def test_the_same_generator_gives_the_same_distortions(images):
    once, again, other = (images.copy() for _ in range(3))
    for copies, seed in ((once, 1), (again, 1), (other, 2)):
        STRONG(copies, np.random.default_rng(seed))
    assert np.array_equal(once, again)
    assert not np.array_equal(once, other)


def batches_of(few, batch_size=64):
    return Batches(few, MinMax(0, 255), 10, batch_size, shuffle_seed=7)


def distorted_batches(few, distort=STRONG):
    return AugmentedBatches(batches_of(few), (28, 28), distort, seed=3)


class TestBatchesAhead:
    def test_each_batch_can_be_replayed_on_its_own(self, few):
        got = [(x.copy(), t.copy()) for x, t in distorted_batches(few).epoch(2)]
        plain = [(x.copy(), t.copy()) for x, t in batches_of(few).epoch(2)]
        assert len(got) == len(plain) == len(distorted_batches(few))
        for index in (0, 5, len(plain) - 1):
            x, targets = plain[index]
            STRONG(x.reshape(-1, 28, 28), np.random.default_rng([3, 2, index, 2]))
            assert np.array_equal(got[index][0], x)
            assert np.array_equal(got[index][1], targets)

    def test_epochs_differ_and_epoch_zero_is_undistorted(self, few):
        source = distorted_batches(few)
        first, second = (next(iter(source.epoch(n)))[0].copy() for n in (1, 2))
        assert not np.array_equal(first, second)
        for (x, _), (plain, _) in zip(source.epoch(0), batches_of(few).epoch(0), strict=True):
            assert np.array_equal(x, plain)

    def test_a_batch_stays_as_it_is_until_the_next_one_is_asked_for(self, few):
        batches = distorted_batches(few).epoch(1)
        for x, _ in batches:
            before = x.copy()
            threading.Event().wait(0.005)  # the thread runs ahead meanwhile
            assert np.array_equal(x, before)

    def test_stopping_in_the_middle_stops_the_thread(self, few):
        before = threading.active_count()
        batches = distorted_batches(few).epoch(1)
        next(batches)
        assert threading.active_count() == before + 1
        batches.close()
        assert threading.active_count() == before

    def test_batches_that_nobody_has_any_longer_end_in_whatever_thread(self, few, monkeypatch):
        """Garbage is collected where something is made: it may be the thread that makes them."""
        lost, batches, may = [], [], threading.Event()
        monkeypatch.setattr("sys.unraisablehook", lost.append)

        class Dropping(Distortions):
            def __call__(self, images, generator):
                if batches and may.is_set():
                    batches.clear()

            def times(self, factor):
                return self

        before = threading.active_count()
        batches.append(distorted_batches(few, Dropping(shift=1)).epoch(1))
        next(batches[0])
        next(batches[0])
        may.set()
        while batches:  # it makes another one when this is taken
            threading.Event().wait(0.01)
            with suppress(IndexError):
                next(batches[0])
        while threading.active_count() > before:
            threading.Event().wait(0.01)
        assert lost == []

    def test_an_error_of_the_thread_is_raised_where_the_batches_are_used(self, few):
        class Broken(Distortions):
            def __call__(self, images, generator):
                raise MemoryError("no room for distortions")

        with pytest.raises(MemoryError, match="no room for distortions"):
            list(distorted_batches(few, Broken(shift=1)).epoch(1))


def test_distortions_fade_from_the_first_epoch_to_the_last(few):
    """The same draws, weaker: what epoch n does to the first images, beside its part of STRONG."""
    settings = Settings(
        **{name: getattr(STRONG, name) for name in ("rotation", "scale", "shear", "shift")},
        elastic=STRONG.elastic,
        stroke=STRONG.stroke,
        fade=0.5,
        epochs=3,
        seed=3,
    )
    batches = build_batches(settings, few, MinMax(0, 255), 10, seed=3)
    for epoch, strength in ((1, 1.0), (2, 0.75), (3, 0.5)):
        got = next(iter(batches.epoch(epoch)))[0].copy()
        plain = Batches(few, MinMax(0, 255), 10, settings.batch_size, shuffle_seed=3).epoch(epoch)
        x = next(iter(plain))[0].copy()
        distort = STRONG.times(strength)
        assert distort.rotation == strength * STRONG.rotation
        assert distort.smoothness == STRONG.smoothness
        distort(x.reshape(-1, 28, 28), np.random.default_rng([3, epoch, 0, 2]))
        assert np.array_equal(got, x)


def test_settings_make_the_distortions_they_name():
    settings = Settings(rotation=10.0, scale=11.0, shear=12.0, shift=1.0, elastic=2.0, stroke=0.3)
    expected = Distortions(10, 11, 12, 1, 2, 4.5, 0.3)
    assert build_distortions(settings) == expected
    for name, value in (("rotation", 181), ("scale", 100), ("smoothness", 0), ("stroke", -1)):
        with pytest.raises(SettingsError, match=f"^{name}: expected a number"):
            Settings(**{name: value})
