"""Losses along other axes, one loss for a whole batch, functions and configurations as losses."""

import numpy as np
import pytest

import brisknet
import reference
from brisknet import losses, metrics
from brisknet.losses.as_loss import as_loss
from brisknet.losses.function_loss import CLASS_OF
from reference import assert_within, central_differences

RNG = np.random.default_rng(0)
T = RNG.integers(0, 2, (4, 3, 2)).astype(np.float32)
P = RNG.uniform(0.1, 0.9, T.shape).astype(np.float32)


def dice(x, t, axis):
    return 1 - 2 * (x * t).sum(axis) / (x.sum(axis) + t.sum(axis) + 1e-7)


def bce(x, t, axis):
    return -(t * np.log(x) + (1 - t) * np.log1p(-x)).mean(axis)


def cosine(x, t, axis):
    return -(x * t).sum(axis) / np.sqrt((x * x).sum(axis) * (t * t).sum(axis))


def classes(x, t, axis):
    return np.moveaxis(
        reference.cross_entropy(np.moveaxis(x, axis, -1), np.moveaxis(t, axis, -1)), -1, -1
    )


CASES = [
    *(("Dice", dice, axis) for axis in (None, 0, 1, -1, (1, 2), [0, 2], (0, 1, 2))),
    *(("Tversky", dice, axis) for axis in (None, 1, (1, 2))),  # equal where alpha = beta = 1 / 2
    *(("BinaryCrossentropy", bce, axis) for axis in (0, 1, [1, 2])),
    *(("CosineSimilarity", cosine, axis) for axis in (1, 2)),
    ("CategoricalCrossentropy", classes, 1),
]


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(("name", "rows", "axis"), CASES)
def test_rows_along_an_axis(name, rows, axis, weighted):
    along = tuple(axis) if isinstance(axis, list) else axis
    t = T + 0.5 if name == "CosineSimilarity" else T  # no vector of length 0
    expected = rows(P.astype(np.float64), t, along)
    loss = getattr(losses, name)
    assert_within(loss(axis=axis, reduction=None)(t, P), expected, 1e-5)

    w = np.float32([1, 0, 2, 0.5])
    if expected.ndim:
        w = w[: len(expected)].reshape(-1, *[1] * (expected.ndim - 1))
    for reduction in ("sum", "mean", "mean_with_sample_weight"):
        weight = w.astype(np.float64) if weighted else 1.0

        def total(x, weight=weight, reduction=reduction):
            values = rows(x, t, along) * weight
            spread = np.broadcast_to(weight, values.shape).sum()
            return values.sum() / {"sum": 1, "mean": values.size}.get(reduction, spread)

        given = w if weighted else None
        value, gradient = loss(axis=axis, reduction=reduction).value_and_gradient(t, P, given)
        assert abs(value - total(P.astype(np.float64))) < 1e-5
        assert gradient.shape == P.shape
        assert_within(gradient, central_differences(total, P.astype(np.float64)), 1e-5)


@pytest.mark.parametrize("axis", [3, -4, (0, 0)])
def test_an_axis_that_there_is_not(axis):
    with pytest.raises(ValueError, match="expected different axes from 0 to 2"):
        losses.Dice(axis=axis)(T, P)
    with pytest.raises(TypeError, match="expected axis: an integer or a list of them, got 'last'"):
        losses.Dice(axis="last")


def test_focal_weights_fit_the_classes():
    with pytest.raises(ValueError, match="alpha: a number or one for each of 2 classes, got shape"):
        losses.CategoricalFocalCrossentropy(alpha=[1, 2, 3])(T, P)


def test_generalized_crossentropy_checks_classes():
    loss = losses.CategoricalGeneralizedCrossEntropy()
    with pytest.raises(ValueError, match="expected y_true: class numbers from 0 to 1, got 0 to 2"):
        loss([0, 2], [[0.5, 0.5], [0.5, 0.5]])
    model = brisknet.Sequential([brisknet.layers.Dense(2, activation="softmax")])
    model.compile("sgd", loss)
    with pytest.raises(ValueError, match=r"\[fit\] expected y: class numbers from 0 to 1"):
        model.fit(np.ones((64, 3)), np.arange(64) // 40 * 2, verbose=0)
    assert np.isfinite(loss.value_and_gradient([0], np.float32([[0, 1]]))[1]).all()


@pytest.mark.parametrize("name", CLASS_OF, ids=lambda f: f.__name__)
def test_functions_train(name):
    """A function, its name, its class's name and an object of the class train alike."""
    cls = CLASS_OF[name]
    y = T[:, 0, 0].astype(np.int64) if "ategorical" in cls.__name__ else T[:, 0, :1]
    if cls.__name__.startswith("Categorical") and "Generalized" not in cls.__name__:
        y = np.eye(2)[y]
    weights = []
    for loss in (name, name.__name__, cls.__name__, cls()):
        outputs = 2 if "ategorical" in cls.__name__ else 1
        model = brisknet.Sequential([brisknet.Input((6,)), brisknet.layers.Dense(outputs)])
        model.add(brisknet.layers.Activation("softmax" if outputs == 2 else "sigmoid"))
        model.set_weights([np.linspace(-1, 1, 6 * outputs).reshape(6, -1), np.zeros(outputs)])
        model.compile("sgd", loss)
        model.fit(P.reshape(4, 6), y, epochs=2, shuffle=False, verbose=0)
        weights.append(b"".join(w.tobytes() for w in model.get_weights()))
    assert len(set(weights)) == 1
    assert len(weights) == 4


def test_crossentropy_by_shapes():
    loss = as_loss("ce")
    for shape, p, cls in [
        ((4, 1), P[:, 0, :1], losses.BinaryCrossentropy),
        ((4,), P[:, 0], losses.SparseCategoricalCrossentropy),
        ((4, 1), P[:, 0], losses.SparseCategoricalCrossentropy),
        ((4, 2), P[:, 0], losses.CategoricalCrossentropy),
    ]:
        y = np.zeros(shape)
        assert loss(y, p) == cls()(y, p)
        value, gradient = loss.value_and_gradient(y, np.ascontiguousarray(p))
        expected = cls().value_and_gradient(y, np.ascontiguousarray(p))
        assert value == expected[0]
        assert gradient.tobytes() == expected[1].tobytes()
    model = brisknet.Sequential([brisknet.layers.Dense(2, activation="softmax")])
    model.compile("sgd", "crossentropy")
    with pytest.raises(ValueError, match=r"\[fit\] expected y: class numbers from 0 to 1"):
        model.fit(np.ones((64, 3)), np.arange(64) // 40 * 2, verbose=0)


class Scaled(losses.Loss):
    def __init__(self, factor=1.0, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor

    def call(self, y_true, y_pred):
        return self.factor * y_pred[..., 0], np.full_like(y_pred, self.factor)


def test_configurations():
    config = losses.Huber(0.25, name="h").get_config()
    assert config == {"delta": 0.25, "reduction": "sum_over_batch_size", "name": "h"}
    assert losses.Huber.from_config(config).get_config() == config
    assert losses.get({"class_name": "Huber", "config": {"delta": 0.25}}).delta == 0.25
    own = Scaled(2.0, reduction="sum")
    config = losses.serialize(own)
    assert config["config"] == {"factor": 2.0, "name": own.name, "reduction": "sum"}
    with pytest.raises(ValueError, match="register it or pass it in custom_objects"):
        losses.deserialize(config)
    again = losses.deserialize(config, {"Scaled": Scaled})
    assert again.factor == 2
    assert again.dtype == "float32"
    assert losses.deserialize("mse") is losses.mean_squared_error
    assert losses.get(losses.serialize(losses.mean_squared_error)) is losses.mean_squared_error
    with pytest.raises(ValueError, match="expected loss: a configuration"):
        losses.deserialize({"module": "keras.layers", "class_name": "ReLU", "config": {}})


class Hidden(losses.Loss):
    """As one writes it for Keras: get_config adds to the base class's."""

    def __init__(self, factor=1.0, name="hidden", reduction="sum"):
        super().__init__(name, reduction)
        self._factor = factor

    def get_config(self):
        return {**super().get_config(), "factor": self._factor}


def test_a_config_of_ones_own():
    config = Hidden(3.0).get_config()
    assert config == {"name": "hidden", "reduction": "sum", "factor": 3.0}
    assert Hidden.from_config(config).get_config() == config


@pytest.mark.parametrize("axis", [1, [1, 2], -2])
@pytest.mark.parametrize("name", ["CategoricalCrossentropy", "CategoricalFocalCrossentropy"])
@pytest.mark.parametrize("from_logits", [False, True])
def test_label_smoothing_along_another_axis(name, axis, from_logits):
    rng = np.random.default_rng(0)
    t = rng.dirichlet([1, 1, 1, 1], (2, 3)).astype(np.float32)
    p = rng.dirichlet([1, 1, 1, 1], (2, 3)).astype(np.float32)
    cls = getattr(losses, name)
    loss = cls(from_logits=from_logits, label_smoothing=0.3, axis=axis)
    # As in Keras: smoothed by the last axis's length, 4.
    by_hand = cls(from_logits=from_logits, axis=axis)
    smoothed = t * np.float32(0.7) + np.float32(0.3) / np.float32(4)
    value, gradient = loss.value_and_gradient(t, p)
    expected, expected_gradient = by_hand.value_and_gradient(smoothed, p)
    assert value == expected
    np.testing.assert_array_equal(gradient, expected_gradient)
    if name == "CategoricalCrossentropy":
        metric = metrics.CategoricalCrossentropy(
            from_logits=from_logits, label_smoothing=0.3, axis=axis
        )
        assert metric(t, p) == pytest.approx(value, rel=1e-6)
