"""Learn to read handwritten digits, and show what was learned: `python main.py`.

Works in a plain clone with numpy, matplotlib and scikit-learn installed, and without a network.
`python main.py --help` lists what can be chosen.
"""

import gc
import sys

from digitnet.training.interruption import quit_when_asked

if __name__ == "__main__":
    quit_when_asked()  # before NumPy and all else is imported
    from digitnet.cli import main_job

    status = main_job()
    gc.freeze()  # all ends with the process; Python need not look for garbage in it
    sys.exit(status)
