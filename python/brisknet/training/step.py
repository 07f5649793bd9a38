"""One step of training: forward, loss, backward, penalties; then the metrics and the update."""

from __future__ import annotations

import numpy as np

from brisknet import regularizers
from brisknet.arguments.checks import Array
from brisknet.data import Batch
from brisknet.layers.calling import activity
from brisknet.losses import Loss
from brisknet.training.trainable import Trainable
from brisknet.variables.variable import Variable


class Step:
    """Makes a model's training steps, for `fit` and whatever else trains a model.

    What stays the same from step to step is looked up once, when the object is made: make a new
    one when layers have been frozen or the model has been compiled.

    Args:
        model: a built model.
        loss: what is minimised; by default the compiled loss.

    Attributes:
        variables: the weights that are trained.
    """

    def __init__(self, model: Trainable, loss: Loss | None = None) -> None:
        self._model = model
        loss = model._loss if loss is None else loss
        assert loss is not None
        self._loss = loss
        self._forward = model.training_forward()
        self._loss_weight = model._loss_weight
        self.variables = model.trainable_variables
        self._regularized = [v for v in self.variables if v.regularizer is not None]
        self._all_have_gradients = False  # looked at in the first step

    def __call__(self, batch: Batch) -> float:
        """Makes a step; returns the batch's loss, penalties included."""
        loss, y_pred = self.gradients(batch)
        self._model._measure(batch, y_pred, loss)  # first, as a custom metric may raise
        assert self._model.optimizer is not None
        self._model.optimizer.apply([v.grad for v in self.variables], self.variables)
        return loss

    def gradients(self, batch: Batch) -> tuple[float, Array]:
        """Computes the gradients, each variable's `grad`, and leaves the weights as they are.

        Returns:
            The batch's loss, penalties included, and the outputs.

        Raises:
            ValueError: if a custom layer's backward assigned no gradient to a weight.
        """
        activity.penalty = 0.0
        y_pred, backward = self._forward(batch.x)
        penalty = activity.penalty
        loss, dy = self._loss.value_and_gradient(batch.y, y_pred, batch.weight)
        if self._loss_weight != 1:
            loss, dy = loss * self._loss_weight, dy * np.float32(self._loss_weight)
        backward(dy)
        if not self._all_have_gradients:
            _check_gradients(self.variables)
            self._all_have_gradients = True
        for variable in self._regularized:
            value, gradient = penalty_of(variable)
            penalty += value
            variable.grad += gradient
        return loss + penalty, y_pred


def penalty_of(variable: Variable) -> tuple[float, Array]:
    """What a weight's regularizer adds to the loss, and its gradient."""
    assert variable.regularizer is not None
    return regularizers.value_and_gradient(variable.regularizer, variable.value)


def _check_gradients(variables: list[Variable]) -> None:
    for variable in variables:
        if not variable.has_grad:
            raise ValueError(
                f"[fit] the backward of {variable.path.rpartition('/')[0]!r} assigned no "
                f"gradient to {variable.name!r}"
            )
