"""Recipes, and how options and they go together."""

import pytest

from digitnet.cli.common import settings_from, settings_parser
from digitnet.training.recipes import RECIPES
from digitnet.training.settings import Settings


def settings_of(*arguments):
    return settings_from(settings_parser().parse_args(arguments))


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_is_settings_under_one_name(name):
    assert settings_of("--recipe", name) == Settings(**RECIPES[name])


def test_without_a_recipe_all_is_as_by_default():
    assert settings_of() == settings_of("--recipe", "default") == Settings()


def test_options_override_the_recipe_even_with_what_is_the_default_otherwise():
    epochs = Settings().epochs
    assert Settings(**RECIPES["quick"]).epochs != epochs
    given = settings_of("--epochs", str(epochs), "--recipe", "quick", "--nesterov")
    assert given == Settings(**(RECIPES["quick"] | {"epochs": epochs, "nesterov": True}))


def test_what_a_recipe_has_on_can_be_turned_off():
    assert Settings(**RECIPES["strong"]).batch_norm
    assert settings_of("--recipe", "strong", "--no-batch-norm") == Settings(
        **(RECIPES["strong"] | {"batch_norm": False})
    )


def test_an_unknown_recipe_is_told_the_known_ones(capsys):
    with pytest.raises(SystemExit):
        settings_of("--recipe", "slow")
    assert "quick" in capsys.readouterr().err
