"""A playground that is served as users have it."""

import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Self

ROOT = Path(__file__).parent.parent.parent
SCHOOL = "school.test"
"""A name of this computer that browsers take for that of another one, and trust less."""
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    f"--host-resolver-rules=MAP {SCHOOL} 127.0.0.1",
]
"""Of Chromium, where it may not ask the system or the network for anything."""


class Playground:
    """`digitnet play` in a process of its own, which can be ended and started again."""

    def __init__(self, folder: Path, *options: str) -> None:
        """folder: for the drawings that are kept. options: of the command, besides."""
        self.folder, self.port, self._options = folder, 0, options
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "digitnet", "play", "--no-browser"]
        command += ["--port", str(self.port), "--drawings", str(self.folder / "drawings.npz")]
        command += self._options
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        found = re.search(r"http://\S+:(\d+)/\S*", line)
        assert found, line
        self.address, self.port = found[0], int(found[1])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.communicate(timeout=10)
