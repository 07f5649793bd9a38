"""Targets that do not fit, and arguments out of range."""

import numpy as np
import pytest

from brisknet import losses
from brisknet.losses.as_loss import as_loss


@pytest.mark.parametrize(
    ("loss", "y_true", "shape", "message"),
    [
        ("mse", np.ones((4, 3)), (4, 2), r"\[mean_squared_error\] expected y_true of the shape of"),
        (
            "mae",
            np.ones(3),
            (4, 2),
            r"\[mean_absolute_error\] expected y_true .*\(4, 2\), got \(3,\)",
        ),
        ("bce", np.ones((4, 2, 1)), (4, 3), "expected y_true of the shape of y_pred"),
        ("categorical_crossentropy", [0, 1], (2, 3), "for class numbers use sparse_categorical"),
        ("categorical_crossentropy", [[0], [1]], (2, 3), "or utils.to_categorical"),
        (
            "sparse_categorical_crossentropy",
            np.eye(3),
            (3, 3),
            "for one-hot targets use categorical",
        ),
        ("sparse_categorical_crossentropy", [0, 1, 2], (2, 3), r"shape \(2,\), got \(3,\)"),
        (
            "sparse_categorical_crossentropy",
            [0, 3],
            (2, 3),
            "class numbers from 0 to 2, got 0 to 3",
        ),
        ("sparse_categorical_crossentropy", [0, -1], (2, 3), "class numbers from 0 to 2, got -1"),
        (
            "sparse_categorical_crossentropy",
            [0, 0.5],
            (2, 3),
            "expected y_true: whole class numbers",
        ),
        ("sparse_categorical_crossentropy", [0, np.nan], (2, 3), "expected y_true: whole class"),
    ],
)
def test_targets_that_do_not_fit(loss, y_true, shape, message):
    y_pred = np.full(shape, 0.25, np.float32)
    with pytest.raises(ValueError, match=message):
        losses.get(loss)(y_true, y_pred)
    with pytest.raises(ValueError, match=message):
        as_loss(loss).value_and_gradient(y_true, y_pred)


def test_whole_floats_are_class_numbers():
    y_pred = np.array([[0.1, 0.9], [0.3, 0.7]], np.float32)
    f = losses.sparse_categorical_crossentropy
    for y_true in ([[1], [0]], [1.0, 0.0], np.array([1, 0], np.uint8), [True, False]):
        assert (f(y_true, y_pred) == f([1, 0], y_pred)).all()


@pytest.mark.parametrize("bad", [["a"], [None], [1j]])
def test_other_types_are_refused(bad):
    for f in (losses.mean_squared_error, losses.sparse_categorical_crossentropy):
        with pytest.raises(TypeError, match="expected y_true"):
            f(bad, [[1.0]])
    with pytest.raises(TypeError, match="expected y_pred"):
        losses.mean_squared_error([1.0], bad)
    with pytest.raises(TypeError, match="expected sample_weight"):
        losses.MeanSquaredError()([1.0], [1.0], bad)


@pytest.mark.parametrize(
    ("cls", "arguments", "message"),
    [
        ("MeanSquaredError", {"reduction": "average"}, "expected reduction 'sum_over_batch_size'"),
        ("MeanSquaredError", {"dtype": "float64"}, "expected dtype 'float32', got 'float64'"),
        (
            "BinaryCrossentropy",
            {"label_smoothing": 1.1},
            r"smoothing: a number in \[0, 1\], got 1.1",
        ),
        (
            "CategoricalCrossentropy",
            {"label_smoothing": -0.1},
            r"smoothing: a number in \[0, 1\]",
        ),
        ("CategoricalGeneralizedCrossEntropy", {"q": 1.0}, "expected q: above 0 and below 1"),
        (
            "CategoricalFocalCrossentropy",
            {"axis": 1, "alpha": [1, 2]},
            "expected axis -1 together with a list of alpha, got 1",
        ),
        ("SparseCategoricalCrossentropy", {"axis": 1}, "axis 1 is not supported"),
    ],
)
def test_arguments_out_of_range(cls, arguments, message):
    with pytest.raises(ValueError, match=message):
        getattr(losses, cls)(**arguments)


@pytest.mark.parametrize(
    "shapes", [((4, 1), (4, 3)), ((4, 3), (4, 1)), ((3,), (4, 3)), ((1, 3), (4, 3))]
)
@pytest.mark.parametrize(
    "name",
    ["MeanSquaredError", "MeanAbsoluteError", "Huber", "KLDivergence", "CosineSimilarity", "Dice"],
)
def test_targets_are_not_spread(name, shapes):
    y, p = (np.ones(shape, np.float32) for shape in shapes)
    with pytest.raises(ValueError, match="expected y_true of the shape of y_pred"):
        getattr(losses, name)()(y, p)
