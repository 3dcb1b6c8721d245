"""Check the gradients derived by hand against measured slopes, on real images, in float64.

Any network that `train` can build can be checked. The relative error of an array of parameters is
|a - n| / (|a| + |n|), with a the gradient by backpropagation and n by central differences; 1e-7 is
the bound. Exit status 1 if an array exceeds it, unless its gradient is too small to be judged.
"""

import argparse
from collections.abc import Sequence

import numpy as np

from digitnet.cli.common import (
    add_data_option,
    add_settings,
    converter,
    load_for_command,
    settings_from,
)
from digitnet.data import Examples
from digitnet.errors import DigitnetError
from digitnet.nn import ArrayCheck, Layer, Network, Objective, check_gradients
from digitnet.nn.gradcheck import EPSILON, TOLERANCE
from digitnet.report.terminal import Table, open_terminal
from digitnet.teach.checking import draw_images, plant_error
from digitnet.training.build import build_network
from digitnet.training.settings import Settings

SUMMARY = "check gradients against measured slopes"
USAGE = "[options]"
EXAMPLES = """
PROG --hidden 64,32 --activation tanh  # any network that train can build
PROG --break 1  # see the check fail
"""
SETTINGS = (
    *("hidden_layer_sizes", "activation", "initializer", "batch_norm"),
    *("oriented_gradients", "weight_decay", "dropout", "seed"),
)
SAMPLE = 100


def add_options(parser: argparse.ArgumentParser) -> None:
    """The data, what makes the network, and what is checked."""
    add_data_option(parser.add_argument_group("data"))
    add_settings(parser, SETTINGS)
    check = parser.add_argument_group("check")
    whole = converter("a whole number of at least 1", int, lambda value: value >= 1)
    check.add_argument(
        "--images", metavar="N", type=whole, default=5, help="images in the batch (default: 5)"
    )
    check.add_argument(
        "--epsilon",
        metavar="STEP",
        type=converter("a number above 0, below 1", float, lambda value: 0 < value < 1),
        help=f"how far a parameter is moved to each side (default: {EPSILON:g}, or less where "
        "units come close to their kinks)",
    )
    check.add_argument(
        "--all",
        action="store_true",
        help=f"check every parameter, not at most {SAMPLE} of each array: minutes",
    )
    check.add_argument(
        "--break",
        dest="broken",
        metavar="LAYER",
        type=converter("the number of a layer, from 0", int, lambda value: value >= 0),
        help="plant a gradient that is 0.1 %% wrong in this layer, to see the check fail",
    )


def run(options: argparse.Namespace) -> int:
    """Print the table and the verdict. Returns the exit status."""
    settings = settings_from(options)
    terminal = open_terminal()
    data = load_for_command(options.data, terminal)
    network = build(settings, data.train, len(data.classes))
    x, targets, epsilon = draw_images(
        network, data.train, options.images, options.epsilon, settings.seed
    )
    if options.epsilon is None and epsilon < EPSILON:
        terminal.say(f"so many units come close to their kinks that epsilon is {epsilon:g}")
    terminal.say(
        "layers: " + ", ".join(f"{i} {type(e).__name__}" for i, e in enumerate(network.layers))
    )
    if options.broken is not None:
        terminal.say(break_layer(network, options.broken))
    checks = check_gradients(
        network,
        x,
        targets,
        Objective(weight_decay=settings.weight_decay),
        epsilon=epsilon,
        most=None if options.all else SAMPLE,
        generator=np.random.default_rng(settings.seed),
    )
    terminal.show(table(checks))
    excess = "" if options.broken is None else ": an excess of 0.1 % shows as 0.05 %, 5.0e-04"
    terminal.say(f"\nrelative error = |a - n| / (|a| + |n|){excess}")
    for verdict, meaning in (
        ("zero", "no gradient at all: nothing can be wrong with it, nor right"),
        (
            "too small",
            "a gradient, or an epsilon, below the rounding of the loss: it cannot be judged",
        ),
    ):
        if names := [check.name for check in checks if check.verdict == verdict]:
            terminal.say(f"\n{', '.join(names)}: {meaning}")
    wrong = [check.name for check in checks if check.verdict == "WRONG"]
    if wrong:
        terminal.say(f"\nFAIL: wrong by more than {TOLERANCE:g}: {', '.join(wrong)}")
        return 1
    if options.broken is not None:
        terminal.say(
            "\nNOT FOUND: no gradient that is wrong could be judged; try another --epsilon"
        )
        return 1
    if not any(check.verdict == "ok" for check in checks):
        terminal.say("\nNOT JUDGED: no gradient could be measured; try another --epsilon")
        return 1
    terminal.say(f"\nPASS: all measurable gradients agree with the slopes to {TOLERANCE:g}")
    return 0


def build(settings: Settings, examples: Examples, n_classes: int) -> Network:
    """The network in float64, its biases moved off zero, which is a kink if the weights are."""
    network = build_network(settings, examples, n_classes, np.float64)
    biases = network.params[network.weights.size :]
    generator = np.random.default_rng(settings.seed)
    biases += generator.uniform(0.05, 0.15, len(biases)) * generator.choice([-1, 1], len(biases))
    return network


def break_layer(network: Network, number: int) -> str:
    """Plant an error, and say what is wrong now. Raises DigitnetError if there is no such layer."""
    if number >= len(network.layers):
        raise DigitnetError(
            f"--break: expected the number of a layer from 0 to {len(network.layers) - 1}, "
            f"got {number}"
        )
    layer, kind = network.layers[number], type(network.layers[number]).__name__
    if not parameter_names(network, network.layers[: number + 1]):
        raise DigitnetError(
            f"--break: expected a layer that learns or is above one, got {number} ({kind}): "
            "nothing is learned from its gradient"
        )
    plant_error(layer)
    if own := parameter_names(network, [layer]):
        gradients = listed_in_words([f"d{name}" for name in own])
        return f"layer {number} ({kind}) computes {gradients} 0.1 % too large"
    below = listed_in_words(parameter_names(network, network.layers[:number]))
    return (
        f"layer {number} ({kind}) hands down a gradient 0.1 % too large: "
        f"what is below it is wrong, {below}"
    )


def parameter_names(network: Network, layers: Sequence[Layer]) -> list[str]:
    """The names that the network has for the parameters of these layers."""
    arrays = {id(value) for layer in layers for value in vars(layer).values()}
    return [name for name, values, _ in network.parameters() if id(values) in arrays]


def listed_in_words(names: Sequence[str]) -> str:
    """a, b and c."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def table(checks: list[ArrayCheck]) -> Table:
    """A row per array."""
    return Table(
        "Backpropagation (a) against central differences (n)",
        ("array", "checked", "of", "relative error", "verdict", "worst entry", "a", "n"),
        [
            (
                check.name,
                str(check.n_checked),
                str(check.n_entries),
                f"{check.error:.1e}",
                check.verdict,
                ",".join(map(str, check.worst)),
                f"{check.analytic:.6e}",
                f"{check.numerical:.6e}",
            )
            for check in checks
        ],
    )
