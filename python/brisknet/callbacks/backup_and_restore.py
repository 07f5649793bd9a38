"""Resuming an interrupted training."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path

from brisknet.callbacks.callback import Callback, Logs
from brisknet.callbacks.save_frequency import SaveFrequency
from brisknet.saving.atomic import replacing
from brisknet.saving.backup import read_backup, write_backup


class BackupAndRestore(Callback):
    """Backs up the training, so that repeating a call of `fit` resumes it after an interruption.

    A backup contains the weights, the optimizer's state, the random streams, the epoch and, within
    an epoch, the step and the metrics. A resumed training yields the same bits as an uninterrupted
    one, provided that the data give the same batches again. If steps_per_epoch ended the previous
    epoch in the middle of a pass through the data, the resumed epoch begins a new pass. The state
    of other callbacks, such as `EarlyStopping`, is not restored.

    Args:
        backup_dir: a folder that contains nothing but the backup.
        save_freq: 'epoch', or the number of steps between backups.
        double_checkpoint: whether to keep the previous backup too; it is used if the latest one is
            damaged.
        delete_checkpoint: whether to delete the backup when `fit` ends.

    Raises:
        ValueError: if backup_dir is empty or save_freq is invalid; from `fit`, if the backup is
            damaged or belongs to another model.

    Example:
        >>> callback = BackupAndRestore("backup")
    """

    def __init__(
        self,
        backup_dir: str | os.PathLike[str],
        save_freq: str | int = "epoch",
        double_checkpoint: bool = False,
        delete_checkpoint: bool = True,
    ) -> None:
        super().__init__()
        if not os.fspath(backup_dir):
            raise ValueError("[BackupAndRestore] expected backup_dir: a folder, got ''")
        self.backup_dir = backup_dir
        self.save_freq = save_freq
        self.double_checkpoint = double_checkpoint
        self.delete_checkpoint = delete_checkpoint
        self._frequency = SaveFrequency("BackupAndRestore", save_freq)
        self._latest = Path(backup_dir) / "latest.safetensors"
        self._previous = Path(backup_dir) / "latest.safetensors.bkp"
        self._epoch = 0
        self._orders: tuple[int, int] | None = None
        if save_freq != "epoch":  # otherwise the callback costs nothing in each step
            self.on_train_batch_end = self._after_step  # type: ignore[method-assign]

    def on_train_begin(self, logs: Logs = None) -> None:
        if not self._latest.exists():
            return
        try:
            read_backup(self.model, self._latest)
        except ValueError:
            if not self._previous.exists():
                raise
            read_backup(self.model, self._previous)

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        self._epoch = epoch
        generator = self.model._orders
        self._orders = None if generator is None else generator.state  # before the epoch's draw

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        if self.save_freq == "epoch":
            self._save(epoch + 1, 0)

    def _after_step(self, batch: int, logs: Logs = None) -> None:
        if self._frequency.is_due(self.model.steps_per_execution):
            self._save(self._epoch, batch + 1)

    def _save(self, epoch: int, steps: int) -> None:
        self._latest.parent.mkdir(parents=True, exist_ok=True)
        if self.double_checkpoint and self._latest.exists():
            with open(self._latest, "rb") as old, replacing(self._previous) as copy:
                shutil.copyfileobj(old, copy)
        write_backup(self.model, self._latest, epoch, steps, self._orders)

    def on_train_end(self, logs: Logs = None) -> None:
        if self.delete_checkpoint:
            for path in (self._latest, self._previous):
                path.unlink(missing_ok=True)
            with suppress(OSError):  # not empty, or never made
                self._latest.parent.rmdir()
