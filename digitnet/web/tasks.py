"""Tasks: what takes long, a slice at a time between other commands.

A task is a generator: each step of it computes for a few milliseconds, and yields what there is to
tell, often nothing. So it needs no thread, and a page on a slow machine is answered meanwhile.
"""

from collections.abc import Iterator
from time import perf_counter

from digitnet.errors import DigitnetError
from digitnet.languages import tr
from digitnet.web.messages import Event, error_event

Task = Iterator[list[Event]]


class Tasks:
    """Tasks by the name of the command that began them, worked for in turns."""

    def __init__(self) -> None:
        self._tasks: dict[str, Task] = {}

    @property
    def busy(self) -> bool:
        """Whether there is something to do."""
        return bool(self._tasks)

    def begin(self, name: str, task: Task) -> None:
        """Work for this one from now on, in place of another one of that name."""
        self.drop(name)
        self._tasks[name] = task

    def drop(self, *names: str) -> None:
        """Work no more for these; for any, if none is named."""
        for name in names or tuple(self._tasks):
            self._tasks.pop(name, None)

    def work(self, milliseconds: float) -> list[Event]:
        """A slice of each in turn, for about so long, at least one of them."""
        end, events = perf_counter() + milliseconds / 1000, list[Event]()
        while self._tasks:
            name = next(iter(self._tasks))
            task = self._tasks.pop(name)
            try:
                events += next(task)
                self._tasks[name] = task  # behind the others
            except StopIteration:
                pass
            except DigitnetError as error:
                events.append(error_event(name, str(error)))
            except MemoryError:
                events.append(error_event(name, tr("not enough memory for this")))
            if perf_counter() >= end:
                break
        return events
