"""A page of the course: pictures that move when they are touched, checks that can be stopped."""

import numpy as np
import pytest

from digitnet.teach.exercises import EXERCISES
from digitnet.teach.figures import FIGURES, Material, answer
from digitnet.web.course.writing import MISSING
from tests.page.course import write_page
from tests.page.exported import MissingError, Served, is_within, pyodide_in
from tests.page.test_access import SIZES, tab_to, violations, without_motion
from tests.page.visitor import TWO_FRAMES, Visitor

BEGINS_MS = 60_000
PYTHON = ("pyodide", "numpy", "digitnet.zip", "digits.zip", "courseworker")
CHANGES = {
    "neuron": {"w1": -6.5, "x2": 0.5, "b": 2},
    "softmax": {"classes": 3, "temperature": 0.5, "z2": 3.5},
    "chain": {"x": -1.5, "w": 2.0, "t": "0"},
    "valley": {"learning_rate": 0.21, "steps": 12},
    "saturation": {"activation": "relu", "scale": 0.5, "depth": 3},
    "units": {"steps": 50, "unit": 4},
}
"""Settings that are no defaults, for each figure."""
RIGHT = "import numpy as np\n" + EXERCISES[1].source(EXERCISES[1].solution)
ENDLESS = "def neuron(x, w, b):\n    while True:\n        pass"


@pytest.fixture(scope="module")
def material(mnist):
    """Some digits: to learn from 5,000 takes seconds in a browser."""
    return Material(mnist.train.images[:500], mnist.train.labels[:500].astype(np.uint8))


@pytest.fixture(scope="module")
def course(material, tmp_path_factory):
    """The page with all figures, and Pyodide."""
    try:
        pyodide = pyodide_in(tmp_path_factory.mktemp("pyodide"))
    except MissingError as error:
        pytest.skip(str(error))
    with Served(write_page(tmp_path_factory.mktemp("course"), material, pyodide)) as server:
        yield server


class Reader(Visitor):
    """Somebody who reads a page of the course."""

    def __init__(self, page, address):
        super().__init__(page, address)
        self.asked_for = []
        page.on("request", lambda request: self.asked_for.append(request.url))
        page.set_default_timeout(BEGINS_MS)

    def open(self, at=""):
        self.page.goto(self.address + at)
        self.page.wait_for_function(
            "n => [...document.images].filter((each) => each.naturalWidth).length === n",
            arg=len(FIGURES),
        )

    def figure(self, name):
        return self.page.locator(f"digitnet-figure[name={name}]")

    def touch(self, name):
        figure = self.figure(name)
        figure.get_by_role("button", name="Move this figure").click()
        figure.locator(".figure-drawing svg").first.wait_for()
        return figure

    def set(self, name, settings):
        """Change the controls, as by hand, and wait for the answer."""
        figure = self.figure(name)
        for control in FIGURES[name].controls:
            if control.name in settings:
                field, value = (
                    figure.get_by_label(control.label, exact=True),
                    settings[control.name],
                )
                if isinstance(value, str):
                    field.select_option(value)
                else:
                    field.fill(str(value))
        self.page.wait_for_function(
            "([name, settings]) => { const { answer, asking, knobs } = document.querySelector("
            "`digitnet-figure[name=${name}]`); return !asking && Object.entries(settings).every("
            "([each, value]) => answer.settings[each] === value) }",
            arg=[name, settings],
        )

    def answer(self, name):
        """What the figure was answered: fields, and arrays as lists."""
        return self.page.evaluate(
            "name => JSON.parse(JSON.stringify(document.querySelector("
            "`digitnet-figure[name=${name}]`).answer, (_, value) => ArrayBuffer.isView(value) ? "
            "Array.from(value) : value))",
            name,
        )

    def ask(self, command, **fields):
        """What the page's engine says, or the sentence with which it refuses."""
        return self.page.evaluate(
            "([command, fields]) => import('./course/engine.js').then(({ ask }) => "
            "ask(command, fields)).catch((error) => ({ refused: error.message }))",
            [command, fields],
        )


@pytest.fixture(scope="module")
def opened(browser, course):
    """One page for most tests, on which all figures have been touched: Python begins once."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    reader = Reader(context.new_page(), course.address)
    reader.open()
    reader.before = list(reader.asked_for)
    for name in FIGURES:
        reader.touch(name)
    yield reader
    context.close()


@pytest.fixture
def reader(opened):
    yield opened
    opened.check()


def test_before_the_touch_there_are_pictures_and_no_request_for_python(reader, course):
    assert not [each for each in reader.before if any(name in each for name in PYTHON)]
    assert any("figures/neuron.svg" in each for each in reader.before)
    assert all(is_within(each, course.address) for each in reader.asked_for)


def test_all_figures_share_one_worker(reader):
    assert len(reader.page.workers) == 1
    assert len([each for each in reader.asked_for if "courseworker.js" in each]) == 1


@pytest.mark.parametrize("name", FIGURES)
def test_it_moves_and_its_numbers_are_those_of_python(reader, material, name):
    before = reader.figure(name).locator(".figure-drawing").inner_html()
    reader.set(name, CHANGES[name])
    told, expected = reader.answer(name), answer(name, CHANGES[name], material)
    for each, value in expected.fields.items():
        compare(told[each], value)
    for each, array in expected.arrays.items():
        assert told[each]["shape"] == list(array.shape)
        assert np.allclose(told[each]["data"], array.ravel(), rtol=1e-4, atol=1e-5)
    reader.page.evaluate(TWO_FRAMES)
    assert reader.figure(name).locator(".figure-drawing").inner_html() != before
    reader.page.wait_for_function(
        "([name, text]) => document.querySelector(`digitnet-figure[name=${name}] .figure-text`)"
        ".textContent === text",
        arg=[name, told["text"]],
    )
    reader.figure(name).get_by_role("button", name="As it was").click()
    reader.set(name, {})


def compare(told, expected):
    """Lists, objects and numbers, these but for the last digits."""
    if isinstance(expected, dict):
        assert told.keys() == expected.keys()
        for name, value in expected.items():
            compare(told[name], value)
    elif isinstance(expected, list | tuple):
        assert len(told) == len(expected)
        for one, other in zip(told, expected, strict=True):
            compare(one, other)
    elif isinstance(expected, float):
        assert told == pytest.approx(expected, rel=1e-4, abs=1e-6)
    else:
        assert told == expected


def test_numbers_stand_in_the_drawing(reader):
    shown = reader.figure("neuron").locator(".figure-sum").inner_text().split()
    assert {"3.2", "−0.9", "1.8", "0.858"} <= set(shown)
    table = reader.figure("chain").get_by_role("row", name="∂L/∂w").inner_text().split()
    assert table[-2:] == ["−0.465038", "−0.465038"]
    assert "63.8 %" in reader.figure("softmax").locator("svg").inner_html()


def test_a_large_logit_says_what_the_plain_formula_gives(reader):
    reader.figure("softmax").get_by_label("Let z₁ be 1000").check()
    reader.figure("softmax").get_by_text("unshifted: no number").wait_for()
    reader.figure("softmax").get_by_label("Let z₁ be 1000").uncheck()


def test_only_the_logits_that_count_have_sliders(reader):
    reader.set("softmax", {"classes": 3})
    names = reader.figure("softmax").get_by_role("slider").all()
    assert sum(each.is_visible() for each in names) == 2 + 3
    reader.set("softmax", {"classes": 4})


def test_a_button_learns_on(reader):
    figure = reader.figure("units")
    figure.get_by_role("button", name="Back to the first weights").click()
    reader.set("units", {"steps": 0})
    figure.get_by_role("button", name="Learn 50 more steps").click()
    reader.set("units", {"steps": 50})
    assert figure.get_by_label("Steps", exact=True).input_value() == "50"


def test_the_point_and_the_unit_can_be_chosen_with_the_mouse(reader):
    figure = reader.figure("neuron")
    figure.scroll_into_view_if_needed()
    box = figure.locator(".cover").bounding_box()
    reader.page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"])
    reader.page.mouse.down()
    reader.page.mouse.move(box["x"] + 0.25 * box["width"], box["y"] - 50, steps=3)
    reader.page.mouse.up()
    reader.set("neuron", {"x1": 0.25, "x2": 1})
    reader.figure("units").locator(".tile").nth(6).click()
    reader.set("units", {"unit": 7})
    assert reader.figure("units").get_by_label("Hidden unit", exact=True).input_value() == "7"


def test_the_digits_have_the_colour_of_the_text_in_light_and_in_the_dark(reader):
    picture = "document.querySelector('digitnet-figure[name=units] title + image, "
    picture += "digitnet-figure[name=units] .figure-pair svg:last-child image').href.baseVal"
    light = reader.page.evaluate(picture)
    reader.page.evaluate("document.documentElement.style.colorScheme = 'dark'")
    reader.page.wait_for_function(f"light => {picture} !== light", arg=light)
    reader.page.evaluate("document.documentElement.style.colorScheme = ''")
    reader.page.wait_for_function(f"light => {picture} === light", arg=light)


def test_what_makes_no_sense_costs_a_sentence(reader):
    told = reader.ask("figure", name="neuron", settings={"w1": 99})
    assert "figure neuron: w1: expected a number from -10.0 to 10.0" in told["refused"]
    assert "expected figure or check" in reader.ask("read")["refused"]


class TestChecks:
    def test_right_and_wrong(self, reader):
        assert reader.ask("check", number=1, source=RIGHT)["passed"]
        wrong = reader.ask("check", number=1, source=RIGHT.replace("+ b", "- b"))
        assert not wrong["passed"]
        assert "the bias is subtracted: add it" in wrong["text"]

    def test_what_is_printed_and_what_is_no_python(self, reader):
        told = reader.ask("check", number=1, source=f"print('hello')\n{RIGHT}")
        assert (told["passed"], told["printed"]) == (True, "hello\n")
        told = reader.ask("check", number=1, source="def neuron(")
        assert "Your code, line 1, is no Python" in told["text"]

    def test_code_that_is_far_too_long(self, reader):
        told = reader.ask("check", number=1, source=RIGHT + "#" * 20_000)
        assert not told["passed"]
        assert "longer than 20,000 letters" in told["text"]
        long = RIGHT + "\n# \N{GRINNING FACE}" * 3_000
        assert reader.ask("check", number=1, source=long)["passed"]

    def test_code_that_calls_itself_for_ever(self, reader):
        source = "def neuron(x, w, b):\n    return neuron(x, w, b)"
        told = reader.ask("check", number=1, source=source)
        assert "calls itself" in told.get("text", "") or "had to be stopped" in told["refused"]
        reader.complaints.clear()
        assert reader.ask("check", number=1, source=RIGHT)["passed"]

    def test_an_endless_loop_ends_with_a_sentence_and_the_next_check_works(self, browser, course):
        context = browser.new_context()
        reader = Reader(context.new_page(), course.address)
        reader.page.clock.install()
        reader.open()
        assert reader.ask("check", number=1, source=RIGHT)["passed"]
        reader.page.evaluate(
            "source => import('./course/engine.js').then(({ ask }) => { "
            "window.endless = ask('check', { number: 1, source }); "
            "window.figure = ask('figure', { name: 'neuron', settings: {} }); })",
            ENDLESS,
        )
        reader.page.clock.fast_forward(10_500)
        told = reader.page.evaluate("window.endless")
        assert not told["passed"]
        assert "has not come to an end in 10 seconds, and was stopped" in told["text"]
        assert "p = 0.858" in reader.page.evaluate("window.figure.then(({ text }) => text)")
        assert reader.ask("check", number=1, source=RIGHT)["passed"]
        reader.check()
        context.close()


class TestAccess:
    @pytest.mark.parametrize(("size", "scheme"), [("desktop", "light"), ("telephone", "dark")])
    def test_axe_finds_nothing_before_and_after_the_touch(self, browser, course, size, scheme):
        context = without_motion(browser, SIZES[size], scheme)
        reader = Reader(context.new_page(), course.address)
        reader.open()
        reader.figure("units").get_by_role("button").wait_for()
        assert violations(reader) == []
        for name in FIGURES:
            reader.touch(name)
            reader.set(name, CHANGES[name])
        assert violations(reader) == []
        assert reader.page.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0]
        for figure in reader.page.locator("digitnet-figure").all():
            overflow = figure.evaluate("each => each.scrollWidth - each.clientWidth")
            assert overflow <= 0, figure.get_attribute("name")
        reader.check()
        context.close()

    def test_by_keyboard_alone(self, browser, course):
        context = browser.new_context()
        reader = Reader(context.new_page(), course.address)
        reader.open()
        reader.figure("neuron").get_by_role("button").wait_for()
        tab_to(reader, "digitnet-figure[name=neuron] button")
        reader.page.keyboard.press("Enter")
        reader.figure("neuron").locator(".figure-drawing svg").first.wait_for()
        label = "document.activeElement.labels[0].textContent"
        assert reader.page.evaluate(label) == "Pixel x₁"
        reader.page.keyboard.press("ArrowLeft")
        reader.set("neuron", {})
        assert reader.answer("neuron")["settings"]["x1"] == 0.79
        outline = "getComputedStyle(document.activeElement).outlineStyle"
        assert reader.page.evaluate(outline) == "solid"
        context.close()


class TestWithoutPython:
    def visited(self, browser, folder, change=None):
        context = browser.new_context()
        if change:
            change(folder)
        with Served(folder) as server:
            reader = Reader(context.new_page(), server.address)
            reader.open()
            yield reader
            context.close()

    @pytest.fixture
    def folder(self, material, tmp_path):
        return write_page(tmp_path, material, None)

    def test_figures_stay_pictures_and_say_what_is_missing(self, browser, folder):
        for reader in self.visited(browser, folder):
            for name in FIGURES:
                reader.figure(name).get_by_text(MISSING).wait_for()
            assert reader.page.get_by_role("button").count() == 0
            assert reader.ask("check", number=1, source=RIGHT) == {"refused": MISSING}
            assert violations(reader) == []
            reader.check()

    def test_a_description_that_is_not_there_costs_a_sentence(self, browser, folder):
        def lost(folder):
            (folder / "course" / "site.json").unlink()

        for reader in self.visited(browser, folder, lost):
            reader.figure("neuron").get_by_text("which could not be loaded").wait_for()
            assert reader.page.get_by_role("button").count() == 0


def test_a_file_that_is_cut_off_is_named_and_can_be_tried_again(browser, course):
    context = browser.new_context()
    page = context.new_page()
    reader = Reader(page, course.address)
    page.route("**/digits.zip*", lambda route: route.fulfill(body=b"cut off"))
    reader.open()
    button = reader.figure("neuron").get_by_role("button", name="Move this figure")
    button.click()
    reader.figure("neuron").get_by_text("digits.npz could not be loaded").wait_for()
    assert reader.figure("neuron").locator(".figure-cost").inner_text() == ""
    page.unroute("**/digits.zip*")
    reader.touch("neuron")
    context.close()
