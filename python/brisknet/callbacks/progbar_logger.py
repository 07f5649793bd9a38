"""The progress that `fit` and `evaluate` print."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from brisknet.callbacks.callback import Callback
from brisknet.display.progress import (
    LiveLine,
    NotebookLine,
    columns,
    in_notebook,
    live_line,
    resolve_verbose,
    whole_line,
)

_PAUSE, _NOTEBOOK_PAUSE = 0.1, 0.5  # seconds between two updates of the line


class ProgbarLogger(Callback):
    """Prints progress: a bar on a terminal or in a notebook, and one line per epoch.

    During an epoch, a line shows the loss, as many metrics as fit, a bar, the steps and the
    remaining time; after it, a line with all metrics takes its place. `fit` and `evaluate` add this
    callback themselves; their `verbose` sets how much it prints.
    """

    def __init__(self) -> None:
        super().__init__()
        self.verbose = 1
        self.target: int | None = None  # the steps of an epoch, once they are known
        self.seen = 0
        self._line = LiveLine()
        self._due = float("inf")  # when to update the line next
        self._lasted = float("inf")  # the previous epoch's duration in seconds
        self._training = False
        self._loss: float | None = None  # the training loss of the epoch

    def set_params(self, params: dict[str, Any]) -> None:
        super().set_params(params)
        self.verbose = resolve_verbose("ProgbarLogger", params.get("verbose", 1))
        self.target = params.get("steps")

    def _begin(self, title: str) -> None:
        self._title = title
        self.seen = 0
        self._start = time.perf_counter()
        self._due = float("inf")
        if self.verbose == 1:
            notebook = in_notebook()
            if notebook != isinstance(self._line, NotebookLine):
                self._line = NotebookLine() if notebook else LiveLine()
            self._pause = _NOTEBOOK_PAUSE if notebook else _PAUSE
            self._due = self._start + self._pause
            if self._lasted > self._pause:
                self._show({}, self._start)

    def _advance(self, batch: int, logs: Mapping[str, float] | None) -> None:
        self.seen = min(batch + 1, self.target or batch + 1)
        now = time.perf_counter()
        if now >= self._due:
            self._show(logs or {}, now)

    def _show(self, logs: Mapping[str, float], now: float, validating: bool = False) -> None:
        seconds = now - self._start
        text = live_line(columns(), self._title, logs, self.seen, self.target, seconds, validating)
        self._line.show(text)
        self._due = now + self._pause

    def _end(self, logs: Mapping[str, float]) -> None:
        self.target = self.target or self.seen
        self._due = float("inf")
        self._lasted = time.perf_counter() - self._start
        if self.verbose:
            self._line.end(whole_line(self._title, logs, self._lasted, self.seen))

    def make_way(self) -> None:
        """Clears the line, so that other output begins on a new line."""
        self._line.erase()

    def _release(self) -> None:
        """Cleans up the terminal if training ends early."""
        if self.seen:
            self._line.end()
        else:
            self._line.erase()

    def on_train_begin(self, logs: Any = None) -> None:
        self._training = True
        self._lasted = float("inf")

    def on_train_end(self, logs: Any = None) -> None:
        self._training = False

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._begin(f"Epoch {epoch + 1}/{self.params['epochs']}")

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self._advance(batch, logs)
        self._loss = logs.get("loss") if logs else None

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self._end(logs or {})

    # Validation within an epoch is part of the epoch's line.

    def on_test_begin(self, logs: Any = None) -> None:
        if not self._training:
            self._begin("")

    def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
        if not self._training:
            self._advance(batch, logs)
        elif time.perf_counter() >= self._due:
            shown = {f"val_{name}": value for name, value in (logs or {}).items()}
            if self._loss is not None:
                shown["loss"] = self._loss
            self._show(shown, time.perf_counter(), validating=True)

    def on_test_end(self, logs: Any = None) -> None:
        if not self._training:
            self._end(logs or {})

    def on_predict_begin(self, logs: Any = None) -> None:
        self._begin("")

    def on_predict_batch_end(self, batch: int, logs: Any = None) -> None:
        self._advance(batch, None)

    def on_predict_end(self, logs: Any = None) -> None:
        if self.verbose == 1:
            self._title = f"{self.seen}/{self.target or self.seen}"
            self._end({})
