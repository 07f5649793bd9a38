"""Saving models during training."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from brisknet.arguments.checks import choices
from brisknet.callbacks.callback import Logs
from brisknet.callbacks.monitor_callback import MonitorCallback
from brisknet.callbacks.save_frequency import SaveFrequency
from brisknet.display.progress import say
from brisknet.runtime.warning import warn_user
from brisknet.saving.file_names import MODELS, WEIGHTS_WRITTEN


class ModelCheckpoint(MonitorCallback):
    """Saves the model after each epoch or every few steps, always or only if it has improved.

    Args:
        filepath: the file, in which '{epoch:02d}', '{batch}', '{val_loss:.2f}' and so on are
            replaced by the epoch and the step, counted from 1, and the metrics. It ends in
            '.keras', '.safetensors', '.h5' or '.hdf5'; with save_weights_only, in '.weights.h5' or
            '.safetensors'.
        monitor: the metric that determines the best model.
        verbose: 1 to print a message for each model saved or skipped.
        save_best_only: whether to save only if the metric has improved.
        save_weights_only: whether to save only the weights and the optimizer's state.
        mode: 'min', 'max', or 'auto' to infer it from the metric.
        save_freq: 'epoch', or the number of steps between saves.
        initial_value_threshold: a value that the metric must improve on first.

    Raises:
        ValueError: if filepath has another extension, or save_freq is invalid.
        KeyError: when saving, if filepath contains an unknown metric.

    Example:
        >>> callback = ModelCheckpoint("best.safetensors", monitor="val_loss", save_best_only=True)
    """

    def __init__(
        self,
        filepath: str | os.PathLike[str],
        monitor: str = "val_loss",
        verbose: int = 0,
        save_best_only: bool = False,
        save_weights_only: bool = False,
        mode: str = "auto",
        save_freq: str | int = "epoch",
        initial_value_threshold: float | None = None,
    ) -> None:
        super().__init__(monitor, mode, initial_value_threshold)
        self.filepath = os.fspath(filepath)
        self.verbose = verbose
        self.save_best_only = save_best_only
        self.save_weights_only = save_weights_only
        self.save_freq = save_freq
        endings = WEIGHTS_WRITTEN if save_weights_only else MODELS
        if not self.filepath.endswith(endings):
            raise ValueError(
                f"[ModelCheckpoint] expected filepath that ends in {choices(endings)}, "
                f"got {self.filepath!r}"
            )
        self._frequency = SaveFrequency("ModelCheckpoint", save_freq)
        self._epoch = 0
        if save_freq != "epoch":  # otherwise the callback costs nothing in each step
            self.on_train_batch_end = self._after_step  # type: ignore[method-assign]

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        self._epoch = epoch

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        self._goes_up(logs)  # raises as early as the first epoch
        if self.save_freq == "epoch":
            self._save(logs or {})

    def _after_step(self, batch: int, logs: Logs = None) -> None:
        if self._frequency.is_due(self.model.steps_per_execution):
            self._save({"batch": batch + 1, **(logs or {})})

    def _save(self, logs: dict[str, float]) -> None:
        try:
            path = self.filepath.format(**{"epoch": self._epoch + 1, **logs})
        except KeyError as error:
            raise KeyError(
                f"[ModelCheckpoint] there is no {error} for filepath {self.filepath!r}, only "
                f"{', '.join(logs)}"
            ) from None
        if self.save_best_only and not self._is_best(logs.get(self.monitor), path):
            return
        if not self.save_best_only:
            self._say(f"saving model to {path}")
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        if self.save_weights_only:
            self.model.save_weights(path)
        else:
            self.model.save(path)
        self._say(f"finished saving model to {path}")

    def _is_best(self, value: float | None, path: str) -> bool:
        """Whether the metric has improved; true, with a warning, if it is not a number."""
        if value is None or np.ndim(value) > 0:
            warn_user(
                f"[ModelCheckpoint] expected {self.monitor!r}, a number, among the metrics: the "
                "model is saved as if it were the best"
            )
            return True
        best = "None" if self.best is None else f"{self.best:.5f}"
        if not self._is_improvement(value, self.best):
            self._say(f"{self.monitor} did not improve from {best}")
            return False
        self._say(f"{self.monitor} improved from {best} to {value:.5f}, saving model to {path}")
        self.best = value
        return True

    def _say(self, text: str) -> None:
        if self.verbose > 0:
            say(f"Epoch {self._epoch + 1}: {text}")
