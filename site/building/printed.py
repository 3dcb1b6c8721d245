"""Whether the walk-through, once it was computed again, still prints what its text says."""

import json
import re
from pathlib import Path
from typing import Any

FIGURES_OF_MERIT = {
    r"one neuron, two pixels: ([\d.]+)% of zeros and ones": (97, 100),
    r"before learning: ([\d.]+)%": (2, 20),
    r"softmax regression: ([\d.]+)% of unseen digits": (92, 94.5),
    r"ten lines of NumPy: ([\d.]+)% of unseen digits": (97, 98.8),
    r"one hidden layer: ([\d.]+)% of unseen digits": (98, 99),
    r"^healthy: ([\d.]+)% of unseen digits": (97.5, 99),
    r"^learning rate 3: ([\d.]+)% of unseen digits": (5, 20),
    r"^zero weights: ([\d.]+)% of unseen digits": (5, 20),
    r"^sigmoid: ([\d.]+)% of unseen digits": (85, 95),
    r"^saturated sigmoid: ([\d.]+)% of unseen digits": (40, 85),
    r"^no shuffling: ([\d.]+)% of unseen digits": (5, 50),
    r"^no shuffling: .+, training loss ([\d.]+)": (0, 0.3),
}
"""Each is printed once, and between these."""
CHECKS = {
    r"the worst is off by (\S+)": (1 + 4, 1e-8),  # softmax regression; W1, b1, W2, b2
    r"differ by at most (\S+)": (1 + 4, 1e-15),  # TextbookNetwork; the library's W1, b1, W2, b2
}
"""How often each is printed, and what it is below: gradients, comparisons with the library."""
SLOPES = {r"relative error (\S+)": (4, 1e-7)}
"""Likewise, of the networks that have learned."""
DIVERGED = "diverged in epoch 1"


def printed(notebook: dict[str, Any]) -> str:
    """All that the cells of a notebook print."""
    return "".join(_by(cell.get("outputs", [])) for cell in notebook["cells"])


def _by(outputs: list[dict[str, Any]]) -> str:
    """MyST-NB puts all that a cell prints into its first output, and leaves the others there."""
    texts = ["".join(each["text"]) for each in outputs if each["output_type"] == "stream"]
    first, *more = texts or [""]
    return first + "".join(text for text in more if text.strip() not in first)


def unmet(text: str) -> list[str]:
    """A sentence for each thing that is not printed as it should be."""
    found = checks_unmet(text) + _above(text, SLOPES)
    for pattern, (low, high) in FIGURES_OF_MERIT.items():
        figures = [float(each) for each in re.findall(pattern, text, re.M)]
        if len(figures) != 1 or not low < figures[0] < high:
            found.append(f"{pattern} is {figures}, not between {low} and {high}")
    return found if DIVERGED in text else [*found, f"nothing {DIVERGED}"]


def checks_unmet(text: str) -> list[str]:
    """Of the checks, which hold however long the networks have learned."""
    derived = re.findall(r"derived (\S+)   measured (\S+)", text)
    found = _above(text, CHECKS)
    if len(derived) != 2 or any(abs(float(a) - float(b)) >= 1e-8 for a, b in derived):
        found.append(f"derived and measured are {derived}")
    return found


def _above(text: str, checks: dict[str, tuple[int, float]]) -> list[str]:
    found = []
    for pattern, (n, limit) in checks.items():
        errors = [float(error) for error in re.findall(pattern, text)]
        if len(errors) != n or not max(errors) < limit:
            found.append(f"{pattern} is {errors}, not {n} numbers below {limit}")
    return found


def problems(path: Path) -> list[str]:
    """A sentence for each thing that the executed notebook does not print as it should."""
    if not path.is_file():
        return [f"{path} is not there: the walk-through was not computed"]
    notebook = json.loads(path.read_text(encoding="utf-8"))
    return [f"{path.name}: {each}" for each in unmet(printed(notebook))]
