"""`python -m digitnet …` is the command `digitnet …`."""

import sys

if __name__ == "__main__":
    try:
        from digitnet.cli import main

        sys.exit(main())
    except KeyboardInterrupt:  # while the first modules are being imported
        sys.exit(130)
