"""Training: it is seen to learn, settings change while it runs, and nothing is lost on the way."""

import numpy as np
import pytest

import digitnet
from digitnet.training.job import run_job
from digitnet.training.plan import Plan
from digitnet.training.settings import Settings
from tests.page.visitor import FOUR, THREE, Visitor


@pytest.fixture
def training(visitor):
    visitor.tab("Train")
    return visitor


def test_the_loss_falls_and_the_accuracy_passes_95_percent(training):
    training.button("Start").click()
    training.wait_until("state.epochs.length >= 2")
    training.button("Pause").click()
    training.status("paused")
    losses = training.state("state.curve.losses")
    assert np.mean(losses[-50:]) < 0.3 * np.mean(losses[:20])
    accuracy = training.state("state.epochs.at(-1).validation_accuracy")
    assert accuracy > 0.95
    figures = training.page.locator("#figures").inner_text()
    assert f"{100 * accuracy:.2f}" in figures or f"{100 * accuracy:.1f}" in figures
    for name in ("weights", "layers", "confusion"):
        assert training.state(f"state.{name} !== null"), name


def test_it_learns_what_digitnet_train_learns(training, tmp_path, mnist):
    training.open("#train?hidden_layer_sizes=16&epochs=2&seed=3&dropout=0.1")
    training.button("Start").click()
    training.status("finished")
    with training.page.expect_download() as download:
        training.button("Save the model").click()
    saved = download.value.path().rename(tmp_path / "saved.npz")
    settings = Settings((16,), epochs=2, seed=3, dropout=0.1)
    outcome = run_job(Plan(settings, [tmp_path / "run"]), mnist)
    images = mnist.test.images[:500]
    own = outcome.model.predict_proba(images)
    assert np.array_equal(digitnet.load(saved).predict_proba(images), own)
    shown = training.state("state.epochs.map((each) => each.validation_loss)")
    assert shown == [epoch.validation_loss for epoch in outcome.history]


def test_a_learning_rate_changed_while_it_runs_counts_from_the_next_step(training):
    training.open("#train?schedule=constant&learning_rate=0.05")
    training.button("Start").click()
    training.wait_until("state.curve.steps.length > 200")
    rate = training.page.get_by_label("Learning rate", exact=True)
    rate.fill("0.004")
    rate.press("Enter")
    training.wait_until("state.marks.length === 1 && state.epochs.length >= 1")
    mark = training.state("state.marks[0]")
    assert (mark["setting"], mark["value"], mark["before"]) == ("learning_rate", 0.004, 0.05)
    training.wait_until(f"state.epochs.at(-1).step > {mark['step']}")
    assert training.state("state.epochs.at(-1).learning_rate") == 0.004


def test_pause_one_step_and_go_on(training):
    training.button("One step").click()
    training.wait_until("state.training.step === 1 && state.training.status === 'paused'")
    training.button("One step").click()
    training.wait_until("state.training.step === 2 && state.training.status === 'paused'")
    training.button("One epoch").click()
    training.wait_until("state.epochs.length === 1 && state.training.status === 'paused'")
    training.button("Go on").click()
    training.wait_until("state.curve.steps.at(-1) > 900")


def test_a_loss_that_runs_away_is_explained_and_mended_by_a_button(training):
    training.open("#train?learning_rate=1000")
    training.button("Start").click()
    training.status("diverged")
    warning = training.page.locator("#warning")
    assert "diverged" in warning.inner_text()
    offer = warning.get_by_role("button", name="Learning rate 1000 → 300")
    offer.click()
    training.wait_until("state.training.settings.learning_rate === 300")
    training.status("ready")


def test_a_reload_goes_on_where_it_was(training):
    training.button("Start").click()
    training.wait_until("state.epochs.length >= 1")
    before = training.state("state.training.settings.hidden_layer_sizes")
    step = training.state("state.curve.steps.at(-1)")
    training.page.reload()
    training.wait_until("state.epochs.length >= 1")
    assert training.state("state.curve.steps[0]") <= 20  # the whole curve is there
    training.wait_until(f"state.curve.steps.at(-1) > {step}")
    assert training.state("state.training.settings.hidden_layer_sizes") == before


def test_after_a_restart_of_the_server_settings_and_drawing_are_there(training, playground):
    training.open("#train?hidden_layer_sizes=32&learning_rate=0.02")
    training.tab("Draw")
    training.draw(THREE)
    training.answer("3")
    playground.stop()
    training.wait_until("!state.connection.open")
    assert "No connection" in training.page.locator("#connection").inner_text()
    playground.start()
    training.wait_until("state.connection.open && state.training?.settings.learning_rate === 0.02")
    assert training.state("state.training.settings.hidden_layer_sizes") == [32]
    training.wait_until("state.answer?.number === state.number")
    training.answer("3")


def test_two_tabs_do_not_disturb_each_other(training, context, playground):
    training.button("Start").click()
    other = Visitor(context.new_page(), playground.address)
    other.open("#train?hidden_layer_sizes=8")
    other.tab("Draw")
    other.draw(FOUR)
    other.answer("4")
    assert other.state("state.training.status") == "ready"
    training.wait_until("state.epochs.length >= 1")
    assert training.state("state.training.sizes") == [784, 128, 10]
    assert training.state("state.answer") is None
    other.check()


def test_what_was_trained_answers_in_draw(training):
    training.open("#train?epochs=1")
    training.button("Start").click()
    training.status("finished")
    training.button("Use it in Draw").click()
    training.draw(FOUR)
    training.answer("4")
    training.wait_until("state.inside?.number === state.number")
    assert training.state("state.inside.layers.map((each) => each.units)") == [128]


def test_forgetting_leaves_nothing_of_the_work(training):
    training.open("#train?hidden_layer_sizes=16&epochs=1")
    training.button("Start").click()
    training.status("finished")
    training.tab("Draw")
    training.draw(THREE)
    training.answer("3")
    training.button("Forget my work").click()
    training.button("Forget").click()
    training.wait_until("state.training?.settings.epochs === 20 && state.answer === null")
    assert training.state("[state.epochs.length, state.curve.steps.length]") == [0, 0]
    assert training.state("state.model.available") == ["shipped"]
    assert "hidden" not in training.page.url
