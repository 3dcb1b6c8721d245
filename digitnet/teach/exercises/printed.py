"""What a hand-in prints: its beginning is shown, and too much ends it."""

from __future__ import annotations

import io

from digitnet.languages import tr
from digitnet.teach.exercises.limits import Ended
from digitnet.teach.exercises.wire import MOST_SHOWN

MOST_PRINTED = 100_000


class Printed(io.TextIOBase):
    """What is printed, up to a limit."""

    def __init__(self) -> None:
        self.text = ""
        self.count = 0

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self.count += len(text)
        self.text += text[: max(0, MOST_SHOWN - len(self.text))]
        if self.count > MOST_PRINTED:
            raise Ended(
                tr("prints more than {most:,} characters; take that print out", most=MOST_PRINTED)
            )
        return len(text)
