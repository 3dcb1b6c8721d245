"""What digitnet raises can go to another process, and come back from it as what it was."""

import copy
import importlib
import pickle
import pkgutil

import pytest
from sklearn.model_selection import cross_val_score

import digitnet
from digitnet import DigitClassifier, DigitnetError
from digitnet.cli import explained
from digitnet.data import load_data
from digitnet.errors import OptionError
from digitnet.nn import Diverged
from digitnet.teach.exercises.parts import Finding, Found
from digitnet.training.settings import SettingsError

EXAMPLES = {
    Diverged: Diverged(3, 2.5, "parameters are no longer finite"),
    Found: Found(Finding("type", "expected another")),
    OptionError: OptionError.of("name", "expected another"),
    SettingsError: SettingsError("epochs", "expected more"),
}
"""Those whose message is made of parts."""


def exceptions():
    """All classes of exceptions and warnings that are defined in the package."""
    for module in pkgutil.walk_packages(digitnet.__path__, "digitnet."):
        if not module.name.endswith("__main__"):
            content = vars(importlib.import_module(module.name))
            for value in content.values():
                found = isinstance(value, type) and issubclass(value, BaseException)
                if found and value.__module__ == module.name:
                    yield value


@pytest.mark.parametrize("kind", list(exceptions()), ids=lambda kind: kind.__name__)
@pytest.mark.parametrize(
    "again", [copy.copy, copy.deepcopy, lambda error: pickle.loads(pickle.dumps(error))]
)
def test_a_copy_says_the_same(kind, again):
    error = EXAMPLES[kind] if kind in EXAMPLES else kind("expected another")
    same = again(error)
    assert str(same) == str(error) != ""
    # A sentence that knows how to write names is a function, and stays where it is.
    assert type(same) is (DigitnetError if kind is OptionError else kind)
    assert kind is OptionError or vars(same) == vars(error)


def test_a_mistyped_parameter_is_said_from_another_process(few):
    wrong = DigitClassifier(activation="swoosh")
    with pytest.raises(DigitnetError, match="activation: expected names among"):
        cross_val_score(wrong, few.rows, few.labels, cv=2, n_jobs=2, error_score="raise")


def test_an_option_has_the_name_that_its_reader_writes():
    with pytest.raises(OptionError, match=r"^data: expected a folder of IDX files") as caught:
        load_data("nowhere")
    assert explained(caught.value)[1].startswith("--data: expected a folder of IDX files")


def test_what_the_sentence_of_an_option_quotes_is_made_plain():
    status, sentence = explained(OptionError.of("data", "\x1b[31m\n" + "x" * 60_000))
    assert (status, sentence.isprintable()) == (2, True)
    assert len(sentence) < 3000
