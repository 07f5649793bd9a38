"""What is said of usual mistakes: the argument, what was expected, the likely repair."""

import re

import numpy as np
import pytest

import brisknet as bn
from brisknet import callbacks, layers, losses

rng = np.random.default_rng(2)
X, Y = rng.normal(size=(20, 4)).astype("f4"), rng.normal(size=(20, 1)).astype("f4")
LABELS = np.arange(20) % 3


def model(units=1, activation=None, loss="mse", **kwargs):
    made = bn.Sequential([bn.Input((4,)), layers.Dense(units, activation=activation, name="out")])
    made.compile("sgd", loss, **kwargs)
    return made


def classes(units):
    return model(units, "sigmoid" if units == 1 else "softmax", "sparse_categorical_crossentropy")


def monitored(name, **kwargs):
    return {"validation_data": (X, Y), "callbacks": [callbacks.EarlyStopping(name, **kwargs)]}


UNREDUCED = losses.MeanSquaredError(reduction="none")
ZEROS = np.zeros(20)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        # compile
        (lambda: model(loss={"a": "mse", "b": "mae"}), ValueError, "[compile] expected one loss, "
         "as the model has one output, got 2: a, b"),
        (lambda: model(loss=["mse", "mae"]), ValueError, "[compile] expected one loss"),
        (lambda: model(loss=[]), ValueError, "[compile] expected one loss"),
        (lambda: model(metrics={"a": "mse", "b": "mae"}), ValueError, "[compile] expected metrics "
         "of one output, as the model has one, got those of 2: a, b"),
        (lambda: model().compile(bn.optimizers.adam), ValueError, "got the module brisknet.opt"),
        # fit
        (lambda: model(loss=UNREDUCED).fit(X, Y), ValueError, "[fit] expected a loss of one value "
         "for training, but 'mean_squared_error' has reduction='none', which gives one for each r"),
        (lambda: model(loss=UNREDUCED).train_on_batch(X, Y), ValueError, "leave the reduction out"),
        (lambda: model().fit(X, Y, validation_data=(X, Y, ZEROS)), ValueError, "[fit validation_da"
         "ta] expected sample_weight or class_weight that gives some sample a weight above 0"),
        (lambda: model().fit(X, Y, sample_weight=ZEROS), ValueError, "by which every loss is 0"),
        (lambda: model().fit(X, Y, class_weight={-1: 0, 0: 0, 1: 0, -2: 0, 2: 0}), ValueError,
         "class_weight that gives some sample a weight above 0"),
        (lambda: model().fit(X, Y, steps_per_epoch=31.25), ValueError, "[fit] expected steps_per_e"
         "poch: a whole number, got 31.25: pass 31 or 32"),
        (lambda: model().fit(X, Y, validation_data=(X, Y), validation_steps=0.5), ValueError,
         "[fit validation_data] expected validation_steps: a whole number, got 0.5: pass 0 or 1"),
        (lambda: model().fit(X, Y, epochs=2.0), ValueError, "got 2.0: pass 2"),
        (lambda: model().fit((X, Y)), ValueError, "pass fit(x, y), without a tuple around them"),
        (lambda: model().fit(X, Y.astype(str)), TypeError, "text must be made numbers first"),
        (lambda: model().fit(X, Y, callbacks=[callbacks.EarlyStopping]), TypeError,
         "expected Callback objects, got the class EarlyStopping"),
        # labels
        (lambda: classes(1).fit(X, LABELS), ValueError, "[fit] expected y: class numbers from 0 to"
         " 0, got 0 to 2: the last layer has 1 unit; 3 classes need 3, and numbers from 0"),
        (lambda: classes(1).fit(X, LABELS % 2), ValueError, "or binary_crossentropy and a sigmoid"),
        (lambda: classes(2).fit(X, LABELS), ValueError, "the last layer has 2 units; 3 classes"),
        (lambda: classes(3).fit(X, LABELS + 1), ValueError, "got 1 to 3: numbers begin with 0, so "
         "subtract 1"),
        (lambda: classes(3).fit(X, LABELS - 1), ValueError, "got -1 to 1: numbers begin with 0"),
        (lambda: classes(2).evaluate(X, LABELS), ValueError, "3 classes need 3"),
        (lambda: classes(2).train_on_batch(X, LABELS), ValueError, "3 classes need 3"),
        (lambda: classes(2).fit(X, LABELS % 2, validation_data=(X, LABELS)), ValueError,
         "[fit validation_data] expected y: class numbers from 0 to 1, got 0 to 2: the last layer"),
        (lambda: classes(3).fit(X, np.eye(3)[LABELS]), ValueError, "use categorical_crossentropy"),
        # layers and models
        (lambda: layers.Dense(3)(bn.Input((4,))), TypeError, "got InputLayer: layers are not calle"
         "d on one another in this version of brisknet; use Sequential(["),
        (lambda: layers.Dense(3)(layers.Dense(4)), TypeError, "got Dense: layers are not called"),
        (lambda: bn.Sequential([layers.Dense(3)])(bn.Input((4,))), TypeError, "use Sequential(["),
        (lambda: layers.Dense(3, activation=layers.ReLU), ValueError, "[activations.get] expected "
         "activation: a name, a function or a layer object, got the class ReLU: pass ReLU()"),
        (lambda: layers.Activation(layers.LeakyReLU), ValueError, "pass LeakyReLU()"),
        (lambda: bn.Sequential([layers.Dense]), TypeError, "got the class Dense: pass Dense(…)"),
        (lambda: bn.Sequential([[layers.Dense(3)]]), TypeError, "give the layers one by one, or"),
        (lambda: bn.Sequential(layers.Dense(3)), TypeError, "put brackets around the layers"),
        # callbacks
        (lambda: model().fit(X, Y, **monitored("val_los")), ValueError, "[EarlyStopping] there is "
         "no metric 'val_los'; did you mean 'val_loss'? The metrics are loss, val_loss"),
        (lambda: model(metrics=["accuracy"]).fit(X, Y, **monitored("val_acc")), ValueError,
         "did you mean 'val_accuracy'?"),
    ],
)  # fmt: skip
def test_a_mistake(call, error, message, capsys):
    with pytest.raises(error, match=f".*{re.escape(message)}") as raised:
        call()
    assert len(str(raised.value)) < 250
    capsys.readouterr()


def test_the_same_layer_twice():
    layer = layers.Dense(4)
    with pytest.raises(ValueError, match=r"is in the model already.*make another Dense"):
        bn.Sequential([bn.Input((4,)), layer, layer])
    with pytest.raises(ValueError, match=r"two named 'a': give one of them another name"):
        bn.Sequential([layers.Dense(1, name="a"), layers.Dense(1, name="a")])


def test_a_sparse_matrix():
    sparse = pytest.importorskip("scipy.sparse")
    with pytest.raises(TypeError, match=r"got a sparse matrix .*pass its toarray\(\), or give it"):
        layers.Dense(3)(sparse.csr_matrix(X))


@pytest.mark.parametrize("mode", ["min", "max"])
def test_a_metric_that_is_missing_is_guessed(mode):
    with pytest.warns(UserWarning, match="'val_los'; did you mean 'val_loss'"):
        model().fit(X, Y, verbose=0, **monitored("val_los", mode=mode))
    plateau = callbacks.ReduceLROnPlateau("val_los", mode=mode)
    with pytest.warns(UserWarning, match="there is no metric 'val_los'; did you mean 'val_loss'"):
        model().fit(X, Y, verbose=0, validation_data=(X, Y), callbacks=[plateau])
    with pytest.warns(UserWarning, match="as fit has no validation data: the metrics"):
        model().fit(X, Y, verbose=0, callbacks=[callbacks.EarlyStopping("val_loss", mode=mode)])


@pytest.mark.parametrize("given", [{"out": "mse"}, ["mse"], {"out": losses.MeanSquaredError()}])
def test_the_loss_of_the_one_output(given):
    made = model(loss=given)
    made.set_weights(w := model().get_weights())
    plain = model()
    plain.set_weights(w)
    assert made.evaluate(X, Y, verbose=0) == plain.evaluate(X, Y, verbose=0)
    assert made.get_compile_config()["loss"] is not None
    again = bn.models.clone_model(made)
    again.compile_from_config(made.get_compile_config())
    again.set_weights(w)
    assert again.evaluate(X, Y, verbose=0) == plain.evaluate(X, Y, verbose=0)


def test_a_loss_that_is_not_reduced_is_measured_by_its_mean():
    made, plain = model(loss=UNREDUCED), model()
    plain.set_weights(made.get_weights())
    weight = rng.uniform(0.5, 2, 20)
    for arguments in ({}, {"sample_weight": weight}):
        expected = plain.evaluate(X, Y, verbose=0, **arguments)
        assert made.evaluate(X, Y, verbose=0, **arguments) == pytest.approx(expected, rel=1e-6)
        assert made.test_on_batch(X, Y, **arguments) == pytest.approx(expected, rel=1e-6)


def test_nothing_has_changed_after_a_mistake():
    made = model()
    before = made.get_weights()
    for call in (
        lambda: made.fit(X, Y, steps_per_epoch=1.5),
        lambda: made.fit(X, Y, sample_weight=ZEROS),
        lambda: made.compile("sgd", ["mse", "mae"]),
    ):
        with pytest.raises(ValueError, match="expected"):
            call()
    assert made.loss == "mse"
    for a, b in zip(before, made.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_weights_in_two_places_are_not_trained_wrongly():
    shared = layers.Dense(4, name="shared")
    inner = bn.Sequential([bn.Input((4,)), shared])
    made = bn.Sequential([bn.Input((4,)), inner, bn.Sequential([bn.Input((4,)), shared])])
    made.compile("sgd", "mse")
    before = made.get_weights()
    for call in (made.fit, made.train_on_batch):
        with pytest.raises(ValueError, match="in the layers 'shared' and 'shared': make another"):
            call(X, X)
    np.testing.assert_array_equal(before[0], made.get_weights()[0])
    made.evaluate(X, X, verbose=0)
    shared.trainable = False  # then it may be used twice
    made.add(layers.Dense(1))
    made.compile("sgd", "mse")
    made.fit(X, Y, verbose=0)


class Twice(layers.Layer):
    """Runs one layer twice, whose backward would assign the gradient of one run alone."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.dense = layers.Dense(4, activation="tanh", name="inner")

    def forward(self, x):
        y, back_1 = self.dense.run(x)
        z, back_2 = self.dense.run(y)
        return z, lambda dz: back_1(back_2(dz))


@pytest.mark.parametrize("nested", [False, True])
def test_a_layer_that_runs_twice_is_not_trained_wrongly(nested):
    twice = Twice()
    made = bn.Sequential([bn.Input((4,)), bn.Sequential([twice]) if nested else twice])
    made.compile("sgd", "mse")
    before = made.get_weights()
    for call in (made.fit, made.train_on_batch):
        with pytest.raises(ValueError, match="runs 'inner' twice in one forward pass"):
            call(X, X)
    np.testing.assert_array_equal(before[0], made.get_weights()[0])
    assert "run" not in vars(twice.dense)
    made.evaluate(X, X, verbose=0)
    twice.dense.trainable = False
    made.add(layers.Dense(1))
    made.compile("sgd", "mse")
    made.fit(X, Y, verbose=0)
