"""A committee: several networks, one model, whose probabilities are the mean of theirs."""

import json
import shutil
import signal
import subprocess
import sys

import numpy as np
import pytest

from digitnet import DigitnetError, Model
from digitnet.accept.scaling import MinMax
from digitnet.cli import main
from digitnet.model.export import export_onnx
from digitnet.model.folding import rescaled
from digitnet.nn import multilayer_perceptron
from digitnet.training.committee import averaged
from digitnet.training.settings import Settings
from digitnet.training.unlike import WAYS, in_its_way
from tests.test_model import rewrite

CLASSES = tuple("abc")
BYTES = MinMax(0, 255)


def model_of(*sizes, seed=0, scaling=BYTES, **more):
    network = multilayer_perceptron([12, *sizes, 3], "tanh", seed=seed)
    classes = more.pop("classes", CLASSES)
    return Model(network, scaling, classes, (3, 4), background=0.5, **more)


@pytest.fixture
def images(generator):
    return generator.integers(0, 256, (7, 3, 4), np.uint8)


@pytest.fixture
def committee():
    return averaged([model_of(8), model_of(5, 4, seed=1), model_of(8, seed=2)])


class TestTheModel:
    def test_it_gives_the_mean_of_the_probabilities(self, images):
        members = [model_of(8), model_of(5, 4, seed=1)]
        mean = np.mean([each.predict_proba(images) for each in members], axis=0)
        assert np.allclose(averaged(members).predict_proba(images), mean, rtol=0, atol=1e-7)

    def test_many_images_are_read_as_few(self, committee, generator):
        many = generator.integers(0, 256, (2600, 3, 4), np.uint8)
        one_by_one = np.concatenate([committee.predict_proba(each) for each in many[-5:]])
        assert np.allclose(committee.predict_proba(many)[-5:], one_by_one, rtol=0, atol=1e-6)

    def test_members_may_have_learned_on_other_scales(self, images):
        members = [model_of(8), model_of(8, seed=1, scaling=MinMax(10, 200))]
        mean = np.mean([each.predict_proba(images) for each in members], axis=0)
        assert np.allclose(averaged(members).predict_proba(images), mean, rtol=0, atol=1e-5)

    def test_a_network_for_another_scale_is_another_one(self, generator):
        network = model_of(8).network
        before = network.params.copy()
        other = rescaled(network, MinMax(0, 255), MinMax(0, 100))
        assert np.array_equal(network.params, before)
        assert not np.array_equal(other.params, before)
        assert rescaled(network, MinMax(0, 1), MinMax(0, 1)) is network

    def test_models_of_other_classes_do_not_fit(self):
        with pytest.raises(DigitnetError, match="expected models of the same images and classes"):
            averaged([model_of(8), model_of(8, classes=("a", "b", "d"))])

    def test_it_has_no_single_network(self, committee):
        with pytest.raises(DigitnetError, match=r"expected a model of one network.*committee of 3"):
            committee.network  # noqa: B018
        assert len(committee.networks) == 3
        assert "a committee of 3: 12-8-3, 12-5-4-3, " in repr(committee)


class TestTheFile:
    @pytest.mark.parametrize("half", [False, True])
    def test_it_comes_back_as_it_was(self, committee, images, tmp_path, half):
        committee.save(tmp_path / "model.npz", half=half)
        again = Model.load(tmp_path / "model.npz")
        tolerance = 1e-2 if half else 0
        expected = committee.predict_proba(images)
        assert np.allclose(again.predict_proba(images), expected, rtol=0, atol=tolerance)
        again.save(tmp_path / "again.npz", half=half)
        assert (tmp_path / "again.npz").read_bytes() == (tmp_path / "model.npz").read_bytes()

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"networks": []}, "networks"),
            ({"networks": [1, 2]}, "networks"),
            ({"networks": None}, "networks"),
            ({"format_version": 1}, "layer_sizes"),
            ({"2.W1": None}, "lacks '2.W1'"),
            ({"4.W1": np.zeros(1, np.float32)}, "not of this network: 4.W1"),
            ({"2.b1": np.ones(5, np.float32)}, "SHA-256 differs"),
            (
                {
                    "networks": [
                        {"layer_sizes": [12, 8, 3], "activations": ["tanh"]},
                        {"layer_sizes": [12, 8, 4], "activations": ["tanh"]},
                    ]
                },
                "differ",
            ),
        ],
    )
    def test_what_does_not_make_sense_is_refused(self, committee, tmp_path, changes, message):
        path = tmp_path / "model.npz"
        committee.save(path)
        rewrite(path, **changes)
        with pytest.raises(DigitnetError, match=message):
            Model.load(path)

    def test_onnx_answers_alike(self, committee, images, tmp_path):
        runtime = pytest.importorskip("onnxruntime", reason="onnxruntime is not there")
        export_onnx(committee, tmp_path / "model.onnx")
        session = runtime.InferenceSession(tmp_path / "model.onnx")
        probabilities, labels = session.run(None, {"images": images})
        assert np.allclose(probabilities, committee.predict_proba(images), rtol=0, atol=1e-6)
        assert np.array_equal(labels, committee.predict(images))


@pytest.fixture(scope="module")
def few(tmp_path_factory, mnist):
    """A file of few digits, of which a training takes no time."""
    path = tmp_path_factory.mktemp("few") / "few.npz"
    train, test = mnist.train, mnist.test
    np.savez(
        path,
        x_train=train.images[:600],
        y_train=train.labels[:600],
        x_test=test.images[:200],
        y_test=test.labels[:200],
    )
    return path


def train(few, folder, *options):
    arguments = ["--data", few, "--hidden", 8, "--epochs", 2, "--runs-dir", folder]
    return main(["train", *map(str, arguments), *map(str, options)])


@pytest.fixture(scope="module")
def trained(few, tmp_path_factory):
    """The run folder of a committee of two."""
    folder = tmp_path_factory.mktemp("runs")
    assert train(few, folder, "--committee", 2, "--seed", 5, "--name", "two") == 0
    return folder / "two"


class TestTraining:
    def test_its_members_are_those_of_their_seeds(self, trained, few, tmp_path):
        for number, seed in ((1, 5), (2, 6)):
            assert train(few, tmp_path, "--seed", seed, "--name", str(seed)) == 0
            alone = (tmp_path / str(seed) / "model.npz").read_bytes()
            assert (trained / f"member-{number}" / "model.npz").read_bytes() == alone

    def test_the_folder_says_how_well_all_read_together(self, trained, mnist):
        metrics = json.loads((trained / "metrics.json").read_text())
        model = Model.load(trained / "model.npz")
        right = model.predict(mnist.test.images[:200]) == mnist.test.labels[:200]
        assert metrics["test"]["accuracy"] == pytest.approx(right.mean())
        assert [each["seed"] for each in metrics["members"]] == [5, 6]
        assert (trained / "confusion-matrix.png").exists()

    def test_settings_that_a_member_cannot_have_make_no_folder(self, few, tmp_path, capsys):
        deep = ("--hidden", ",".join(["2"] * 999))  # two layers more are too many
        assert train(few, tmp_path, *deep, "--committee", 3, "--unlike", "--name", "deep") == 2
        assert "at most 1000 of them" in " ".join(capsys.readouterr().err.split())
        assert not (tmp_path / "deep").exists()

    def test_unlike_members_differ_in_more_than_their_seeds(self, few, tmp_path, capsys):
        options = ("--committee", 5, "--unlike", "--name", "unlike")
        assert train(few, tmp_path, *options) == 0
        said = capsys.readouterr().out
        assert "Network 2 of 5, seed 1, oriented_gradients True\n" in said
        assert "Network 3 of 5, seed 2, hidden_layer_sizes 8,4,4\n" in said
        assert "Network 4 of 5, seed 3, deskew True\n" in said
        run = tmp_path / "unlike"
        model, metrics = (
            Model.load(run / "model.npz"),
            json.loads((run / "metrics.json").read_text()),
        )
        assert [len(each.layers) for each in model.networks] == [3, 4, 7, 3, 3]
        deskewed = [type(each) is not MinMax for each in model.scalings]
        assert deskewed == [False, False, False, True, False]
        assert [each.get("deskew") for each in metrics["members"]] == [None, None, None, True, None]
        before = (run / "model.npz").read_bytes()
        shutil.rmtree(run / "member-2")
        (run / "model.npz").unlink()
        assert main(["train", "--resume", str(run)]) == 0
        assert (run / "model.npz").read_bytes() == before

    def test_ways_can_be_gone_by_any_network(self):
        for settings in (Settings(()), Settings((5,)), Settings((9, 7), ("tanh", "relu"))):
            changed = [in_its_way(settings, number) for number in range(1, 1 + len(WAYS))]
            assert changed[0].as_dict() == settings.as_dict()
            assert changed[-1].deskew
            assert changed[1].oriented_gradients
            deep = changed[2].hidden_layer_sizes
            assert len(deep) == len(settings.hidden_layer_sizes) + 2 * (deep != ())
            assert changed[1] != changed[0]

    @pytest.mark.slow
    def test_two_workers_make_the_same_committee(self, trained, few, tmp_path):
        options = ("--committee", 2, "--seed", 5, "--name", "two", "--workers", 2)
        assert train(few, tmp_path, *options) == 0
        assert (tmp_path / "two" / "model.npz").read_bytes() == (trained / "model.npz").read_bytes()

    def test_what_is_missing_is_trained_when_it_goes_on(self, trained, tmp_path, capsys):
        run = tmp_path / "run"
        shutil.copytree(trained, run)
        shutil.rmtree(run / "member-2")
        (run / "model.npz").unlink()
        assert main(["train", "--resume", str(run)]) == 0
        assert (run / "model.npz").read_bytes() == (trained / "model.npz").read_bytes()
        said = capsys.readouterr().out
        assert "Network 2 of 2, seed 6" in said
        assert "Network 1 of 2" not in said

    def test_one_that_diverged_is_left_out(self, trained, tmp_path, capsys):
        run = tmp_path / "run"
        shutil.copytree(trained, run)
        (run / "member-2" / "metrics.json").unlink()  # as it is after a divergence
        assert main(["train", "--resume", str(run)]) == 0
        said = capsys.readouterr().out
        assert "Network 2 of 2, seed 6: its training diverged; it is left out" in said
        alone = Model.load(run / "member-1" / "model.npz")
        assert np.array_equal(Model.load(run / "model.npz").network.params, alone.network.params)

    def test_without_any_that_came_to_its_end_there_is_no_model(self, few, tmp_path, capsys):
        options = ("--committee", 2, "--learning-rate", 1e6, "--name", "two")
        assert train(few, tmp_path, *options) == 1  # as one network that diverges
        assert "Try a lower --learning-rate (it was 1e+06)" in capsys.readouterr().out
        assert not (tmp_path / "two" / "model.npz").exists()

    @pytest.mark.slow
    @pytest.mark.parametrize("workers", [1, 2])
    def test_ctrl_c_loses_nothing(self, few, tmp_path, workers):
        options = ["--epochs", "40", "--committee", "2", "--runs-dir", str(tmp_path)]
        common = ["--data", str(few), "--hidden", "8", *options]
        command = [sys.executable, "-m", "digitnet", "train", *common, "--name", "cut"]
        running = subprocess.Popen(
            [*command, "--workers", str(workers), "--checkpoint-every", "0"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        while not list((tmp_path / "cut").glob("member-*/checkpoint*")):
            assert running.poll() is None
        running.send_signal(signal.SIGINT)
        said, errors = running.communicate(timeout=60)
        assert running.returncode == 130, errors
        assert f"Go on with: --resume {tmp_path / 'cut'}" in said
        assert errors == ""
        assert main(["train", "--resume", str(tmp_path / "cut")]) == 0
        assert main(["train", *common, "--name", "whole"]) == 0
        cut, whole = (tmp_path / name / "model.npz" for name in ("cut", "whole"))
        assert cut.read_bytes() == whole.read_bytes()

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            (["--committee", "0"], "expected a number from 1 to 1000"),
            (["--workers", "2"], "expected --committee too"),
            (["--unlike"], "expected --committee with --unlike"),
            (["--settings", "RUN/config.json"], "of a committee; expected --committee 2 too"),
            (["--unlike", "--resume", "RUN"], "and a new run"),
            (["--committee", "2", "--from", "RUN"], "expected --committee for a new run"),
            (["--resume", "RUN", "--epochs", "3"], "goes on with the settings"),
            (["--from", "RUN"], "each of its networks is in a folder there"),
        ],
    )
    def test_what_does_not_go_together_is_refused(self, trained, capsys, options, message):
        given = [each.replace("RUN", str(trained)) for each in options]
        try:
            status = main(["train", *given])
        except SystemExit as error:
            status = error.code
        assert status == 2
        assert message in " ".join(capsys.readouterr().err.split())

    @pytest.mark.parametrize(
        "command", [["explain", "7", "--run"], ["play", "--no-browser", "--model"]]
    )
    def test_what_looks_into_a_network_wants_one(self, trained, capsys, command):
        assert main([*command, str(trained)]) == 2
        assert "expected a model of one network, got a committee of 2" in capsys.readouterr().err

    def test_it_can_be_looked_at_and_tested(self, trained, few, capsys):
        assert main(["info", str(trained)]) == 0
        assert main(["evaluate", str(trained), "--data", str(few)]) == 0
        assert "a committee of 2: 784-8-10" in capsys.readouterr().out
