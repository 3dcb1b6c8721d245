"""Warnings that point to the line of the user's own program."""

import sys
import warnings
from pathlib import Path

from digitnet.errors import InputWarning

PACKAGE = str(Path(__file__).parent.parent)


def warn(message: str) -> None:
    """Warn with InputWarning, as if by the code that called into this package."""
    depth = 1
    frame = sys._getframe(depth)
    while frame.f_back and frame.f_code.co_filename.startswith(PACKAGE):
        depth, frame = depth + 1, frame.f_back
    warnings.warn(message, InputWarning, stacklevel=depth + 1)
