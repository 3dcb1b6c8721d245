"""The statistics, table, figure and page of benchmarks/speedrun.py, from what it measured."""

import json
import math
import statistics
from pathlib import Path
from typing import Any, NamedTuple

DOCS = Path(__file__).parent.parent / "docs"
JSON = DOCS / "speedrun.json"
LEAST_SEEDS, LEVEL = 20, 0.01
"""From how many runs on, and at which probability of error, a target counts as reached."""
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#999999")
MARKERS = "osD^vPX*"

Measured = dict[str, Any]
"""What one target gave: rounds, recipes, titles, what is absent or failed, curves, machine."""


class Summary(NamedTuple):
    """The runs of one contestant.

    p: the probability of such a mean or a higher one if the true one were the target or less.
    ratio: its time by that of ours in the same round, the median over the rounds.
    """

    n: int
    mean: float
    deviation: float
    p: float
    written: float
    fastest: float
    slowest: float
    ended: float
    processor: float
    ratio: float

    @property
    def verdict(self) -> str:
        """Whether the target is reached."""
        if math.isnan(self.p) or self.p >= LEVEL:
            return "not reached"
        return "reached" if self.n >= LEAST_SEEDS else f"{self.n} seeds are too few to say"


def p_value(accuracies: list[float], target: float) -> float:
    """One-sided t-test of the mean against the target; NaN for a single run.

    t = (mean − target) √n / s, of Student's distribution with n − 1 degrees of freedom.
    """
    if len(accuracies) < 2:
        return math.nan
    mean, deviation = statistics.mean(accuracies), statistics.stdev(accuracies)
    if not deviation:
        return 0.0 if mean > target else 1.0
    from scipy.stats import t

    return float(
        t.sf((mean - target) * math.sqrt(len(accuracies)) / deviation, len(accuracies) - 1)
    )


def summary(rounds: list[Measured], name: str, target: float) -> Summary:
    """What the runs of a contestant come to; target as a share, like the accuracies."""
    runs = [each[name] for each in rounds if name in each]
    accuracies = [run["accuracy"] for run in runs]
    written = [run["written"] for run in runs]
    ratios = [
        each[name]["written"] / each["ours"]["written"]
        for each in rounds
        if name in each and "ours" in each
    ]
    return Summary(
        len(runs),
        statistics.mean(accuracies),
        statistics.stdev(accuracies) if len(runs) > 1 else math.nan,
        p_value(accuracies, target),
        statistics.median(written),
        min(written),
        max(written),
        statistics.median(run["ended"] for run in runs),
        statistics.median(run["processor"] for run in runs),
        statistics.median(ratios) if ratios else math.nan,
    )


HEADING = (
    "| | accuracy, % | target | p | seeds | s: median | min – max | theirs / ours "
    "| process ended, s | processor, s | recipe |\n|---|---|---|---|---|---|---|---|---|---|---|"
)


def table(target: str, measured: Measured) -> str:
    """A line for each contestant, also for those that are absent or failed."""
    lines = [HEADING]
    for name, title in measured["titles"].items():
        if any(name in each for each in measured["rounds"]):
            found = summary(measured["rounds"], name, float(target) / 100)
            lines.append(line_of(title, found, recipe_text(measured["recipes"][name])))
        why = measured["absent"].get(name) or measured["failed"].get(name)
        if why:
            how = "left out" if name in measured["absent"] else "failed"
            lines.append(f"| {title} | {how}: {why} |" + " |" * 9)
    return "\n".join(lines) + "\n"


def line_of(title: str, found: Summary, recipe: str) -> str:
    """The line of a contestant that ran."""
    deviation = "" if math.isnan(found.deviation) else f" ± {100 * found.deviation:.2f}"
    p = "–" if math.isnan(found.p) else "< 0.0001" if found.p < 1e-4 else f"{found.p:.4f}"
    ratio = "–" if math.isnan(found.ratio) else f"{found.ratio:.2f}"
    return (
        f"| {title} | {100 * found.mean:.3f}{deviation} | {found.verdict} | {p} | {found.n} "
        f"| {found.written:.2f} | {found.fastest:.2f} – {found.slowest:.2f} | {ratio} "
        f"| {found.ended:.2f} | {found.processor:.2f} | {recipe} |"
    )


def recipe_text(settings: dict[str, Any]) -> str:
    """What is not as in digitnet's defaults, in short."""
    from digitnet.training.settings import Settings

    usual = json.loads(json.dumps(Settings().as_dict()))
    left_out = ("seed", "validation_fraction", "threads")
    given = json.loads(json.dumps(settings))
    parts = [
        f"{key} {','.join(map(str, value)) if isinstance(value, list) else value}"
        for key, value in given.items()
        if key not in left_out and value != usual.get(key)
    ]
    return ", ".join(parts) or "the defaults"


def curve_of(runs: list[Measured]) -> tuple[list[float], list[float]]:
    """Of runs with as many parts: the median second and the mean accuracy at the end of each."""
    seconds = zip(*(run["seconds"] for run in runs), strict=True)
    accuracies = zip(*(run["accuracies"] for run in runs), strict=True)
    return list(map(statistics.median, seconds)), list(map(statistics.mean, accuracies))


def draw(content: dict[str, Measured], path: Path) -> None:
    """Accuracy over time of each contestant, a panel for each target."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    targets = [target for target, measured in content.items() if measured["curves"]]
    curves = (name for target in targets for name in content[target]["curves"])
    names = list(dict.fromkeys(name.partition("@")[0] for name in curves))  # but for the threads
    figure = Figure(figsize=(8, 4.6 * len(targets)), dpi=110, layout="constrained")
    for axes, target in zip(
        figure.subplots(len(targets), squeeze=False)[:, 0], targets, strict=True
    ):
        measured = content[target]
        for name, runs in measured["curves"].items():
            base, at, _ = name.partition("@")
            n = names.index(base)  # the same colour in every panel
            seconds, accuracies = curve_of(runs)
            axes.semilogx(
                seconds,
                [100 * each for each in accuracies],
                f"{MARKERS[n % 8]}{':' if at else '-'}",
                color=COLOURS[n % 8],
                markersize=4,
                linewidth=2.2 if name == "ours" else 1.2,
                label=measured["titles"][name].replace("`", ""),
            )
        axes.axhline(float(target), color="0.4", linestyle="--", linewidth=1)
        axes.set(
            title=f"{target} %",
            xlabel="seconds since the process began",
            ylabel="accuracy, %",
            ylim=(float(target) - 3, min(100.0, float(target) + 0.7)),
        )
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axes.xaxis.set_minor_formatter(NullFormatter())
        axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5), fontsize=8)
        axes.grid(alpha=0.3, which="both")
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path)


def machine_text(about: dict[str, str]) -> str:
    """The machine and the versions, in a line."""
    return ", ".join(f"{key} {value}" for key, value in about.items())


def busy_text(rounds: list[Measured]) -> str:
    """How busy the machine was with other work, before the rounds."""
    busy = [each["machine"]["busy"] for each in rounds]
    return f"Others used {statistics.median(busy):.0%} of the processors (median before a round)"


def page(content: dict[str, Measured]) -> str:
    """The text of docs/speedrun.md, from what docs/speedrun.json holds."""
    notes = (Path(__file__).parent / "speedrun-notes.md").read_text(encoding="utf-8")
    parts = [
        f"## {target} %\n\n{table(target, measured)}\n{machine_text(measured['about'])}.\n"
        f"{busy_text(measured['rounds'])}.\n"
        for target, measured in content.items()
    ]
    n_runs = [
        f"{max(map(len, measured['curves'].values()))} to {target} %"
        for target, measured in content.items()
        if measured["curves"]
    ]
    if n_runs:
        parts.append(
            "## Accuracy over time\n\n![Accuracy of each contestant over time]"
            f"(images/speedrun.png)\n\nFrom runs of their own ({', '.join(n_runs)}), in which the "
            "test images are predicted eighteen times or more; the time of that is taken off.\n"
        )
    return f"# Time to accuracy\n\n{notes}\n" + "\n".join(parts)


def write(content: dict[str, Measured]) -> None:
    """The page and its figure."""
    if any(measured["curves"] for measured in content.values()):
        draw(content, DOCS / "images" / "speedrun.png")
    (DOCS / "speedrun.md").write_text(page(content), encoding="utf-8")
