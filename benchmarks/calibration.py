"""How far the probabilities of each recipe can be believed, before and after their temperature.

    python benchmarks/calibration.py                   default and quick, five seeds each: 5 minutes
    python benchmarks/calibration.py --only strong     others of benchmarks/accuracy.py
    python benchmarks/calibration.py --only strong --seeds 1     for want of an hour
    python benchmarks/calibration.py --runs runs/mine  runs of your own, printed only
    python benchmarks/calibration.py --write           into docs/calibration.md, with its figure
    python benchmarks/calibration.py --page            both from docs/calibration.json, no network

Runs are those of benchmarks/accuracy.py, in runs/accuracy, and are trained if they are not there.
The temperature is fitted on the images that a run held out. The test set only measures; every
reading of it adds a line to docs/test-readings.csv.

Beside them: all runs of a recipe as one committee, without a temperature, and the model that comes
with digitnet, which has none.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np
from accuracy import READINGS, ROOT, RUNS, VARIANTS, measure, note_line, note_reading

sys.path.insert(0, str(ROOT))

import digitnet
from digitnet.data import Dataset, Examples, hold_out, load_mnist
from digitnet.model import Model
from digitnet.model.temperature import fitted_temperature
from digitnet.nn import Array
from digitnet.report.counts import ERROR_BINS, Reliability, reliability
from digitnet.training.calibration import Calibration
from digitnet.training.committee import averaged
from digitnet.training.settings import Settings

JSON = ROOT / "docs" / "calibration.json"
PAGE = ROOT / "docs" / "calibration.md"
FIGURE = ROOT / "docs" / "images" / "calibration.png"
NOTES = Path(__file__).with_name("calibration-notes.md")
HEADING = (
    "| network | seeds | temperature | test accuracy, % | calibration error, % "
    "| with the temperature | cross-entropy | with the temperature |\n"
    "|---|---|---|---|---|---|---|---|"
)
GREY, BLUE, VERMILLION = "#666666", "#0072b2", "#d55e00"
IN_A_ROW = 3
"""Panels of the figure."""
FEWEST = 20
"""Answers of a bin that is drawn."""


def measured(model: Model, temperature: float, test: Examples) -> dict[str, Any]:
    """What a model says of the test set, before and after the temperature, for JSON."""
    model.temperature = 1.0
    p = model.predict_rows(test.rows)
    model.temperature = temperature
    q = model.predict_rows(test.rows)
    if not np.array_equal(p.argmax(axis=1), q.argmax(axis=1)):
        sys.exit("a temperature has changed an answer")
    told = Calibration.of(p, test.labels, temperature).as_dict()
    right = float((p.argmax(axis=1) == test.labels).mean())
    bins = {name: _bins(each, test) for name, each in (("before", p), ("after", q))}
    return {**told, "accuracy": right, "bins": bins}


def _bins(p: Array, test: Examples) -> list[list[float]]:
    """Answers, their confidence and what of them is right, bin by bin; sums, to be added up."""
    each: Reliability = reliability(p, test.labels, ERROR_BINS)
    parts = each.counts, each.counts * each.confidence, each.counts * each.accuracy
    return [np.nan_to_num(part).tolist() for part in parts]


def of_run(run: Path, data: Dataset) -> tuple[Model, float]:
    """The model of a run, and the temperature that the images which it held out ask for."""
    model = digitnet.load(run / "model.npz")
    config = json.loads((run / "config.json").read_text(encoding="utf-8"))
    settings = Settings(**config["settings"])
    _, held_out = hold_out(data.train, settings.validation_fraction, settings.seed)
    kept, model.temperature = model.temperature, 1.0
    fitted = fitted_temperature(model.predict_rows(held_out.rows), held_out.labels)
    if kept not in (1.0, fitted):
        sys.exit(f"{run}: its temperature is {kept}, now {fitted} is found: were its data others?")
    return model, fitted


def line_of(title: str, seeds: Sequence[dict[str, Any]]) -> str:
    """One line of the table: means over the seeds."""
    temperatures = ", ".join(f"{each['temperature']:g}" for each in seeds)
    if all(each["temperature"] == 1 for each in seeds):
        temperatures = "none"

    def both(name: str, factor: float, digits: int) -> str:
        return " | ".join(
            f"{factor * mean(each[name][when] for each in seeds):.{digits}f}"
            for when in ("before", "after")
        )

    return (
        f"| {title} | {len(seeds)} | {temperatures} "
        f"| {100 * mean(each['accuracy'] for each in seeds):.2f} "
        f"| {both('calibration_error', 100, 2)} | {both('loss', 1, 4)} |"
    )


def figure(rows: dict[str, Any], path: Path) -> None:
    """Reliability diagrams: how often a confidence is right, a panel for each recipe, in rows."""
    from matplotlib.figure import Figure

    shown = [name for name, row in rows.items() if row["drawn"]]
    n_rows = -(-len(shown) // IN_A_ROW)
    drawing = Figure(figsize=(4.2 * IN_A_ROW, 4.2 * n_rows), dpi=110, layout="constrained")
    for number, name in enumerate(shown, start=1):
        axes = drawing.add_subplot(n_rows, IN_A_ROW, number)
        seeds = rows[name]["seeds"]
        axes.plot([0, 1], [0, 1], color=GREY, lw=1, ls="--", label="as sure as right")
        styles = (("before", "o-", BLUE), ("after", "s:", VERMILLION))
        for when, style, colour in styles[: 1 + any(s["temperature"] != 1 for s in seeds)]:
            n, sure, right = np.sum([each["bins"][when] for each in seeds], axis=0)
            there = n >= FEWEST
            label = "with the temperature" if when == "after" else "without"
            axes.plot(sure[there] / n[there], right[there] / n[there], style, c=colour, label=label)
        axes.set_title(rows[name]["title"].replace("`", ""), size=9)
        axes.set(xlabel="confidence", ylabel="share that is right", xlim=(0, 1.02), ylim=(0, 1.02))
        axes.legend(frameon=False, loc="upper left", fontsize=8)
        axes.grid(alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
    drawing.savefig(path)


def page(rows: dict[str, Any]) -> str:
    """The text of docs/calibration.md."""
    lines = [line_of(row["title"], row["seeds"]) for row in rows.values()]
    notes = NOTES.read_text(encoding="utf-8")
    return "\n".join(["# Calibration\n", notes.rstrip(), "", HEADING, *lines, ""])


def of_recipe(name: str, data: Dataset, most_seeds: int) -> dict[str, Any]:
    """The rows of a recipe: its runs, and all of them as a committee."""
    (variant,) = (each for each in VARIANTS if each.name == name)
    models, seeds = list[Model](), list[dict[str, Any]]()
    for seed in range(min(variant.n_seeds, most_seeds)):
        measure((variant, seed), RUNS, READINGS)
        run = RUNS / f"{variant.name}-{seed}"
        model, temperature = of_run(run, data)
        note_reading(run, " ".join(["calibration", *variant.options.split()]), READINGS)
        seeds.append(measured(model, temperature, data.test))
        models.append(model)
    rows = {name: {"title": variant.title.split(":")[0], "drawn": True, "seeds": seeds}}
    if len(models) > 1:
        row = alone(averaged(models), f"a committee of {len(models)} {name}", data)
        rows[f"{name}-committee"] = {**row, "title": f"these {len(models)} as a committee"}
    return rows


def in_order(rows: dict[str, Any]) -> dict[str, Any]:
    """Each recipe with its committee below it, and at last the model that comes along."""
    names = [name for each in VARIANTS for name in (each.name, f"{each.name}-committee")]
    return {name: rows[name] for name in (*names, "shipped") if name in rows}


def alone(model: Model, what: str, data: Dataset) -> dict[str, Any]:
    """The row of a model that has no temperature. what: for the list of readings."""
    figures = measured(model, 1.0, data.test)
    note_line(
        READINGS, f"calibration {what}", "", "", round((1 - figures["accuracy"]) * len(data.test))
    )
    return {"title": what, "drawn": False, "seeds": [figures]}


def main() -> None:
    """Print the table, and write the page if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    names = [variant.name for variant in VARIANTS if "fraction 0" not in variant.options]
    short = ["default", "quick"]
    parser.add_argument("--only", nargs="+", choices=names, default=short, metavar="NAME")
    parser.add_argument("--seeds", type=int, default=5, metavar="N", help="of each at most so many")
    parser.add_argument("--runs", nargs="+", type=Path, default=[], metavar="RUN")
    parser.add_argument("--write", action="store_true", help="into docs/calibration.md")
    parser.add_argument("--page", action="store_true", help="from docs/calibration.json alone")
    options = parser.parse_args()
    rows = json.loads(JSON.read_text(encoding="utf-8")) if JSON.exists() else {}
    if not options.page:
        data = load_mnist()
        print(HEADING, flush=True)
        for run in options.runs:
            model, temperature = of_run(run, data)
            note_reading(run, "calibration", READINGS)
            print(line_of(str(run), [measured(model, temperature, data.test)]), flush=True)
        if options.runs:
            return
        for name in options.only:
            rows |= (new := of_recipe(name, data, options.seeds))
            for row in new.values():
                print(line_of(row["title"], row["seeds"]), flush=True)
        shipped = alone(digitnet.load(), "the model that comes with digitnet", data)
        rows["shipped"] = shipped
        print(line_of(shipped["title"], shipped["seeds"]))
    if options.write or options.page:
        rows = in_order(rows)
        JSON.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
        PAGE.write_text(page(rows), encoding="utf-8")
        figure(rows, FIGURE)


if __name__ == "__main__":
    main()
