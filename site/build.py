"""Build the documentation as a site of files: `make site`, or python site/build.py build/site.

Any web server can serve it, and it asks no other for anything. With `--pyodide FOLDER` the checks
of the exercises run in the reader's browser.
"""

import argparse
import os
import shutil
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from building import printed, walking  # noqa: E402
from building.stage import stage  # noqa: E402

from digitnet.errors import DigitnetError  # noqa: E402
from digitnet.web.runtime import copied  # noqa: E402

WALKTHROUGH = "jupyter_execute/docs/walkthrough.ipynb"
"""Where MyST-NB leaves it with its outputs, beside the site."""
PYODIDE = "DIGITNET_SITE_PYODIDE"
"""Tells building/engine.py of the folder."""


def main() -> int:
    """Build, follow every link, read what the walk-through prints. Returns 1, and says why, if
    anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="where the site goes; what is there is replaced")
    parser.add_argument("--pyodide", type=Path, help="a folder with Pyodide, copied into the site")
    options = parser.parse_args()
    # Two notebooks compute at a time, each on one of two cores.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    work = options.folder.with_name(options.folder.name + "-work")
    shutil.rmtree(options.folder, ignore_errors=True)
    try:
        if options.pyodide:
            copied(options.pyodide)  # whether it is there, before minutes are spent
            os.environ[PYODIDE] = str(options.pyodide.resolve())
        stage(work / "pages")
    except (ValueError, DigitnetError) as error:
        print(error, file=sys.stderr)
        return 1
    from sphinx.cmd.build import main as sphinx

    command = ["-b", "html", "-c", HERE, "-d", work / "doctrees", "-j", "2", "-q"]
    command += ["-W", "--keep-going", work / "pages", options.folder]
    if status := sphinx([str(each) for each in command]):
        return status
    found = walking.problems(options.folder)
    found += printed.problems(options.folder.parent / WALKTHROUGH)
    print("\n".join(found) or f"{options.folder} is built, and its links lead somewhere.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
