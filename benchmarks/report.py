"""The tables and plots of benchmarks/speed.py, from what it measured.

python benchmarks/report.py     docs/performance.md and its picture, from docs/performance.json
"""

import json
import math
import statistics
import sys
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parent.parent / "docs"
JSON = DOCS / "performance.json"
TITLES = {
    "W1": "W1: 784-128-10, batch 64",
    "W2": "W2: 784-128-10, batch 32",
    "W3": "W3: 784-512-512-10, batch 128",
    "W4": "W4: 784-1024-1024-10, batch 256, distorted images",
}
SUMMARY = {
    "JAX, the better of scan and step": ("jax_scan", "jax_step"),
    "PyTorch, tensors and a permutation": ("torch_loop",),
    "PyTorch, DataLoader": ("torch_loader",),
    "scikit-learn": ("scikit_learn",),
    "textbook NumPy": ("textbook",),
    "matrix products alone, the better of 1 and 2 threads": (
        "products_alone",
        "products_alone_one_thread",
    ),
    "ours in two processes, half of the hidden units in each": ("two_processes",),
}
BLUE, VERMILLION = "#0072B2", "#D55E00"


def ratio(rounds: list[dict], names: tuple[str, ...], key: str, ours: str) -> float:
    """Ours by the best of these in the same round, the median over the rounds."""
    ratios = []
    for result in rounds:
        theirs = [result[name][key] for name in names if name in result]
        if theirs and ours in result:
            ratios.append(result[ours][key] / min(theirs))
    return statistics.median(ratios) if ratios else math.nan


def values(rounds: list[dict], name: str, key: str) -> list[float]:
    """What this one had in each round."""
    return [result[name][key] for result in rounds if name in result]


def names_in(rounds: list[dict]) -> list[str]:
    """All who took part, in their order."""
    return sorted({n for result in rounds for n in result if n != "machine"}, key=_order(rounds))


def _order(rounds: list[dict]) -> Any:
    first = list(rounds[0])
    return lambda name: first.index(name) if name in first else len(first)


def number(value: float, form: str) -> str:
    """The number, or nothing where there is none."""
    return "" if math.isnan(value) else format(value, form)


def spread(seconds: list[float], scale: float, form: str) -> str:
    """Minimum, median and maximum as three cells."""
    ends = (min(seconds), statistics.median(seconds), max(seconds))
    return " | ".join(format(scale * value, form) for value in ends)


def learning_table(title: str, rounds: list[dict]) -> str:
    """Seconds per epoch, evaluation, accuracy and memory of each contestant."""
    lines = [
        f"### {title}\n",
        "| | s per epoch: min | median | max | ours / theirs | evaluation, ms "
        "| validation accuracy, % | peak memory, MB |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name in names_in(rounds):
        median = {
            key: statistics.median(values(rounds, name, key))
            for key in ("evaluation", "accuracy", "peak_mb")
        }
        lines.append(
            f"| {name} | {spread(values(rounds, name, 'seconds'), 1, '.3f')} "
            f"| {number(ratio(rounds, (name,), 'seconds', 'ours'), '.2f')} "
            f"| {number(1e3 * median['evaluation'], '.1f')} "
            f"| {number(100 * median['accuracy'], '.2f')} | {median['peak_mb']:.0f} |"
        )
    return "\n".join(lines) + "\n"


def summary_table(results: dict[str, list[dict]]) -> str:
    """Ours by theirs for each work, in one look."""
    works = [work for work in TITLES if work in results]
    lines = [
        f"| seconds per epoch, ours / theirs | {' | '.join(works)} |",
        "|---|" + "---|" * len(works),
    ]
    for title, names in SUMMARY.items():
        ratios = [ratio(results[work], names, "seconds", "ours") for work in works]
        if not all(map(math.isnan, ratios)):
            lines.append(f"| {title} | {' | '.join(number(r, '.2f') for r in ratios)} |")
    return "\n".join(lines) + "\n"


def reading_table(rounds: list[dict]) -> str:
    """Microseconds for one image, milliseconds for ten thousand."""
    lines = [
        "### Reading with 784-128-10\n",
        "| | one image, µs: min | median | max | 99th percentile | theirs / onnxruntime's "
        "| 10,000 images, ms: min | median | max | theirs / onnxruntime's |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for name in names_in(rounds):
        one, many = values(rounds, name, "one_median"), values(rounds, name, "many")
        p99 = 1e6 * statistics.median(values(rounds, name, "one_p99"))
        to_onnx = [ratio(rounds, ("onnxruntime",), key, name) for key in ("one_median", "many")]
        lines.append(
            f"| {name} | {spread(one, 1e6, '.1f')} | {p99:.1f} | {number(to_onnx[0], '.2f')} "
            f"| {spread(many, 1e3, '.1f')} | {number(to_onnx[1], '.2f')} |"
        )
    return "\n".join(lines) + "\n"


def cold_table(rounds: list[dict]) -> str:
    """Seconds of a whole process that loads the network and reads one image."""
    lines = [
        "### Cold start: a process that loads the network and reads one image\n",
        "| | s: min | median | max | theirs / `import numpy` |",
        "|---|---|---|---|---|",
    ]
    for name in names_in(rounds):
        to_numpy = ratio(rounds, ("import_numpy",), "wall", name)
        wall = spread(values(rounds, name, "wall"), 1, ".3f")
        lines.append(f"| {name} | {wall} | {to_numpy:.2f} |")
    return "\n".join(lines) + "\n"


def main_job_text(results: dict[str, list[dict]]) -> str:
    """What `python main.py` takes, and what of its memory the imports and the learning need."""
    rounds = results["main job"]
    wall = statistics.median(values(rounds, "main.py", "wall"))
    peak = {name: max(values(rounds, name, "peak_mb")) for name in names_in(rounds)}
    learning = max(values(results["W1"], "ours", "peak_mb"))
    return (
        "### The whole main job\n\n"
        f"`python main.py`, 20 epochs, test, figures: {wall:.1f} s, {peak['main.py']:.0f} MB of "
        f"memory at its peak; its imports alone\ntake {peak['imports of main.py']:.0f}. A process "
        f"that only learns (W1, ours) takes {learning:.0f}, and its imports alone "
        f"{peak['imports of learning']:.0f}.\n"
    )


def machines_text(machines: dict[str, dict[str, str]]) -> str:
    """What each part was measured on, a line for those that were measured in one run."""
    parts: dict[str, list[str]] = {}
    for part, about in machines.items():
        text = ", ".join(f"{key} {value}" for key, value in about.items())
        parts.setdefault(text, []).append(part)
    return "\n".join(f"- {', '.join(names)}: {text}" for text, names in parts.items())


def growth_plot(results: dict[str, list[dict]], path: Path) -> None:
    """Seconds per epoch over images and widths, ours and the floor."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3.6), dpi=110, layout="constrained")
    for axes, kind in zip(figure.subplots(1, 2), ("images", "width"), strict=True):
        titles = [title for title in results if title.startswith(f"{kind} ")]
        at = [int(title.split()[1]) for title in titles]
        ours, floor = [], []
        for title in titles:
            ours.append(statistics.median(values(results[title], "ours", "seconds")))
            floors = [
                min(r[n]["seconds"] for n in r if n.startswith("products")) for r in results[title]
            ]
            floor.append(statistics.median(floors))
        axes.loglog(at, ours, "o-", color=BLUE, label="digitnet")
        axes.loglog(at, floor, "s--", color=VERMILLION, label="matrix products alone")
        for x, y, z in zip(at, ours, floor, strict=True):
            axes.annotate(
                f"×{y / z:.2f}", (x, y), (0, 6), textcoords="offset points", ha="center", size=8
            )
        axes.legend(frameon=False, loc="upper left")
        axes.set_xticks(at, [f"{value:,}" for value in at])
        axes.minorticks_off()
        axes.grid(alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
        axes.margins(0.12, 0.2)
    left, right = figure.axes
    left.set(title="784-128-10, batch 64", xlabel="images", ylabel="seconds per epoch")
    right.set(title="784-width-10, batch 64, 54,000 images", xlabel="width of the hidden layer")
    figure.savefig(path)


def tables_of(results: dict[str, list[dict]]) -> list[str]:
    """The summary, a table for each work, reading and cold start."""
    tables = [summary_table(results)]
    tables += [learning_table(TITLES[work], results[work]) for work in TITLES if work in results]
    return [*tables, reading_table(results["reading"]), cold_table(results["cold start"])]


def write(content: dict[str, Any], to_docs: bool) -> None:
    """Print the tables; with to_docs, write them, the JSON and the plot to docs/."""
    results = content["rounds"]
    print("\n" + "\n".join(tables_of(results)))
    if not to_docs:
        return
    JSON.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    growth_plot(results, DOCS / "images" / "growth.png")
    (DOCS / "performance.md").write_text(page(content), encoding="utf-8")


def page(content: dict[str, Any]) -> str:
    """The text of docs/performance.md, from what docs/performance.json holds."""
    results = content["rounds"]
    return (
        "# Performance\n\nWritten by `make bench` (benchmarks/speed.py says how it measures) "
        "from docs/performance.json.\nThe lower a ratio, the better for us: below 1, ours is "
        f"faster. Measured in one run each:\n\n{machines_text(content['machines'])}\n\n"
        + "\n".join(tables_of(results))
        + "\n### Growth\n\n![Seconds per epoch over images and widths](images/growth.png)\n\n"
        f"{main_job_text(results)}\n"
        + (Path(__file__).parent / "performance-notes.md").read_text(encoding="utf-8")
    )


if __name__ == "__main__":
    if len(sys.argv) > 1:
        sys.exit(__doc__)
    write(json.loads(JSON.read_text(encoding="utf-8")), to_docs=True)
