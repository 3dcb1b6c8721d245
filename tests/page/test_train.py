"""Training: it is seen to learn, settings change while it runs, and nothing is lost on the way."""

import re

import numpy as np
import pytest

import digitnet
from digitnet.training.job import open_job
from digitnet.training.plan import Plan
from digitnet.training.settings import Settings
from tests.page.visitor import FOUR, THREE, Visitor


@pytest.fixture
def training(visitor):
    visitor.tab("Train")
    return visitor


def typed(visitor, label, text):
    field = visitor.page.get_by_label(label, exact=True)
    field.fill(text)
    field.press("Enter")
    return field


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
    with open_job(Plan(settings, [tmp_path / "run"]), mnist) as job:
        learned = job.learn()
    learned.model.temperature = 1.0  # which a page does not fit
    images = mnist.test.images[:500]
    own = learned.model.predict_proba(images)
    assert np.array_equal(digitnet.load(saved).predict_proba(images), own)
    shown = training.state("state.epochs.map((each) => each.validation_loss)")
    assert shown == [epoch.validation_loss for epoch in learned.history]


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
    above = "at => at.querySelector('.u-over').offsetTop"
    assert (
        training.page.locator("#loss-chart").evaluate(above) >= 12 + 14
    )  # room for the mark's words


def test_pause_one_step_and_go_on(training):
    training.button("One step").click()
    training.wait_until("state.training.step === 1 && state.training.status === 'paused'")
    training.shows("#figures", "Loss of this batch")
    training.shows("#figures div:nth-child(2) dd", f"{training.state('state.curve.losses[0]'):.2f}")
    training.shows("#figures", "0 of 20")
    training.shows("#status", "Paused after 1 step:")
    training.button("One step").click()
    training.wait_until("state.training.step === 2 && state.training.status === 'paused'")
    training.button("One epoch").click()
    training.wait_until("state.epochs.length === 1 && state.training.status === 'paused'")
    training.shows("#figures", "1 of 20")
    training.button("Go on").click()
    training.wait_until("state.curve.steps.at(-1) > 900")


LEFT = """async (measures) => {
  const { Left, leftText } = await import("./left.js");
  const left = new Left();
  return measures.map(([speed, images]) => leftText(left.after(speed, images)));
}"""


def test_time_left_is_told_once_known_and_counts_down_without_jumping(training):
    assert training.page.evaluate(LEFT, [[0, 9000], [900, 9000], [900, 8900]]) == ["", "", ""]
    speeds = [100, 100.1, 90, 110, 95, 105, 80, 120, 99, 101]
    measures = [[speed, 3000 - 50 * n] for n, speed in enumerate(speeds)]
    told = training.page.evaluate(LEFT, measures)
    assert told[:2] == ["", "about 30 s left"]
    seconds = [int(each.split()[1]) for each in told[1:]]
    assert seconds == sorted(seconds, reverse=True)
    longer = training.page.evaluate(LEFT, [[100, 900], [101, 800], [101.5, 40_000]])
    assert longer[1:] == ["about 8 s left", "about 7 min left"]
    after_a_pause = training.page.evaluate(LEFT, [[100, 900], [101, 800], [0, 700], [100, 700]])
    assert after_a_pause[1:] == ["about 8 s left", "", ""]


def test_time_left_stands_beside_the_training_and_is_read_to_nobody(training):
    training.open("#train?epochs=400")
    training.button("Start").click()
    training.shows("#status", " left.")
    assert re.search(r"; about \d+ (s|min) left\.$", training.page.locator("#status").inner_text())
    loud = "[aria-live]:not([aria-live=off]), [role=status], [role=alert]"
    assert not training.page.evaluate("at => document.querySelector('#status').closest(at)", loud)
    assert "left" not in training.page.locator("#announcer").inner_text()
    training.button("Pause").click()
    training.status("paused")
    training.page.wait_for_function(
        "() => !document.querySelector('#status').textContent.includes('left')"
    )


def test_a_training_that_may_stop_early_has_at_most_so_much_left(training):
    training.open("#train?epochs=400&early_stopping=300")
    training.button("Start").click()
    training.shows("#status", "at most about ")


def test_a_loss_that_runs_away_is_explained_and_mended_by_a_button(training):
    training.open("#train?learning_rate=1000")
    training.button("Start").click()
    training.status("diverged")
    warning = training.page.locator("#warning")
    assert "diverged" in warning.inner_text()
    offer = warning.get_by_role("button", name="Start again with learning rate 1000 → 0.1")
    typed(training, "Learning rate", "0.5")
    warning.get_by_text("Settings have been changed since.").wait_for()
    assert not offer.is_visible()
    typed(training, "Learning rate", "1000")
    offer.wait_for()
    training.page.reload()
    offer.click()
    training.wait_until("state.training.settings.learning_rate === 0.1")
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


def test_two_tabs_do_not_disturb_each_other(training):
    training.button("Start").click()
    other = Visitor(training.page.context.new_page(), training.address)
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
    training.page.wait_for_function("() => !location.hash.includes('hidden')", timeout=5000)


def test_a_decimal_comma_is_understood(training):
    typed(training, "Learning rate", "0,5")
    training.wait_until("state.training.settings.learning_rate === 0.5")


def test_a_number_that_cannot_be_is_never_made_another_one(training):
    field = typed(training, "Batch size", "6,4")
    training.shows("#note-batch_size", "a whole number from 1")
    assert field.input_value() == "6,4"
    layer = typed(training, "Layer 1, units", "1e9")
    training.shows("#note-hidden_layer_sizes", "a whole number from 1 to 2048")
    assert layer.input_value() == "1e9"
    assert training.state("[state.chosen.batch_size, state.chosen.hidden_layer_sizes[0]]") == [
        64,
        128,
    ]
    typed(training, "Batch size", "64")
    typed(training, "Layer 1, units", "128")
    training.shows("#note-batch_size", "")
    assert training.page.locator("#note-batch_size").inner_text() == ""
    assert training.page.locator("#note-hidden_layer_sizes").inner_text() == ""


def test_what_the_address_has_wrong_is_told(visitor):
    visitor.page.goto("about:blank")
    visitor.open("#train?learning_rate=fast&layers=3&epochs=2")
    visitor.shows("#train-problem", "learning_rate=fast, layers=3")
    visitor.wait_until("state.training.settings.epochs === 2")
    visitor.shows("#train-problem", "learning_rate=fast, layers=3")
    assert visitor.page.url.endswith("#train?epochs=2")


def test_a_refused_value_is_told_by_its_label_and_stays_out_of_the_address(training):
    typed(training, "Stop after epoch", "600")
    training.shows("#train-problem", "Stop after epoch: expected at most 500 epochs here")
    training.page.wait_for_function("() => !location.hash.includes('600')")
    typed(training, "Stop after epoch", "20")
    training.page.locator("#train-problem").wait_for(state="hidden")


def test_kept_curves_and_the_end_of_a_training_outlast_a_reload(training):
    training.open("#train?hidden_layer_sizes=16&epochs=1")
    training.button("Start").click()
    training.status("finished")
    training.button("Keep this curve").click()
    training.page.reload()
    training.wait_until("state.training?.status === 'finished' && state.epochs.length === 1")
    training.button("Start again").wait_for()
    assert training.state("state.keptCurves.length") == 1
    rate = training.page.locator("#figures dd").nth(4).inner_text()
    assert rate != "–"
    training.button("Forget my work").click()
    training.button("Forget").click()
    training.wait_until("state.keptCurves.length === 0")
    training.page.wait_for_function("() => !sessionStorage.getItem('kept-curves')")


def test_how_many_digits_are_learned_from_and_held_out_is_told(training):
    training.shows("#status", "to learn from 54\u202f000 digits of MNIST; 6\u202f000 are held out.")


def test_terms_are_explained_when_pointed_at_or_focused(training):
    training.page.locator("#figures .term").nth(2).hover()
    training.shows("#bubble", "held-out digits")
    training.page.locator("figcaption .term", has_text="First layer").focus()
    training.shows("#bubble", "orange")
    training.button("Reset").hover(force=True)
    training.shows("#bubble", "Forgets what was learned")


def test_a_long_curve_keeps_its_beginning(training):
    binned = training.page.evaluate(
        """async () => {
          const { binned } = await import("./curves.js");
          const steps = Array.from({ length: 5000 }, (_, i) => i + 1);
          return binned({ steps, losses: steps.map((step) => 2.3 / step) });
        }"""
    )
    assert binned["steps"][:5] == [1, 2, 3, 4, 5]
    assert binned["losses"][0] == 2.3
    assert len(binned["steps"]) <= 341


def test_without_hidden_layer_there_are_ten_pictures_and_no_activation(training):
    training.open("#train?hidden_layer_sizes=&epochs=1")
    training.wait_until("state.training.sizes.length === 2")
    assert training.page.get_by_label("Activation", exact=True).is_disabled()
    training.button("One step").click()
    training.wait_until("state.weights !== null")
    training.shows("#weights-labels", "0123456789")


def test_an_untrained_network_guesses_in_draw(training):
    training.open("#train?learning_rate=0.000001")
    training.button("One step").click()
    training.wait_until("state.training.step === 1")
    training.tab("Draw")
    training.draw(THREE)
    training.answer("3")
    training.page.get_by_label("Answered by").select_option("trained")
    training.wait_until("state.model.which === 'trained' && state.answer?.number === state.number")
    training.wait_until("state.inside?.number === state.number")
    shares = training.state("Array.from(state.answer.arrays.probabilities.data)")
    assert max(shares) < 0.3
    assert training.page.locator("#legend-alone").is_visible()
    assert training.page.locator(".bar-tick:visible").count() == 0
