"""Logging epochs to a CSV file."""

from __future__ import annotations

import csv
import os
from typing import IO, Any

import numpy as np

from brisknet.callbacks.callback import Callback, Logs


class CSVLogger(Callback):
    """Writes the metrics of each epoch to a line of a CSV file, immediately.

    The columns are the epoch and the metrics of the first epoch, sorted by name, including 'val_…';
    metrics missing from a later epoch are written as NA.

    Args:
        filename: the file.
        separator: the character between values.
        append: whether to append to an existing file, without a second header, instead of
            replacing it.

    Example:
        >>> callback = CSVLogger("training.csv")
    """

    def __init__(
        self, filename: str | os.PathLike[str], separator: str = ",", append: bool = False
    ) -> None:
        super().__init__()
        self.filename = os.fspath(filename)
        if len(separator) != 1:
            raise ValueError(f"[CSVLogger] expected separator: one letter, got {separator!r}")
        self.separator = separator
        self.append = append
        self._file: IO[str] | None = None
        self._keys: list[str] | None = None

    def on_train_begin(self, logs: Logs = None) -> None:
        self._close()
        self._keys = None
        self._file = open(self.filename, "a" if self.append else "w", newline="")  # noqa: SIM115

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        assert self._file is not None
        logs = logs or {}
        writer = csv.writer(self._file, delimiter=self.separator)
        if self._keys is None:
            self._keys = sorted(logs)
            if not any(key.startswith("val_") for key in self._keys):
                self._keys += [f"val_{key}" for key in self._keys]
            if self._file.tell() == 0:
                writer.writerow(["epoch", *self._keys])
        writer.writerow([epoch, *(_cell(logs.get(key, "NA")) for key in self._keys)])
        self._file.flush()

    def on_train_end(self, logs: Logs = None) -> None:
        self._close()

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def _cell(value: Any) -> Any:
    if isinstance(value, str) or np.ndim(value) == 0:
        return value
    return f'"[{", ".join(map(str, value))}]"'
