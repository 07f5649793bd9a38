"""What `fit` and `evaluate` print: a bar on a terminal, one line an epoch elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from brisknet.callbacks.callback import Callback


def resolve_verbose(op: str, verbose: Any) -> int:
    """0: nothing, 1: a bar, 2: one line; 'auto': a bar on a terminal, else one line."""
    if verbose == "auto":
        verbose = 1
    if isinstance(verbose, str) or verbose not in (0, 1, 2):
        raise ValueError(f"[{op}] expected verbose 'auto', 0, 1 or 2, got {verbose!r}")
    return 2 if verbose == 1 and not _on_terminal() else int(verbose)


def _on_terminal() -> bool:
    # In a notebook sys.stdout is no terminal, yet tqdm draws its bar there.
    return sys.stdout.isatty() or "ipykernel" in sys.modules


def metrics_line(logs: Mapping[str, float]) -> str:
    """'accuracy: 0.9812 - loss: 0.0613'; very small values with an exponent, as in Keras."""
    return " - ".join(
        f"{name}: {value:.4f}" if abs(value) > 1e-3 or value == 0 else f"{name}: {value:.4e}"
        for name, value in ((name, float(np.mean(v))) for name, v in logs.items())
    )


class Progress(Callback):
    """Prints progress; `verbose` is 1 or 2."""

    def __init__(self, verbose: int) -> None:
        super().__init__()
        self.verbose = verbose
        self._bar: Any = None
        self._training = False

    def _begin(self, title: str) -> None:
        self._title = title
        self._start = time.perf_counter()
        if self.verbose == 1:
            from tqdm.auto import tqdm

            self._bar = tqdm(total=self.params["steps"], desc=title, unit="step", file=sys.stdout)

    def _advance(self, logs: Mapping[str, float] | None) -> None:
        # update is true when the bar is drawn: only then is the metrics' text made.
        if self._bar is not None and self._bar.update(1):
            self._bar.set_postfix_str(metrics_line(logs or {}))

    def _end(self, logs: Mapping[str, float]) -> None:
        if self._bar is not None:
            self._bar.set_postfix_str(metrics_line(logs))
            self._bar.close()
            self._bar = None
            return
        seconds = time.perf_counter() - self._start
        per_step = 1e3 * seconds / max(1, self.params["steps"])
        title = f"{self._title} - " if self._title else ""
        print(f"{title}{seconds:.1f} s - {per_step:.2f} ms/step - {metrics_line(logs)}", flush=True)

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
