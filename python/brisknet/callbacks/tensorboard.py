"""Logging metrics for TensorBoard."""

from __future__ import annotations

import os
import time
from typing import Any

import numpy as np

from brisknet.callbacks.callback import Callback, Logs
from brisknet.callbacks.event_file import EventFile
from brisknet.names.refused_attributes import refuse_attributes


class TensorBoard(Callback):
    """Writes the metrics as curves for TensorBoard.

    `log_dir/train` contains epoch_loss, epoch_learning_rate and epoch_… for each metric, and
    batch_… if update_freq asks for batches. `log_dir/validation` contains the epoch_… of the
    validation, and evaluation_…_vs_iterations for each evaluation. Metrics with several values are
    left out.

    Args:
        log_dir: the folder.
        write_graph: has no effect, as there is no graph.
        write_steps_per_second: whether to write steps_per_second for epochs, and for batches if
            update_freq asks for them.
        update_freq: 'epoch'; or, to write the metrics of batches too, 'batch' or the number of
            batches between two values.
        histogram_freq, write_images, profile_batch, embeddings_freq, embeddings_metadata: not
            supported; must be 0, False or None.

    Raises:
        ValueError: if an argument is not supported or invalid.

    Example:
        >>> callback = TensorBoard("logs")  # then, in a shell: tensorboard --logdir logs
    """

    _shown = ("log_dir",)

    def __init__(
        self,
        log_dir: str | os.PathLike[str] = "logs",
        histogram_freq: int = 0,
        write_graph: bool = True,
        write_images: bool = False,
        write_steps_per_second: bool = False,
        update_freq: str | int = "epoch",
        profile_batch: int = 0,
        embeddings_freq: int = 0,
        embeddings_metadata: None = None,
    ) -> None:
        super().__init__()
        refused = {
            "histogram_freq": histogram_freq,
            "write_images": write_images,
            "profile_batch": profile_batch,
            "embeddings_freq": embeddings_freq,
            "embeddings_metadata": embeddings_metadata,
        }
        for name, value in refused.items():
            if value:
                raise ValueError(f"[TensorBoard] {name} is not supported: leave it out")
            setattr(self, name, value)
        every = 1 if update_freq == "batch" else update_freq
        if every != "epoch" and (type(every) is not int or every < 1):
            raise ValueError(
                "[TensorBoard] expected update_freq 'epoch', 'batch' or a number of batches, "
                f"got {update_freq!r}"
            )
        self.log_dir = os.fspath(log_dir)
        self.write_graph = write_graph
        self.write_steps_per_second = write_steps_per_second
        self.update_freq = every
        self._files: dict[str, EventFile] = {}
        self._batches = self._begun_at = 0
        self._epoch_began = self._batch_began = 0.0
        self._training = False

    def on_train_begin(self, logs: Logs = None) -> None:
        self._batches = 0
        self._training = True

    def on_train_end(self, logs: Logs = None) -> None:
        self._training = False
        self._close()

    def on_test_end(self, logs: Logs = None) -> None:
        optimizer = self.model.optimizer
        if optimizer is not None:
            named = {f"evaluation_{name}_vs_iterations": v for name, v in (logs or {}).items()}
            self._write("validation", named, int(optimizer.iterations))
        if not self._training:
            self._close()

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        self._begun_at, self._epoch_began = self._batches, time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        train = {k: v for k, v in (logs or {}).items() if not k.startswith("val_")}
        test = {k[4:]: v for k, v in (logs or {}).items() if k.startswith("val_")}
        assert self.model.optimizer is not None
        train["learning_rate"] = float(self.model.optimizer.learning_rate)
        if self.write_steps_per_second:
            seconds = time.perf_counter() - self._epoch_began
            train["steps_per_second"] = (self._batches - self._begun_at) / seconds
        for folder, values in (("train", train), ("validation", test)):
            self._write(folder, {f"epoch_{name}": v for name, v in values.items()}, epoch)

    def on_train_batch_begin(self, batch: int, logs: Logs = None) -> None:
        self._batches += 1
        self._batch_began = time.perf_counter()

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        if self.update_freq == "epoch" or self._batches % int(self.update_freq):
            return
        values = {f"batch_{name}": value for name, value in (logs or {}).items()}
        if self.write_steps_per_second:
            values["batch_steps_per_second"] = 1 / (time.perf_counter() - self._batch_began)
        self._write("train", values, self._batches)

    def _write(self, folder: str, values: dict[str, Any], step: int) -> None:
        for name, value in values.items():
            if np.ndim(value) == 0 and not isinstance(value, dict):
                if folder not in self._files:
                    self._files[folder] = EventFile(os.path.join(self.log_dir, folder))
                self._files[folder].scalar(name, float(value), step)

    def _close(self) -> None:
        for file in self._files.values():
            file.close()
        self._files = {}


refuse_attributes(TensorBoard, "summary")
