"""Losses against Keras 3: values, gradients by JAX, axes, weights, configurations.

Skipped where Keras or JAX is not installed. Numbers are of the size of 1 to 10, and some hundred
roundings of 2^-24 make less than 1e-4; the cross-entropies and errors that the core computes are
compared more closely in test_crossentropy.py.
"""

import inspect

import numpy as np
import pytest

import brisknet
import oracle
from oracle import jax, keras

# Each case: class, arguments, kinds of targets and predictions.
CASES = [
    ("MeanAbsolutePercentageError", {}, "number", "number"),
    ("MeanSquaredLogarithmicError", {}, "positive", "number"),
    ("Huber", {"delta": 0.5}, "number", "number"),
    ("LogCosh", {}, "number", "number"),
    ("Poisson", {}, "positive", "positive"),
    ("KLDivergence", {}, "share", "share"),
    ("KLDivergence", {}, "number", "number"),  # clipped
    ("CosineSimilarity", {}, "number", "number"),
    ("CosineSimilarity", {"axis": 1}, "number", "number"),
    ("CosineSimilarity", {"axis": 0}, "number", "number"),
    ("Hinge", {}, "bit", "number"),
    ("Hinge", {}, "sign", "number"),
    ("Hinge", {}, "number", "number"),
    ("SquaredHinge", {}, "bit", "number"),
    ("SquaredHinge", {}, "sign", "number"),
    ("CategoricalHinge", {}, "class", "number"),
    ("CategoricalHinge", {}, "sign", "number"),
    ("BinaryCrossentropy", {"axis": 1}, "bit", "share"),
    ("BinaryCrossentropy", {"axis": [0, -1], "label_smoothing": 0.1}, "bit", "share"),
    ("BinaryCrossentropy", {"axis": 0, "from_logits": True}, "share", "number"),
    ("CategoricalCrossentropy", {"axis": 1}, "share", "share"),
    ("CategoricalCrossentropy", {"axis": 0, "from_logits": True}, "share", "number"),
    ("BinaryFocalCrossentropy", {}, "bit", "share"),
    ("BinaryFocalCrossentropy", {"gamma": 0.0}, "share", "share"),
    (
        "BinaryFocalCrossentropy",
        {"apply_class_balancing": True, "alpha": 0.6, "gamma": 1.5, "label_smoothing": 0.2},
        "bit",
        "share",
    ),
    ("BinaryFocalCrossentropy", {"from_logits": True, "gamma": 3}, "bit", "number"),
    ("BinaryFocalCrossentropy", {"axis": 1}, "bit", "share"),
    ("CategoricalFocalCrossentropy", {}, "class", "share"),
    ("CategoricalFocalCrossentropy", {"alpha": [0.1, 0.2, 0.3, 0.4]}, "class", "share"),
    ("CategoricalFocalCrossentropy", {"label_smoothing": 0.2, "gamma": 0.5}, "class", "share"),
    ("CategoricalFocalCrossentropy", {"from_logits": True}, "share", "number"),
    ("CategoricalFocalCrossentropy", {"axis": 1, "from_logits": True}, "share", "number"),
    ("CategoricalGeneralizedCrossEntropy", {}, "label", "share"),
    ("CategoricalGeneralizedCrossEntropy", {"q": 0.9}, "label", "share"),
    ("Dice", {}, "bit", "share"),
    ("Dice", {"axis": -1}, "bit", "share"),
    ("Dice", {"axis": 1}, "share", "number"),
    ("Dice", {"axis": (1, 2)}, "bit", "share"),
    ("Tversky", {}, "bit", "share"),
    ("Tversky", {"alpha": 0.3, "beta": 0.9}, "share", "share"),
    ("Tversky", {"alpha": 0.3, "beta": 0.9, "axis": (0, -1)}, "bit", "share"),
]
cases = pytest.mark.parametrize(("name", "arguments", "true", "pred"), CASES, ids=str)


def drawn(rng, kind, shape):
    labels = rng.integers(0, shape[-1], shape[:-1])
    return {
        "number": lambda: rng.standard_normal(shape),
        "positive": lambda: rng.random(shape) + 0.1,
        "share": lambda: rng.uniform(0.05, 0.95, shape),
        "bit": lambda: rng.integers(0, 2, shape),
        "sign": lambda: rng.choice([-1, 1], shape),
        "class": lambda: np.eye(shape[-1])[labels],
        "label": lambda: labels,
    }[kind]().astype(np.int32 if kind == "label" else np.float32)


def close(got, expected):
    """Some sums of a few dozen terms, each rounded; the terms may cancel to what is left of 1."""
    expected = np.asarray(expected)
    oracle.close(got, expected, 1 + np.abs(expected).max(), 32)


def pair(name, /, **arguments):
    return (getattr(module, name)(**arguments) for module in (brisknet.losses, keras.losses))


def snake(name):
    return keras.src.utils.naming.to_snake_case(name)


@cases
def test_values_and_gradients(name, arguments, true, pred):
    rng = np.random.default_rng(0)
    shape = (6, 3, 4)
    y_true, y_pred = drawn(rng, true, shape), drawn(rng, pred, shape)
    more = {"q": 0.5} if "Generalized" in name else {}
    functions = (getattr(m, snake(name), None) for m in (brisknet.losses, keras.losses))
    ours, theirs = (f(y_true, y_pred, **more | arguments) for f in functions)
    close(ours, theirs)
    rows = np.shape(theirs)
    weights = [None, rng.random(rows or (6,), np.float32)]
    if rows and rows[0] == 6:
        weights.append(rng.random(6, np.float32).reshape(6, *[1] * (len(rows) - 1)))
    for reduction in ("sum_over_batch_size", "sum", "mean_with_sample_weight", None):
        ours, theirs = pair(name, **arguments, reduction=reduction)
        for weight in weights:
            if reduction == "mean_with_sample_weight" and np.shape(weight) not in (rows, (6,), ()):
                continue  # Keras divides by the sum of the weights before they are spread over rows
            expected = theirs(y_true, y_pred, sample_weight=weight)
            close(ours(y_true, y_pred, sample_weight=weight), expected)
            if reduction is None:
                continue
            value, gradient = ours.value_and_gradient(y_true, y_pred, weight)
            close(value, expected)
            slope = jax.grad(lambda p, f=theirs, w=weight: f(y_true, p, sample_weight=w))(y_pred)
            close(gradient, slope)


@pytest.mark.parametrize("name", ["Hinge", "CategoricalHinge", "KLDivergence", "Dice"])
@pytest.mark.parametrize("shapes", [((6,), (6, 1)), ((6, 1), (6,)), ((6, 3), (6, 3, 1))], ids=str)
def test_targets_with_one_axis_more_or_less(name, shapes):
    rng = np.random.default_rng(0)
    y_true, y_pred = (rng.random(shape, np.float32) for shape in shapes)
    ours, theirs = pair(name)
    close(ours(y_true, y_pred), theirs(y_true, y_pred))
    slope = jax.grad(lambda p: theirs(y_true, p))(y_pred)
    close(ours.value_and_gradient(y_true, y_pred)[1], slope)


def test_equal_largest_scores_share_the_gradient():
    y_true, y_pred = np.float32([[1, 0, 0, 0]]), np.float32([[0.5, 0.25, 0.25, 0]])
    ours, theirs = pair("CategoricalHinge")
    slope = jax.grad(lambda p: theirs(y_true, p))(y_pred)
    close(ours.value_and_gradient(y_true, y_pred)[1], slope)


def test_saturated_predictions():
    y_true = np.float32([[1, 0], [1, 0], [1, 0]])
    for name, logits in [("BinaryFocalCrossentropy", True), ("CategoricalFocalCrossentropy", True)]:
        y_pred = np.float32([[60, -60], [-60, 60], [0, 0]])
        ours, theirs = pair(name, from_logits=logits)
        close(ours(y_true, y_pred), theirs(y_true, y_pred))
        slope = jax.grad(lambda p, f=theirs: f(y_true, p))(y_pred)
        close(ours.value_and_gradient(y_true, y_pred)[1], slope)
    y_pred = np.float32([[0, 1e-9], [0, 0], [1e-8, 1]])
    for name in ("CosineSimilarity", "KLDivergence", "Dice", "Poisson"):
        ours, theirs = pair(name)
        close(ours(y_true, y_pred), theirs(y_true, y_pred))


# Configurations. What Keras leaves out of its own, so that a loaded loss would be another.
KEPT = {"Huber": {"delta"}, "CosineSimilarity": {"axis"}}


def all_losses():
    for name in brisknet.losses.__all__:
        if inspect.isclass(getattr(brisknet.losses, name)) and name != "Loss":
            yield name
    yield from (
        (name, arguments)
        for name, arguments, _, _ in CASES
        if arguments and "axis" not in arguments
    )
    yield "Dice", {"axis": (0, 1)}
    yield "MeanSquaredError", {"reduction": None, "name": "error", "dtype": "float32"}
    yield "SparseCategoricalCrossentropy", {"from_logits": True, "ignore_class": 3}


@pytest.mark.parametrize("case", list(all_losses()), ids=str)
def test_config(case):
    name, arguments = (case, {}) if isinstance(case, str) else case
    ours, theirs = pair(name, **arguments)
    own, config = brisknet.losses.serialize(ours), keras.losses.serialize(theirs)
    for key in KEPT.get(name, ()):
        assert own["config"].pop(key) == getattr(ours, key)
    assert own == config
    again = brisknet.losses.deserialize(keras.losses.serialize(theirs))
    assert brisknet.losses.serialize(again)["config"].items() >= config["config"].items()
    again = brisknet.losses.get(brisknet.losses.serialize(ours))
    assert again.get_config() == ours.get_config()
    if name != "CategoricalGeneralizedCrossEntropy":  # Keras does not find it again
        back = keras.losses.deserialize(brisknet.losses.serialize(ours))
        assert keras.losses.serialize(back) == config


@pytest.mark.parametrize(
    "name", [n for n in brisknet.losses.__all__ if n[0].islower() and "serial" not in n]
)
def test_config_of_a_function(name):
    ours, theirs = getattr(brisknet.losses, name), getattr(keras.losses, name)
    config = keras.losses.serialize(theirs)
    assert brisknet.losses.serialize(ours) == config
    if name not in ("get", "categorical_generalized_cross_entropy"):
        assert brisknet.losses.get(config) is ours
        assert brisknet.losses.deserialize(name) is ours


@pytest.mark.parametrize("shapes", [((8, 1), 1), ((8,), 3), ((8, 1), 3), ((8, 3), 3)], ids=str)
@pytest.mark.parametrize("loss", ["crossentropy", "CE"])
def test_crossentropy_by_shapes(shapes, loss):
    shape, outputs = shapes
    rng = np.random.default_rng(0)
    x = rng.standard_normal((8, 4)).astype(np.float32)
    y = rng.integers(0, 2, shape)
    if shape == (8, 3):
        y = np.eye(3, dtype=np.float32)[rng.integers(0, 3, 8)]
    results = []
    for module in (brisknet, keras):
        activation = "sigmoid" if outputs == 1 else "softmax"
        model = module.Sequential(
            [module.Input((4,)), module.layers.Dense(outputs, activation=activation)]
        )
        model.set_weights([np.linspace(-1, 1, 4 * outputs).reshape(4, outputs), np.ones(outputs)])
        model.compile("sgd", loss)
        results.append(model.fit(x, y, epochs=2, batch_size=8, verbose=0).history["loss"])
    close(*results)
