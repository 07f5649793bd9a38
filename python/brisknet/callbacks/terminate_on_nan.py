"""Ending training that has diverged."""

from __future__ import annotations

import math

from brisknet.callbacks.callback import Callback, Logs
from brisknet.display.progress import say


class TerminateOnNaN(Callback):
    """Ends the training when the loss is NaN or infinite.

    Args:
        raise_error: whether to raise RuntimeError instead, without calling on_train_end.

    Example:
        >>> callback = TerminateOnNaN()
    """

    def __init__(self, raise_error: bool = False) -> None:
        super().__init__()
        self.raise_error = raise_error

    def on_batch_end(self, batch: int, logs: Logs = None) -> None:
        loss = (logs or {}).get("loss")
        if loss is None or math.isfinite(loss):
            return
        if self.raise_error:
            raise RuntimeError(f"[TerminateOnNaN] the loss of batch {batch} is {loss}")
        say(f"Batch {batch}: Invalid loss, terminating training")
        self.model.stop_training = True
