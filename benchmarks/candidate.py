"""Measure one candidate for a recipe on the validation hold-out; the test set stays unseen.

    python benchmarks/candidate.py --recipe strong --learning-rate 0.003

takes the options of `python main.py`, learns from 54,000 images and prints, after every tenth
epoch, errors among the 6,000 held out and their loss; at the end errors among distorted copies of
them, which are many more and so tell two candidates apart with less noise.
"""

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

from digitnet.cli.common import settings_from, settings_parser
from digitnet.data import Distortions, Examples, hold_out, load_mnist
from digitnet.errors import DigitnetError
from digitnet.nn import Epoch, Step
from digitnet.training.learning import learn
from digitnet.training.recipes import MILD

N_COPIES = 5
EVERY = 10


def distorted_copies(held_out: Examples) -> Examples:
    """Each image N_COPIES times, distorted by MILD, always in the same ways."""
    images = np.tile(held_out.images, (N_COPIES, 1, 1)).astype(np.float32)
    Distortions(**MILD)(images, np.random.default_rng(0))
    labels = np.tile(held_out.labels, N_COPIES)
    return Examples(np.rint(images).clip(0, 255).astype(np.uint8), labels)


def main() -> None:
    """Learn, and print."""
    parser = settings_parser(description=__doc__.splitlines()[0])
    try:
        settings = settings_from(parser.parse_args())
    except DigitnetError as error:
        parser.error(str(error))
    if not settings.validation_fraction:
        parser.error("--validation-fraction: expected more than 0, to hold images out")
    data = load_mnist()
    examples, held_out = hold_out(data.train, settings.validation_fraction, settings.seed)
    seconds = 0.0

    def observe(record: Step | Epoch) -> None:
        nonlocal seconds
        if isinstance(record, Epoch):
            seconds += record.seconds
            if record.epoch % EVERY == 0 or record.epoch == settings.epochs:
                errors = round(len(held_out) * (1 - record.validation_accuracy))
                print(
                    f"epoch {record.epoch}: {errors} errors in {len(held_out)}, loss "
                    f"{record.validation_loss:.4f}; {seconds:.0f} s; of what it learns from "
                    f"{100 * (1 - record.train_accuracy):.2f} % wrong",
                    flush=True,
                )

    learned = learn(settings, examples, held_out, data.classes, [observe])
    copies = distorted_copies(held_out)
    wrong = np.count_nonzero(learned.model.predict(copies.images) != copies.labels)
    print(f"{wrong} errors in {len(copies)} distorted copies")


if __name__ == "__main__":
    main()
