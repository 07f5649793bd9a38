"""A plot that is updated during training."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from typing import Any

from brisknet.arguments.numbers import checked_number
from brisknet.callbacks.callback import Callback, Logs
from brisknet.callbacks.history import History
from brisknet.display.progress import in_notebook
from brisknet.plots.figures import file_form, matplotlib
from brisknet.plots.history import plot_history
from brisknet.runtime.warning import warn_user


class LivePlot(Callback):
    """Draws the loss and the metrics below a notebook cell, and updates the plot after epochs.

    The plot stays in the saved notebook. Outside a notebook, pass `to_file` to draw to a file.

    Needs matplotlib (`pip install 'brisknet[plot]'`).

    Args:
        metrics: the metrics to draw; by default, all.
        seconds: the minimum time between two updates; the last state is always drawn.
        to_file: the file to save the plot to, ending in .png, .svg or .pdf.
        dpi, log, smoothing, best, dark: see `brisknet.plots.plot_history`.

    Raises:
        ImportError: if matplotlib is not installed.
        ValueError: if an argument is invalid.

    Warns:
        UserWarning: in `fit`, if there is neither a notebook nor a file, so nothing is drawn.

    Example:
        >>> callback = LivePlot("loss", smoothing=0.6)  # doctest: +SKIP
    """

    def __init__(
        self,
        metrics: Sequence[str] | str | None = None,
        seconds: float = 1.0,
        to_file: str | os.PathLike[str] | None = None,
        dpi: float = 200,
        *,
        log: bool | Sequence[str] | str = False,
        smoothing: float = 0.0,
        best: bool = True,
        dark: bool = False,
    ) -> None:
        super().__init__()
        matplotlib("LivePlot")
        # Raises here, not after the first epoch, if drawing is impossible.
        plot_history({"loss": [1.0]}, dpi=dpi, smoothing=smoothing, best=best, dark=dark)
        checked_number("LivePlot", "seconds", seconds, 0)
        if to_file is not None:
            file_form("LivePlot", to_file)
        self.metrics = metrics
        self.seconds = seconds
        self.to_file = to_file
        self.dpi = dpi
        self.log = log
        self.smoothing = smoothing
        self.best = best
        self.dark = dark
        self._history = History()
        self._output: Any = None
        self._due = 0.0
        self._drawn = 0  # epochs

    def on_train_begin(self, logs: Logs = None) -> None:
        self._history = History()
        self._history.set_model(self.model)
        self._output = None
        self._due = 0.0
        self._drawn = 0
        if not in_notebook() and self.to_file is None:
            warn_user("[LivePlot] no notebook to draw in: pass to_file to draw into a file")

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        self._history.on_epoch_end(epoch, logs)
        if time.perf_counter() >= self._due:
            self._draw()
            self._due = time.perf_counter() + self.seconds

    def on_train_end(self, logs: Logs = None) -> None:
        self._draw()

    def _release(self) -> None:
        """Draws the last epochs if training ended early."""
        self._draw()

    def _draw(self) -> None:
        notebook = in_notebook()
        epochs = len(self._history.epoch)
        if epochs == self._drawn or not (notebook or self.to_file is not None):
            return
        self._drawn = epochs
        figure = plot_history(
            self._history, self.metrics, self.to_file, self.dpi,
            log=self.log, smoothing=self.smoothing, best=self.best, dark=self.dark,
        )  # fmt: skip
        if not notebook:
            return
        from IPython.display import display

        if self._output is None:
            self._output = display(figure, display_id=True)
        else:
            self._output.update(figure)
