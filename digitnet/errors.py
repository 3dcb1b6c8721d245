"""The error that is meant for the user, and not for a debugger."""


class DigitnetError(Exception):
    """Something the user gave cannot be used. The message says what was expected, what came, and
    what to try; the command line prints it as one sentence, without a traceback."""
