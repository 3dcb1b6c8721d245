"""What several commands share: the arguments RUN and --data, and the options of Settings."""

import argparse
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import Field, fields
from pathlib import Path
from typing import Any

from digitnet.accept.views import MOVED
from digitnet.data import Dataset, load_data
from digitnet.errors import DigitnetError, OptionError
from digitnet.languages import available, is_known
from digitnet.model import PRETRAINED, Model
from digitnet.report.terminal import Terminal
from digitnet.text import listed, shown
from digitnet.training.kinds import YesNo
from digitnet.training.named import read_settings
from digitnet.training.options import default_text, option_of
from digitnet.training.recipes import RECIPES
from digitnet.training.settings import Settings, SettingsError, parse
from digitnet.training.spelling import suggestion


def add_run_argument(parser: argparse.ArgumentParser) -> None:
    """RUN, a run folder or a model file."""
    parser.add_argument(
        "run",
        metavar="RUN",
        type=Path,
        nargs="?",
        default=PRETRAINED,
        help="a run folder, or the file of a model (default: the model that comes with digitnet)",
    )


def add_data_option(
    parser: "argparse.ArgumentParser | argparse._ArgumentGroup",
    without: str = "default: MNIST, which comes with digitnet",
) -> None:
    """--data, the source of images. without: what is used where it is not given."""
    parser.add_argument(
        "--data",
        metavar="SOURCE",
        help="openml:NAME_OR_ID, a folder of IDX files, of train.csv and test.csv or of "
        "x_train.npy and so on, FILE.npz with x_train, y_train, x_test, y_test (or part of them), "
        f"or FILE.csv with a label in each row ({without})",
    )


def add_views_option(parser: argparse.ArgumentParser) -> None:
    """--views, from how many places an image is looked at."""
    numbers = ", ".join(map(str, MOVED))
    parser.add_argument(
        "--views",
        metavar="N",
        type=converter(f"one of {numbers}", int, lambda n: n in MOVED),
        default=1,
        help="look at each image N times, 1, 5 or 9: as it is, moved by a pixel to each side, and "
        "to each corner, and take the mean: fewer errors where it learned from moved images "
        "(--shift), for N times the work (default: 1)",
    )


def add_language_option(parser: "argparse.ArgumentParser | argparse._ArgumentGroup") -> None:
    """--language, of what is told."""
    names = ", ".join(available())
    parser.add_argument(
        "--language",
        metavar="LANGUAGE",
        type=converter(f"one of {names}", str, is_known),
        help=f"of what is told and written, one of {names} (default: what LANGUAGE, LC_ALL, "
        "LC_MESSAGES or LANG say, else English)",
    )


def load_for_command(source: str | None, terminal: Terminal) -> Dataset:
    """The data, and a line about it."""
    data = load_data(source, progress=lambda text: terminal.say(f"{source}: {text}"))
    terminal.say(f"{data.name}: {data.note}")
    return data


def check_fits(model: Model, data: Dataset) -> None:
    """Raise DigitnetError unless the model reads images and classes like those of the data."""
    if data.train.image_shape != model.image_shape or data.train.images.dtype != model.pixels:
        raise OptionError.of(
            "data",
            f"this model reads images of {'x'.join(map(str, model.image_shape))} "
            f"{model.pixels}, got {'x'.join(map(str, data.train.image_shape))} "
            f"{data.train.images.dtype}",
        )
    if data.classes != model.classes:
        raise OptionError.of(
            "data",
            f"this model knows the classes {listed(model.classes)}, got {listed(data.classes)}",
        )


def add_daily_options(
    group: argparse._ArgumentGroup, names: Sequence[str], defaults: Mapping[str, Any] | None = None
) -> None:
    """--data, --recipe, --settings and those that are named: what most trainings are about.

    defaults: of settings whose default here is another one.
    """
    own = defaults or {}
    add_data_option(group)
    add_recipe_option(group)
    group.add_argument(
        "--settings",
        metavar="FILE",
        type=Path,
        help="settings as JSON, such as the best.json of a sweep or the config.json of a run; they "
        "override the recipe, and other options override them",
    )
    for each in fields(Settings):
        if each.name in names:
            _add_setting(group, each, own.get(each.name, argparse.SUPPRESS))


def add_settings(
    parser: argparse.ArgumentParser,
    names: Sequence[str] | None = None,
    but: Sequence[str] = (),
) -> None:
    """An option for each field of Settings, or for those named, in their groups; none for `but`."""
    chosen = [
        each
        for each in fields(Settings)
        if each.name not in but and (names is None or each.name in names)
    ]
    groups: dict[str, argparse._ArgumentGroup] = {}
    for each in chosen:
        title = option_of(each).group
        if title not in groups:
            groups[title] = parser.add_argument_group(title)
        _add_setting(groups[title], each)


def add_recipe_option(parser: "argparse.ArgumentParser | argparse._ArgumentGroup") -> None:
    """--recipe, whose settings stand where no option says otherwise."""
    parser.add_argument(
        "--recipe",
        metavar="NAME",
        type=one_of(RECIPES),
        default="default",
        help="settings to start from, each of which other options override: sprint98, "
        "sprint99 and sprint99.5, the shortest ways to 98, 99 and 99.5 per cent; "
        "quick, strong and best, larger networks on distorted images, for a minute to an hour; "
        "plain, one on images as they are; default, what the other options say they are by default",
    )


def settings_parser(description: str | None = None) -> argparse.ArgumentParser:
    """A parser of --recipe and all settings, whose result `settings_from` takes."""
    parser = argparse.ArgumentParser(description=description)
    add_recipe_option(parser)
    add_settings(parser)
    return parser


def _add_setting(
    group: "argparse._ArgumentGroup", each: "Field[Any]", default: Any = argparse.SUPPRESS
) -> None:
    """default: where there is none, a recipe knows what was given."""
    option = option_of(each)
    usual = default_text(each) if default is argparse.SUPPRESS else default
    meaning = f"{option.sentence} (default: {usual})"
    if isinstance(option.kind, YesNo):
        group.add_argument(
            option_name(each.name),
            dest=each.name,
            action=argparse.BooleanOptionalAction,  # a recipe may have it on
            default=default,
            help=meaning,
        )
        return
    group.add_argument(
        option_name(each.name),
        dest=each.name,
        type=_setting_converter(each),
        default=default,
        metavar=option.unit,
        help=meaning,
    )


def option_name(name: str) -> str:
    """The option of the command line that has this name in Python."""
    flags = {each.name: option_of(each).flag for each in fields(Settings)} | {"begin_at": "--from"}
    return flags.get(name) or "--" + name.replace("_", "-")


def _setting_converter(each: "Field[Any]") -> Callable[[str], Any]:
    def convert(text: str) -> Any:
        try:
            return parse(each, text)
        except SettingsError as error:
            raise argparse.ArgumentTypeError(error.problem) from error

    return convert


def one_of(choices: Collection[str]) -> Callable[[str], str]:
    """From the text of an option to the same text, if it is one of the choices."""

    def convert(text: str) -> str:
        if text not in choices:
            raise argparse.ArgumentTypeError(
                f"expected one of {', '.join(choices)}, got {text!r}{suggestion(text, choices)}"
            )
        return text

    return convert


def converter(
    expected: str, parse: Callable[[str], Any], holds: Callable[[Any], bool]
) -> Callable[[str], Any]:
    """From the text of an option to its value; argparse prints the error with the option's name."""

    def convert(text: str) -> Any:
        try:
            value = parse(text)
        except ValueError:
            value = None
        if value is None or not holds(value):
            raise argparse.ArgumentTypeError(f"expected {expected}, got {shown(text)}")
        return value

    return convert


def whole_number(low: int, high: int, what: str = "a whole number") -> Callable[[str], int]:
    """A converter of whole numbers from low to high, both included. what: they are called."""
    return converter(f"{what} from {low} to {high}", int, lambda n: low <= n <= high)


def given_settings(options: argparse.Namespace) -> dict[str, Any]:
    """The settings that were given as options, by name, in the order of the table."""
    values = vars(options)
    return {each.name: values[each.name] for each in fields(Settings) if each.name in values}


def settings_from(options: argparse.Namespace) -> Settings:
    """The settings among the options; others are those of the file, the recipe, or the defaults.

    Raises DigitnetError if two do not go together, or the file cannot be used.
    """
    recipe, given = RECIPES[getattr(options, "recipe", "default")], given_settings(options)
    path: Path | None = getattr(options, "settings", None)
    of_file = read_settings(path) if path else {}
    try:
        return Settings(**(recipe | of_file | given))
    except SettingsError as error:
        if error.setting in of_file.keys() - given.keys():
            raise DigitnetError(f"{path}: {error}") from error
        option = option_name(error.setting)
        raise DigitnetError(f"argument {option}: {error.problem}") from error
