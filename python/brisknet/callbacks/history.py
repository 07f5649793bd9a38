"""The record of a training, which `fit` returns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from brisknet.callbacks.callback import Callback, Logs
from brisknet.display.html_table import html_table
from brisknet.display.progress import number_text, place_of
from brisknet.display.representation import shortened
from brisknet.metrics.best import best_place, direction_of, measured_in
from brisknet.plots.history import plot_history


class _Values(dict[str, list[float]]):
    """A dict of the metrics' values, whose KeyError lists the metrics."""

    def __missing__(self, name: str) -> Any:
        known = ", ".join(map(repr, self)) or "none"
        raise KeyError(f"{name!r} was not measured: the metrics are {known}")


class History(Callback):
    """Records the metrics of each epoch; returned by `fit`.

    Attributes:
        epoch: the epoch numbers, from 0.
        history: a dict from each metric, 'loss', 'val_loss', …, to its values.
    """

    def __init__(self) -> None:
        super().__init__()
        self.epoch: list[int] = []
        self.history: dict[str, list[float]] = _Values()

    def on_train_begin(self, logs: Logs = None) -> None:
        self.epoch = []

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)

    def best_epoch(self, name: str) -> int | None:
        """The first epoch, counted from 0, in which a metric had its best value.

        None if the metric was always NaN, or if it is not known whether higher or lower is better.

        Raises:
            KeyError: if there is no metric of this name.

        Example:
            >>> history = History()
            >>> history.on_epoch_end(0, {"loss": 0.7})
            >>> history.on_epoch_end(1, {"loss": 0.4})
            >>> history.best_epoch("loss")
            1
        """
        place = best_place(self.history[name], self._direction(name))
        return None if place is None else self._epochs(name)[place]

    def _epochs(self, name: str) -> Sequence[int]:
        return measured_in(len(self.history[name]), self.epoch)

    def _direction(self, name: str) -> str | None:
        """'up' if higher values of a metric are better, 'down' if lower; None if unknown."""
        for metric in self._model.metrics if self._model is not None else ():
            if metric.name == name.removeprefix("val_") and metric.direction is not None:
                return metric.direction
        return direction_of(name)

    def _rows(self) -> Iterator[tuple[str, str, str, str]]:
        """Each metric with its last value, its best value and the best epoch, counted from 1."""
        for name in sorted(self.history, key=place_of):
            values = self.history[name]
            if not values:
                continue
            best = self.best_epoch(name)
            last = number_text(values[-1])
            if best is None:
                yield name, last, "", ""
            else:
                value = values[self._epochs(name).index(best)]
                yield name, last, number_text(value), str(best + 1)

    def __repr__(self) -> str:
        parts = [f"{len(self.epoch)} epoch{'s' * (len(self.epoch) != 1)}"]
        for name, last, best, epoch in self._rows():
            where = f" (best {best} in epoch {epoch})" if best and best != last else ""
            parts.append(f"{name} {last}{where}")
        return shortened(f"<History of {', '.join(parts)}>", 300)

    def _repr_html_(self) -> str:
        epochs = f"{len(self.epoch)} epoch{'s' * (len(self.epoch) != 1)}"
        header = ["metric", "last", "best", "in epoch"]
        return html_table(f"History of {epochs}", header, list(self._rows()))

    def plot(self, *args: Any, **kwargs: Any) -> Any:
        """Draws the metrics by epoch; the arguments are those of `brisknet.plots.plot_history`."""
        return plot_history(self, *args, **kwargs)
