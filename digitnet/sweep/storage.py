"""Where a sweep keeps its trials: a journal file in its folder, or a PostgreSQL database.

A process that trains says so every BEAT_S seconds: to the database, or by touching a file. Of one
that has been silent for SILENT_S, because it was killed, the trial is marked as failed by whoever
begins the next, and does not count. Optuna does that; it lacks only the beats beside a journal.
"""

import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import optuna
from optuna.exceptions import ExperimentalWarning, OptunaError, StorageInternalError
from optuna.storages import BaseStorage, JournalStorage, RDBStorage
from optuna.storages._heartbeat import BaseHeartbeat
from optuna.storages._rdb.models import TrialHeartbeatModel
from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from digitnet.errors import DigitnetError
from digitnet.sweep import NEEDS

BEAT_S, SILENT_S = 2, 20
CONNECTS_WITHIN_S = 10
LOCKS_FOR_S = 30
"""The file beside the journal that locks it, before it is taken for that of a killed process."""
JOURNAL, BEATS = "journal.log", "at-work"
ATTEMPTS = 5
"""To make the tables of an empty database, which several processes may begin to do at once."""


class Journal(JournalStorage, BaseHeartbeat):
    """A journal file, and beside it a file for each trial that is being trained."""

    def __init__(self, folder: Path) -> None:
        path = folder.absolute() / JOURNAL
        lock = JournalFileOpenLock(str(path), grace_period=LOCKS_FOR_S)
        super().__init__(JournalFileBackend(str(path), lock))
        self._beats = folder.absolute() / BEATS

    def _beat(self, trial_id: int) -> Path:
        return self._beats / str(trial_id)

    def record_heartbeat(self, trial_id: int) -> None:
        """Touch the file of a trial."""
        with suppress(OSError):  # a full disk; the next time, perhaps
            self._beats.mkdir(exist_ok=True)
            self._beat(trial_id).touch()

    def _get_stale_trial_ids(self, study_id: int) -> list[int]:
        running = self.get_all_trials(study_id, deepcopy=False, states=(TrialState.RUNNING,))
        return [each._trial_id for each in running if self._silent_s(each) > SILENT_S]

    def _silent_s(self, trial: FrozenTrial) -> float:
        """For how long nothing was heard of who trains it."""
        begun = trial.datetime_start.timestamp() if trial.datetime_start else 0.0
        with suppress(OSError):
            begun = max(begun, self._beat(trial._trial_id).stat().st_mtime)
        return time.time() - begun

    def get_heartbeat_interval(self) -> int:
        return BEAT_S

    def get_heartbeat_stale_trial_callback(
        self,
    ) -> Callable[["optuna.Study", FrozenTrial], None] | None:
        return None


class Database(RDBStorage):
    """A database; a beat that it does not take, because it is away for a moment, costs nothing."""

    def record_heartbeat(self, trial_id: int) -> None:
        with suppress(OptunaError, SQLAlchemyError):
            super().record_heartbeat(trial_id)

    def _get_stale_trial_ids(self, study_id: int) -> list[int]:
        """Those that have been silent.

        Optuna takes one that never gave a beat for alive, but a process can be killed between
        beginning a trial and its first. Whoever looks gives that beat, and the silence begins.
        """
        running = self.get_all_trials(study_id, deepcopy=False, states=(TrialState.RUNNING,))
        for each in running:
            if not self._has_beat(each._trial_id):
                self.record_heartbeat(each._trial_id)
        return super()._get_stale_trial_ids(study_id)

    def _has_beat(self, trial_id: int) -> bool:
        with self.scoped_session() as session:
            return TrialHeartbeatModel.where_trial_id(trial_id, session) is not None


@contextmanager
def open_storage(folder: Path, url: str | None) -> Iterator[BaseStorage]:
    """The journal in a folder, or the database at the URL, until the end of the block.

    Raises DigitnetError if it cannot be used, there or within the block.
    """
    optuna.logging.set_verbosity(optuna.logging.CRITICAL)  # what it has to say is said by others
    warnings.simplefilter("ignore", ExperimentalWarning)  # of the beats
    address = database_url(url) if url else None
    storage: BaseStorage | None = None
    try:
        storage = _database(address) if address else _journal(folder)
        yield storage
    except (StorageInternalError, SQLAlchemyError, ImportError) as error:
        raise DigitnetError(f"--storage: {_shown(address)}: {_reason(error)}") from error
    finally:
        if isinstance(storage, RDBStorage):
            storage.scoped_session.remove()
            storage.engine.dispose()


def database_url(text: str) -> URL:
    """The URL of a PostgreSQL database. Raises DigitnetError, without the password, if it is not.

    A driver that it does not name is psycopg2, which the extra brings.
    """
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        url = None
    if url is None or url.get_backend_name() != "postgresql" or not url.database:
        got = repr(text) if url is None and "@" not in text else _shown(url)
        raise DigitnetError(
            f"--storage: expected postgresql://USER:PASSWORD@HOST/DATABASE, got {got}"
        )
    return url if "+" in url.drivername else url.set(drivername="postgresql+psycopg2")


def _database(url: URL) -> Database:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return Database(
                url.render_as_string(hide_password=False),
                engine_kwargs={
                    "pool_pre_ping": True,
                    "connect_args": {"connect_timeout": CONNECTS_WITHIN_S},
                },
                heartbeat_interval=BEAT_S,
                grace_period=SILENT_S,
            )
        except RuntimeError as error:  # tables of another version of Optuna
            raise DigitnetError(f"--storage: {_shown(url)}: {error}") from error
        except (DBAPIError, StorageInternalError) as error:
            if attempt == ATTEMPTS or "already exists" not in _reason(error):
                raise
            time.sleep(0.2 * attempt)
    raise AssertionError("not reached")


def _journal(folder: Path) -> Journal:
    path = folder / JOURNAL
    try:
        _mend(path)
        return Journal(folder)
    except (ValueError, LookupError, TypeError, AssertionError) as error:
        raise DigitnetError(f"{path} is damaged: {error}") from error


def _mend(path: Path) -> None:
    """Remove a last line that was not written to its end, as on a full disk."""
    if not path.exists():
        return
    lock = JournalFileOpenLock(str(path.absolute()), grace_period=LOCKS_FOR_S)
    lock.acquire()
    try:
        with path.open("r+b") as file:
            content = file.read()
            if content and not content.endswith(b"\n"):
                file.truncate(content.rfind(b"\n") + 1)
    finally:
        lock.release()


def _shown(url: URL | None) -> str:
    return url.render_as_string(hide_password=True) if url is not None else "something else"


def _reason(error: BaseException) -> str:
    """What the database says, without what the libraries add."""
    if isinstance(error, NoSuchModuleError | ImportError):
        return f"this needs {NEEDS}"
    if isinstance(error, StorageInternalError) and error.__cause__:
        error = error.__cause__
    lines = str(error.orig if isinstance(error, DBAPIError) else error).strip().splitlines()
    return " ".join(line.strip() for line in lines[:2])
