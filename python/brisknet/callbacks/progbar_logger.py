"""What `fit` and `evaluate` print."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from typing import Any

from brisknet.callbacks.callback import Callback
from brisknet.progress import metrics_line, resolve_verbose, say


class ProgbarLogger(Callback):
    """Prints progress: a bar on a terminal, one line an epoch elsewhere.

    `fit` and `evaluate` add it by themselves, and say by their `verbose` how much it prints.
    """

    def __init__(self) -> None:
        super().__init__()
        self.verbose = 1
        self.target: int | None = None  # the steps of an epoch, once they are known
        self.seen = 0
        self._bar: Any = None
        self._training = False

    def set_params(self, params: dict[str, Any]) -> None:
        super().set_params(params)
        self.verbose = resolve_verbose("ProgbarLogger", params.get("verbose", 1))
        self.target = params.get("steps")

    def _begin(self, title: str) -> None:
        self._title = title
        self.seen = 0
        self._start = time.perf_counter()
        if self.verbose == 1:
            from tqdm.auto import tqdm

            self._bar = tqdm(total=self.target, desc=title, unit="step", file=sys.stdout)

    def _advance(self, logs: Mapping[str, float] | None) -> None:
        self.seen += 1
        # update is true when the bar is drawn: only then is the metrics' text made.
        if self._bar is not None and self._bar.update(1):
            self._bar.set_postfix_str(metrics_line(logs or {}))

    def _end(self, logs: Mapping[str, float]) -> None:
        self.target = self.target or self.seen
        if self._bar is not None:
            self._bar.set_postfix_str(metrics_line(logs))
            self._bar.close()
            self._bar = None
        elif self.verbose:
            seconds = time.perf_counter() - self._start
            per_step = 1e3 * seconds / max(1, self.seen)
            title = f"{self._title} - " if self._title else ""
            text = f"{title}{seconds:.1f} s - {per_step:.2f} ms/step - {metrics_line(logs)}"
            say(text)

    def on_train_begin(self, logs: Any = None) -> None:
        self._training = True

    def on_train_end(self, logs: Any = None) -> None:
        self._training = False

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._begin(f"Epoch {epoch + 1}/{self.params['epochs']}")

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self._advance(logs)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self._end(logs or {})

    # Validation within an epoch is part of the epoch's line.

    def on_test_begin(self, logs: Any = None) -> None:
        if not self._training:
            self._begin("")

    def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
        if not self._training:
            self._advance(logs)

    def on_test_end(self, logs: Any = None) -> None:
        if not self._training:
            self._end(logs or {})

    def on_predict_begin(self, logs: Any = None) -> None:
        self._begin("")

    def on_predict_batch_end(self, batch: int, logs: Any = None) -> None:
        self._advance(None)

    def on_predict_end(self, logs: Any = None) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None

    def close(self) -> None:
        """Leaves the terminal in order when training ends early."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None
