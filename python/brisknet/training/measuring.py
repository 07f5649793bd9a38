"""How a model is measured: its metrics, their names in logs, their values."""

from __future__ import annotations

from typing import Any

import numpy as np

from brisknet.arguments.checks import Array
from brisknet.data import Batch
from brisknet.metrics import Mean, Metric
from brisknet.metrics.as_metric import as_metric


class Measured:
    """A model's metrics: the loss's mean, the compiled ones, and those that layers keep."""

    def __init__(self) -> None:
        self._loss_tracker = Mean("loss")
        self._measure_by([], [])

    def _measure_by(self, metrics: list[Any], weighted: list[Any]) -> None:
        """Takes metrics as `compile` is given them; their kinds follow from the first batch."""
        self._metric_names = metrics
        self._weighted_names = weighted
        self._metrics: list[Metric] | None = None
        self._weighted: list[Metric] = []
        # By the names that logs have for them; found out once between two resets.
        self._reported: dict[str, Metric] | None = None

    @property
    def metrics(self) -> list[Metric]:
        """The loss's mean, the metrics once their kinds are known, and those that layers keep."""
        compiled = [self._loss_tracker, *(self._metrics or []), *self._weighted]
        return list({id(m): m for m in [*compiled, *self._layer_metrics()]}.values())

    @property
    def metrics_names(self) -> list[str]:
        """The metrics' names, in the order in which `evaluate` returns their values.

        A name that another metric has gets a number, or 'weighted_' before it, as in Keras.
        """
        return list(self._named_metrics())

    def _named_metrics(self) -> dict[str, Metric]:
        named: dict[str, Metric] = {}
        for metric in self.metrics:
            name = metric.name
            if name in named:
                if any(metric is other for other in self._weighted):
                    name = f"weighted_{name}"
                first, number = name, 0
                while name in named:
                    number += 1
                    name = f"{first}_{number}"
            named[name] = metric
        return named

    def _layer_metrics(self) -> list[Metric]:
        """Those that layers keep as attributes, and update in their forward."""
        return []

    def get_metrics_result(self) -> dict[str, Any]:
        """The metrics' values by name, over the batches since the last reset.

        They are sorted, as in Keras. A metric may give a dict of several.
        """
        if self._reported is None:
            self._reported = self._named_metrics()
        values = {name: metric.result() for name, metric in self._reported.items()}
        logs: dict[str, Any] = {}
        for name in sorted(values):
            value = values[name]
            more = value if isinstance(value, dict) else {name: value}
            logs.update((key, _as_logged(more[key])) for key in sorted(more))
        return logs

    def reset_metrics(self) -> None:
        """Forgets all batches that the metrics have seen."""
        self._reported = None
        for metric in self.metrics:
            metric.reset_state()

    def _measure(self, batch: Batch, y_pred: Array, loss: float) -> None:
        self._loss_tracker.update_state(loss, float(len(batch.x)))
        if self._metrics is None:
            self._resolve_metrics(batch.y.shape, y_pred.shape)
        for metric in self._metrics or ():
            metric.update_state(batch.y, y_pred)
        for metric in self._weighted:
            metric.update_state(batch.y, y_pred, sample_weight=batch.weight)

    def _resolve_metrics(self, y_shape: tuple[int, ...], y_pred_shape: tuple[int, ...]) -> None:
        self._metrics = [as_metric(m, y_shape, y_pred_shape) for m in self._metric_names]
        self._weighted = [as_metric(m, y_shape, y_pred_shape) for m in self._weighted_names]
        self._reported = None

    def _values(self) -> Any:
        logs = self.get_metrics_result()
        names = self._reported or self._named_metrics()
        values = [logs.pop(name) for name in names if name in logs]
        values += logs.values()  # of metrics that give a dict
        return values if len(values) > 1 else values[0]


def _as_logged(value: Any) -> Any:
    """A metric's value as a float, or as an array where there are several."""
    if isinstance(value, float):
        return value
    array = np.asarray(value, np.float64)
    return array.item() if array.size == 1 else array
