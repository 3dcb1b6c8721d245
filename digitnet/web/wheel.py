"""Wheel: digitnet, and digits to learn from, as files for a browser: the same bytes each time."""

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitnet.data import Dataset
from digitnet.version import __version__

PACKAGE = Path(__file__).parent.parent
KINDS = {".py", ".npz", ".md", ".mo", ".typed"}
"""What the package needs there: not MNIST, of which a part comes beside, and not the page."""
LEFT_OUT = ("web/static", "model/pretrained")
"""Nor the model of `digitnet.load()`: the network of pixels answers on the page."""
N_TRAIN = 10_000
"""Images to learn from, the first of MNIST's 60,000."""
LEVEL = 6
"""Of compression: 9 takes ten times as long for two percent."""
INFO = f"digitnet-{__version__}.dist-info"


def wheel(modules: tuple[str, ...] = ("",)) -> bytes:
    """The package, without MNIST and without the page, as a file that Python can unpack.

    modules: how the paths begin of those files that are wanted.
    """
    files = {}
    for path in PACKAGE.rglob("*"):
        name = path.relative_to(PACKAGE).as_posix()
        wanted = name.startswith(modules) and not name.startswith(LEFT_OUT)
        if path.suffix in KINDS and path.is_file() and wanted:
            files[f"digitnet/{name}"] = path.read_bytes()
    about = f"Metadata-Version: 2.1\nName: digitnet\nVersion: {__version__}\n"
    kind = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    files |= {f"{INFO}/METADATA": about.encode(), f"{INFO}/WHEEL": kind.encode()}
    record = "".join(f"{name},,\n" for name in [*sorted(files), f"{INFO}/RECORD"])
    return zipped(files | {f"{INFO}/RECORD": record.encode()})


def digits(data: Dataset) -> bytes:
    """The images and labels that a browser learns from and tests with, as an archive of arrays."""
    return archived(
        {
            "x_train": data.train.images[:N_TRAIN],
            "y_train": data.train.labels[:N_TRAIN],
            "x_test": data.test.images,
            "y_test": data.test.labels,
        }
    )


def archived(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Arrays by name, as np.load reads them."""
    files = {}
    for name, array in arrays.items():
        file = io.BytesIO()
        np.lib.format.write_array(file, np.ascontiguousarray(array), allow_pickle=False)
        files[f"{name}.npy"] = file.getvalue()
    return zipped(files)


def zipped(files: dict[str, bytes]) -> bytes:
    """An archive of these, by name, that holds no date and nothing of this computer."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as opened:
        for name in sorted(files):
            info = zipfile.ZipInfo(name)  # of 1980
            info.create_system, info.external_attr = 3, 0o644 << 16
            opened.writestr(info, files[name], zipfile.ZIP_DEFLATED, LEVEL)
    return archive.getvalue()
