"""Reducing the learning rate when training stalls."""

from __future__ import annotations

from typing import Any

from brisknet.arguments.unknown import refuse_unknown, take_deprecated
from brisknet.callbacks.callback import Logs
from brisknet.callbacks.monitor_callback import MonitorCallback
from brisknet.display.progress import say


class ReduceLROnPlateau(MonitorCallback):
    """Multiplies the learning rate by a factor when a metric no longer improves.

    Args:
        monitor: the metric's name in the logs.
        factor: the factor, below 1.
        patience: the number of epochs without an improvement after which the rate is reduced.
        verbose: 1 to print a message when that happens.
        mode: 'min', 'max', or 'auto' to infer it from the metric.
        min_delta: the smallest change that counts as an improvement.
        cooldown: the number of epochs after a reduction that are ignored.
        min_lr: the lower bound of the learning rate.

    Raises:
        ValueError: if the factor is 1 or more.

    Example:
        >>> callback = ReduceLROnPlateau(monitor="val_loss", factor=0.2, patience=5, min_lr=0.001)
    """

    _also_taken = frozenset({"epsilon"})

    def __init__(
        self,
        monitor: str = "val_loss",
        factor: float = 0.1,
        patience: int = 10,
        verbose: int = 0,
        mode: str = "auto",
        min_delta: float = 1e-4,
        cooldown: int = 0,
        min_lr: float = 0.0,
        **kwargs: Any,
    ) -> None:
        take_deprecated(
            "ReduceLROnPlateau", kwargs, "epsilon", "it is ignored, as in Keras 3: use min_delta"
        )
        if kwargs:
            refuse_unknown(type(self), kwargs)
        super().__init__(monitor, mode, min_delta=min_delta)
        if factor >= 1:
            raise ValueError(f"[ReduceLROnPlateau] expected factor below 1, got {factor!r}")
        self.factor = factor
        self.patience = patience
        self.verbose = verbose
        self.cooldown = cooldown
        self.min_lr = min_lr
        self.cooldown_counter = 0
        self.wait = 0

    def on_train_begin(self, logs: Logs = None) -> None:
        self.best = None
        self.cooldown_counter = self.wait = 0

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        logs = {} if logs is None else logs
        assert self.model.optimizer is not None
        logs["learning_rate"] = float(self.model.optimizer.learning_rate)
        value = self._monitored(logs)
        if value is None:
            return
        if self.in_cooldown():
            self.cooldown_counter -= 1
            self.wait = 0
        if self._is_improvement(value, self.best):
            self.best = value
            self.wait = 0
        elif not self.in_cooldown():
            self.wait += 1
            if self.wait >= self.patience and self._reduce(epoch):
                self.cooldown_counter = self.cooldown
                self.wait = 0

    def in_cooldown(self) -> bool:
        """Whether epochs are ignored because of a recent reduction."""
        return self.cooldown_counter > 0

    def _reduce(self, epoch: int) -> bool:
        optimizer = self.model.optimizer
        assert optimizer is not None
        if float(optimizer.learning_rate) <= self.min_lr:
            return False
        rate = max(float(optimizer.learning_rate) * self.factor, self.min_lr)
        optimizer.learning_rate = rate
        if self.verbose > 0:
            say(f"Epoch {epoch + 1}: ReduceLROnPlateau reducing learning rate to {rate}.")
        return True
