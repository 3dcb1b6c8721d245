"""Memory: giving back to the system what nobody needs any longer.

glibc keeps what threads have freed, in an arena for each: after pictures that take hundreds of
megabytes to read, or trainings that have ended, most of it is free and none of it is given back.
"""

import ctypes
from contextlib import suppress


def give_back() -> None:
    """Give the system what the C library keeps free, where it can be asked to (glibc)."""
    with suppress(AttributeError, OSError, TypeError):  # other C libraries; Windows
        ctypes.CDLL(None).malloc_trim(0)
