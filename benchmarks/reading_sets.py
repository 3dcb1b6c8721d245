"""What benchmarks/reading.py measures, set by set; each is a function of a Bench."""

import csv
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pages
from measures import (
    Counts,
    are_right,
    at_threshold,
    digits_of,
    expected_calibration_error,
    halves,
    has_line,
    lines_of,
    names_one_number,
    total,
)
from numpy.typing import NDArray
from PIL import Image
from reading_bench import SEED, Answer, Bench, Labelled, Picture, Row, Target
from signs import AMONG, BESIDE
from strokes import TEST_SHAPES, drawings

ROOT = Path(__file__).parent.parent
SPACINGS = range(-2, 13)
APART = 3
"""From this spacing on digits do not touch."""
TURNS = ((0, 10), (10, 20))
"""Degrees, in either direction."""
BOXES = ("side by side", "apart", "one frame", "comb", "faint", "ring")
LYING: dict[str, Callable[[NDArray[np.uint8], np.random.Generator], NDArray[np.uint8]]] = {
    "on ruled paper": lambda page, generator: pages.on_lines(page, "ruled", generator),
    "on squared paper": lambda page, generator: pages.on_lines(page, "squared", generator),
    "on a page on a table": pages.on_a_table,
}
CALIBRATED = ("singles", "numbers", "strings")
N_TIMES = 7


# ------------------------------------------------------------------------------ the folder


class Item(NamedTuple):
    """A picture of the folder and its truth; boxes where they are known."""

    name: str
    picture: Path
    truth: str
    digits: Labelled = ()


def items(bench: Bench, name: str, truth: str) -> list[Item]:
    """The pictures of a set of the folder, of the chosen half of it."""
    with (bench.folder / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    halved = halves((row["file"] for row in rows), SEED)
    chosen = halved[bench.half == "final"]
    found = []
    for row in rows:
        boxes = json.loads(row.get("boxes_x_y_w_h") or "[]")
        digits = [(label, (x, y, x + w, y + h)) for label, x, y, w, h in boxes]
        found.append(Item(row["file"], bench.folder / row["file"], row[truth], digits))
    return found if name == "pages" else [item for item in found if item.name in chosen]


def is_it(text: str, truth: str) -> bool:
    """Whether the whole answer is this."""
    return lines_of(text) == [truth]


def has_its_digits(text: str, truth: str) -> bool:
    """Whether the digits of the answer are these, whatever is "?"."""
    return digits_of(text) == truth


def is_given_up(text: str, _truth: str) -> bool:
    """Whether a digit was answered "?", or nothing."""
    return not digits_of(text)


def _asked(
    bench: Bench, found: Sequence[Item], single: bool = False
) -> list[tuple[Picture, str, Answer]]:
    return [(item.picture, item.truth, bench.ask(item.picture, single)) for item in found]


def singles(bench: Bench) -> None:
    """One digit in a picture, said to be one and not said."""
    found = items(bench, "singles", "digit")
    asked = _asked(bench, found, single=True)
    bench.share(f"singles ({bench.half}), single=True", asked, is_it, Target(98.5))
    given_up = f"singles ({bench.half}), single=True: answered ?"
    bench.share(given_up, asked, is_given_up, Target(2, most=True))
    for _, truth, answer in asked:
        bench.judge("singles", answer, truth)
    asked = _asked(bench, found)
    bench.share(f"singles ({bench.half}): one digit and right", asked, has_its_digits, Target(95))


def semeion(bench: Bench) -> None:
    """Digits of 16 × 16 black and white cells, as pictures of 96 × 96: see pages.of_cells."""
    archive = np.load(bench.folder / "semeion.npz")
    images, labels = archive["images"], archive["labels"]
    order = np.random.default_rng(SEED).permutation(len(images))[: bench.n(len(images), 100)]
    asked = []
    for i in order:
        picture = pages.of_cells(images[i] > 0)
        asked.append((picture, str(labels[i]), bench.ask(picture, single=True)))
    bench.share("semeion, single=True", asked, is_it, Target(95))


def numbers(bench: Bench) -> None:
    """Amounts of cheques: the whole amount, and its digits at their places."""
    found = items(bench, "numbers", "text")
    asked = _asked(bench, found)
    name = f"numbers ({bench.half})"
    bench.share(f"{name}: whole amount", asked, has_its_digits, Target(82))
    read = [(item.digits, answer) for item, (*_, answer) in zip(found, asked, strict=True)]
    _places(bench, name, read)
    for digits, answer in read:
        bench.judge("numbers", answer, digits)


def _places(bench: Bench, name: str, read: Sequence[tuple[Labelled, Answer]]) -> None:
    """Rows for how many digits were found at their place, with their label."""
    counts = []
    for true, answer in read:
        labelled = zip(answer.labels, answer.boxes, strict=True)
        answered = [(label, box) for label, box in labelled if label.isdecimal()]
        right = sum(are_right(answered, true))
        counts.append(Counts(len(true), len(answered), right))
    all_in_all = total(counts)
    bench.rows += [
        Row(f"{name}: digits found, of those there", all_in_all.true, 100 * all_in_all.recall),
        Row(f"{name}: digits right, of those found", all_in_all.found, 100 * all_in_all.precision),
    ]


def registers(bench: Bench) -> None:
    """The number of a row: by the register rule, and whether a line is it at all."""
    asked = _asked(bench, items(bench, "registers", "text"))
    name = f"registers ({bench.half})"
    bench.share(f"{name}: the number, and no other", asked, names_one_number, Target(80))
    bench.share(f"{name}: a line is the number", asked, has_line)


def dates(bench: Bench) -> None:
    """The year of a date: whether a line is it."""
    asked = _asked(bench, items(bench, "dates", "year"))
    bench.share(f"dates ({bench.half}): a line is the year", asked, has_line, Target(80))


def whole_pages(bench: Bench) -> None:
    """Several digits in lines: whether every line is right."""
    asked = _asked(bench, items(bench, "pages", "lines"))
    bench.share("pages: every line", asked, are_the_lines, Target(100))


def are_the_lines(text: str, truth: str) -> bool:
    """Whether every line is right, and there is no other."""
    return lines_of(text) == truth.split("/")


# ------------------------------------------------------------------------- what is made here


def placed(bench: Bench) -> None:
    """MNIST's test images enlarged on pages, against the same images as they are."""
    n = len(bench.test.images) if bench.everything else bench.n(2000, 100)
    some = bench.some(n, 1)
    target = None
    if bench.predict is not None:
        images, labels = (np.array(each) for each in zip(*some, strict=True))
        raw = 100 * float(np.mean(bench.predict(images).astype(str) == labels))
        bench.rows.append(Row("MNIST as it is, the same network", n, raw))
        target = Target(raw - 0.1)
    made = [
        (pages.on_a_page(image, label, np.random.default_rng([SEED, 1, k])).picture, label)
        for k, (image, label) in enumerate(some)
    ]
    asked = [(picture, label, bench.ask(picture, single=True)) for picture, label in made]
    bench.share("MNIST on pages, single=True", asked, is_it, target)
    given_up = "MNIST on pages, single=True: answered ?"
    bench.share(given_up, asked, is_given_up, Target(2, most=True))
    asked = [(picture, label, bench.ask(picture)) for picture, label in made]
    bench.share("MNIST on pages: one digit and right", asked, has_its_digits, target)


def damaged(bench: Bench) -> None:
    """MNIST's test images in fog, under stripes, …: a row for each damage, and their mean."""
    shares = []
    n = bench.n(200, 20)
    for number, kind in enumerate(pages.DAMAGES):
        asked = []
        for k, (image, label) in enumerate(bench.some(n, 2, number)):
            picture = pages.damaged(image, kind, np.random.default_rng([SEED, 2, number, k]))
            asked.append((picture, label, bench.ask(picture, single=True)))
        shares.append(bench.share(f"damaged: {kind}", asked, is_it, Target(95)))
    mean = float(np.mean(shares))
    bench.rows.append(Row("damaged: mean of all", n * len(shares), mean, Target(95)))


def strings(bench: Bench) -> None:
    """Rows of two to eight of MNIST's test digits, by the spacing between them.

    Beside it, of how many the network reads all images rightly as they are: no reader that hands
    one image after the other to it can be expected to do better.
    """
    n = bench.n(100, 8)
    right = bench.right_as_they_are()
    asked: dict[int, list[tuple[Picture, str, Answer]]] = {}
    possible: dict[int, list[bool]] = {}
    for number, spacing in enumerate(SPACINGS):
        asked[spacing], possible[spacing] = [], []
        for k in range(n):
            generator = np.random.default_rng([SEED, 3, number, k])
            chosen = generator.integers(len(bench.test.images), size=generator.integers(2, 9))
            labels = [str(label) for label in bench.test.labels[chosen]]
            page = pages.in_a_row(bench.test.images[chosen], labels, spacing, generator)
            answer = bench.ask(page.picture)
            asked[spacing].append((page.picture, page.text, answer))
            possible[spacing].append(right is not None and bool(right[chosen].all()))
            bench.judge("strings", answer, page.digits)
    for name, among, target in (
        (f"strings, spacing {APART} or more", [s for s in SPACINGS if s >= APART], Target(97)),
        (f"strings, spacing below {APART}", [s for s in SPACINGS if s < APART], Target(80)),
    ):
        bench.share(name, [each for s in among for each in asked[s]], has_its_digits, target)
        if right is not None:
            whole = [each for s in among for each in possible[s]]
            value = 100 * sum(whole) / len(whole)
            bench.rows.append(Row(f"{name}: their images, the same network", len(whole), value))
    for spacing, of_spacing in asked.items():
        bench.share(f"strings, spacing {spacing}", of_spacing, has_its_digits)


def aslant(bench: Bench) -> None:
    """Three lines of five of MNIST's test digits, on a page that is turned as a whole."""
    n = bench.n(50, 2)
    for number, (least, most) in enumerate(TURNS):
        asked = []
        for k in range(n):
            generator = np.random.default_rng([SEED, 7, number, k])
            images, truth = _three_lines(bench, generator)
            angle = generator.choice([-1, 1]) * generator.uniform(least, most)
            picture = pages.aslant(images, angle)
            asked.append((picture, truth, bench.ask(picture)))
        name = f"three lines turned by {least} to {most} degrees"
        bench.share(name, asked, are_the_lines)
        bench.share(f"{name}: told apart", asked, has_its_lengths)


def _three_lines(bench: Bench, generator: np.random.Generator) -> tuple[NDArray[np.uint8], str]:
    """Three lines of five of MNIST's test digits, (3, 5, 28, 28), and what they say."""
    chosen = generator.integers(len(bench.test.images), size=(3, 5))
    lines = ("".join(map(str, line)) for line in bench.test.labels[chosen])
    return bench.test.images[chosen], "/".join(lines)


def has_its_lengths(text: str, truth: str) -> bool:
    """Whether there are as many lines, and as much in each, whatever it is."""
    return [len(line) for line in lines_of(text)] == [len(line) for line in truth.split("/")]


def shadows(bench: Bench) -> None:
    """The same lines, level, under the hard edges of one shadow or two."""
    n = bench.n(50, 2)
    for n_shadows, name in enumerate(("one shadow", "two shadows"), 1):
        asked = []
        for k in range(n):
            generator = np.random.default_rng([SEED, 9, n_shadows, k])
            images, truth = _three_lines(bench, generator)
            picture = pages.shaded(pages.aslant(images, 0), n_shadows, generator)
            asked.append((picture, truth, bench.ask(picture)))
        bench.share(f"three lines across the edge of {name}", asked, are_the_lines)


def papers(bench: Bench) -> None:
    """The same lines, level, on paper that is printed with fine lines, or lies on a table."""
    n = bench.n(50, 2)
    for number, (name, laid) in enumerate(LYING.items()):
        asked = []
        for k in range(n):
            generator = np.random.default_rng([SEED, 10, number, k])
            images, truth = _three_lines(bench, generator)
            picture = laid(pages.aslant(images, 0), generator)
            asked.append((picture, truth, bench.ask(picture)))
        bench.share(f"three lines {name}", asked, are_the_lines)
        bench.share(f"three lines {name}: told apart", asked, has_its_lengths)


def boxes(bench: Bench) -> None:
    """Five of MNIST's test digits in printed boxes of five kinds, and in a ring."""
    for number, kind in enumerate(BOXES):
        made = partial(_in_boxes, kind)
        bench.share(f"five digits in boxes: {kind}", _rows(bench, (8, number), 5, made), is_it)


def _in_boxes(kind: str, images: NDArray[np.uint8], generator: np.random.Generator) -> Picture:
    return pages.in_boxes(images, kind, generator)


def _rows(
    bench: Bench, seed: tuple[int, ...], n_digits: int, made: Callable[..., Picture]
) -> list[tuple[Picture, str, Answer]]:
    """Pictures of so many of MNIST's test digits, by `made` of their images and a generator."""
    asked = []
    for k in range(bench.n(50, 2)):
        generator = np.random.default_rng([SEED, *seed, k])
        chosen = generator.integers(len(bench.test.images), size=n_digits)
        truth = "".join(map(str, bench.test.labels[chosen]))
        picture = made(bench.test.images[chosen], generator)
        asked.append((picture, truth, bench.ask(picture)))
    return asked


def signs(bench: Bench) -> None:
    """MNIST's test digits, signs, letters or a stamp beside them, and many 1s in a row."""
    kinds = [(name, *made, is_it) for name, made in AMONG.items()]
    kinds += [(name, 4, made, has_its_digits) for name, made in BESIDE.items()]
    for number, (name, n_digits, made, is_right) in enumerate(kinds):
        bench.share(name, _rows(bench, (11, number), n_digits, made), is_right)
    ones = list(_many_ones(bench, bench.n(200, 8)))
    bench.share("five digits, many of them 1", ones, has_its_digits)


def _many_ones(bench: Bench, n: int) -> Iterator[tuple[Picture, str, Answer]]:
    """Five digits in a row, 1 to 8 pixels apart; half of them are a 1."""
    ones = np.flatnonzero(bench.test.labels == 1)
    for k in range(n):
        generator = np.random.default_rng([SEED, 12, k])
        chosen = generator.integers(len(bench.test.images), size=5)
        chosen = np.where(generator.random(5) < 0.45, generator.choice(ones, 5), chosen)
        labels = [str(label) for label in bench.test.labels[chosen]]
        spacing = int(generator.integers(1, 9))
        page = pages.in_a_row(bench.test.images[chosen], labels, spacing, generator)
        yield page.picture, page.text, bench.ask(page.picture)


def others(bench: Bench) -> None:
    """What is no digit: answered "?", or nothing."""
    n = bench.n(8, 1) * len(TEST_SHAPES)
    made = list(drawings(TEST_SHAPES, n, np.random.default_rng([SEED, 4])))
    asked = [(picture, name, bench.ask(picture, single=False)) for name, picture in made]
    bench.share("no digits", asked, is_given_up, Target(90))
    for kind, belongs in KINDS.items():
        of_kind = [each for each in asked if belongs(each[1])]
        bench.share(f"no digits: {kind}", of_kind, is_given_up)


KINDS: dict[str, Callable[[str], bool]] = {
    "capitals": lambda name: name.endswith((" printed", " round")),
    "small letters": lambda name: len(name) == 1,
    "scribbles, signs, specks": lambda name: len(name) > 1 and not KINDS["capitals"](name),
}


def speed(bench: Bench) -> None:
    """A photograph of 12 million pixels, crops of 200 × 60; the memory of a process of its own."""
    generator = np.random.default_rng([SEED, 5])
    images, labels = zip(*bench.some(12, 5), strict=True)
    size = (750, 1000) if bench.quick else (3000, 4000)
    page = pages.photograph(images, labels, generator, size)
    pixels = page.picture.shape[0] * page.picture.shape[1] / 1e6
    name = f"photograph of {pixels:g} million pixels"
    with tempfile.TemporaryDirectory(prefix="digitnet-reading-") as folder:
        photo = Path(folder) / "photograph.jpg"
        Image.fromarray(page.picture).save(photo, quality=90)
        seconds = seconds_of(bench, photo)
        bench.rows.append(Row(f"{name}: seconds", N_TIMES, seconds, Target(0.6, True), "s"))
        answer = bench.ask(photo)
        right = sum(are_right(list(zip(answer.labels, answer.boxes, strict=True)), page.digits))
        bench.rows.append(Row(f"{name}: digits right", 12, 100 * right / 12, Target(100)))
        for paper, picture in amounts(bench):
            crop = Path(folder) / f"{paper}.png"
            Image.fromarray(picture).resize((200, 60), Image.Resampling.BOX).save(crop)
            ms = 1e3 * seconds_of(bench, crop)
            name_of_crop = f"crop of 200 × 60, {paper}: ms"
            bench.rows.append(Row(name_of_crop, N_TIMES, ms, Target(20, True), "ms"))
        if bench.program is not None:
            peak = peak_megabytes(bench.program, photo)
            bench.rows.append(Row(f"{name}: peak memory", 1, peak, Target(400, True), "MB"))


def seconds_of(bench: Bench, path: Path) -> float:
    """The median over several readings of a file; NaN if it cannot be read.

    What is only done in the first reading is not counted.
    """
    if bench.ask(path).failed:
        return float("nan")
    return statistics.median(bench.ask(path).ms for _ in range(N_TIMES)) / 1e3


def amounts(bench: Bench) -> Iterator[tuple[str, NDArray[np.uint8]]]:
    """Five digits on even paper, and across the hard edge of a shadow."""
    images, labels = zip(*bench.some(5, 6), strict=True)
    row = np.hstack([np.pad(image, ((4, 4), (2, 2))) for image in images])
    yield "even paper", (240 - 0.8 * row).astype(np.uint8)
    yield "hard shadow", pages.in_a_row(images, labels, 6, np.random.default_rng([SEED, 6])).picture


def peak_megabytes(program: str, picture: Path) -> float:
    """The largest resident size of a process that runs this program, in MB (Linux: VmHWM)."""
    report = (
        "\nstatus = open('/proc/self/status').read()\n"
        "print(int(status.split('VmHWM:')[1].split()[0]) * 1024 / 1e6)"
    )
    command = [sys.executable, "-c", program + report, str(picture)]
    result = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True)
    return float(result.stdout.split()[-1])


def calibration(bench: Bench) -> None:
    """How much its confidence is worth, over the digits of the sets in CALIBRATED."""
    everything = [each for name in CALIBRATED for each in bench.judged.get(name, [])]
    for name, judged in ((", ".join(CALIBRATED), everything), *bench.judged.items()):
        confidence, right = ([each[k] for each in judged] for k in (0, 1))
        error = 100 * expected_calibration_error(confidence, right)
        bench.rows.append(Row(f"expected calibration error: {name}", len(judged), error))
    coverage, accuracy = at_threshold(everything)
    bench.rows += [
        Row("digits answered, not ?", len(everything), 100 * coverage),
        Row("digits right, of those answered", round(coverage * len(everything)), 100 * accuracy),
    ]


FROM_FOLDER: dict[str, Callable[[Bench], None]] = {
    "singles": singles,
    "semeion": semeion,
    "numbers": numbers,
    "registers": registers,
    "dates": dates,
    "pages": whole_pages,
}
MADE_HERE: dict[str, Callable[[Bench], None]] = {
    "placed": placed,
    "damaged": damaged,
    "strings": strings,
    "aslant": aslant,
    "shadows": shadows,
    "papers": papers,
    "boxes": boxes,
    "signs": signs,
    "others": others,
    "speed": speed,
    "calibration": calibration,
}
HALVED = ("singles", "numbers", "registers", "dates")


def measure(bench: Bench, names: Sequence[str], chosen_halves: Sequence[str]) -> list[str]:
    """Measure these sets, into bench.rows and the rest; returns those that lack the folder."""
    wanted = list(dict.fromkeys([*names, *(CALIBRATED if "calibration" in names else ())]))
    lacking = [name for name in FROM_FOLDER if name in wanted and bench.folder is None]
    for name, run in FROM_FOLDER.items():
        if name in wanted and name not in lacking:
            for half in chosen_halves if name in HALVED else chosen_halves[:1]:
                bench.half = half
                run(bench)
    for name, run in MADE_HERE.items():
        if name in wanted:
            run(bench)
    return lacking
