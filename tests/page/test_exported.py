"""The page without a server: files on any web server, and digitnet in the visitor's browser."""

import base64
import json
import re
import shutil
import subprocess
import sys
from contextlib import contextmanager

import numpy as np
import pytest

import digitnet
from digitnet.data import Dataset
from digitnet.reading.networks import pixels
from digitnet.training.job import run_job
from digitnet.training.plan import Plan
from digitnet.training.settings import Settings
from digitnet.web.alone import Alone
from digitnet.web.frames import unpacked
from digitnet.web.runtime import FULL, NPM
from digitnet.web.wheel import N_TRAIN
from tests.page.exported import SENT, MissingError, Served, is_within, pyodide_in
from tests.page.served import ROOT
from tests.page.small import small_model
from tests.page.test_draw import PASTE, picture_of
from tests.page.visitor import CAT, THREE, Visitor
from tests.playground import last, learned, visiting

BEGINS_S = 30
NUMBER = re.compile(r"-?\d+(\.\d+)?(e[+-]\d+)?")
LEARNS_S = 15


@pytest.fixture(scope="module")
def pyodide(tmp_path_factory):
    try:
        return pyodide_in(tmp_path_factory.mktemp("pyodide"))
    except MissingError as error:
        pytest.skip(str(error))


def flat(rows):
    return [cell for row in rows for cell in row]


def exported(folder, *options):
    command = [sys.executable, "-m", "digitnet", "play", "--export", folder, *options]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def site(pyodide, tmp_path_factory):
    return exported(tmp_path_factory.mktemp("site") / "public", "--pyodide", pyodide)


class Local(Visitor):
    """A visitor of an exported page, whose messages go to a worker."""

    def __init__(self, context, address):
        self.asked_for = []
        context.on("request", lambda request: self.asked_for.append(request.url))
        super().__init__(context.new_page(), address)
        self.page.add_init_script(SENT)
        self.page.set_default_timeout(1000 * BEGINS_S)

    def last(self, command):
        frames = [unpacked(bytes(each)) for each in self.page.evaluate("window.sentFrames")]
        return next(each for each in reversed(frames) if each.name == command)

    def refusal(self):
        """Why the page does not begin."""
        self.page.locator("#refused").wait_for()
        return self.page.locator("#refused-why").inner_text()


@contextmanager
def visited(browser, site):
    """A page for several tests: to load it takes longest."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    with Served(site) as server:
        guest = Local(context, server.address)
        guest.open()
        yield guest
        context.close()


@pytest.fixture(scope="module")
def opened(browser, site):
    with visited(browser, site) as guest:
        yield guest


@pytest.fixture
def local(opened):
    opened.tab("Draw")
    if opened.button("Clear").is_enabled():
        opened.button("Clear").click()
    yield opened
    opened.check()


def test_a_three_is_read_with_the_numbers_of_digitnet(local):
    local.draw(THREE)
    local.answer("3")
    local.wait_until("state.inside?.number === state.number")
    (digit,) = digitnet.read(local.last("draw").arrays["pixels"]).digits
    told = local.state("Array.from(state.answer.arrays.probabilities.data)")
    assert np.allclose(told, digit.probabilities, rtol=0, atol=1e-5)
    alone = pixels().predict_proba(digit.image)[0]
    shown = local.state("Array.from(state.inside.arrays.probabilities.data)")
    assert np.allclose(shown, alone, rtol=0, atol=1e-5)


def test_what_is_no_digit_is_none_there_too(local):
    local.draw(CAT)
    assert local.waits_for_answer().strip("?\n") == ""


@pytest.mark.parametrize("how", ["paste", "drop"])
def test_a_picture_is_decoded_by_the_browser(local, how):
    content = picture_of([7, 2, 1])
    local.page.evaluate(PASTE, [base64.b64encode(content).decode(), how])
    local.answer("721")
    boxes = local.state("state.answer.digits.map((each) => each.box)")
    assert [list(each.box) for each in digitnet.read(content).digits] == boxes
    local.button("Back to the pad").click()


def test_what_is_no_picture_costs_a_sentence(local):
    file = {"name": "x.png", "mimeType": "image/png", "buffer": b"no picture at all"}
    local.page.locator("#choose-picture").set_input_files(file)
    local.page.locator("#picture-problem").wait_for(state="visible")
    assert "expected a picture" in local.page.locator("#picture-problem").inner_text()
    local.draw(THREE)


@pytest.fixture
def learning(local):
    local.tab("Train")
    yield local
    if local.state("state.training.status") == "running":
        local.button("Pause").click()
        local.status("paused")


def a_part(mnist):
    """What an exported page learns from."""
    train = mnist.train.take(np.arange(N_TRAIN))
    return Dataset("MNIST", train, mnist.test, mnist.classes, "a part")


def test_it_learns_what_digitnet_train_learns(learning, tmp_path, mnist):
    learning.page.evaluate(
        "location.hash = '#train?hidden_layer_sizes=16&epochs=1&seed=3&rotation=5&dropout=0.1'"
    )
    learning.wait_until("state.training.settings.rotation === 5")
    settings = {"epochs": 1, "seed": 3, "rotation": 5.0, "dropout": 0.1}

    learning.button("One step").click()
    learning.status("paused")
    visit = visiting(a_part(mnist), {"hidden_layer_sizes": [16], **settings})
    told = last(learned(visit, until="step"), "progress").arrays["losses"]
    assert learning.state("state.curve.losses") == pytest.approx(told.tolist(), abs=1e-5)

    learning.button("Go on").click()
    learning.status("finished")
    with learning.page.expect_download() as download:
        learning.button("Save the model").click()
    saved = digitnet.load(download.value.path().rename(tmp_path / "saved.npz"))
    outcome = run_job(Plan(Settings((16,), **settings), [tmp_path / "run"]), a_part(mnist))
    outcome.model.temperature = 1.0  # which a page does not fit
    images = mnist.test.images[:500]
    apart = saved.predict_proba(images) - outcome.model.predict_proba(images)
    assert np.abs(apart).max() < 2e-3  # products are summed in another order, in each of 141 steps
    shown = learning.state("state.epochs.map((each) => each.validation_loss)")
    assert shown == pytest.approx([each.validation_loss for each in outcome.history], abs=1e-3)


def test_it_passes_90_percent_and_answers_meanwhile(learning):
    learning.button("Reset").click()
    learning.status("ready")
    learning.page.evaluate("location.hash = '#train?epochs=50'")
    learning.wait_until("state.training.settings.epochs === 50")
    learning.page.set_default_timeout(1000 * LEARNS_S)
    assert "ten to twenty times faster" in learning.page.locator("#slower").inner_text()
    learning.button("Start").click()
    learning.wait_until("state.epochs.at(-1)?.validation_accuracy > 0.9")
    learning.page.set_default_timeout(1000 * BEGINS_S)
    for name in ("weights", "layers", "confusion"):
        assert learning.state(f"state.{name} !== null"), name
    learning.tab("Draw")
    learning.draw(THREE)
    learning.answer("3")
    assert learning.state("state.training.status") == "running"
    learning.tab("Train")


@pytest.fixture(scope="module")
def small_site(pyodide, tmp_path_factory):
    """A site in which a small network answers: the one that comes along takes half a minute."""
    folder = tmp_path_factory.mktemp("small")
    model = small_model(folder / "model.npz")
    return exported(folder / "public", "--pyodide", pyodide, "--model", model)


@pytest.fixture(scope="module")
def there(browser, small_site):
    with visited(browser, small_site) as guest:
        yield guest
        guest.check()


class TestTheOtherTabs:
    """What they are told in the browser is what the installed digitnet tells of the same frames."""

    @pytest.fixture
    def here(self, there, small_site, tmp_path):
        """A function: the last event of a name that the installed digitnet tells."""
        shutil.copy(small_site / "digits.zip", tmp_path / "digits.npz")
        shutil.copy(small_site / "model.zip", tmp_path / "model.npz")

        def told(name):
            alone = Alone(tmp_path)
            frames = []
            for asked in there.page.evaluate("window.sentFrames"):
                frames += alone.ask(bytes(asked))
            while alone.busy:
                frames += alone.work()
            return last([unpacked(each) for each in frames], name)

        return told

    def agrees(self, visitor, expected, shown, *names):
        for name in names:
            there = visitor.state(f"Array.from({shown}.arrays.{name}.data)")
            own = expected.arrays[name].ravel()
            assert np.allclose(there, own, rtol=1e-5, atol=1e-5), name

    def test_one_step_of_backpropagation(self, there, here):
        there.tab("One step")
        there.wait_until("state.walked !== null && state.probed !== null")
        walked = here("walked")
        names = ("z", "h", "probabilities", "dz", "gradients", "weights", "probabilities_after")
        self.agrees(there, walked, "state.walked", *names)
        for name in ("loss", "loss_after"):
            assert there.state(f"state.walked.{name}") == pytest.approx(
                walked.fields[name], abs=1e-5
            )
        for stage, own in zip(
            there.state("state.walked.stages"), walked.fields["stages"], strict=True
        ):
            assert stage["formula"] == own["formula"]
            for cell, expected in zip(flat(stage["rows"]), flat(own["rows"]), strict=True):
                if NUMBER.fullmatch(expected):  # the last of six digits may be another one
                    assert float(cell) == pytest.approx(float(expected), rel=2e-5, abs=1e-6)
                else:
                    assert cell == expected

    def test_inside_with_its_maps(self, there, here):
        there.tab("Inside")
        there.wait_until("state.inspected !== null && state.unit?.fields.ready")
        there.page.locator("#maps-part").scroll_into_view_if_needed()
        there.wait_until("state.maps.length === 4 && state.edited?.images === state.edited?.total")
        self.agrees(there, here("inspected"), "state.inspected", "logits", "probabilities")
        self.agrees(there, here("unit"), "state.unit", "weights")
        assert there.state("state.edited.before") == here("edited").fields["before"]

    def test_evaluate(self, there, here):
        there.tab("Evaluate")
        there.wait_until("state.evaluation?.fields.images === state.subject?.test")
        evaluation = here("evaluation")
        self.agrees(there, evaluation, "state.evaluation", "matrix")
        assert there.state("state.evaluation.fields.accuracy") == evaluation.fields["accuracy"]


def test_nothing_is_asked_of_others_and_the_page_states_a_policy(opened):
    assert len(opened.asked_for) > 40
    assert [each for each in opened.asked_for if not is_within(each, opened.address)] == []
    assert not opened.page.evaluate("isSecureContext")  # as on a school's server
    stated = opened.page.locator("meta[http-equiv]").get_attribute("content")
    assert stated.startswith("default-src 'none'; script-src 'self'; ")
    script = "document.head.append(Object.assign(document.createElement('script'), {text: 'x=1'}))"
    opened.page.evaluate(f"() => {{ {script} }}")
    assert opened.page.evaluate("() => window.x") is None
    (said,) = opened.complaints
    assert "Content Security Policy" in said
    opened.complaints.clear()


class TestWhatKeepsItFromBeginning:
    @pytest.fixture
    def context(self, browser):
        context = browser.new_context()
        yield context
        context.close()

    @pytest.fixture
    def copy(self, site, tmp_path):
        return shutil.copytree(site, tmp_path / "copy")

    def test_a_file_that_is_missing_is_named(self, context, copy):
        (copy / "digits.zip").unlink()
        with Served(copy) as server:
            guest = Local(context, server.address)
            guest.page.goto(server.address)
            assert "digits.npz could not be loaded from school.test" in guest.refusal()
            assert not guest.page.locator("#refused-again").is_visible()

    def test_a_file_that_is_cut_off_is_named(self, context, copy):
        (numpy,) = copy.rglob("numpy.zip")
        numpy.write_bytes(numpy.read_bytes()[:-100])
        with Served(copy) as server:
            guest = Local(context, server.address)
            guest.page.goto(server.address)
            assert "numpy could not be loaded" in guest.refusal()

    def test_a_rule_against_webassembly_is_told(self, context, copy):
        headers = copy / "_headers"
        headers.write_text(headers.read_text().replace(" 'wasm-unsafe-eval'", ""))
        with Served(copy) as server:
            guest = Local(context, server.address)
            guest.page.goto(server.address)
            assert "WebAssembly" in guest.refusal()

    def test_silence_has_an_end(self, context, site):
        with Served(site, held_up="digits.zip") as server:
            guest = Local(context, server.address)
            guest.page.clock.install()
            guest.page.goto(server.address)
            guest.page.get_by_text(re.compile("Loading Python and digitnet: 1[78]")).wait_for()
            guest.page.clock.fast_forward(61_000)
            assert "nothing has come for a minute" in guest.refusal()

    def test_a_page_opened_as_a_file_says_what_it_needs(self, context, site):
        page = context.new_page()
        page.goto((site / "index.html").as_uri())
        page.get_by_text("This page needs a web server").wait_for(timeout=10_000)


@pytest.fixture(scope="module")
def public(pyodide, tmp_path_factory):
    del pyodide  # without which there is nothing to play the public address with
    return exported(tmp_path_factory.mktemp("site") / "public")


class TestFromThePublicAddress:
    """Which is played here: what is there is checked by its hash all the same."""

    @pytest.fixture
    def context(self, browser):
        context = browser.new_context(viewport={"width": 1280, "height": 800})
        yield context
        context.close()

    @pytest.fixture
    def public_files(self, context, pyodide):
        """What they hold, to be changed."""
        files = {}

        def give(route):
            name = route.request.url.removeprefix(NPM).removeprefix(FULL)
            body = files.get(name, (pyodide / name).read_bytes())
            route.fulfill(body=body, headers={"access-control-allow-origin": "*"})

        context.route("https://cdn.jsdelivr.net/**", give)
        return files

    def test_it_reads_a_three(self, context, public, public_files):
        del public_files
        with Served(public) as server:
            guest = Local(context, server.address)
            guest.open()
            guest.draw(THREE)
            guest.answer("3")
            guest.check()

    def test_what_has_been_changed_there_is_refused(self, context, public, public_files, pyodide):
        script = "pyodide.asm.js"
        public_files[script] = (pyodide / script).read_bytes() + b" "
        with Served(public) as server:
            guest = Local(context, server.address)
            guest.page.goto(server.address)
            assert f"{script} could not be loaded from cdn.jsdelivr.net" in guest.refusal()

    def test_the_site_is_small_then(self, public):
        parts = json.loads((public / "site.json").read_text())["parts"]
        assert sum(each["bytes"] for each in parts if not each["address"].startswith("http")) < 13e6


def test_page_and_visit_speak_the_browsers_language(browser, site):
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="de-DE")
    with Served(site) as server:
        guest = Local(context, server.address)
        guest.open()
        assert guest.page.get_by_role("tab", name="Zeichnen").is_visible()
        assert guest.state("state.model.name") == "das Netz, das mit digitnet kommt"
        guest.check()
        context.close()
