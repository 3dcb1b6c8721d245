"""What the figures of a benchmark belong to."""

import os
import platform
from pathlib import Path

import numpy as np


def processor_and_blas() -> dict[str, str]:
    """Cores, processor, Python and the library of matrix products, by name."""
    found = {"cores": str(os.cpu_count()), "machine": platform.machine()}
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = [line for line in cpuinfo.read_text().splitlines() if line.startswith("model name")]
        found["processor"] = lines[0].split(":")[1].strip() if lines else "unknown"
    found["Python"] = platform.python_version()
    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    found["BLAS"] = f"{blas['name']} {blas['version']}"
    return found


def load() -> str:
    """How many processes there are that want a core, in the last minute."""
    return f"{os.getloadavg()[0]:.2f}"
