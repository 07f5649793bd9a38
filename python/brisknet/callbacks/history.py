"""What `fit` returns."""

from __future__ import annotations

from brisknet.callbacks.callback import Callback, Logs


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
