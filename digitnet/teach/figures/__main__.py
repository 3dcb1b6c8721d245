"""`python -m digitnet.teach.figures FOLDER`: each figure as FOLDER/NAME.svg, before it moves."""

import sys
from pathlib import Path

from digitnet.teach.figures.digits import first_digits
from digitnet.teach.figures.pictures import write


def main(arguments: list[str]) -> int:
    """Write them, and say where. Returns the exit status."""
    if len(arguments) != 1 or arguments[0].startswith("-"):
        print("Usage: python -m digitnet.teach.figures FOLDER", file=sys.stderr)
        return 2
    try:
        for path in write(Path(arguments[0]), first_digits()):
            print(path)
    except OSError as error:
        print(f"{arguments[0]} cannot be written: {error.strerror or error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
