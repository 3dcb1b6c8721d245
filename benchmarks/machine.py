"""What the figures of a benchmark belong to."""

import os
import platform
import re
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


def memory_mb(pid: int) -> float:
    """Megabytes that a process holds in memory."""
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    assert found
    return int(found[1]) / 1024
