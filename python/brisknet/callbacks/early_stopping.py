"""Ending training that no longer improves."""

from __future__ import annotations

from typing import Any

from brisknet.arguments.checks import Array
from brisknet.callbacks.callback import Logs
from brisknet.callbacks.monitor_callback import MonitorCallback
from brisknet.display.progress import say
from brisknet.runtime.interrupts import Interrupts


class EarlyStopping(MonitorCallback):
    """Ends the training when a metric no longer improves.

    Args:
        monitor: the metric's name in the logs.
        min_delta: the smallest change that counts as an improvement.
        patience: the number of epochs without an improvement after which training ends.
        verbose: 1 to print a message when that happens.
        mode: 'min', 'max', or 'auto' to infer it from the metric.
        baseline: a value that the metric must improve on.
        restore_best_weights: whether to restore the weights of the best epoch at the end.
        start_from_epoch: the first epoch to take into account.

    Example:
        >>> callback = EarlyStopping(monitor="val_loss", patience=3, restore_best_weights=True)
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        min_delta: float = 0,
        patience: int = 0,
        verbose: int = 0,
        mode: str = "auto",
        baseline: float | None = None,
        restore_best_weights: bool = False,
        start_from_epoch: int = 0,
    ) -> None:
        super().__init__(monitor, mode, min_delta=min_delta)
        self.patience = patience
        self.verbose = verbose
        self.baseline = baseline
        self.restore_best_weights = restore_best_weights
        self.start_from_epoch = start_from_epoch
        self._forget()

    def _forget(self) -> None:
        self.wait = 0
        self.stopped_epoch = 0
        self.best = None
        self.best_epoch = 0
        self.best_weights: list[Array] | None = None

    def on_train_begin(self, logs: Logs = None) -> None:
        self._forget()

    def get_monitor_value(self, logs: Logs) -> Any:
        """The metric's value in an epoch's logs; None, with a warning, if it is missing."""
        return self._monitored(logs)

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        self._goes_up(logs)  # raises as early as the first epoch
        value = self.get_monitor_value(logs)
        if value is None or epoch < self.start_from_epoch:
            return
        if self.restore_best_weights and self.best_weights is None:
            self.best_weights = self.model.get_weights()
            self.best_epoch = epoch
        self.wait += 1
        if self._is_improvement(value, self.best):
            self.best = value
            self.best_epoch = epoch
            if self.restore_best_weights:
                self.best_weights = self.model.get_weights()
            if self._is_improvement(value, self.baseline):
                self.wait = 0
            return
        if self.wait >= self.patience and epoch > 0:
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def on_train_end(self, logs: Logs = None) -> None:
        if self.stopped_epoch > 0 and self.verbose:
            say(f"Epoch {self.stopped_epoch + 1}: early stopping")
        if self.restore_best_weights and self.best_weights is not None:
            if self.verbose:
                say(f"Restoring the weights of the best epoch, {self.best_epoch + 1}")
            # Ctrl-C must not leave only some of the weights restored.
            with Interrupts():
                self.model.set_weights(self.best_weights)
