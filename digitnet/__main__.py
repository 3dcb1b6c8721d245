"""The command `digitnet …`, or `python -m digitnet …`."""

import gc
import sys

from digitnet.training.interruption import quit_when_asked


def main() -> int:
    """Run the command that the arguments name, and return its exit status."""
    quit_when_asked()  # before NumPy and all else is imported
    from digitnet import cli

    return cli.main()


if __name__ == "__main__":
    status = main()
    # An interrupt within code that was text, which importing scikit-learn runs a lot of, makes
    # `python -m` end with SIGINT whatever became of it, unless other such code runs well after it.
    exec("")
    gc.freeze()  # all ends with the process; Python need not look for garbage in it
    sys.exit(status)
