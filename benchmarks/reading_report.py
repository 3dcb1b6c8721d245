"""What benchmarks/reading.py prints, draws and writes: the table, the figure, the contact sheet."""

from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path

import numpy as np
from machine import load, processor_and_blas
from measures import Judged, accuracy_by_coverage, at_threshold, bins_of
from PIL import Image, ImageDraw, ImageFont, ImageOps
from reading_bench import Failure, Row

BLUE, VERMILLION, GREY = "#0072B2", "#D55E00", "#777777"

# ------------------------------------------------------------------------------------ table


def table(rows: Iterable[Row]) -> Iterator[str]:
    """Markdown, a line for each row; "no" where a target is missed."""
    yield "| what | pictures | figure | target | met | ms a picture, median |"
    yield "|---|---|---|---|---|---|"
    for row in rows:
        digits = 1 if row.unit in ("%", "ms") else 0 if row.unit == "MB" else 2
        figure = "–" if np.isnan(row.value) else f"{row.value:.{digits}f} {row.unit}"
        target = met = ""
        if row.target:
            sign = "≤" if row.target.most else "≥"
            target = f"{sign} {row.target.bound:.4g} {row.unit}"
            met = "yes" if row.target.met(row.value) else "no"
        ms = "" if row.ms is None else f"{row.ms:.1f}"
        yield f"| {row.what} | {row.pictures} | {figure} | {target} | {met} | {ms} |"


def machine() -> str:
    """What the figures belong to."""
    found = processor_and_blas()
    found |= {name: version(name) for name in ("numpy", "pillow", "matplotlib")}
    found["load"] = load()
    return ", ".join(f"{key} {value}" for key, value in found.items())


# ----------------------------------------------------------------------------------- figure


def calibration_figure(judged: Sequence[Judged], path: Path) -> None:
    """How often a confidence is right, and how many are right among the surest."""
    from matplotlib.figure import Figure

    confidence = [each.confidence for each in judged]
    right = [each.right for each in judged]
    figure = Figure(figsize=(9, 4), dpi=110, layout="constrained")
    left, second = figure.subplots(1, 2)
    bins = bins_of(confidence, right)
    filled = bins.number > 0
    left.plot([0, 1], [0, 1], color=GREY, lw=1, ls="--", label="as sure as right")
    left.plot(bins.confidence[filled], bins.accuracy[filled], "o-", color=BLUE, label="the reader")
    for x, y, n in zip(*(each[filled] for each in bins), strict=True):
        left.annotate(f"{n}", (x, y), (4, -10), textcoords="offset points", size=7, color=GREY)
    left.set(xlabel="confidence", ylabel="share that is right", xlim=(0, 1.02), ylim=(0, 1.02))
    left.set_title(f"Reliability ({len(judged)} digits; how many stand beside each point)", size=9)
    left.legend(frameon=False, loc="lower right")
    coverage, accuracy = accuracy_by_coverage(confidence, right)
    second.plot(100 * coverage, 100 * accuracy, color=BLUE)
    x, y = (100 * each for each in at_threshold(judged))
    second.plot([x], [y], "o", color=VERMILLION)
    second.annotate(
        f'answered, not "?": {x:.1f} %\nright of these: {y:.2f} %',
        (x, y),
        (-8, 0),
        textcoords="offset points",
        ha="right",
        va="bottom",
        size=8,
    )
    second.set(xlabel="answered, % of the digits, the surest first", ylabel="right of these, %")
    second.set_title("Accuracy by coverage", size=9)
    for axes in (left, second):
        axes.grid(alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path)


# ---------------------------------------------------------------------------- contact sheet

CELL = (200, 130)
COLUMNS = 7
LINE = 16
MOST = 70
"""So many failures of a row are shown; its heading says how many there are."""
PAPER, INK, BOX = (232, 236, 246), (20, 20, 20), (213, 94, 0)


def contact_sheet(failures: Sequence[Failure], path: Path) -> None:
    """One picture of all failures, reduced, with the boxes found, and truth and answer beneath."""
    rows = {
        row: [f for f in failures if f.row == row] for row in dict.fromkeys(f.row for f in failures)
    }
    cell_height = CELL[1] + 2 * LINE + 8
    lines = {row: -(-min(len(of_row), MOST) // COLUMNS) for row, of_row in rows.items()}
    height = sum(2 * LINE + n * cell_height for n in lines.values()) + 2 * LINE
    sheet = Image.new("RGB", (COLUMNS * CELL[0], height), PAPER)
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(13)
    y = LINE // 2
    if not failures:
        draw.text((6, y), "Nothing was read wrongly.", fill=INK, font=font)
    for row, of_row in rows.items():
        shown = f", {MOST} of them shown" if len(of_row) > MOST else ""
        draw.text((6, y), f"{row}: {len(of_row)} wrong{shown}", fill=BOX, font=font)
        for k, failure in enumerate(of_row[:MOST]):
            left = k % COLUMNS * CELL[0] + 6
            top = y + LINE + 6 + k // COLUMNS * cell_height
            sheet.paste(thumbnail(failure), (left, top))
            answer = "/".join(failure.answer.split("\n")) or "(nothing)"
            for n, text in enumerate((f"truth: {failure.truth}", f"read: {answer}")):
                draw.text((left, top + CELL[1] + n * LINE), _fitting(text, font), INK, font)
        y += 2 * LINE + lines[row] * cell_height
    sheet.save(path)


def thumbnail(failure: Failure) -> Image.Image:
    """The picture as large as a cell allows, with a frame around each thing that was found."""
    if isinstance(failure.picture, Path):
        with Image.open(failure.picture) as opened:
            picture = ImageOps.exif_transpose(opened).convert("RGBA")
        white = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(white, picture).convert("RGB")
    else:
        picture = Image.fromarray(failure.picture).convert("RGB")
    scale = min((CELL[0] - 12) / picture.width, (CELL[1] - 4) / picture.height, 4)
    size = [max(1, round(scale * side)) for side in picture.size]
    small = picture.resize(size, Image.Resampling.BOX if scale < 1 else Image.Resampling.NEAREST)
    draw = ImageDraw.Draw(small)
    for box in failure.boxes:
        left, top, right, bottom = (scale * at for at in box)
        draw.rectangle((left, top, max(left, right - 1), max(top, bottom - 1)), outline=BOX)
    return small


def _fitting(text: str, font: ImageFont.FreeTypeFont) -> str:
    room = CELL[0] - 12
    if font.getlength(text) <= room:
        return text
    while text and font.getlength(text + "…") > room:
        text = text[:-1]
    return text + "…"
