"""The base class of callbacks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from brisknet.arguments.unknown import Checked
from brisknet.display.representation import Represented

if TYPE_CHECKING:
    from brisknet.models.sequential import Sequential

Logs = dict[str, Any] | None


class Callback(Checked, Represented):
    """Base class: a custom callback defines any of the methods below.

    Attributes:
        model: the model, within a call.
        params: 'epochs', 'steps' (an epoch's batches) and 'verbose'.

    `logs` are the metrics so far: of the epoch in on_train_batch_end, with the validation's as
    'val_…' in on_epoch_end. Setting `self.model.stop_training = True` ends the training.

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
        """Called before an evaluation or validation."""

    def on_test_end(self, logs: Logs = None) -> None:
        """Called after an evaluation or validation."""

    def on_test_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Called before each of its batches."""

    def on_test_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Called after each of its batches."""

    def on_predict_begin(self, logs: Logs = None) -> None:
        """Called before a prediction."""

    def on_predict_end(self, logs: Logs = None) -> None:
        """Called after a prediction."""

    def on_predict_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Called before each of its batches."""

    def on_predict_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Called after each of its batches; logs['outputs'] are the model's."""

    def _release(self) -> None:
        """Called when `fit`, `evaluate` or `predict` is over, also where an error has ended it."""

    # Keras's older names for the two methods of training batches, which call these.

    def on_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Called before each step of training."""

    def on_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Called after each step of training."""
