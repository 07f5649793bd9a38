"""What classes of the user's define: what is called works, the rest is refused at once."""

import numpy as np
import pytest

import brisknet as bk
from brisknet import layers, losses, metrics, optimizers, regularizers

X = np.random.default_rng(0).standard_normal((32, 4)).astype(np.float32)
Y = X[:, :1].copy()


@pytest.mark.parametrize(
    ("base", "name", "instead"),
    [
        (bk.Sequential, "train_step", "train_on_batch"),
        (bk.Sequential, "test_step", "a custom metric"),
        (bk.Sequential, "predict_step", "define forward"),
        (bk.Sequential, "compute_loss", "a custom loss"),
        (bk.Sequential, "compute_metrics", "a custom metric"),
        (bk.Sequential, "make_train_function", "train_on_batch"),
        (bk.Sequential, "compute_mask", "leave it out"),
        (bk.Sequential, "__call__", "define forward"),
        (layers.Layer, "save_assets", "leave it out"),
        (layers.Layer, "compute_output_spec", "compute_output_shape"),
        (layers.Layer, "add_loss", "activity_regularizer"),
        (layers.Dense, "compute_mask", "leave it out"),
        (layers.Dense, "quantize", "leave it out"),
        (losses.Loss, "__call__", r"define call\(y_true, y_pred\)"),
        (losses.MeanSquaredError, "__call__", r"define call\(y_true, y_pred\)"),
        (metrics.Metric, "stateless_result", "leave it out"),
        (optimizers.Optimizer, "update_step", r"define slots\(\) and update\(w, g, state\)"),
        (optimizers.Adam, "update_step", r"define slots\(\) and update\(w, g, state\)"),
        (optimizers.SGD, "save_own_variables", r"slots\(\)"),
        (regularizers.Regularizer, "__call__", "define value_and_gradient"),
        (regularizers.L2, "__call__", "define value_and_gradient"),
    ],
)
def test_what_is_never_called_is_refused(base, name, instead):
    message = rf"\[Mine\] defines {name}, which brisknet does not call: .*{instead}"
    with pytest.raises(TypeError, match=message):
        type("Mine", (base,), {name: lambda self, *args, **kwargs: None, "__module__": "mine"})


@pytest.mark.parametrize("name", ["input_spec", "supports_masking", "output"])
def test_what_has_no_effect_may_be_defined(name):
    type("Mine", (layers.Dense,), {name: True, "__module__": "mine"})


@pytest.mark.parametrize(
    ("thing", "name"),
    [
        (optimizers.SGD(), "stateless_apply"),
        (metrics.Mean(), "stateless_update_state"),
        (bk.Sequential(), "train_step"),
    ],
)
def test_getting_them_says_so(thing, name):
    assert not hasattr(thing, name)
    with pytest.raises(AttributeError, match=f"{name} is not supported by this version"):
        getattr(thing, name)


# --- what works


@pytest.mark.parametrize(
    "base",
    [
        losses.MeanSquaredError,
        losses.MeanAbsoluteError,
        losses.Huber,
        losses.BinaryCrossentropy,
        losses.CategoricalCrossentropy,
        losses.Dice,
    ],
)
def test_a_loss_may_extend_another(base):
    class Thrice(base):
        def call(self, y_true, y_pred):
            value, gradient = super().call(y_true, y_pred)
            return 3 * value, 3 * gradient

    rng = np.random.default_rng(0)
    p = rng.uniform(0.1, 0.9, (6, 3)).astype(np.float32)
    t = np.eye(3, dtype=np.float32)[rng.integers(0, 3, 6)]
    w = rng.uniform(0, 1, 6).astype(np.float32)
    one, gradient = base().value_and_gradient(t, p)
    three, thrice = Thrice().value_and_gradient(t, p)
    assert three == pytest.approx(3 * one, rel=1e-6)
    np.testing.assert_allclose(thrice, 3 * gradient, rtol=1e-6)
    if base is not losses.Dice:  # it has one row
        assert Thrice()(t, p, w) == pytest.approx(3 * base()(t, p, w), rel=1e-6)


class Table(layers.Layer):
    """A layer whose files have what is no weight."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.dense = layers.Dense(units, name="inner")
        self.units = units
        self.table = None

    def build(self, input_shape):
        self.table = np.zeros(3, np.int64)
        self.scale = self.add_weight((), "ones", name="scale", trainable=False)

    def compute_output_shape(self, input_shape):
        return (None, self.units)

    def forward(self, x, training=False):
        y, back = self.dense.run(x, training)
        return y * self.scale.value, lambda dy: back(dy * self.scale.value)

    def save_own_variables(self, store):
        super().save_own_variables(store)
        store["table"] = self.table

    def load_own_variables(self, store):
        self.scale.assign(store["0"])
        if store["table"][0] < 0:
            raise ValueError("a negative table")
        self.table = np.array(store["table"])


def table_model(start=5):
    model = bk.Sequential([bk.Input((4,)), Table(2, name="table")])
    model.compile("adam", "mse")
    model.layers[0].table[:] = start
    model.layers[0].scale.assign(start)
    return model


@pytest.mark.parametrize("name", ["m.safetensors", "m.keras"])
def test_own_variables_in_files(name, tmp_path):
    if name.endswith("keras"):
        pytest.importorskip("h5py")
    model = table_model()
    model.save(tmp_path / name)
    loaded = bk.models.load_model(tmp_path / name, {"Table": Table})
    layer = loaded.layers[0]
    assert layer.table.tolist() == [5, 5, 5]
    assert layer.table.dtype == np.int64
    assert layer.scale.value == 5
    np.testing.assert_array_equal(loaded.predict(X, verbose=0), model.predict(X, verbose=0))
    fresh = table_model(1)
    fresh.load_weights(tmp_path / name)
    assert fresh.layers[0].table.tolist() == [5, 5, 5]


@pytest.mark.parametrize("name", ["m.safetensors", "m.weights.h5"])
def test_own_variables_that_do_not_load_change_nothing(name, tmp_path):
    if name.endswith("h5"):
        pytest.importorskip("h5py")
    table_model(-1).save_weights(tmp_path / name)
    model = table_model()
    before = model.get_weights()
    with pytest.raises(ValueError, match="a negative table"):
        model.load_weights(tmp_path / name)
    assert all(map(np.array_equal, before, model.get_weights()))
    assert model.layers[0].table.tolist() == [5, 5, 5]
    with pytest.warns(UserWarning, match="'layers/table' is left as it is: a negative table"):
        model.load_weights(tmp_path / name, skip_mismatch=True)
    assert model.layers[0].scale.value == 5


@pytest.mark.parametrize("value", [np.ones(2), "a", [None], np.ones(2, np.complex64)])
def test_own_variables_of_other_types_are_refused(value, tmp_path):
    class Odd(Table):
        def save_own_variables(self, store):
            store["odd"] = value

    model = bk.Sequential([bk.Input((4,)), Odd(2)])
    with pytest.raises(ValueError, match="expected save_own_variables to store float32 arrays"):
        model.save_weights(tmp_path / "m.safetensors")
    assert not list(tmp_path.iterdir())


class Configured(layers.Layer):
    """A layer that is built from a configuration of its own."""

    def forward(self, x):
        return x, lambda dy: dy

    def build(self, input_shape):
        self.w = self.add_weight((self.size,), "zeros", name="w", trainable=False)

    size = 1

    def get_build_config(self):
        return {"size": self.size}

    def build_from_config(self, config):
        self.size = config["size"]
        self.build(None)


def test_a_build_config_of_ones_own(tmp_path):
    layer = Configured()
    layer.size = 3
    model = bk.Sequential([layer])
    model.build((None, 4))
    model.save(tmp_path / "m.safetensors")
    loaded = bk.models.load_model(tmp_path / "m.safetensors", {"Configured": Configured})
    assert loaded.layers[0].w.shape == (3,)


def test_metrics_results_of_ones_own():
    class Mine(bk.Sequential):
        def get_metrics_result(self):
            return {**super().get_metrics_result(), "mine": 2.0}

    model = Mine([bk.Input((4,)), layers.Dense(1)])
    model.compile("sgd", "mse")
    assert model.fit(X, Y, epochs=2, verbose=0).history["mine"] == [2, 2]
    assert model.evaluate(X, Y, verbose=0, return_dict=True)["mine"] == 2
    assert model.train_on_batch(X, Y, return_dict=True)["mine"] == 2


def test_metrics_of_ones_own():
    class Mine(bk.Sequential):
        def __init__(self, parts):
            super().__init__(parts)
            self.hits = metrics.Sum(name="hits")

        @property
        def metrics(self):
            return [*super().metrics[:1], self.hits]

        def forward(self, x, training=False, input_gradient=True):
            self.hits.update_state(float(len(x)))
            return super().forward(x, training, input_gradient)

    model = Mine([bk.Input((4,)), layers.Dense(1)])
    model.compile("sgd", "mse", metrics=["mae"])
    history = model.fit(X, Y, epochs=2, verbose=0).history
    assert history["hits"] == [32, 32]
    assert set(history) == {"loss", "hits"}
