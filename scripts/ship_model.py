"""Make a finished run the model that comes with digitnet: its file, and the card about it.

    python scripts/ship_model.py runs/accuracy/best-0

The parameters are stored in half precision if all 60,000 images to learn from are then read as
before. `make model` trains the network first.
"""

import argparse
import json
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

import digitnet  # noqa: E402
from digitnet.cli.info import describe, setting_text  # noqa: E402
from digitnet.data import Dataset, load_mnist  # noqa: E402
from digitnet.model import PRETRAINED, Model  # noqa: E402
from digitnet.report.counts import calibration_error  # noqa: E402
from digitnet.report.metrics import Report, evaluate_model  # noqa: E402

MOST_BYTES = 12_000_000
VIEWS = 9


def stored(model: Model, data: Dataset, file: Path) -> str:
    """Write the model, in half precision if it reads every image alike; says which."""
    images = data.train.images
    model.save(file, half=True)
    before, after = model.predict_proba(images), digitnet.load(file).predict_proba(images)
    differing = int(np.count_nonzero(before.argmax(axis=1) != after.argmax(axis=1)))
    furthest = float(np.abs(before - after).max())
    precision = (
        f"half precision: all {len(images)} images to learn from are read as in single precision, "
        f"and no probability differs by more than {furthest:.4f}"
    )
    if differing:
        model.save(file)
        precision = f"single precision: in half, {differing} images would be read differently"
    if file.stat().st_size > MOST_BYTES:
        sys.exit(f"expected a file of at most {MOST_BYTES} bytes, got {file.stat().st_size}")
    return precision


def card(
    model: Model, run: Path, size: int, report: Report, with_views: Report, precision: str
) -> str:
    """The text of the model card. Raises OSError if the run has not been finished."""
    config = json.loads((run / "config.json").read_text(encoding="utf-8"))
    metrics = json.loads((run / "metrics.json").read_text(encoding="utf-8"))
    training, settings = metrics["training"], config["settings"]
    template = Path(__file__).with_name("model-card.md").read_text(encoding="utf-8")
    return template.format(
        network=describe(model),
        megabytes=f"{size / 1e6:.1f}",
        precision=precision,
        shape="x".join(map(str, model.image_shape)),
        learned=config["data"]["train"],
        held_out=config["data"]["validation"],
        seed=settings["seed"],
        epochs=training["epochs"],
        minutes=f"{training['seconds'] / 60:.0f}",
        versions=f"digitnet {config['versions']['digitnet']}, NumPy {config['versions']['numpy']}",
        date=config["started"][:10],
        summary=report.summary().removeprefix("Test accuracy: "),
        with_views=_views(with_views),
        as_trained=metrics["test"]["errors"],
        scores=_scores(report),
        confused=_confused(report),
        calibration=_calibration(model, config["data"]["validation"], report),
        settings=", ".join(f"{name} {setting_text(value)}" for name, value in settings.items()),
    )


def _views(report: Report) -> str:
    """What looking from several places brings."""
    return (
        f"With `digitnet evaluate --views {VIEWS}` it looks at each image from {VIEWS} places, in "
        f"as many times the work: {100 * report.accuracy:.2f} %,\n{report.n_errors} errors."
    )


def _scores(report: Report) -> str:
    return "\n".join(
        f"| {name} | {100 * scores.precision:.2f} | {100 * scores.recall:.2f} "
        f"| {100 * scores.f1:.2f} | {scores.support} |"
        for name, scores in zip(report.classes, report.per_class, strict=True)
    )


def _confused(report: Report) -> str:
    errors = report.confusion_matrix.copy()
    np.fill_diagonal(errors, 0)
    pairs = np.argsort(-errors, axis=None, kind="stable")[:5]
    return ", ".join(
        f"{report.classes[true]} read as {report.classes[predicted]} ({errors[true, predicted]})"
        for true, predicted in zip(*np.unravel_index(pairs, errors.shape), strict=True)
    )


def _calibration(model: Model, n_held_out: int, report: Report) -> str:
    """How far its probabilities can be believed."""
    if not n_held_out:
        what = "It learned from all images, so none were left to fit a temperature on (T = 1)"
    elif model.temperature == 1:
        what = f"No temperature was fitted on the {n_held_out} images held out (T = 1)"
    else:
        what = f"Its temperature is {model.temperature:g}, fitted on the images held out"
    error = 100 * calibration_error(report.probabilities, report.labels)
    return (
        f"{what}. On the test set the calibration error of its\n  probabilities is "
        f"{error:.2f} %: by so much they and the share of right answers differ on average "
        "(docs/calibration.md)."
    )


def main() -> None:
    """Write digitnet/model/pretrained."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path, metavar="RUN", help="a finished run folder")
    run = parser.parse_args().run
    model, data = digitnet.load(run / "model.npz"), load_mnist()
    with TemporaryDirectory() as folder:
        file = Path(folder) / PRETRAINED.name
        precision = stored(model, data, file)
        shipped = digitnet.load(file)
        report = evaluate_model(shipped, data.test)
        with_views = evaluate_model(shipped, data.test, views=VIEWS)
        text = card(model, run, file.stat().st_size, report, with_views, precision)
        PRETRAINED.parent.mkdir(exist_ok=True)
        shutil.copyfile(file, PRETRAINED)
    (PRETRAINED.parent / "model-card.md").write_text(text, encoding="utf-8")
    print(f"{PRETRAINED}: {precision}; {report.summary()}")


if __name__ == "__main__":
    main()
