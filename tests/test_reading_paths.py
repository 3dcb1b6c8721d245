"""Paths through ink: where digits are cut, and along what a rule may lie, against every one."""

import itertools

import numpy as np
import pytest

from digitnet.reading import cuts, tracks


def cost_of(ink, path, column):
    """What a path costs: its ink, its steps aside, and how far from its column it is."""
    total = 0.0
    for row, place in enumerate(path):
        total += ink[row, place] + 0.01 + 0.002 * abs(place - column)
        total += 0.02 * (row > 0 and path[row - 1] != place)
    return total


def every_path(n_rows, low, high):
    for path in itertools.product(range(low, high), repeat=n_rows):
        if all(abs(here - before) <= 1 for before, here in itertools.pairwise(path)):
            yield path


class TestSeams:
    def test_each_is_the_cheapest_of_all_near_its_column(self, generator):
        reach, width = 2, 7
        for _ in range(5):
            ink = generator.random((4, width)).astype(np.float32)
            columns = np.array([0, 1, 3, 5, 6])  # at the borders there is less room
            costs, seams = cuts._paths(ink, columns, reach)
            for column, cost, seam in zip(columns, costs, seams, strict=True):
                low, high = max(column - reach, 0), min(column + reach + 1, width)
                least = min(cost_of(ink, path, column) for path in every_path(4, low, high))
                assert cost == pytest.approx(least, rel=1e-5)
                assert cost_of(ink, seam, column) == pytest.approx(least, rel=1e-5)
                assert np.all((seam >= low) & (seam < high))


class TestCandidates:
    @pytest.mark.parametrize("share", [0.02, 0.08, 0.3])
    def test_no_line_that_finds_ink_is_left_out_beforehand(self, share, generator):
        """Of some rows it is known before that no line through them finds ink often enough."""
        shape, columns = (60, 200), np.arange(200)
        n_found = 0
        for _ in range(10):
            near = generator.random(shape) < share
            near |= np.roll(near, 1, axis=1) | np.roll(near, 2, axis=1)
            rows = tracks._that_may(near, tracks.STEEPEST * shape[1] / 2)
            for slope in np.linspace(-tracks.STEEPEST, tracks.STEEPEST, 9):
                lines = tracks._rows(np.arange(shape[0]), slope, columns, shape)
                often = near[lines, columns].mean(axis=1) >= tracks.OFTEN_ENOUGH
                assert set(np.flatnonzero(often)) <= set(rows)
                n_found += often.sum()
        assert (n_found > 0) == (share == 0.3)

    def test_where_there_is_ink_in_few_columns_no_row_is_looked_at(self):
        near = np.zeros((60, 200), bool)
        near[:, 80:160] = True
        assert len(tracks._that_may(near, 6.0)) == 0
