"""Accuracies, errors and means beside real Keras."""

import re

import numpy as np
import pytest

import brisknet
from oracle import RNG, ROWS, STEPS, close, keras, loss_weights

METRICS = [
    ("Accuracy", {}),
    ("BinaryAccuracy", {}),
    ("BinaryAccuracy", {"threshold": 0.25}),
    ("CategoricalAccuracy", {}),
    ("SparseCategoricalAccuracy", {}),
    ("TopKCategoricalAccuracy", {"k": 2}),
    ("TopKCategoricalAccuracy", {}),
    ("SparseTopKCategoricalAccuracy", {"k": 3}),
    ("SparseTopKCategoricalAccuracy", {"k": 2, "from_sorted_ids": True}),
    ("MeanSquaredError", {}),
    ("MeanAbsoluteError", {}),
]


def metric_case(name, arguments, shape):
    y_pred = RNG.integers(0, 9, shape).astype(np.float32) / 8  # has ties
    if "Categorical" in name:
        y_true = RNG.integers(0, shape[-1], shape[:-1])
        if arguments.get("from_sorted_ids"):
            y_pred = np.argsort(RNG.random(shape), axis=-1)
        return (y_true if name.startswith("Sparse") else np.eye(shape[-1])[y_true]), y_pred
    return RNG.integers(0, 2, shape), np.round(y_pred) if name == "Accuracy" else y_pred


@pytest.mark.parametrize("shape", [(ROWS, 1), (ROWS, 7), (ROWS, STEPS, 7)], ids=str)
@pytest.mark.parametrize(("name", "arguments"), METRICS, ids=str)
def test_metric(name, arguments, shape):
    """Means of values of 1 at most; weights too are up to 1."""
    if "TopK" in name and arguments.get("k", 5) > shape[-1]:
        arguments = arguments | {"k": 1}  # JAX refuses a k above the number of classes
    ours, theirs = (
        getattr(module, name)(**arguments) for module in (brisknet.metrics, keras.metrics)
    )
    assert ours.name == theirs.name
    function = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name.replace("K", "_k_")).lower()
    for weight in (None, *loss_weights(shape[:-1])):
        y_true, y_pred = metric_case(name, arguments, shape)
        if hasattr(keras.metrics, function) and "accuracy" in function:
            got, expected = (
                getattr(module, function)(y_true, y_pred, **arguments)
                for module in (brisknet.metrics, keras.metrics)
            )
            np.testing.assert_array_equal(got, expected)
        assert ours.update_state(y_true, y_pred, sample_weight=weight) is None
        theirs.update_state(y_true, y_pred, sample_weight=weight)
        close(ours.result(), theirs.result(), 1, 2 * np.prod(shape))
    ours.reset_state()
    theirs.reset_state()
    assert ours.result() == theirs.result() == 0
    expected = theirs(y_true, y_pred, sample_weight=weight)
    close(ours(y_true, y_pred, sample_weight=weight), expected, 1, 2 * np.prod(shape))


def test_mean():
    ours, theirs = brisknet.metrics.Mean(), keras.metrics.Mean()
    for values, weight in [
        (3.0, None),
        (2.0, 4.0),
        ([1, 2, 3.5], None),
        ([1, 2, 3.5], [0, 1, 2]),
        ([[1, 2], [3, 4.5]], None),
        ([[1, 2], [3, 4.5]], [1, 2]),
        ([[1, 2], [3, 4.5]], [[1, 2], [3, 0]]),
        ([[1], [3]], [2, 1]),
        ([1, 3], [[2], [1]]),
        ([True, False], None),
    ]:
        ours.update_state(values, sample_weight=weight)
        theirs.update_state(values, sample_weight=weight)
        close(ours.result(), theirs.result(), 5, 20)


def test_mean_metric_wrapper():
    for module in (brisknet.metrics, keras.metrics):
        metric = module.MeanMetricWrapper(lambda t, p, power: abs(t - p) ** power, "error", power=3)
        metric.update_state(np.array([1.0, 2.0]), np.array([3.0, 2.0]))
        assert (metric.name, float(metric.result())) == ("error", 4.0)
