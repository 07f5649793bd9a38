"""What `fit` returns."""

from __future__ import annotations

from typing import Any

from brisknet.callbacks.callback import Callback, Logs
from brisknet.plots.history import plot_history


class History(Callback):
    """What `fit` returns: the epochs' metrics.

    Attributes:
        epoch: the epochs' numbers, from 0.
        history: for each metric, 'loss', 'val_loss', …, its values.
    """

    def __init__(self) -> None:
        super().__init__()
        self.epoch: list[int] = []
        self.history: dict[str, list[float]] = {}

    def on_train_begin(self, logs: Logs = None) -> None:
        self.epoch = []

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)

    def plot(self, *args: Any, **kwargs: Any) -> Any:
        """Draws the metrics by epoch: `brisknet.utils.plot_history` with the same arguments."""
        return plot_history(self, *args, **kwargs)
