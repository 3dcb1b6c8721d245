"""What digitnet raises and warns of."""

from digitnet.text import MESSAGE, plain


class DigitnetError(ValueError):
    """Something the user gave cannot be used.

    The message says what was expected, what came, and what to try; the command line prints it as
    one sentence, without a traceback. What it quotes may come from a file, so the message is made
    plain: printable, in one line, and short.
    """

    def __init__(self, message: object = "") -> None:
        super().__init__(plain(message, MESSAGE))


class LearningWarning(UserWarning):
    """A training went to its end, but the network has learned nothing, or little."""


class InputWarning(UserWarning):
    """Images can be read, but do not look like those that the model learned from."""
