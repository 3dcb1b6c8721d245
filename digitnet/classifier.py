"""DigitClassifier: the same learning behind the interface that users of scikit-learn expect.

It follows scikit-learn's conventions (fit, predict, get_params, …) without importing it, and so
works in Pipeline, GridSearchCV and cross_val_score. Only early_stopping needs scikit-learn, which
splits the data.
"""

import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from digitnet.accept.caution import warn
from digitnet.accept.images import as_images, check_contrast, warn_if_narrow
from digitnet.accept.labels import as_labels, check_count, class_names, indices_among
from digitnet.accept.ranges import BYTE, FEWEST_PIXELS, UNIT, rescaled
from digitnet.data import Examples, MinMax, Pixels, hold_out, weighted
from digitnet.errors import DigitnetError, LearningWarning
from digitnet.model import Model
from digitnet.nn import Array, Diverged, Epoch, Optimizer
from digitnet.report.terminal import open_terminal
from digitnet.text import listed
from digitnet.training.build import build_model, build_network, scaling_of
from digitnet.training.diagnosis import diagnose
from digitnet.training.learning import learn, learn_once
from digitnet.training.parameters import Parameters
from digitnet.training.settings import Settings
from digitnet.training.state import Observer

OF_THE_NETWORK = (
    *("hidden_layer_sizes", "activation", "initializer"),
    *("batch_norm", "dropout", "deskew", "oriented_gradients"),
)
"""Parameters that partial_fit cannot change, because the network is made with them."""


class NotFittedError(DigitnetError, AttributeError):
    """The classifier was asked before it has learned anything."""


class _Fitted:
    """What fit leaves behind; here, because @dataclass would take it for parameters."""

    classes_: NDArray[Any]
    model_: Model
    history_: list[Epoch]
    loss_: float
    n_features_in_: int
    _optimizer: Optimizer | None
    _n_epochs: int


@dataclass(eq=False, repr=False)
class DigitClassifier(Parameters, _Fitted):
    """A multi-layer perceptron that learns classes from images, or any rows of numbers.

    The parameters are the options of a training (docs/options.md), with the same names, ranges and
    defaults, and some as scikit-learn has them: hidden_layer_sizes may be one number;
    random_state stands in place of seed and may be a RandomState or Generator that gives one, or
    None for any; warm_start: whether fit goes on from what was learned before; class_weight: how
    much the classes count, a dictionary or "balanced", see digitnet.data.weights; verbose: whether
    fit prints a line per epoch.
    X is (N, features) or (N, height, width), of numbers on any scale: it is learned (min-max) and
    is the same when predicting, and when going on.

    After fit: classes_ (K,), n_features_in_, model_ (a digitnet.Model, to save), loss_ (the last
    epoch's mean training loss in nats), history_ (a record per epoch).
    """

    _estimator_type = "classifier"
    """What scikit-learn before 1.6 looks at, in place of __sklearn_tags__."""

    def fit(
        self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> "DigitClassifier":
        """Learn from X and the class of each row, y (N,): from the beginning, at each call.

        With warm_start, a further call begins at the parameters that were learned before, with a
        fresh optimizer, the schedule from its start, and other random numbers; history_ goes on.
        The scale of the numbers is that of the first call, as in partial_fit.
        sample_weight: how much each row counts (N,), at least 0; only the proportions matter. A
        row of weight 0 is left out. Losses are weighted too, accuracies in history_ count rows.
        A part of it, validation_fraction, is held out only with early_stopping.
        Raises DigitnetError, which is a ValueError, for data or parameters that cannot be used.
        Warns with LearningWarning if nothing was learned, and says what to try; with InputWarning
        of numbers on scales so unlike that most features are nearly constant on that of all.
        """
        settings, warm = self._settings(), self.warm_start and hasattr(self, "classes_")
        images = self._checked(X) if warm else as_images(X)
        labels = as_labels(y, len(images))
        check_contrast(images)
        classes, indices = np.unique(labels, return_inverse=True)
        if warm and not np.array_equal(classes, self.classes_):
            raise DigitnetError(
                "with warm_start, expected the classes of before, "
                f"{self.classes_.tolist()}, got {classes.tolist()}"
            )
        if warm:
            images = _on_scale_of(self.model_, images)
        else:
            warn_if_narrow(images)
        examples, held_out = _examples(images, indices, classes), None
        examples = weighted(examples, sample_weight, self.class_weight, classes)
        if settings.early_stopping:
            examples, held_out = hold_out(examples, settings.validation_fraction, settings.seed)
        begin, n_before = (self.model_, self._n_epochs) if warm else (None, 0)
        named = class_names(classes)
        with self._shown(settings, len(examples)) as observers:
            learned = learn(
                settings, examples, held_out, named, observers, begin=begin, epochs_before=n_before
            )
        if learned.failure:
            raise _diverged(learned.failure)
        if diagnosis := diagnose(learned, held_out, examples):
            warnings.warn(diagnosis.sentences(), LearningWarning, stacklevel=2)
        self.classes_, self.model_ = classes, learned.model
        self.model_.network = learned.network  # which partial_fit can go on with
        before = self.history_ if warm else []
        self.history_ = before + [
            record._replace(epoch=len(before) + record.epoch) for record in learned.history
        ]
        self.loss_ = self.history_[-1].train_loss
        self._optimizer, self._n_epochs = None, n_before + len(learned.history)
        self._remember_features(X, images)
        return self

    def partial_fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        classes: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> "DigitClassifier":
        """Learn from these rows once, going on from what was learned before.

        classes: all that there will ever be; needed in the first call, unless fit came before.
        sample_weight: as in fit, but their mean matters as well: it multiplies the learning rate,
        which is constant otherwise. The scale of the numbers is that of the first call: 0 to 255
        for uint8, 0 to 1 for floats within that, else from its smallest to its largest; numbers far
        beyond are warned of. The parameters of the network must be those of before.
        Raises as fit does. What was learned before stays if these rows make it diverge, which
        means here that a loss or the parameters are no longer finite.
        """
        settings = self._settings()
        if isinstance(self.class_weight, str) and self.class_weight == "balanced":
            raise DigitnetError(
                "class_weight='balanced' needs all rows at once, for fit: expected a dictionary "
                "for partial_fit"
            )
        known, fitted = self._known_classes(classes), hasattr(self, "classes_")
        images = self._checked(X) if fitted else as_images(X)
        indices, unknown = indices_among(known, as_labels(y, len(images)))
        if unknown:
            raise DigitnetError(f"expected y among {known.tolist()}, got other classes")
        examples = _examples(images, indices, known)
        examples = weighted(examples, sample_weight, self.class_weight, known)
        if fitted:
            self._check_network(settings)
            model, optimizer, n_before = self.model_, self._optimizer, self._n_epochs
        else:
            warn_if_narrow(images)
            model, optimizer, n_before = _new_model(settings, examples, known), None, 0
        examples = replace(examples, images=_on_scale_of(model, examples.images))
        try:
            epoch, optimizer = learn_once(settings, examples, model, optimizer, n_before)
        except Diverged as error:
            raise _diverged(error) from error.with_traceback(None)
        if not fitted:
            self.classes_, self.model_, self.history_ = known, model, []
            self._remember_features(X, images)
        self.loss_, self._optimizer, self._n_epochs = epoch.train_loss, optimizer, n_before + 1
        return self

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """The most probable class of each row: (N,), of the type that y had."""
        probabilities = self.predict_proba(X)
        predictions: NDArray[Any] = self.classes_[probabilities.argmax(axis=1)]
        return predictions

    def predict_proba(self, X: ArrayLike) -> Array:
        """The probability of each class, in the order of classes_: (N, K), rows sum to 1."""
        if not hasattr(self, "classes_"):
            raise NotFittedError(f"this {type(self).__name__} is not fitted yet: call fit first")
        images = self._checked(X)
        if math.prod(images.shape[1:]) < FEWEST_PIXELS:  # hardly images: nothing to compare
            return self.model_.predict_rows(_rescaled(self.model_, images))
        return self.model_.predict_proba(images.reshape(len(images), -1))

    def score(self, X: ArrayLike, y: ArrayLike, sample_weight: Any = None) -> float:
        """Accuracy: the share of rows whose class, of y (N,), is predicted right.

        Classes are compared by name: 7 is "7". Raises DigitnetError if none of them is known.
        """
        predictions = self.predict_proba(X).argmax(axis=1)
        indices, unknown = indices_among(self.classes_, as_labels(y, len(predictions)))
        if len(unknown) and np.all(indices < 0):
            raise DigitnetError(
                f"expected labels among {listed(class_names(self.classes_))}, got none of them, "
                f"but {listed(unknown)}"
            )
        return float(np.average(predictions == indices, weights=sample_weight))

    def __sklearn_tags__(self) -> Any:
        """What scikit-learn wants to know; only scikit-learn calls this."""
        from sklearn.utils import ClassifierTags, InputTags, Tags, TargetTags

        return Tags(
            estimator_type="classifier",
            target_tags=TargetTags(required=True),
            classifier_tags=ClassifierTags(),
            input_tags=InputTags(three_d_array=True),
        )

    @contextmanager
    def _shown(self, settings: Settings, n_examples: int) -> Iterator[tuple[Observer, ...]]:
        """Those who look on while it learns: the terminal, if verbose."""
        if not self.verbose:
            yield ()
            return
        n_steps = math.ceil(n_examples / settings.batch_size)
        with open_terminal(keep_going=True).progress(settings.epochs, n_steps) as observer:
            yield (observer,)

    def _known_classes(self, classes: ArrayLike | None) -> NDArray[Any]:
        """All classes: those known already, which `classes` may repeat, or else `classes`."""
        if classes is None and not hasattr(self, "classes_"):
            raise DigitnetError("expected all classes in the first call of partial_fit, got None")
        if classes is None:
            return self.classes_
        values = np.asarray(classes)
        given = np.unique(as_labels(values, values.size, "classes"))
        if not np.array_equal(given, getattr(self, "classes_", given)):
            raise DigitnetError(
                f"expected the classes of before, {self.classes_.tolist()}, got {given.tolist()}"
            )
        return given

    def _check_network(self, settings: Settings) -> None:
        """Raise DigitnetError if the settings are of another network than the one there is."""
        now = settings.as_dict()
        for name in OF_THE_NETWORK:
            if now[name] != (before := self.model_.config[name]):
                raise DigitnetError(
                    f"partial_fit goes on with the network that there is: expected {name} as "
                    f"before, {before!r}, got {now[name]!r}; fit makes another network"
                )

    def _remember_features(self, X: ArrayLike, images: Pixels) -> None:
        """How many features there are, and their names if they have any."""
        self.n_features_in_ = math.prod(images.shape[1:])
        vars(self).pop("feature_names_in_", None)
        if columns := _columns(X):
            self.feature_names_in_ = np.array(columns, dtype=object)

    def _checked(self, X: ArrayLike) -> Pixels:
        """X as images, of as many numbers as in fit."""
        images = as_images(X)
        n_features = math.prod(images.shape[1:])
        if n_features != self.n_features_in_:
            raise DigitnetError(
                f"X has {n_features} features, but {type(self).__name__} "
                f"is expecting {self.n_features_in_} features as input"
            )
        known, columns = list(getattr(self, "feature_names_in_", ())), _columns(X)
        if known and columns and known != columns:
            raise DigitnetError(
                "The feature names should match those that were passed during fit, in their order: "
                f"expected {known[:3]}…, got {columns[:3]}…"
            )
        return images


def _new_model(settings: Settings, examples: Examples, classes: NDArray[Any]) -> Model:
    """One that has learned nothing, on the scale of all numbers that will come."""
    network = build_network(settings, examples, len(classes))
    scaling = scaling_of(settings, _first_scale(examples.images), examples.image_shape)
    return build_model(settings, network, scaling, examples, class_names(classes))


def _first_scale(images: Pixels) -> MinMax:
    """The scale of all numbers that will come, by the first of them, which may be dark."""
    if images.dtype == np.uint8:
        return MinMax(*BYTE)
    found = MinMax.fit(images)
    return MinMax(*UNIT) if found.minimum >= 0 and found.maximum <= 1 else found


def _on_scale_of(model: Model, images: Pixels) -> Pixels:
    """Images to go on learning from, on the scale of the first; warns of such that go beyond it."""
    rows = _rescaled(model, images)
    low, high = model.scaling.minimum, model.scaling.maximum
    span, least, most = high - low, float(rows.min()), float(rows.max())
    if least < low - span or most > high + span:
        warn(
            f"numbers from {least:g} to {most:g} go far beyond those of the first call, "
            f"{low:g} to {high:g}, whose scale they are given: begin with rows that have the "
            "whole range, or scale all alike before"
        )
    return rows.reshape(images.shape)


def _rescaled(model: Model, images: Pixels) -> Pixels:
    """The rows of images on the scale of a model; a few features may be numbers of any size."""
    rows = images.reshape(len(images), -1)
    taken_as_is = rows.shape[1] < FEWEST_PIXELS and rows.dtype != np.uint8
    return rescaled(rows, "float32" if taken_as_is else model.pixels, model.scaling)


def _columns(X: Any) -> list[str]:
    """The names of the columns if X is a data frame that has such."""
    columns = list(getattr(X, "columns", ()))
    return columns if all(isinstance(name, str) for name in columns) else []


def _examples(images: Pixels, indices: NDArray[np.intp], classes: NDArray[Any]) -> Examples:
    check_count(len(classes))
    return Examples(images, indices.astype(np.uint8))


def _diverged(failure: Diverged) -> DigitnetError:
    return DigitnetError(f"the training {failure}; try a lower learning_rate")
