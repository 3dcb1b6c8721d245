"""Learn to read handwritten digits, and show what was learned: `python main.py`.

Works in a plain clone with numpy, matplotlib and scikit-learn installed, and without a network.
`python main.py --help` lists what can be chosen.
"""

import sys

if __name__ == "__main__":
    try:
        from digitnet.cli import main_job

        sys.exit(main_job())
    except KeyboardInterrupt:  # while the first modules are being imported
        sys.exit(130)
