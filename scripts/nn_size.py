"""Count the lines of code in digitnet/nn: without docstrings, comments and blank lines.

What is read first, from the arrays to the training loop, is meant for one sitting; what can wait is
counted apart, and the list of names in __init__.py not at all. Exit status 1 if the first reading
has outgrown that.
"""

import ast
import io
import sys
import tokenize
from pathlib import Path

MOST = 600
SECOND_READING = {
    "adam.py",
    "adversarial.py",
    "averaging.py",
    "batchnorm.py",
    "blas.py",
    "gradcheck.py",
    "oriented_gradients.py",
    "ranks.py",
    "records.py",
    "shards.py",
    "states.py",
    "weighted.py",
}
NN = Path(__file__).parent.parent / "digitnet" / "nn"
NO_CODE = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
}


def code_lines(source: str) -> int:
    """The number of lines that hold code."""
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in NO_CODE:
            lines.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(source)):
        # A string that stands alone is a docstring, of a definition or of the constant above it.
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            lines.difference_update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return len(lines)


def main() -> int:
    """Print the count of each file and of all."""
    totals = {"first": 0, "second": 0}
    for path in sorted(NN.glob("[!_]*.py")):
        count = code_lines(path.read_text(encoding="utf-8"))
        reading = "second" if path.name in SECOND_READING else "first"
        totals[reading] += count
        print(f"{count:5}  {path.name}, {reading} reading")
    print(f"{totals['first']:5}  lines of code to read first in digitnet/nn, at most {MOST}")
    print(f"{totals['second']:5}  that can wait")
    return int(totals["first"] > MOST)


if __name__ == "__main__":
    sys.exit(main())
