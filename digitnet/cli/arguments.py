"""An argument parser for people: errors are one sentence with a hint, help begins with examples."""

import argparse
import shutil
import sys
import textwrap
from collections.abc import Collection, Sequence
from typing import Any, NoReturn

from digitnet.text import MESSAGE, plain
from digitnet.training.spelling import nearest, suggestion
from digitnet.version import __version__

WIDEST = 80
LIST = ",..."
"""How the metavar of an option ends whose one value is a list."""


class Parser(argparse.ArgumentParser):
    """One whose errors are a sentence, and say what was probably meant.

    commands: the names that the first argument may have. elsewhere: commands that people try here,
    but which belong to `digitnet`.
    """

    def __init__(
        self, *args: Any, commands: Collection[str] = (), elsewhere: Collection[str] = (), **kw: Any
    ) -> None:
        kw |= {"allow_abbrev": False, "add_help": False, "formatter_class": Formatter}
        super().__init__(*args, **kw)
        self.commands = commands
        self.elsewhere = elsewhere

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: error: {plain(message, MESSAGE)}\n")

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """As argparse does, but what it would call unrecognized, with what was meant."""
        args = own_arguments() if args is None else list(args)
        if self.commands:
            self._check_command(args)
        else:
            self._check_names(args)
            room = 1 + sum(not action.option_strings for action in self._actions)
            self._check_lists(args, room)
        options, others = super().parse_known_args(args, namespace)
        if others and not self._took(options, others):
            self._check_lists(args, room=1)
            self._refuse(others)
        return options, []

    def _took(self, options: argparse.Namespace, others: Sequence[str]) -> bool:
        """Whether these are more of an argument that takes any number; argparse wants no options
        between them."""
        many = [each for each in self._actions if each.nargs == argparse.ONE_OR_MORE]
        if not many or any(other.startswith("-") and other != "-" for other in others):
            return False
        getattr(options, many[0].dest).extend(others)
        return True

    def finish(self, usage: str, description: str | None, examples: str) -> None:
        """Say how it is called, what it does, and how that looks; the last options belong here.

        usage: what follows the name of the program. examples: lines "PROG … # meaning".
        """
        called = "python main.py" if self.prog == "main.py" else self.prog
        self.usage = f"{called} {usage}"
        shown = _side_by_side(examples.strip().replace("PROG", called).splitlines())
        self.description = f"{(description or '').strip()}\n\nexamples:\n{shown}"
        others = self.add_argument_group("other")
        others.add_argument("-h", "--help", action="help", help="show this help and exit")
        others.add_argument(
            "--version",
            action="version",
            version=f"digitnet {__version__}",
            help="show the version and exit",
        )
        if not self.commands:
            others.add_argument("--debug", action="store_true", help="show an error's traceback")

    def _check_command(self, args: list[str]) -> None:
        first = next((arg for arg in args if not arg.startswith("-")), None)
        if first is not None and first not in self.commands:
            self.error(
                f"expected a command among {', '.join(self.commands)}, got {first!r}"
                + suggestion(first, self.commands)
            )
        for arg in args[: args.index(first) if first else None]:
            if arg not in self._option_string_actions:
                self.error(f"unknown option {arg}; options come after the command")
        if first is None and not args:
            self.error(
                f"expected a command among {', '.join(self.commands)}; "
                f"{self.prog} --help says what they do"
            )

    def _check_names(self, args: list[str]) -> None:
        """Refuse options that there are not; here, because argparse complains of others first."""
        for arg in args[: args.index("--") if "--" in args else None]:
            name = arg.partition("=")[0]
            dashed = name.startswith("-") and name.lstrip("-")[:1].isalpha() and " " not in name
            if dashed and name not in self._option_string_actions:
                hint = self._meant(name) or f"; {self.prog} --help lists those that there are"
                self.error(f"unknown option {name}{hint}")

    def _meant(self, name: str) -> str:
        options = [each for each in self._option_string_actions if each.startswith("--")]
        others = [str(each.metavar) for each in self._actions if not each.option_strings]
        return suggestion(name, [*options, *others])

    def _check_lists(self, args: list[str], room: int) -> None:
        """Refuse a list whose parts are separated by spaces: --hidden 128 64.

        room: how many words may follow such an option, if some are arguments of their own.
        """
        for place, arg in enumerate(args):
            name, equals, value = arg.partition("=")
            action = self._option_string_actions.get(name)
            if action is None or not str(action.metavar).endswith(LIST):
                continue
            rest = args[place + 1 :]
            end = next((n for n, arg in enumerate(rest) if arg.startswith("-")), len(rest))
            values = [value, *rest[:end]] if equals else rest[:end]
            if len(values) > room or (len(values) > 1 and values[0].endswith(",")):
                together = ",".join(part.strip(",") for part in values if part.strip(","))
                self.error(
                    f"argument {name}: expected one list with commas and without spaces, "
                    f"got {' '.join(values)}; try {name} {together}"
                )

    def _refuse(self, others: list[str]) -> NoReturn:
        name = others[0]
        if name in self.elsewhere:
            self.error(f"{self.prog} only trains; try: python -m digitnet {' '.join(others)}")
        meant = nearest(name.partition("=")[0], self._option_string_actions)
        hint = f"; did you mean {meant}?" if meant else ""
        self.error(f"unrecognized arguments: {' '.join(others)}{hint}")


def own_arguments() -> list[str]:
    """What follows the name of the program; nothing in a notebook, where it is the kernel's."""
    given = sys.argv[1:]
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if hasattr(shell, "kernel") and any(each == "-f" or each.startswith("--f=") for each in given):
        return []  # -f is the kernel's connection file, and no option of ours
    return given


class Formatter(argparse.HelpFormatter):
    """Help of at most 80 columns in which no word is cut, however narrow the terminal is."""

    def __init__(self, prog: str) -> None:
        width = min(shutil.get_terminal_size().columns, WIDEST)
        super().__init__(prog, max_help_position=24 if width >= 60 else 8, width=width)

    def add_argument(self, action: argparse.Action) -> None:
        super().add_argument(action)
        if action.nargs == argparse.PARSER:  # whose commands stand further in than argparse thinks
            self._action_max_length += self._indent_increment

    def _split_lines(self, text: str, width: int) -> list[str]:
        return _wrapped(" ".join(text.split()), width)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        """Paragraphs are filled; indented lines stay lines of their own."""
        lines = []
        for paragraph in text.split("\n\n"):
            pieces: list[str] = []
            for line in paragraph.splitlines():
                if pieces and not line.startswith(" ") and not pieces[-1].startswith(" "):
                    pieces[-1] += f" {line}"
                else:
                    pieces.append(line)
            for piece in pieces:
                margin = indent + " " * (len(piece) - len(piece.lstrip()))
                lines += _wrapped(piece.strip(), width, margin)
            lines.append("")
        return "\n".join(lines).rstrip()


def _side_by_side(examples: list[str]) -> str:
    """The meanings beside the commands, one below the other, or above them if that is too wide."""
    pairs = [line.split("  # ") for line in examples]
    column = max(len(command) for command, _ in pairs)
    beside = [f"  {command:{column}}  # {meaning}" for command, meaning in pairs]
    if max(map(len, beside)) <= WIDEST:
        return "\n".join(beside)
    return "\n".join(f"  # {meaning}\n  {command}" for command, meaning in pairs)


def _wrapped(text: str, width: int, margin: str = "") -> list[str]:
    return textwrap.wrap(
        text,
        max(width, 11),
        initial_indent=margin,
        subsequent_indent=margin + ("    " if margin else ""),
        break_long_words=False,
        break_on_hyphens=False,
    )
