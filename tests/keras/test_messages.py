"""What Keras 3 takes, refuses and warns of, beside brisknet."""

import functools
import warnings

import numpy as np
import pytest

import brisknet
from brisknet.arguments.older import INSTEAD
from oracle import keras

BOTH = pytest.mark.parametrize("k", [keras, brisknet], ids=["keras", "brisknet"])
X, Y = np.zeros((4, 3), np.float32), np.zeros((4, 1), np.float32)


def place_of(k, owner):
    places = (k.layers, k.optimizers, k.regularizers, k.callbacks, k.utils, k.models, k.Sequential)
    return next(getattr(place, owner) for place in places if hasattr(place, owner))


NEEDED = {
    "Dense": (3,),
    "Dropout": (0.5,),
    "AlphaDropout": (0.5,),
    "GaussianDropout": (0.5,),
    "GaussianNoise": (0.5,),
    "Embedding": (3, 2),
    "Optimizer": (0.1,),
    "ModelCheckpoint": ("a.keras",),
    "Input": ((3,),),
    "to_categorical": ([1],),
    "load_model": ("nowhere.keras",),
}


@BOTH
@pytest.mark.parametrize(
    ("owner", "name"), [(owner, name) for owner, names in INSTEAD.items() for name in names]
)
def test_older_names_are_refused_by_both(k, owner, name, tmp_path):
    call = place_of(k, owner)
    if owner in ("fit", "evaluate", "predict", "compile", "save"):
        model = k.Sequential([k.Input((3,)), k.layers.Dense(1)])
        model.compile("sgd", "mse")
        call = getattr(model, owner)
    needed = NEEDED.get(owner, ())
    if owner in ("fit", "evaluate"):
        needed = X, Y
    if owner in ("predict", "save"):
        needed = (X if owner == "predict" else tmp_path / "m.keras",)
    with pytest.raises((TypeError, ValueError), match=rf"{name}"):
        call(*needed, **{name: 1})


@BOTH
@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda k: k.layers.LeakyReLU(alpha=0.1), "alpha"),
        (lambda k: k.layers.Embedding(3, 2, input_length=4), "input_length"),
        (lambda k: k.layers.InputLayer(input_shape=(3,)), "input_shape"),
        (lambda k: k.optimizers.SGD(decay=1e-3), "decay"),
        (lambda k: k.optimizers.Adam(decay=0.0), "decay"),
    ],
)
def test_deprecated_arguments_are_taken_with_a_warning(k, make, name):
    with pytest.warns(UserWarning, match=rf"(?i)(`{name}`|\] {name} is deprecated)"):
        make(k)


@BOTH
def test_arguments_that_are_taken_in_silence(k):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert k.layers.InputLayer(batch_input_shape=(None, 3)).batch_shape == (None, 3)
        k.optimizers.Adam(decay=None)


def absolute(y_true, y_pred):
    return abs(y_true - y_pred)


class CallableObject:
    def __call__(self, y_true, y_pred):
        return abs(y_true - y_pred)

    def method(self, y_true, y_pred):
        return abs(y_true - y_pred)


class Named(CallableObject):
    __name__ = "WithAName"


class WithName(CallableObject):
    name = "its own"


def first(y_true, y_pred):
    return abs(y_true - y_pred)


first.__name__ = "CamelCase"
FIRST, SECOND = (lambda y_true, y_pred: abs(y_true - y_pred) for _ in range(2))
METRICS = {
    "lambda": lambda k: [FIRST],
    "two lambdas": lambda k: [FIRST, SECOND],
    "partial": lambda k: [functools.partial(absolute)],
    "two partials": lambda k: [functools.partial(absolute), functools.partial(absolute)],
    "partial of partial": lambda k: [functools.partial(functools.partial(absolute))],
    "object": lambda k: [CallableObject()],
    "two objects": lambda k: [CallableObject(), CallableObject()],
    "object with __name__": lambda k: [Named()],
    "object with name": lambda k: [WithName()],
    "method": lambda k: [CallableObject().method],
    "function twice": lambda k: [absolute, absolute],
    "CamelCase": lambda k: [first],
    "function and lambda": lambda k: [absolute, FIRST],
    "name twice": lambda k: ["mae", "mae"],
    "name and function": lambda k: ["mae", k.losses.mean_absolute_error],
    "loss": lambda k: [k.losses.MeanAbsoluteError()],
    "accuracies": lambda k: ["accuracy", "acc"],
    "wrapper": lambda k: [k.metrics.MeanMetricWrapper(FIRST)],
    "named wrapper": lambda k: [k.metrics.MeanMetricWrapper(FIRST, name="wrapped")],
    "classes": lambda k: [k.metrics.AUC, k.metrics.AUC],
    "dict": lambda k: {"out": [FIRST]},
}


@pytest.mark.parametrize(
    ("which", "kind"),
    [*((which, "metrics") for which in METRICS), ("two lambdas", "weighted_metrics")],
)
def test_metrics_have_keras_names_in_the_logs(which, kind):
    names = []
    for k in (keras, brisknet):
        k.utils.clear_session()
        layer = k.layers.Dense(1, activation="sigmoid", name="out")
        model = k.Sequential([k.Input((3,)), layer])
        model.compile("sgd", "mse", run_eagerly=True, **{kind: METRICS[which](k)})
        names.append(list(model.test_on_batch(X, Y, return_dict=True)))
    assert names[0] == names[1]


def test_frozen_models_train_what_keras_trains():
    def states(k):
        inner = k.Sequential([k.Input((3,)), k.layers.Dense(4), k.layers.BatchNormalization()])
        model = k.Sequential([k.Input((3,)), inner, k.layers.Dense(2), k.layers.Dense(1)])
        first, last = inner.layers[0], model.layers[-1]
        for changed, value in [
            (model, False), (last, True), (inner, True), (model, True), (inner, False),
            (first, True), (last, False), (first.kernel, False), (model, False),
            (first.kernel, True), (model, True),
        ]:  # fmt: skip
            changed.trainable = value
            for part in (model, inner, first, last):
                yield len(part.trainable_variables), len(part.non_trainable_weights)
            yield [v.trainable for v in model.variables]

    assert list(states(brisknet)) == list(states(keras))


ONE = np.ones((2, 1), np.float32)
NONSENSE = {
    "softmax": (UserWarning, lambda k: k.activations.softmax(ONE)),
    "softmax of another axis": (UserWarning, lambda k: k.activations.softmax(ONE.T, axis=0)),
    "Dense": (
        UserWarning,
        lambda k: k.Sequential([k.Input((3,)), k.layers.Dense(1, activation="softmax")])(X),
    ),
    "Activation": (
        UserWarning,
        lambda k: k.Sequential([k.Input((1,)), k.layers.Activation("softmax")])(ONE),
    ),
    "Softmax": (UserWarning, lambda k: k.Sequential([k.Input((1,)), k.layers.Softmax()])(ONE)),
    "categorical_crossentropy": (
        SyntaxWarning,
        lambda k: k.losses.categorical_crossentropy(ONE, ONE),
    ),
    "CategoricalCrossentropy": (
        SyntaxWarning,
        lambda k: k.losses.CategoricalCrossentropy()(ONE, ONE),
    ),
    "its metric": (SyntaxWarning, lambda k: k.metrics.CategoricalCrossentropy()(ONE, ONE)),
    "categorical_focal_crossentropy": (
        SyntaxWarning,
        lambda k: k.losses.categorical_focal_crossentropy(ONE, ONE),
    ),
    "R2Score": (UserWarning, lambda k: k.metrics.R2Score(num_regressors=5)(ONE, ONE * 2)),
}
SENSE = {
    "softmax": lambda k: k.activations.softmax(ONE.T),
    "Softmax": lambda k: k.Sequential([k.Input((2, 1)), k.layers.Softmax(axis=1)])(ONE[None]),
    "Dense": lambda k: k.Sequential([k.Input((3,)), k.layers.Dense(1, activation="sigmoid")])(X),
    "binary_crossentropy": lambda k: k.losses.binary_crossentropy(ONE, ONE),
    "categorical_crossentropy": lambda k: k.losses.categorical_crossentropy(ONE.T, ONE.T),
}


@BOTH
@pytest.mark.parametrize("which", NONSENSE)
def test_silent_nonsense_is_warned_of(k, which):
    category, call = NONSENSE[which]
    with pytest.warns(category) as warned:
        call(k)
    if k is brisknet:
        assert {warning.filename for warning in warned} == {__file__}


@BOTH
@pytest.mark.parametrize("which", SENSE)
def test_sense_is_not_warned_of(k, which):
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        warnings.simplefilter("error", SyntaxWarning)
        SENSE[which](k)
