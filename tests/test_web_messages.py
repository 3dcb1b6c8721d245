"""The table of messages: what is not in it is refused, and all that is in it can be asked for."""

import inspect
import math
import re
from pathlib import Path

import numpy as np
import pytest

from digitnet.errors import DigitnetError
from digitnet.web import commands
from digitnet.web.commands import COMMANDS, MANY, ArrayKind
from digitnet.web.events import EVENTS
from digitnet.web.messages import checked
from digitnet.web.visit import Visit
from tests.playground import refusal, small_data, visiting

GOOD_FIELDS = {
    "language": "de",
    "number": 3,
    "digit": 0,
    "model": "shipped",
    "label": "7",
    "which": "last",
    "recipe": "default",
    "settings": {"epochs": 2},
    "until": "step",
    "setting": "dropout",
    "value": 0.25,
    "tab": "train",
    "drawings": True,
    "network": "small",
    "source": "test",
    "image": 1,
    "rate": 0.1,
    "among": 3,
    "wrong": False,
    "target": 7,
    "unit": 2,
    "units": [2, 0],
    "logit": 7,
    "layer": 1,
    "start": 300,
    "end": 4,
    "fresh": True,
    "of": "test",
    "row": 3,
    "column": 0,
    "below": 0.5,
    "first": 0,
    "index": 0,
    "input": 5,
    "weight": 0.5,
    "on": False,
}
WRONG = {
    "language": ["x" * 201, 1, None, ["de"]],
    "number": [-1, MANY + 1, 1.0, True, "3", None, [3], math.nan, 10**30],
    "digit": [-1, 10_001, 0.0, False, "0", None],
    "model": ["", "Shipped", "../model.npz", 1, None, ["shipped"]],
    "label": ["10", "", "x", 7, None],
    "which": ["first", 1, None],
    "recipe": ["x" * 201, 3, None, ["default"]],
    "settings": [[], "epochs", None, {"epochs": {}}, {"epochs": [[1]]}, {"a": "x" * 201}],
    "until": ["never", 1, None],
    "setting": ["x" * 201, 1, None, ["dropout"]],
    "value": [{}, [[]], [None, {}], "x" * 201, [0] * 201],
    "tab": ["Train", "", 2, None],
    "drawings": [1, "yes", None],
    "network": ["trained", "", 1, None],
    "source": ["train", "", None],
    "image": [-1, MANY + 1, 1.0, True, "3", None, math.nan],
    "rate": [-0.1, 1001, math.nan, math.inf, "0.1", None, True],
    "among": [-1, 1001, 0.0, "3", None],
    "wrong": [0, "yes", None],
    "target": [-1, 1001, 0.0, "3", None],
    "unit": [-1, MANY + 1, 0.5, None],
    "units": [[], [-1], [0.5], [True], [MANY + 1], [0] * 201, 2, None],
    "logit": [-1, 1001, 0.0, "3", None],
    "layer": [0, -1, 1.0, None, "1"],
    "start": [-1, MANY + 1, math.nan, None],
    "end": [-1, MANY + 1, 1.0, None],
    "fresh": [0, "true", None],
    "of": ["train", "", 1, None],
    "row": [-1, MANY + 1, 1.0, True, "3", None],
    "column": [-1, MANY + 1, 1.0, True, "3", None],
    "below": [-0.1, 1.1, math.nan, True, "0.5", None],
    "first": [-1, MANY + 1, 1.0, True, "3", None],
    "index": [-1, MANY + 1, 1.0, True, "3", None],
    "input": [-1, MANY + 1, 1.0, True, "3", None],
    "weight": [-1001, 1e9, math.nan, math.inf, True, "0.5", None],
    "on": [1, "yes", None],
}
GOOD_ARRAYS = {
    "pixels": np.full((28, 28), 255, np.uint8),
    "colours": np.full((28, 28, 4), 255, np.uint8),
    "file": np.zeros(4, np.uint8),
}
EACH = pytest.mark.parametrize("name", COMMANDS)


def good(name):
    command = COMMANDS[name]
    return (
        {each: GOOD_FIELDS[each] for each in command.fields},
        {each: GOOD_ARRAYS[each] for each in command.arrays},
    )


@pytest.fixture(scope="module")
def visit():
    return visiting(small_data())


class TestCommands:
    @EACH
    def test_what_is_right_passes_as_it_is(self, name):
        fields, arrays = good(name)
        asked = checked(name, fields, arrays)
        assert (asked.name, asked.fields, asked.arrays) == (name, fields, arrays)

    @EACH
    def test_fields_may_be_left_out_if_the_table_says_so(self, name):
        fields, arrays = good(name)
        for each in fields:
            some = {other: fields[other] for other in fields if other != each}
            if each in COMMANDS[name].optional:
                assert checked(name, some, arrays).fields == some
            else:
                with pytest.raises(DigitnetError, match=f"{name}: expected the fields .*{each}"):
                    checked(name, some, arrays)

    @EACH
    def test_fields_and_arrays_that_are_not_in_the_table_are_refused(self, name):
        fields, arrays = good(name)
        with pytest.raises(DigitnetError, match=f"{name}: expected the fields"):
            checked(name, fields | {"path": "/etc/passwd"}, arrays)
        with pytest.raises(DigitnetError, match=f"{name}: expected the arrays"):
            checked(name, fields, arrays | {"more": np.zeros(1, np.uint8)})

    @EACH
    def test_values_of_another_kind_are_refused(self, name):
        fields, arrays = good(name)
        for each in fields:
            for value in WRONG[each]:
                with pytest.raises(DigitnetError, match=f"{name}: {each}: expected"):
                    checked(name, fields | {each: value}, arrays)

    @EACH
    def test_arrays_of_another_kind_are_refused(self, name):
        fields, arrays = good(name)
        for each, array in arrays.items():
            others = [array.astype(np.float32), array[None], array[:0], np.zeros((), np.uint8)]
            for other in others:
                with pytest.raises(DigitnetError, match=f"{name}: {each}: expected"):
                    checked(name, fields, arrays | {each: other})
            with pytest.raises(DigitnetError, match=f"{name}: expected the arrays {each}, got"):
                checked(name, fields, {})

    def test_arrays_of_too_many_values_are_refused(self):
        kind = ArrayKind("uint8", 2, 100, "pixels")
        kind.check("draw: pixels", np.zeros((10, 10), np.uint8))
        with pytest.raises(DigitnetError, match=r"at most 100 values of uint8, got \(1, 101\)"):
            kind.check("draw: pixels", np.zeros((1, 101), np.uint8))

    @pytest.mark.parametrize("fields", [None, [], "hello", 3, [["number", 3]]])
    def test_fields_are_given_by_name(self, fields):
        with pytest.raises(DigitnetError, match="draw: expected fields by name"):
            checked("draw", fields, {})

    @pytest.mark.parametrize(
        "name", ["", "Draw", "about", "model", "_draw", "__init__", "halt", "\x1b[2J", 7, None]
    )
    def test_what_is_no_command_is_refused_though_python_may_know_it(self, name, visit):
        event = refusal(visit, name)
        assert "expected one of the commands hello, forget" in event.fields["message"]
        assert event.fields["message"].isprintable()

    def test_a_name_that_is_nearly_one_is_told(self, visit):
        assert "did you mean start?" in refusal(visit, "starts").fields["message"]


class TestTheTable:
    @EACH
    def test_the_visit_has_a_method_for_each_command_with_its_fields_and_arrays(self, name):
        command = COMMANDS[name]
        parameters = inspect.signature(getattr(Visit, f"_{name}")).parameters
        assert set(parameters) == {"self", *command.fields, *command.arrays}
        for each in command.fields:
            has_default = parameters[each].default is not inspect.Parameter.empty
            assert has_default == (each in command.optional)

    def test_each_meaning_of_a_command_ends_with_the_event_that_answers_it(self):
        for command in COMMANDS.values():
            assert command.meaning.endswith(".")
            _, answered, event = command.meaning.partition("answered by `")
            if answered:
                assert event.rstrip("`.") in EVENTS

    def test_what_passes_by_is_what_the_next_one_says_better(self):
        passing = {name for name, about in EVENTS.items() if about.passing}
        assert passing == {"progress", "weights", "layers", "confusion"}


STATIC = Path(commands.__file__).parent / "static"
SCRIPTS = {path.name: path.read_text(encoding="utf-8") for path in STATIC.glob("*.js")}


class TestThePage:
    """What its modules say and hear is what the tables have."""

    def test_it_asks_for_every_command_and_for_no_other(self):
        asked = re.compile(r"\b(?:ask|send|link\.send)\(\s*\"([a-z]+)\"")
        found = {name for text in SCRIPTS.values() for name in asked.findall(text)}
        assert found == set(COMMANDS)

    def test_it_hears_every_event_and_no_other(self):
        (table,) = re.findall(r"const heard = \{(.+?)^\};", SCRIPTS["app.js"], re.M | re.S)
        assert set(re.findall(r"^  ([a-z]+)[:,]", table, re.M)) == set(EVENTS)

    @pytest.mark.parametrize("name", COMMANDS)
    def test_it_sends_no_field_or_array_that_a_command_does_not_have(self, name):
        given = re.compile(rf"\b(?:ask|send)\(\s*\"{name}\",\s*\{{([^{{}}]*)\}}")
        fields = {
            field
            for text in SCRIPTS.values()
            for listed in given.findall(text)
            for field in re.findall(r"([a-z]+)(?=\s*(?::|,|$))", re.sub(r":[^,]*", "", listed))
        }
        assert fields <= set(COMMANDS[name].fields)
