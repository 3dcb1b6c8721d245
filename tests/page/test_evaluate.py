"""Evaluate: the figures are those of `digitnet evaluate`, and each cell opens its images."""

import numpy as np
import pytest

import digitnet
from digitnet.data import load_mnist
from digitnet.report.metrics import evaluate_model
from tests.page.test_access import tab_to
from tests.page.visitor import THREE


@pytest.fixture(scope="module")
def model(small_playground):
    return digitnet.load(small_playground.folder / "model.npz")


def expect_images(visitor, count):
    visitor.page.wait_for_function(
        "n => document.querySelectorAll('.opened-image').length === n", arg=count
    )


def test_the_figures_and_the_matrix_are_those_of_digitnet_evaluate(evaluating, model):
    test = load_mnist().test
    report = evaluate_model(model, test)
    matrix = evaluating.state("Array.from(state.evaluation.arrays.matrix.data)")
    assert np.array_equal(matrix, report.confusion_matrix.ravel())
    assert f"{100 * report.accuracy:.2f} %" in evaluating.text("#evaluate-figures")
    rows = evaluating.page.locator("#scores tbody tr").all_inner_texts()
    for row, scores in zip(rows[:10], report.per_class, strict=True):
        shown = [f"{100 * each:.2f} %" for each in (scores.precision, scores.recall, scores.f1)]
        assert all(each in row for each in shown)


def test_a_cell_opens_its_images_and_a_heading_all_mistakes_of_a_class(evaluating):
    cell = evaluating.page.locator("#matrix .miss button").first
    cell.click()
    evaluating.wait_until("state.opened.fields.row !== null && state.opened.fields.column !== null")
    shown = evaluating.state("state.opened.fields")
    assert int(cell.inner_text()) == shown["count"] == len(shown["listed"])
    expect_images(evaluating, shown["count"])
    for each in shown["listed"]:
        assert load_mnist().test.labels[each["number"]] == int(each["label"])
    evaluating.button("9: show all 9, read wrong").click()
    evaluating.wait_until("state.opened.fields.row === 9 && state.opened.fields.column === null")
    evaluating.page.get_by_text("9 read as something else").wait_for()


def test_more_images_than_are_sent_together_come_behind_them(evaluating):
    evaluating.page.locator('[data-cell="1,1"]').click()
    evaluating.wait_until("state.opened.fields.row === 1")
    evaluating.button("More").click()
    evaluating.wait_until("state.opened.fields.listed.length === 120")
    expect_images(evaluating, 120)
    assert evaluating.state("state.opened.arrays.images.shape[0]") == 120


def test_a_higher_threshold_answers_less_and_more_of_it_right(evaluating, model):
    slider = evaluating.page.get_by_label("Confidence below which it says nothing")
    right = evaluate_model(model, load_mnist().test).accuracy
    slider.press("Home")
    says = f"Answers 10\u202f000 of 10\u202f000 (100.0 %), {100 * right:.2f} % of them right."
    evaluating.page.get_by_text(says).wait_for()
    slider.press("End")
    evaluating.page.get_by_text(says).wait_for(state="detached")
    answered = evaluating.state("state.evaluation.arrays.answered.data[101]")
    evaluating.page.locator("#show-doubtful").click()
    evaluating.wait_until("state.opened.fields.below !== null")
    assert evaluating.state("state.opened.fields.count") == 10_000 - answered


def test_the_matrix_is_read_with_the_arrow_keys(evaluating):
    tab_to(evaluating, "[data-cell]")
    keyboard = evaluating.page.keyboard
    at = "document.activeElement.dataset.cell"
    first = evaluating.page.evaluate(at)
    keyboard.press("ArrowDown")
    second = evaluating.page.evaluate(at)
    assert first != second
    keyboard.press("Enter")
    row, column = second.split(",")
    evaluating.wait_until(
        f"state.opened.fields.row === {row} && state.opened.fields.column === {column}"
    )
    evaluating.page.locator(f'[data-cell="{second}"][aria-pressed="true"]').wait_for()
    assert evaluating.page.evaluate(at) == second  # the focus stays where it was


def test_kept_drawings_are_evaluated_too(evaluating):
    evaluating.button("Your kept digits: none").click()
    evaluating.page.get_by_text("In Draw, give a digit that was read wrong").wait_for()
    assert evaluating.page.locator("#scores").is_hidden()
    evaluating.tab("Draw")
    evaluating.draw(THREE)
    evaluating.answer("3")
    evaluating.button("It is a 8: keep it").click()
    evaluating.wait_until("state.kept?.counts[8] === 1")
    evaluating.tab("Evaluate")
    evaluating.wait_until("state.evaluation?.fields.of === 'kept' && state.opened !== null")
    assert evaluating.state("state.evaluation.arrays.matrix.data[83]") == 1
    evaluating.page.get_by_text("Only 1 image").wait_for()
    evaluating.tab("Draw")
    evaluating.page.locator("#kept-summary").click()
    evaluating.page.get_by_role("button", name="Remove the last").click()
    evaluating.wait_until("state.kept?.counts[8] === 0")
