"""Memory that is free goes back to the system."""

import ctypes
import gc
import os
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from digitnet.web.memory import give_back

sys.path.insert(0, str(Path(__file__).parent.parent / "benchmarks"))

from machine import memory_mb

MEGABYTES = 200
BLOCK = 2**16
"""Bytes: less than what the C library takes from the system by itself."""


@pytest.mark.skipif(
    not sys.platform.startswith("linux") or not hasattr(ctypes.CDLL(None), "malloc_trim"),
    reason="the C library here is not glibc, and gives back as it likes",
)
def test_what_a_thread_has_freed_is_given_back():
    last = []

    def work():
        blocks = [np.ones(BLOCK, np.uint8) for _ in range(MEGABYTES * 2**20 // BLOCK)]
        last.append(blocks[-1])  # keeps the end of the arena, so that nothing goes by itself

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    gc.collect()
    before = memory_mb(os.getpid())
    give_back()
    assert memory_mb(os.getpid()) < before - MEGABYTES / 2
