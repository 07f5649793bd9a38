"""The losses of scikit-learn's perceptrons, as functions of logits."""

from __future__ import annotations

from typing import Any

import numpy as np

from brisknet import losses, ops
from brisknet.arguments.checks import Array
from brisknet.losses import Loss
from brisknet.losses.as_loss import as_loss

MEAN = "mean_with_sample_weight"  # scikit-learn divides by the sum of the weights


class Scaled(Loss):
    """A loss multiplied by one factor, and its gradient by another.

    scikit-learn sums over the outputs where Keras averages over them; for squared errors of several
    outputs, it reports the mean but follows the gradient of the sum.
    """

    def __init__(self, loss: Loss, value: float, gradient: float) -> None:
        super().__init__(loss.name, loss.reduction)
        self.loss, self.value, self.gradient = loss, value, np.float32(gradient)

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        return self.loss(y_true, y_pred, sample_weight) * self.value

    def value_and_gradient(
        self, y_true: Any, y_pred: Array, sample_weight: Any = None
    ) -> tuple[float, Array]:
        value, gradient = self.loss.value_and_gradient(y_true, y_pred, sample_weight)
        return value * self.value, gradient * self.gradient


class PoissonDeviance(Loss):
    """Half the Poisson deviance, t log(t / p) - t + p with p = exp(y_pred), over all outputs."""

    def __init__(self) -> None:
        super().__init__("poisson", MEAN)

    def call(self, y_true: Any, y_pred: Array) -> tuple[Array, Array]:
        t = np.asarray(y_true, dtype=np.float32)
        p = ops.exp(y_pred)
        positive = t > 0
        terms = p - t + np.where(positive, t * (ops.log(np.where(positive, t, 1)) - y_pred), 0)
        ones = np.ones((t.shape[1], 1), np.float32)  # the core adds in the order of the outputs
        return ops.matmul(terms, ones)[:, 0], p - t


def is_own(loss: Any) -> bool:
    """Whether a `loss` is one of scikit-learn's."""
    return isinstance(loss, str) and loss in ("log_loss", "squared_error", "poisson")


def objective_of(estimator: Any, outputs: int, activation: str) -> Loss:
    """The loss given by an estimator's parameters.

    Args:
        estimator: the estimator.
        outputs: the number of outputs of the network.
        activation: the output activation: 'softmax' or 'logistic' with 'log_loss'.

    Raises:
        ValueError: if the loss is unknown, or does not suit the outputs or the label smoothing.
    """
    name, smoothing = estimator.loss, getattr(estimator, "label_smoothing", 0.0)
    if not is_own(name):
        return _given(estimator, outputs, smoothing)
    if name == "poisson":
        return PoissonDeviance()
    if name == "squared_error":
        return Scaled(losses.MeanSquaredError(MEAN), 0.5, 0.5 * outputs)
    if activation == "softmax":
        return losses.CategoricalCrossentropy(True, smoothing, reduction=MEAN)
    loss = losses.BinaryCrossentropy(True, smoothing, reduction=MEAN)
    return loss if outputs == 1 else Scaled(loss, outputs, outputs)


def _given(estimator: Any, outputs: int, smoothing: float) -> Loss:
    """A loss of brisknet or a custom loss."""
    name = type(estimator).__name__
    if smoothing:
        raise ValueError(f"[{name}] give label_smoothing to the loss, {estimator.loss!r}")
    loss = as_loss(estimator.loss)
    if outputs == 1 and "categorical" in loss.name:
        raise ValueError(
            f"[{name}] two classes have one output: use a loss for it, like "
            f"'binary_crossentropy', not {loss.name!r}"
        )
    return loss
