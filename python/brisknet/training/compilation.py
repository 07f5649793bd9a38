"""What a model is trained with and measured by: `compile`, the loss, the metrics."""

from __future__ import annotations

from typing import Any

import numpy as np

from brisknet import losses, metrics, optimizers
from brisknet._arguments import Array, describe
from brisknet.data import Batch
from brisknet.training.arguments import positive


class Compiled:
    """A model's optimizer, loss and metrics."""

    def __init__(self) -> None:
        self.compiled = False
        self.optimizer: optimizers.Optimizer | None = None
        self._loss: losses.Loss | None = None
        self._loss_weight = 1.0
        self.steps_per_execution = 1
        self._given_loss: Any = None
        self._compile_arguments: dict[str, Any] = {}  # without the optimizer
        self._metric_names: list[Any] = []
        self._weighted_names: list[Any] = []
        self._metrics: list[metrics.Metric] | None = None
        self._weighted: list[metrics.Metric] = []
        self._loss_tracker = metrics.Mean("loss")

    def compile(
        self,
        optimizer: str | type[optimizers.Optimizer] | optimizers.Optimizer = "rmsprop",
        loss: Any = None,
        loss_weights: Any = None,
        metrics: Any = None,
        weighted_metrics: Any = None,
        run_eagerly: bool = False,
        steps_per_execution: int = 1,
        jit_compile: str | bool = "auto",
        auto_scale_loss: bool = True,
    ) -> None:
        """Sets how the model is trained and measured.

        Args:
            optimizer: a name or an `optimizers.Optimizer`.
            loss: a name, a `losses.Loss`, a function of `brisknet.losses`, or a function of
                (y_true, y_pred) that returns the rows' losses and their gradients; None for a model
                that is not to be trained. A list may hold it.
            metrics: a list of names, `metrics.Metric` objects and functions of (y_true, y_pred);
                'accuracy' means the binary, sparse or categorical accuracy by the shapes.
            weighted_metrics: the same, weighted by sample_weight or class_weight.
            loss_weights: what the loss is multiplied by: a number, or a list or dict that holds it.
            run_eagerly: False; there is nothing but eager execution, and nothing it would change.
            steps_per_execution: how many steps `fit`, `evaluate` and `predict` make between two
                calls of callbacks' hooks for batches. Of no effect on results.
            jit_compile, auto_scale_loss: without effect here, as kernels are compiled and losses
                are float32.

        Raises:
            ValueError: if a name is unknown, or an argument of Keras's is not supported.
        """
        steps_per_execution = positive("compile", "steps_per_execution", steps_per_execution)
        loss_weight = _loss_weight(loss_weights)
        new_optimizer = optimizers.get(optimizer)
        given_loss = loss
        if isinstance(loss, list | tuple) and len(loss) == 1:
            (loss,) = loss
        new_loss = None if loss is None else losses.as_loss(loss)
        names, weighted = (
            _as_list("metrics", metrics),
            _as_list("weighted_metrics", weighted_metrics),
        )
        self.optimizer = new_optimizer
        self._loss = new_loss
        self._loss_weight = loss_weight
        self._given_loss = given_loss
        self._compile_arguments = {
            "loss": given_loss,
            "loss_weights": loss_weights,
            "metrics": metrics,
            "weighted_metrics": weighted_metrics,
            "run_eagerly": run_eagerly,
            "steps_per_execution": steps_per_execution,
            "jit_compile": jit_compile,
        }
        self._metric_names = names
        self._weighted_names = weighted
        self._metrics = None
        self._weighted = []
        self.run_eagerly = run_eagerly
        self.steps_per_execution = steps_per_execution
        self.jit_compile = jit_compile
        self.compiled = True

    @property
    def loss(self) -> Any:
        """The loss as `compile` was given it."""
        return self._given_loss

    @property
    def metrics(self) -> list[metrics.Metric]:
        """The loss's mean, and the metrics once their kinds are known."""
        return [self._loss_tracker, *(self._metrics or []), *self._weighted]

    @property
    def metrics_names(self) -> list[str]:
        """The metrics' names, in the order in which `evaluate` returns their values.

        A name that another metric has gets a number, or 'weighted_' before it, as in Keras.
        """
        names = [self._loss_tracker.name]
        for prefix, group in (("", self._metrics or []), ("weighted_", self._weighted)):
            for metric in group:
                name = metric.name
                if name in names:
                    name, number = prefix + name, 0
                    while (new_name := f"{name}_{number}" if number else name) in names:
                        number += 1
                    name = new_name
                names.append(name)
        return names

    def get_metrics_result(self) -> dict[str, float]:
        """The metrics' values by name, over the batches since the last reset."""
        return self._results()

    def reset_metrics(self) -> None:
        """Forgets all batches that the metrics have seen."""
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
        self._metrics = [metrics.resolve(m, y_shape, y_pred_shape) for m in self._metric_names]
        self._weighted = [metrics.resolve(m, y_shape, y_pred_shape) for m in self._weighted_names]

    def _results(self) -> dict[str, Any]:
        """The metrics' values by name, sorted as in Keras; a metric may give a dict of several."""
        values = {n: m.result() for n, m in zip(self.metrics_names, self.metrics, strict=True)}
        logs: dict[str, Any] = {}
        for name in sorted(values):
            value = values[name]
            more = value if isinstance(value, dict) else {name: value}
            logs.update((key, _as_logged(more[key])) for key in sorted(more))
        return logs

    def _values(self) -> Any:
        logs = self._results()
        values = [logs.pop(name) for name in self.metrics_names if name in logs]
        values += logs.values()  # of metrics that give a dict
        return values if len(values) > 1 else values[0]


def _loss_weight(given: Any) -> float:
    """The weight of the only output."""
    weight = given
    if isinstance(weight, dict):
        weight = list(weight.values())
    while isinstance(weight, list | tuple) and len(weight) == 1:
        (weight,) = weight
    if weight is None:
        return 1.0
    is_number = isinstance(weight, int | float | np.number) and not isinstance(weight, bool)
    if not is_number or not np.isfinite(weight):
        raise ValueError(
            "[compile] expected loss_weights: a number, or a list or dict of one, "
            f"got {given if isinstance(given, list | tuple | dict) else describe(given)}"
        )
    return float(weight)


def _as_logged(value: Any) -> Any:
    """A metric's value as a float, or as an array where there are several."""
    if isinstance(value, float):
        return value
    array = np.asarray(value, np.float64)
    return array.item() if array.size == 1 else array


def _as_list(name: str, given: Any) -> list[Any]:
    if given is None:
        return []
    if isinstance(given, dict) and len(given) == 1:
        (given,) = given.values()  # of the one output
    listed = list(given) if isinstance(given, list | tuple) else [given]
    if len(listed) == 1 and isinstance(listed[0], list | tuple):
        listed = list(listed[0])
    listed = [metric for metric in listed if metric is not None]
    for metric in listed:
        if not (isinstance(metric, str) and metric.lower() in ("accuracy", "acc")):
            metrics.get(metric)  # raises for what there is not, before anything changes
    return listed
