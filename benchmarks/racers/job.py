"""What is the same for all contestants: the images they get, their rules, and what they hand in.

A contestant is a generator, race(settings, images, labels), that learns an epoch and then yields a
function from images to classes. `main` runs it. All contestants take the images from digitnet's
files by digitnet's loader, and where a recipe deskews or distorts images, or takes oriented
gradients of them, by its functions for that: NumPy arrays, which each library takes without a copy.
"""

import argparse
import json
import math
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

Recipe = Mapping[str, Any]
Images = np.ndarray
Predict = Callable[[Images], np.ndarray]
Race = Callable[[Recipe, Images, np.ndarray], Iterator[Predict]]
InParts = Callable[[Recipe, Images, np.ndarray, int], Iterator[Predict]]

HELD_OUT = 0.1
WRITTEN = "written"
"""The line on standard output by which a contestant says that its predictions are in the file."""
POINTS = 18
"""Of a curve, at least, if an epoch has enough steps."""
WHILE_AVERAGING = 0.25
"""As digitnet.training.build has it."""
DISTORTIONS = ("rotation", "scale", "shear", "shift", "elastic", "stroke")


class Followed(Recipe):
    """Settings that know which of them were looked at."""

    def __init__(self, values: Recipe) -> None:
        self._values = values
        self.seen: set[str] = set()

    def __getitem__(self, name: str) -> Any:
        self.seen.add(name)
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def splits(held_out: bool, seed: int) -> tuple[Images, np.ndarray, Images, np.ndarray]:
    """Images and labels to learn from, and those to predict.

    held_out: a tenth of the training images instead of the test set, others for each seed, and the
    rest to learn from.
    """
    from digitnet.data import hold_out, load_mnist

    data = load_mnist()
    if not held_out:
        return data.train.images, data.train.labels, data.test.images, data.test.labels
    learn, held = hold_out(data.train, HELD_OUT, seed)
    return learn.images, learn.labels, held.images, held.labels


def main(race: Race, in_parts: InParts) -> None:
    """Let a contestant race, as the command line says; write its predictions to a file.

    in_parts: the form of it that yields after each of so many parts of an epoch.
    """
    parser = argparse.ArgumentParser()
    parser.add_argument("settings", type=Path, help="JSON")
    parser.add_argument("out", type=Path, help="a new file")
    parser.add_argument("--chosen", nargs="*", default=[], help="settings that must be looked at")
    parser.add_argument("--hold-out", action="store_true")
    parser.add_argument("--images", type=int, help="learn from so many alone")
    parser.add_argument("--warm-up", action="store_true", help="predict training images")
    parser.add_argument(
        "--curve", type=float, metavar="START", help="predict after each part of an epoch"
    )
    options = parser.parse_args()
    settings = Followed(json.loads(options.settings.read_text(encoding="utf-8")))
    images, labels, asked, _ = splits(options.hold_out, settings["seed"])
    asked = images[: len(asked)] if options.warm_up else asked
    learning = images[: options.images], labels[: options.images]
    if options.curve is not None:
        parts = in_parts(settings, *learning, math.ceil(POINTS / settings["epochs"]))
        curve(options.out, parts, asked, options.curve)
    else:
        for predict in race(settings, *learning):  # noqa: B007  the last one
            pass
        with options.out.open("wb") as file:
            np.save(file, np.asarray(predict(asked)).astype(np.uint8))
    if unseen := [name for name in options.chosen if name not in settings.seen]:
        raise SystemExit(f"it has not looked at {', '.join(unseen)}")
    print(WRITTEN, flush=True)


def curve(out: Path, parts: Iterator[Predict], asked: Images, start: float) -> None:
    """Write the seconds since `start` at the end of each part, without predicting, and classes."""
    seconds, predictions, predicting = [], [], 0.0
    for predict in parts:
        began = time.monotonic()
        seconds.append(began - start - predicting)
        predictions.append(np.asarray(predict(asked)).astype(np.uint8))
        predicting += time.monotonic() - began
    with out.open("wb") as file:
        np.savez(file, seconds=seconds, predictions=predictions)


def ends_of_parts(n_steps: int, n_parts: int) -> set[int]:
    """Of the steps of an epoch, 1 to n_steps, those after which a part of it ends."""
    return {math.ceil(n_steps * part / n_parts) for part in range(1, n_parts + 1)}


def scaled(rows: np.ndarray) -> np.ndarray:
    """Pixels from 0 to 255 as float32 from 0 to 1; what is no pixel, as it is."""
    if rows.dtype != np.uint8:
        return rows
    return np.multiply(rows, np.float32(1 / 255), dtype=np.float32)


def prepared(settings: Recipe, images: Images) -> Images:
    """The images as the network is to see them, uint8: without slant, if the recipe says so."""
    if not settings.get("deskew"):
        return images
    from digitnet.accept.deskew import deskewed

    return deskewed(images.reshape(len(images), -1), images.shape[1:]).reshape(images.shape)


def inputs(settings: Recipe, images: Images) -> np.ndarray:
    """Rows of what the network is given of images that are prepared: their pixels, uint8, or their
    oriented gradients, float32."""
    if not settings.get("oriented_gradients"):
        return images.reshape(len(images), -1)
    return seeing(images.shape[1:])(scaled(images.reshape(len(images), -1)))


def seeing(shape: tuple[int, ...]) -> Callable[[np.ndarray], np.ndarray]:
    """A function from rows of pixels from 0 to 1 to their oriented gradients, new: on two threads,
    if there are, as ours has it."""
    from digitnet.nn import OrientedGradients
    from digitnet.nn.shards import available_threads

    layers = [OrientedGradients((shape[0], shape[1])) for _ in range(2)]
    executor = ThreadPoolExecutor(available_threads())

    def of_half(layer: OrientedGradients, x: np.ndarray) -> np.ndarray:
        return layer.forward(x, training=False)

    def see(x: np.ndarray) -> np.ndarray:
        return np.concatenate(list(executor.map(of_half, layers, np.array_split(x, 2))))

    return see


def looked_at(settings: Recipe, images: Images) -> np.ndarray:
    """The inputs for images that are to be predicted."""
    return inputs(settings, prepared(settings, images))


def refuse(settings: Recipe, name: str, **only: Any) -> None:
    """Leave with a word if a setting has a value that the contestant cannot learn with."""
    for setting, value in only.items():
        if settings.get(setting, value) != value:
            raise SystemExit(f"{name} has no {setting} of {settings[setting]}")


def is_augmented(settings: Recipe) -> bool:
    """Whether images change from epoch to epoch."""
    return any(settings.get(name) for name in (*DISTORTIONS, "mixup"))


def augmented(
    settings: Recipe, images: Images, labels: np.ndarray
) -> Callable[[int], Iterator[tuple[np.ndarray, np.ndarray]]]:
    """The distorted batches of epoch 1, 2, …, made by digitnet in a thread: each is scratch.

    Of oriented gradients, they are taken here.
    """
    from digitnet.data import AugmentedBatches, Batches, Distortions, Examples, MinMax

    examples = Examples(images, labels)
    scaling, seed = MinMax.fit(images), settings["seed"]
    distort = Distortions(**{name: settings[name] for name in (*DISTORTIONS, "smoothness")})
    last = max(settings["epochs"] - 1, 1)
    epoch = AugmentedBatches(
        Batches(examples, scaling, 10, settings["batch_size"], seed),
        examples.image_shape,
        distort,
        seed,
        lambda epoch: 1 - settings["fade"] * (epoch - 1) / last,
        settings["mixup"],
    ).epoch
    if not settings.get("oriented_gradients"):
        return epoch
    see = seeing(images.shape[1:])
    return lambda number: ((see(x), t) for x, t in epoch(number))


def rates(settings: Recipe, steps: int) -> np.ndarray:
    """The learning rate of each step of an epoch and a training: (epochs, steps)."""
    epochs, highest = settings["epochs"], settings["learning_rate"]
    step = np.arange(epochs * steps)
    falling = round((1 - settings["averaging"]) * len(step))
    lowest = WHILE_AVERAGING * highest if settings["averaging"] else 0.0
    rate = np.full(len(step), highest)
    if settings["schedule"] == "cosine":
        progress = np.minimum(step / max(falling, 1), 1)
        rate = lowest + (highest - lowest) * 0.5 * (1 + np.cos(np.pi * progress))
    warmup = round(settings["warmup"] * steps)
    rate *= np.minimum(1, (step + 1) / max(warmup, 1))
    return rate.reshape(epochs, steps)


def shares(settings: Recipe, steps: int) -> np.ndarray:
    """How far the mean of the parameters goes to those of each step: (epochs, steps); 0: not."""
    n = settings["epochs"] * steps
    averaged = np.arange(1, n + 1) - round((1 - settings["averaging"]) * n)
    return np.where(averaged > 0, 1 / np.maximum(averaged, 1), 0).reshape(-1, steps)
