"""Training that goes on where it was interrupted."""

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
    """Backs up the training, so that the same call of `fit` goes on after an interruption.

    A backup has the weights, the optimizer's state, the random streams, the epoch and, in the
    middle of one, the step and the metrics: training goes on with the same bits as if it had not
    been interrupted. Data must give the same batches again; where steps_per_epoch ends an epoch
    amid a pass through them, the epoch that goes on begins a new pass. What else callbacks
    remember, as `EarlyStopping` does, begins anew.

    Args:
        backup_dir: a folder for the backup alone.
        save_freq: 'epoch', or after how many steps to back up.
        double_checkpoint: whether to keep the backup before the last one, which is taken where the
            last one is damaged.
        delete_checkpoint: whether to delete the backup when `fit` ends.

    Raises:
        ValueError: if backup_dir is empty, or save_freq neither; from `fit`, if a backup is damaged
            or one of another model.

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
        if save_freq != "epoch":  # else steps cost nothing
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
