"""A training that learned nothing says so, says what is seen, and what to try. All are real."""

import re

import numpy as np
import pytest

from digitnet import DigitClassifier, LearningWarning
from digitnet.cli import main, main_job
from digitnet.data import Examples, hold_out
from digitnet.training.diagnosis import diagnose
from digitnet.training.learning import learn
from digitnet.training.outcome import what_may_converge
from digitnet.training.settings import Settings

CLASSES = tuple("0123456789")


def diagnosed(examples, **settings):
    settings = Settings(**({"epochs": 3, "hidden_layer_sizes": (64,)} | settings))
    learning, held_out = hold_out(examples, settings.validation_fraction, settings.seed)
    learned = learn(settings, learning, held_out or None, CLASSES)
    return diagnose(learned, held_out or None, learning)


@pytest.fixture(scope="module")
def some(mnist):
    return mnist.train.take(np.arange(3000))


@pytest.mark.parametrize(
    ("settings", "seen", "tries"),
    [
        (
            {"hidden_layer_sizes": (32,) * 6, "activation": ("sigmoid",)},
            r"Every image is read as \d\. Hidden layer \d \(Sigmoid\) says the same of every image",
            r"relu \(--activation\), or batch normalisation \(--batch-norm\), or fewer layers",
        ),
        (
            {"learning_rate": 3.0, "momentum": 0.0, "weight_decay": 0.0},
            r"\d+ % of the ReLU units of hidden layer 1 are dead",
            r"a lower learning rate than 3 \(--learning-rate\).*leaky_relu \(--activation\)",
        ),
        ({"weight_decay": 10.0}, "All weights are nearly 0", r"less than 10 .*\(--weight-decay\)"),
        ({"initializer": "zeros"}, "All weights are nearly 0", r"another initializer"),
        ({"learning_rate": 1e-7}, "", r"a higher learning rate than 1e-07.*more epochs"),
        ({"dropout": 0.99}, "units of hidden layer 1 are dead", r"less dropout than 0\.99"),
    ],
)
def test_what_was_chosen_badly_is_seen(settings, seen, tries, some):
    from digitnet.cli.common import option_name

    diagnosis = diagnosed(some, **settings)
    text = diagnosis.sentences(option_name)
    assert diagnosis.verdict in text
    assert re.search(seen, text)
    assert re.search(f"Try .*{tries}", text)


def test_dark_on_light_is_seen(some):
    negative = Examples(255 - some.images, some.labels)
    text = diagnosed(negative).sentences()
    assert "The images are dark on a light ground." in text
    assert "Try the negative of the images (255 - images), or a lower learning rate" in text
    assert "light ground" not in diagnosed(some, learning_rate=1e-7).sentences()


def test_saturated_units_are_seen(some):
    """Which of these trainings goes astray is a matter of rounding, but not that one does."""
    wild = {"learning_rate": 5.0, "activation": ("sigmoid",), "weight_decay": 0.0}
    texts = [each.sentences() for seed in range(5) if (each := diagnosed(some, **wild, seed=seed))]
    saturated = (
        r"% of the Sigmoid units of hidden layer 1 are saturated\. Try a lower learning rate"
    )
    assert any(re.search(saturated, text) for text in texts)


def test_images_that_are_all_the_same_are_seen(some):
    text = diagnosed(Examples(np.full_like(some.images, 7), some.labels)).sentences()
    assert "All images are the same" in text
    assert "learning_rate" not in text


def test_labels_that_do_not_belong_to_the_images_are_seen(some, generator):
    shuffled = Examples(some.images, generator.permutation(some.labels))
    by_heart = diagnosed(shuffled, epochs=20).sentences()
    assert "by heart. Try labels that belong to their images" in by_heart
    assert "labels that belong to their images" in diagnosed(shuffled, epochs=1).sentences()


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"hidden_layer_sizes": ()},
        {"hidden_layer_sizes": (32,) * 6, "activation": ("sigmoid",), "batch_norm": True},
        {"hidden_layer_sizes": (64,) * 6},
        {"activation": ("tanh",), "learning_rate": 0.2},
        {"validation_fraction": 0.0},
        {"epochs": 1, "batch_size": 3000, "learning_rate": 0.5},
        {"learning_rate": 1e9},  # diverged, which has its own sentence
    ],
)
def test_a_training_that_learned_something_is_left_in_peace(settings, some):
    assert diagnosed(some, **settings) is None


@pytest.mark.parametrize("n_images", [4, 10, 30, 60])
def test_a_handful_of_images_that_are_read_right_are_no_accident(n_images, mnist):
    few = mnist.train.take(np.flatnonzero(mnist.train.labels < 2)[:n_images])
    settings = Settings(epochs=30, validation_fraction=0.0)
    assert diagnose(learn(settings, few, None, ("0", "1")), None, few) is None


def test_rare_classes_count_as_much_as_common_ones(mnist, generator):
    """Always the common class would be 97 % right, and nothing learned."""
    labels = np.where(generator.random(3000) < 0.03, 1, 0).astype(np.uint8)
    noise = generator.integers(0, 256, (3000, 5, 5), dtype=np.uint8)
    settings = Settings(epochs=2)
    learned = learn(settings, Examples(noise, labels), None, ("common", "rare"))
    diagnosis = diagnose(learned, None, Examples(noise, labels))
    assert diagnosis.nothing
    assert "Every image is read as common" in diagnosis.sentences()
    rare = np.flatnonzero(mnist.train.labels == 1)[:60]
    common = np.flatnonzero(mnist.train.labels == 0)[:2000]
    both = mnist.train.take(np.concatenate([common, rare]))
    assert diagnose(learn(settings, both, None, ("0", "1")), None, both) is None


@pytest.mark.slow
def test_the_main_job_says_it_at_the_end(few, tmp_path, capsys):
    np.savez(tmp_path / "d.npz", x_train=few.images, y_train=few.labels)
    where = ["--data", str(tmp_path / "d.npz"), "--runs-dir", str(tmp_path)]
    sigmoids = ["--hidden", "32,32,32,32,32,32", "--activation", "sigmoid", "--epochs", "2"]
    assert main_job([*where, *sigmoids, "--name", "six"]) == 0
    *_, text, _, _ = capsys.readouterr().out.splitlines()
    assert text.startswith("The network has learned nothing: it reads 10.0 % right")
    assert "relu (--activation)" in text
    assert main_job([*where, "--epochs", "3", "--name", "good"]) == 0
    assert "learned nothing" not in capsys.readouterr().out


def test_fit_warns(few):
    six = DigitClassifier((32,) * 6, "sigmoid", epochs=1)
    with pytest.warns(LearningWarning, match=r"learned nothing.*Try relu \(activation\)") as caught:
        six.fit(few.images, few.labels)
    assert caught[0].filename == __file__


def test_compare_has_a_word_for_it(few, tmp_path, capsys):
    np.savez(tmp_path / "d.npz", x_train=few.images, y_train=few.labels)
    arguments = ["--vary", "hidden=32,32+32+32+32+32+32", "--activation", "sigmoid"]
    arguments += ["--learning-rate", "0.4", "--data", str(tmp_path / "d.npz")]
    assert main(["compare", *arguments, "--figure", str(tmp_path / "f.png")]) == 0
    out = capsys.readouterr().out
    assert re.search(r"^hidden_layer_sizes 32  .+  completed$", out, re.M)
    six = re.escape("hidden_layer_sizes 32+32+32+32+32+32")
    assert re.search(f"^{six}  .+  completed, learned nothing$", out, re.M)
    assert re.search(f"^{six}: The network has learned nothing: .+Try relu", out, re.M)


@pytest.mark.parametrize(("options", "advice"), [
    ({"learning_rate": 1e9}, "Try a lower learning_rate (it was 1e+09)"),
    ({"weight_decay": 1e6}, "Try a lower weight_decay (it was 1e+06)"),
    ({"weight_decay": 1e6, "optimizer": "adam"}, "Try a lower learning_rate (it was 0.001)"),
])  # fmt: skip
def test_after_a_divergence_that_setting_is_named_which_is_too_high(options, advice):
    assert what_may_converge(Settings(**options).as_dict()).startswith(advice)
