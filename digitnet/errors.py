"""What digitnet raises and warns of."""

from collections.abc import Callable

from digitnet.text import MESSAGE, plain

Named = Callable[[str], str]
"""How an option is written for whoever reads this: learning_rate, or --learning-rate."""


class DigitnetError(ValueError):
    """Something the user gave cannot be used.

    The message says what was expected, what came, and what to try; the command line prints it as
    one sentence, without a traceback. What it quotes may come from a file, so the message is made
    plain: printable, in one line, and short.
    """

    def __init__(self, message: object = "") -> None:
        super().__init__(plain(message, MESSAGE))


class OptionError(DigitnetError):
    """What was asked for cannot be done; the message names options that have to do with it.

    sentence: writes the message, by a function that writes the names. str() has them as they are
    in Python; the command line writes its own.
    """

    def __init__(self, sentence: Callable[[Named], str]) -> None:
        super().__init__(sentence(str))
        self.sentence = sentence

    @classmethod
    def of(cls, option: str, problem: object) -> "OptionError":
        """What is wrong with one option: "name: expected …"."""
        return cls(lambda named: f"{named(option)}: {problem}")

    def __reduce__(self) -> tuple[type[DigitnetError], tuple[str]]:
        return DigitnetError, (str(self),)  # a function cannot go to another process


class LearningWarning(UserWarning):
    """A training went to its end, but the network has learned nothing, or little."""


class InputWarning(UserWarning):
    """Images can be read, but do not look like those that the model learned from."""
