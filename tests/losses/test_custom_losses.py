"""Custom losses, as functions and classes: weighted and reduced as the others."""

import numpy as np
import pytest

from brisknet import losses
from brisknet.losses.as_loss import as_loss
from loss_cases import BOUND, data
from reference import U, assert_within


def squared(y_true, y_pred):
    return ((y_pred - y_true) ** 2).mean(-1), 2 * (y_pred - y_true) / y_pred.shape[-1]


class Squared(losses.Loss):
    def call(self, y_true, y_pred):
        return squared(y_true, y_pred)


@pytest.mark.parametrize("reduction", ["mean", "sum", "mean_with_sample_weight"])
@pytest.mark.parametrize("weight", [None, np.linspace(0, 2, 6)], ids=["plain", "weighted"])
def test_own_loss_is_weighted_and_reduced_as_the_others(reduction, weight):
    y_true, y_pred = data("mse")
    value, gradient = Squared(reduction=reduction).value_and_gradient(y_true, y_pred, weight)
    expected = losses.MeanSquaredError(reduction).value_and_gradient(y_true, y_pred, weight)
    assert abs(value - expected[0]) <= 2 * BOUND * 6
    assert_within(gradient, expected[1].astype(np.float64), 10 * U * 4)
    assert gradient.flags.c_contiguous
    loss = as_loss(squared)
    assert loss.name == "squared"
    assert losses.Loss().name.startswith("loss")


@pytest.mark.parametrize(
    ("result", "error", "message"),
    [
        (
            1.0,
            TypeError,
            r"\[own\] expected the loss function to return \(losses, gradients\), got",
        ),
        ((np.ones(2), np.ones((2, 3)), 1), TypeError, r"to return \(losses, gradients\)"),
        ((np.ones(3), np.ones((2, 3))), ValueError, r"losses of shape \(2,\) .*got \(3,\)"),
        ((np.ones(2), np.ones(2)), ValueError, r"gradients of shape \(2, 3\), got"),
        (("a", np.ones((2, 3))), TypeError, "expected losses"),
    ],
)
def test_own_loss_that_returns_something_else(result, error, message):
    def own(y_true, y_pred):
        return result

    with pytest.raises(error, match=message):
        as_loss(own).value_and_gradient(np.ones((2, 3)), np.ones((2, 3), np.float32))


def test_loss_without_call():
    with pytest.raises(NotImplementedError, match=r"\[Loss\] a loss must define call"):
        losses.Loss()([1.0], [1.0])
