"""Data sets from OpenML, fetched through scikit-learn once and kept in a file of our own.

`fetch_openml` knows the protocol, but has no time limit, retries little, and parses the text of
MNIST for most of a minute each time. So it runs in a thread that is given up when its time is
over, and its result is kept as one .npz: whole or absent, and checked whenever it is read.
"""

import hashlib
import json
import os
import socket
import tempfile
import threading
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from digitnet.data.parts import Part, Source
from digitnet.errors import DigitnetError
from digitnet.files.archive import open_archive
from digitnet.files.incoming import UNPACKED_FREELY, parse_json
from digitnet.files.writing import replaced

TIME_LIMIT_S = 900.0
"""For all of it: MNIST takes about a minute on a good day."""
SILENCE_LIMIT_S = 30.0
"""For a server that does not send anything."""
REPORT_EVERY_S = 5.0
N_TRIES = 3
PAUSE_S = 2.0
LONGEST_NAME = 200
FORMAT_VERSION = 1

Progress = Callable[[str], None]


class NoSuchDatasetError(DigitnetError):
    """OpenML answered, and has nothing like it: not worth another try."""


def load_openml(name_or_id: str, progress: Progress = lambda _: None) -> Source:
    """The data set of this name or number on OpenML, from the cache or the network.

    progress: called with a line of text now and then while fetching.
    Raises DigitnetError if it can be had from neither, or is not of images and classes.
    """
    if not name_or_id.strip():
        raise DigitnetError("openml: expected a name or number of OpenML after it, got nothing")
    if len(name_or_id) > LONGEST_NAME:
        raise DigitnetError(f"openml: expected a name of OpenML, got {len(name_or_id)} letters")
    folder = cache_folder()
    path = folder and folder / f"openml-{quote(name_or_id, safe='')}.npz"
    arrays = path and _read_cache(path)
    if not arrays:
        arrays = _fetch_within_time(name_or_id, progress)
        if path:
            _write_cache(path, *arrays, progress)
        else:
            progress("not kept for the next time: there is no home folder; set DIGITNET_CACHE")
    return Source(f"openml:{name_or_id}", Part(*arrays))


def cache_folder() -> Path | None:
    """$DIGITNET_CACHE, or digitnet in $XDG_CACHE_HOME or ~/.cache; None without a home.

    Not in the common folder for temporary files: there, somebody else may have been first.
    """
    if own := os.environ.get("DIGITNET_CACHE"):
        return Path(own)
    if common := os.environ.get("XDG_CACHE_HOME"):
        return Path(common) / "digitnet"
    try:
        return Path.home() / ".cache" / "digitnet"
    except RuntimeError:
        return None


def _read_cache(path: Path) -> tuple[NDArray[Any], NDArray[Any]] | None:
    """Images and labels as they were cached; None if there is no such file, or not a sound one."""
    try:
        with open_archive(path) as archive:
            header = parse_json(archive.text("header"))
            images, labels = archive.read("images"), archive.read("labels")
    except (OSError, ValueError, KeyError):
        return None
    sound = header == {"format_version": FORMAT_VERSION, "sha256": _checksum(images, labels)}
    return (images, labels) if sound else None


def _write_cache(
    path: Path, images: NDArray[Any], labels: NDArray[Any], progress: Progress
) -> None:
    """Keep them in a file, compressed unless that could stand in the way of reading it again."""
    header = {"format_version": FORMAT_VERSION, "sha256": _checksum(images, labels)}
    small = images.nbytes + labels.nbytes <= UNPACKED_FREELY
    write = np.savez_compressed if small else np.savez
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replaced(path) as file:
            write(file, header=np.array(json.dumps(header)), images=images, labels=labels)
        progress(f"kept in {path}")
    except OSError as error:
        progress(f"could not be kept for the next time: {error}")


def _checksum(*arrays: NDArray[Any]) -> str:
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.shape} {array.dtype}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def _fetch_within_time(name_or_id: str, progress: Progress) -> tuple[NDArray[Any], NDArray[Any]]:
    """Fetch in a thread, watch it, and leave it behind when its time is over."""
    result: list[tuple[NDArray[Any], NDArray[Any]]] = []
    failure: list[DigitnetError] = []
    with tempfile.TemporaryDirectory(prefix="digitnet-", ignore_cleanup_errors=True) as downloads:

        def fetch() -> None:
            try:
                result.append(_fetch_with_retries(name_or_id, Path(downloads), progress))
            except DigitnetError as error:
                failure.append(error)

        started = time.monotonic()
        progress(f"fetching {name_or_id} from OpenML; only this first time")
        thread = threading.Thread(target=fetch, daemon=True)
        thread.start()
        while thread.is_alive() and time.monotonic() - started < TIME_LIMIT_S:
            thread.join(timeout=min(REPORT_EVERY_S, TIME_LIMIT_S))
            if thread.is_alive():
                elapsed = time.monotonic() - started
                progress(f"{elapsed:.0f} s, {_megabytes(Path(downloads)):.1f} MB so far")
    if failure:
        raise failure.pop()  # a list that keeps it would be kept by its traceback
    if not result:
        raise DigitnetError(
            f"openml:{name_or_id}: not there after {TIME_LIMIT_S:g} s, given up; try again "
            "later, or get the IDX files elsewhere and use --data FOLDER"
        )
    return result[0]


def _megabytes(folder: Path) -> float:
    """The size of all files that are in the folder at this moment; some come and go."""
    total = 0
    for path in folder.rglob("*"):
        with suppress(OSError):
            total += path.stat().st_size
    return total / 1e6


def _fetch_with_retries(
    name_or_id: str, downloads: Path, progress: Progress
) -> tuple[NDArray[Any], NDArray[Any]]:
    for number in range(1, N_TRIES + 1):
        try:
            return _fetch(name_or_id, downloads)
        except NoSuchDatasetError:
            raise
        except Exception as error:  # whatever a parser makes of an answer that is not OpenML's
            reason = _reason(error)
            if isinstance(error, HTTPError):
                error.close()  # it is the server's answer, and keeps its connection
            if number == N_TRIES:
                raise DigitnetError(
                    f"openml:{name_or_id}: cannot be fetched ({reason}); check the network and try "
                    "again, or get the IDX files elsewhere and use --data FOLDER; "
                    "MNIST itself comes with digitnet and needs no --data"
                ) from error
            progress(f"{reason}; trying again ({number + 1} of {N_TRIES})")
            time.sleep(PAUSE_S)
    raise AssertionError("unreachable")


def _reason(error: Exception) -> str:
    if isinstance(error, HTTPError):
        return f"the server answered {error.code} {error.reason}"
    if isinstance(error, URLError):
        return f"no connection: {error.reason}"
    if isinstance(error, TimeoutError):
        return f"the server was silent for {SILENCE_LIMIT_S:g} s"
    if "md5 checksum" in str(error):
        return "the data arrived damaged: its checksum is wrong"
    return f"the answer was cut short or is not understood: {error!r}"


def _fetch(name_or_id: str, downloads: Path) -> tuple[NDArray[Any], NDArray[Any]]:
    """Images as rows and labels, by one call of scikit-learn."""
    from sklearn.datasets import fetch_openml

    which: dict[str, Any] = {"name": name_or_id}
    if name_or_id.isdecimal():
        which = {"data_id": int(name_or_id)}
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(SILENCE_LIMIT_S)  # urlopen in scikit-learn is given none
    # That it tries again, that there are older versions. This stays so: to put the filters back,
    # as catch_warnings does, would take away what other threads have changed meanwhile.
    warnings.filterwarnings("ignore", module=r"sklearn\.datasets\._openml")
    try:
        # Neither option needs pandas. It downloads to a file, which shows how far it is.
        bunch = fetch_openml(
            **which,
            as_frame=False,
            parser="liac-arff",
            data_home=str(downloads),
            n_retries=1,
            delay=PAUSE_S,
        )
    except ValueError as error:
        if "not found" in str(error) or "No active dataset" in str(error):
            raise NoSuchDatasetError(
                f"openml:{name_or_id}: OpenML has no such data set; its pages at openml.org list "
                "names and numbers, such as mnist_784 or 40996"
            ) from error
        if "STRING attributes" in str(error):
            raise NoSuchDatasetError(
                f"openml:{name_or_id}: expected a data set of images, got one with texts"
            ) from error
        raise
    finally:
        socket.setdefaulttimeout(before)
    if bunch.data is None or bunch.target is None or np.ndim(bunch.target) != 1:
        raise NoSuchDatasetError(
            f"openml:{name_or_id}: expected a data set with one column of classes, got none"
        )
    data = bunch.data if isinstance(bunch.data, np.ndarray) else bunch.data.toarray()
    return _compact(data), np.asarray(bunch.target).astype(str)


def _compact(data: NDArray[Any]) -> NDArray[Any]:
    """uint8 if these are whole numbers from 0 to 255, as grey values are, else float32."""
    if data.max(initial=0) > 1 and data.min(initial=0) >= 0 and data.max(initial=0) <= 255:
        whole = data.astype(np.uint8)
        if np.array_equal(whole, data):
            return whole
    return data.astype(np.float32)
