"""docs/lessons.md, and the pictures of the docs: each comes from a command that is beside it."""

import itertools
import re
import sys
from pathlib import Path

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from digitnet.data import one_hot
from digitnet.nn.textbook import TextbookNetwork

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "benchmarks"))

import loops  # noqa: E402
import nearby  # noqa: E402
import units  # noqa: E402
import valley  # noqa: E402

LESSONS = (ROOT / "docs" / "lessons.md").read_text(encoding="utf-8")
SECTIONS = [
    (page, section)
    for page in ("lessons.md", "derivations.md")
    for section in (ROOT / "docs" / page).read_text(encoding="utf-8").split("\n## ")[1:]
]


@pytest.fixture(autouse=True, scope="module")
def one_blas_thread():
    """As the scripts have it: two wait for each other beside other programs."""
    with threadpool_limits(1, "blas"):
        yield


def lesson(script):
    """The rows of the table below a command, cell by cell."""
    (section,) = (text for page, text in SECTIONS if f"    python benchmarks/{script}\n" in text)
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line[:1] == "|"]
    return [[cell.strip() for cell in row] for row in rows[2:]]


def numbers(cell):
    return [float(number) for number in re.findall(r"\d+(?:\.\d+)?", cell.replace(",", ""))]


def test_the_title_counts_the_lessons():
    words = ("Six", "Seven", "Eight", "Nine", "Ten", "Eleven", "Twelve")
    n_lessons = sum(page == "lessons.md" for page, _ in SECTIONS)
    assert LESSONS.startswith(f"# {words[n_lessons - 6]} lessons\n")


@pytest.mark.parametrize(
    ("section", "picture"),
    [(text, path) for _, text in SECTIONS for path in re.findall(r"\]\((images/.+?)\)", text)],
    ids=lambda value: value if value.startswith("images/") else "",
)
def test_each_picture_is_there_and_the_command_that_draws_it_is_beside_it(section, picture):
    assert (ROOT / "docs" / picture).is_file()
    scripts = re.findall(r"python (benchmarks/\w+\.py)", section)
    sources = [(ROOT / script).read_text(encoding="utf-8") for script in scripts]
    drawn = any(f'"{Path(picture).name}"' in source for source in sources)
    compared = re.findall(r"^    digitnet compare .+$", section, re.M)  # it draws one picture
    assert drawn or (len(compared) == 1 == len(re.findall(r"\]\(images/", section)))


def test_each_lesson_has_one_command():
    for page, text in SECTIONS:
        if page == "lessons.md":
            assert len(re.findall(r"^    (?:digitnet|python) .+$", text, re.M)) == 1, text[:40]


def test_its_references_to_the_derivations_exist():
    headings = (ROOT / "docs" / "derivations.md").read_text(encoding="utf-8")
    anchors = {
        re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
        for heading in re.findall(r"^## (.+)$", headings, re.M)
    }
    assert set(re.findall(r"derivations\.md#([^)]+)\)", LESSONS)) <= anchors


def test_the_valley_is_as_deep_as_the_lesson_says():
    hills = valley.Valley()
    rows = lesson("valley.py")
    assert [float(row[0]) for row in rows] == list(valley.RATES)
    for rate, *losses in rows:
        places = hills.descend(float(rate))
        seen = [hills.loss(places[k]) for k in (0, 1, valley.STEPS)]
        assert seen == pytest.approx([float(loss) for loss in losses], abs=2e-3)


def test_the_slope_of_the_valley_is_that_of_its_loss():
    hills = valley.Valley(n_images=50, warm_up=2)
    for s in (-0.5, 0.0, 1.7):
        measured = (hills.loss(s + 1e-7) - hills.loss(s - 1e-7)) / 2e-7
        assert hills.slope(s) == pytest.approx(measured, rel=1e-4)


@pytest.fixture(scope="module")
def images(mnist):
    examples = mnist.train.take(np.arange(units.N_IMAGES))
    x = np.multiply(examples.rows, np.float32(1 / 255), dtype=np.float32)
    return x, one_hot(examples.labels, 10)


@pytest.mark.parametrize("number", range(len(units.VARIANTS)))
def test_units_live_and_die_as_the_lesson_says(number, images):
    x, t = images
    variant, row = units.VARIANTS[number], lesson("units.py")[number]
    assert row[0] == variant.name
    seen = units.look(units.learned(variant, x, t), x[: units.N_SEEN], t[: units.N_SEEN])
    state = (seen.dead(), row[1]) if variant.activation == "relu" else (seen.saturated(), row[2])
    near = 15 if variant.scale == 16 else 5  # the one that the text calls wild
    for shares, said in (state, (seen.without_blame(), row[3]), ([seen.accuracy], row[4])):
        assert [100 * share for share in shares] == pytest.approx(numbers(said), abs=near)


def test_the_blame_that_is_drawn_is_the_gradient_of_the_biases(images):
    """db of a layer is the sum of its dz over the examples."""
    x, t = (part[:20] for part in images)
    for variant in (units.VARIANTS[0], units.VARIANTS[3]):
        network = units.learned(variant, x, t, n_steps=2)
        seen = units.look(network, x, t)
        units.Objective()(network, x, t)
        layers = [layer for layer in network.layers if isinstance(layer, units.Dense)]
        for layer, dz in zip(layers[:-1], seen.blame, strict=True):
            assert np.allclose(dz.sum(axis=0), layer.db, atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("number", range(len(nearby.LEARNED_AT)))
def test_images_nearby_are_read_as_the_lesson_says(number):
    learned_at, *shares = lesson("nearby.py")[number]
    assert float(learned_at) == nearby.LEARNED_AT[number]
    network, (x, targets) = nearby.learned(float(learned_at)), nearby.others()
    for distance, said in zip(nearby.MOVED_BY, shares, strict=True):
        found = 100 * nearby.right(network, x, targets, distance)
        assert [found] == pytest.approx(numbers(said), abs=0.4 if not distance else 4)


def test_a_step_in_loops_is_a_step_of_the_textbook_network(generator):
    network = TextbookNetwork(5, 4, 3, generator)
    network.b1, network.b2 = generator.standard_normal(4), generator.standard_normal(3)
    lists = [getattr(network, name).tolist() for name in loops.NAMES]
    x, t = generator.random((1, 5)), np.array([[0.0, 1.0, 0.0]])
    before = network.W1.copy()
    network.step(x, t, loops.LEARNING_RATE)
    loops.step_in_loops(lists, x[0].tolist(), t[0].tolist())
    assert not np.allclose(before, network.W1)
    for name, values in zip(loops.NAMES, lists, strict=True):
        assert np.allclose(getattr(network, name), values, rtol=0, atol=1e-14)


def test_the_loops_of_the_lesson_are_those_that_are_timed():
    (shown,) = re.findall(r"^    for o in .+?\n\n", LESSONS, re.M | re.S)
    source = (ROOT / "benchmarks" / "loops.py").read_text(encoding="utf-8")
    timed = source.replace("range(len(b))", "range(n_out)").replace("range(len(x))", "range(n_in)")
    assert shown.rstrip() in timed


def test_the_lesson_names_all_ways_that_are_timed_and_its_ratios_fit_together(images):
    x, t = images
    rows = lesson("loops.py")
    ways = loops.ways(x[:64].astype(np.float64), t[:64].astype(np.float64))
    assert [row[0] for row in rows] == list(ways)
    for n_images, call in list(ways.values())[1:]:
        assert n_images in {1, 64}
        call()
    for before, row in itertools.pairwise(rows):
        (time_before,), (time,), (ratio,), (all_before,), (ratio_to_all,) = map(
            numbers, (before[1], row[1], row[2], before[3], row[3])
        )
        assert time_before / time == pytest.approx(ratio, rel=0.1)
        assert all_before * ratio == pytest.approx(ratio_to_all, rel=0.1)
