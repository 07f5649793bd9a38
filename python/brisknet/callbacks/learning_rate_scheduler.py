"""Setting the learning rate by epoch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from brisknet.callbacks.callback import Callback, Logs
from brisknet.display.progress import say


class LearningRateScheduler(Callback):
    """Sets the optimizer's learning rate before each epoch, and adds it to the epoch's logs.

    Args:
        schedule: a function that takes the epoch, counted from 0, and the learning rate (or the
            epoch alone), and returns the new learning rate, a float.
        verbose: 1 to print each new learning rate.

    Raises:
        ValueError: in `fit`, if the function does not return a float.

    Example:
        >>> callback = LearningRateScheduler(lambda epoch, lr: lr * 0.9)
    """

    def __init__(self, schedule: Callable[..., Any], verbose: int = 0) -> None:
        super().__init__()
        self.schedule = schedule
        self.verbose = verbose

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        optimizer = self.model.optimizer
        assert optimizer is not None
        try:
            rate = self.schedule(epoch, float(optimizer.learning_rate))
        except TypeError:  # the schedule takes the epoch alone
            rate = self.schedule(epoch)
        if not isinstance(rate, float | np.float32):
            raise ValueError(
                f"[LearningRateScheduler] expected schedule to return a float, got {rate!r}"
            )
        optimizer.learning_rate = float(rate)
        if self.verbose > 0:
            say(f"Epoch {epoch + 1}: LearningRateScheduler setting learning rate to {rate}.")

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        assert self.model.optimizer is not None
        if logs is not None:
            logs["learning_rate"] = float(self.model.optimizer.learning_rate)
