"""The base class of callbacks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from brisknet.arguments.unknown import Checked
from brisknet.display.representation import Represented

if TYPE_CHECKING:
    from brisknet.models.sequential import Sequential

Logs = dict[str, Any] | None


class Callback(Checked, Represented):
    """Base class of callbacks: a custom callback overrides any of the methods below.

    Attributes:
        model: the model that is being trained, evaluated or used for prediction.
        params: a dict with 'epochs', 'steps' (the batches in an epoch) and 'verbose'.

    `logs` contains the current metrics: in on_train_batch_end, those of the epoch so far; in
    on_epoch_end, also the validation metrics, as 'val_…'. Setting
    `self.model.stop_training = True` ends the training.

    Example:
        >>> class Printer(Callback):
        ...     def on_epoch_end(self, epoch, logs=None):
        ...         print(epoch, logs["loss"])
    """

    def __init__(self) -> None:
        self.params: dict[str, Any] = {}
        self._model: Sequential | None = None

    @property
    def model(self) -> Sequential:
        if self._model is None:
            raise AttributeError(f"[{type(self).__name__}] has no model before fit is called")
        return self._model

    def set_params(self, params: dict[str, Any]) -> None:
        """Called before training."""
        self.params = params

    def set_model(self, model: Sequential) -> None:
        """Called before training."""
        self._model = model

    def on_train_begin(self, logs: Logs = None) -> None:
        """Called once, before the first epoch."""

    def on_train_end(self, logs: Logs = None) -> None:
        """Called once, after the last epoch."""

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """Called before each epoch; the first is 0."""

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Called after each epoch and its validation."""

    def on_train_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Called before each step of training."""
        self.on_batch_begin(batch, logs)

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Called after each step of training."""
        self.on_batch_end(batch, logs)

    def on_test_begin(self, logs: Logs = None) -> None:
        """Called before evaluation or validation."""

    def on_test_end(self, logs: Logs = None) -> None:
        """Called after evaluation or validation."""

    def on_test_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Called before each batch of evaluation or validation."""

    def on_test_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Called after each batch of evaluation or validation."""

    def on_predict_begin(self, logs: Logs = None) -> None:
        """Called before prediction."""

    def on_predict_end(self, logs: Logs = None) -> None:
        """Called after prediction."""

    def on_predict_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Called before each batch of prediction."""

    def on_predict_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Called after each batch of prediction; logs['outputs'] contains the model's outputs."""

    def _release(self) -> None:
        """Called when `fit`, `evaluate` or `predict` ends, even by an error."""

    # Keras's older names of the two methods for training batches, which call these by default.

    def on_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Called before each step of training."""

    def on_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Called after each step of training."""
