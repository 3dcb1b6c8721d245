"""Evaluate: its figures are those of `digitnet evaluate`, and a cell holds the images in it."""

import numpy as np
import pytest

from digitnet.data import Dataset, Examples
from digitnet.model import Model
from digitnet.nn import multilayer_perceptron
from digitnet.reading.networks import pixels
from digitnet.report.metrics import evaluate_model
from digitnet.web.evaluate import AT_ONCE
from digitnet.web.material import Shared
from digitnet.web.visit import Visit
from tests.playground import (
    SMALL,
    ask,
    drawing,
    last,
    learned,
    named,
    refusal,
    to_the_end,
    visiting,
)


def evaluated(visit, of="test"):
    ask(visit, "evaluate", of=of)
    return last(to_the_end(visit, 1.0), "evaluation")


@pytest.fixture(scope="module")
def trained(data):
    """A visit whose network has learned a little: it makes mistakes."""
    visit = visiting(data)
    learned(visit)
    ask(visit, "use", model="trained")
    return visit


def check_figures(event, model, images, labels):
    expected = evaluate_model(model, Examples(images, labels))
    told, arrays = event.fields, event.arrays
    assert told["images"] == told["total"] == len(labels)
    assert told["accuracy"] == expected.accuracy
    assert told["right"] == len(labels) - expected.n_errors
    assert np.array_equal(arrays["matrix"], expected.confusion_matrix)
    own = [(each.precision, each.recall, each.f1) for each in expected.per_class]
    assert np.allclose(arrays["scores"], own, equal_nan=True)
    assert arrays["support"].tolist() == [each.support for each in expected.per_class]
    means = expected.macro
    assert np.allclose(told["macro"], (means.precision, means.recall, means.f1))
    confidence = expected.probabilities.max(axis=1)
    for n, threshold in enumerate(arrays["thresholds"]):
        sure = confidence >= threshold + 1e-5
        assert arrays["answered"][n] >= sure.sum()
        assert arrays["answered"][n] <= (confidence >= threshold - 1e-5).sum()
    assert arrays["bin_counts"].sum() == len(labels)


def test_the_figures_of_the_network_that_comes_along(data):
    event = evaluated(visiting(data))
    check_figures(event, pixels(), data.test.images, data.test.labels)


def test_the_figures_of_a_network_trained_here(data, trained):
    model = trained._trainer.trained()
    check_figures(evaluated(trained), model, data.test.images, data.test.labels)


def test_it_tells_how_far_it_is_while_it_reads(data):
    many = Examples(np.tile(data.test.images, (40, 1, 1)), np.tile(data.test.labels, 40))
    visit = visiting(Dataset("many", data.train, many, data.classes, ""))
    ask(visit, "evaluate", of="test")
    told = [each.fields for each in named(to_the_end(visit, 1.0), "evaluation")]
    assert [each["total"] for each in told] == [4000] * len(told)
    assert told[-1]["images"] == 4000
    assert all(each["right"] <= each["images"] for each in told)


def test_a_second_look_is_answered_at_once(trained):
    first = evaluated(trained)
    ask(trained, "evaluate", of="test")
    (again,) = named(trained.work(0), "evaluation")
    assert again.fields == first.fields


def test_every_cell_holds_as_many_images_as_it_counts_and_those(data, trained):
    matrix = evaluated(trained).arrays["matrix"]
    model = trained._trainer.trained()
    guesses = model.predict(data.test.images)
    for row, column in np.ndindex(matrix.shape):
        (event,) = ask(trained, "cell", of="test", row=row, column=column, first=0)
        assert event.fields["count"] == matrix[row, column]
        listed = event.fields["listed"]
        numbers = [each["number"] for each in listed]
        there = (data.test.labels == row) & (guesses == column)
        assert sorted(numbers) == np.flatnonzero(there).tolist()
        assert np.array_equal(event.arrays["images"], data.test.images[numbers])
        assert {(each["label"], each["prediction"]) for each in listed} <= {(str(row), str(column))}
        surest = [each["confidence"] for each in listed]
        assert surest == sorted(surest, reverse=True)


@pytest.mark.parametrize("asked", [{}, {"row": 4}, {"column": 7}], ids=["all", "row", "column"])
def test_without_row_or_column_the_mistakes_of_all_of_them_are_shown(trained, asked):
    matrix = evaluated(trained).arrays["matrix"]
    wrong = matrix - np.diag(np.diag(matrix))
    (event,) = ask(trained, "cell", of="test", first=0, **asked)
    there = wrong[asked.get("row", slice(None)), asked.get("column", slice(None))]
    assert event.fields["count"] == there.sum() > 0
    assert all(each["label"] != each["prediction"] for each in event.fields["listed"])


def test_a_cell_of_many_images_is_shown_part_by_part(data):
    alike = Examples(np.repeat(data.test.images[:1], 130, axis=0), np.full(130, 7, np.uint8))
    visit = visiting(Dataset("sevens", data.train, alike, data.classes, ""))
    evaluated(visit)
    sizes = []
    for first in (0, AT_ONCE, 2 * AT_ONCE, 999):
        (event,) = ask(visit, "cell", of="test", row=7, column=7, first=first)
        sizes.append((event.fields["count"], len(event.arrays["images"])))
    assert sizes == [(130, 60), (130, 60), (130, 10), (130, 0)]


def test_the_doubtful_are_those_that_a_threshold_leaves_out(trained):
    event = evaluated(trained)
    for n, below in enumerate(event.arrays["thresholds"][::25]):
        (found,) = ask(trained, "doubtful", of="test", below=float(below), first=0)
        answered = event.arrays["answered"][25 * n]
        assert found.fields["count"] == event.fields["images"] - answered
        shares = [each["confidence"] for each in found.fields["listed"]]
        assert all(share < below for share in shares)
        assert shares == sorted(shares)


def test_the_drawings_that_were_kept_are_judged_too(data):
    visit = visiting(data)
    assert "no drawing is kept" in refusal(visit, "evaluate", of="kept").fields["message"]
    ask(visit, "draw", {"pixels": drawing(7, 1)}, number=1)
    ask(visit, "keep", number=1, digit=0, label="7")
    ask(visit, "keep", number=1, digit=1, label="4")  # which it is not
    event = evaluated(visit, "kept")
    assert (event.fields["images"], event.fields["right"]) == (2, 1)
    (cell,) = ask(visit, "cell", of="kept", row=4, column=1, first=0)
    assert cell.fields["count"] == 1
    pixels = last(ask(visit, "hello"), "kept").arrays["last"]
    assert np.array_equal(cell.arrays["images"], pixels[:1])
    ask(visit, "discard", which="last")
    assert evaluated(visit, "kept").fields["images"] == 1


def test_what_learns_meanwhile_is_looked_at_as_it_was_until_it_is_asked_for_anew(data):
    visit = visiting(data, SMALL | {"epochs": 4})
    learned(visit, "step")
    ask(visit, "use", model="trained")
    (before,) = ask(visit, "subject", fresh=True)
    first = evaluated(visit)
    learned(visit, "epoch")
    (same,) = ask(visit, "subject", fresh=False)
    assert same.fields == before.fields
    assert evaluated(visit).fields == first.fields
    (fresh,) = ask(visit, "subject", fresh=True)
    assert (fresh.fields["key"], fresh.fields["step"]) == (before.fields["key"] + 1, 9)
    assert evaluated(visit).fields["accuracy"] > first.fields["accuracy"]


def test_another_network_is_looked_at_as_soon_as_it_answers(data):
    visit = visiting(data)
    (before,) = ask(visit, "subject", fresh=False)
    learned(visit, "step")
    ask(visit, "use", model="trained")
    (after,) = ask(visit, "subject", fresh=False)
    assert (before.fields["which"], after.fields["which"]) == ("shipped", "trained")


def test_learning_goes_on_while_it_reads(data):
    visit = visiting(data)
    ask(visit, "start", until="end")
    ask(visit, "evaluate", of="test")
    events = to_the_end(visit, 1.0)
    assert last(events, "training").fields["status"] == "finished"
    assert last(events, "evaluation").fields["images"] == 100


def test_a_network_that_ran_away_costs_a_sentence(data):
    visit = visiting(data, SMALL | {"learning_rate": 1e6})
    learned(visit, "step")
    visit._trainer.model.network.params[:] = np.nan
    ask(visit, "use", model="trained")
    assert "run away" in last(ask(visit, "subject", fresh=True), "subject").fields["problem"]
    assert "run away" in refusal(visit, "evaluate", of="test").fields["message"]


def nothing(shape=(28, 28)):
    return Examples(np.zeros((0, *shape), np.uint8), np.zeros(0, np.uint8))


@pytest.mark.parametrize(
    ("test", "classes", "problem"),
    [
        (nothing(), None, "no test images"),
        (Examples(np.zeros((3, 8, 9), np.uint8), np.zeros(3, np.uint8)), None, "of 8×9 pixels"),
        (None, tuple("abcdefghij"), "of other classes"),
    ],
    ids=["none", "of another size", "of other classes"],
)
def test_test_images_that_do_not_fit_cost_a_sentence(data, test, classes, problem):
    other = Dataset(
        "other", data.train, data.test if test is None else test, classes or data.classes, ""
    )
    visit = Visit(Shared(other))
    (subject,) = ask(visit, "subject", fresh=True)
    assert problem in subject.fields["test_problem"]
    assert problem in refusal(visit, "evaluate", of="test").fields["message"]
    cell = refusal(visit, "cell", of="test", row=0, column=0, first=0)
    assert problem in cell.fields["message"]


@pytest.mark.parametrize("sizes", [[784, 10], [784, *[6] * 8, 10]], ids=["0 hidden", "8 hidden"])
def test_networks_of_any_depth_are_judged(data, sizes):
    scaling = pixels().scaling
    model = Model(multilayer_perceptron(sizes), scaling, data.classes, (28, 28))
    event = evaluated(Visit(Shared(data), model=model))
    check_figures(event, model, data.test.images, data.test.labels)


@pytest.mark.parametrize(
    "fields", [{"row": 10, "column": 0}, {"row": 0, "column": 2**53 - 1}], ids=["row", "column"]
)
def test_classes_that_do_not_exist_are_refused(trained, fields):
    evaluated(trained)
    error = refusal(trained, "cell", of="test", first=0, **fields)
    assert "expected one of 10 classes" in error.fields["message"]
