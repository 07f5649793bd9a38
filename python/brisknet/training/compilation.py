"""What a model is trained with and measured by: `compile`, the loss, the metrics."""

from __future__ import annotations

from typing import Any

import numpy as np

from brisknet import losses, metrics, optimizers
from brisknet.arguments.checks import Array, describe
from brisknet.arguments.types import is_number
from brisknet.arguments.unknown import explained
from brisknet.data import Batch
from brisknet.display.representation import shortened
from brisknet.losses.as_loss import as_loss
from brisknet.metrics import Metric
from brisknet.metrics.as_metric import as_metric
from brisknet.training.arguments import positive
from brisknet.variables.containers import contents


class Compiled:
    """A model's optimizer, loss and metrics."""

    def __init__(self) -> None:
        self.compiled = False
        self.optimizer: optimizers.Optimizer | None = None
        self._loss: losses.Loss | None = None
        self._loss_weight = 1.0
        self.steps_per_execution = 1
        self._trainable_as_it_is = False  # whether `fit` has looked for weights used twice
        self._given_loss: Any = None
        self._compile_arguments: dict[str, Any] = {}  # without the optimizer
        self._metric_names: list[Any] = []
        self._weighted_names: list[Any] = []
        self._metrics: list[Metric] | None = None
        self._weighted: list[Metric] = []
        self.run_eagerly = False
        self.jit_compile: str | bool = "auto"
        self._loss_tracker = metrics.Mean("loss")
        # By the names that logs have for them; found out once between two resets.
        self._reported: dict[str, Metric] | None = None

    @explained
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
            run_eagerly: without effect: execution is always eager.
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
        if isinstance(loss, dict) and "class_name" not in loss:
            loss = list(loss.values())  # by outputs
        if isinstance(loss, list | tuple):
            if len(loss) != 1:
                raise ValueError(
                    "[compile] expected one loss, as the model has one output, got "
                    f"{len(loss)}: {_outputs(given_loss)}"
                )
            (loss,) = loss
        new_loss = None if loss is None else as_loss(loss)
        names, weighted = (
            _as_list("metrics", metrics),
            _as_list("weighted_metrics", weighted_metrics),
        )
        self.optimizer = new_optimizer
        self._loss = new_loss
        self._loss_weight = loss_weight
        self._trainable_as_it_is = False
        self._given_loss = given_loss
        self._compile_arguments = {
            "loss": given_loss,
            "loss_weights": loss_weights,
            "metrics": _saved(metrics, names),
            "weighted_metrics": _saved(weighted_metrics, weighted),
            "run_eagerly": run_eagerly,
            "steps_per_execution": steps_per_execution,
            "jit_compile": jit_compile,
        }
        self._metric_names = names
        self._weighted_names = weighted
        self._metrics = None
        self._weighted = []
        self._reported = None
        self.run_eagerly = run_eagerly
        self.steps_per_execution = steps_per_execution
        self.jit_compile = jit_compile
        self.compiled = True

    def check_compiled(self, op: str, training: bool = False) -> None:
        if not self.compiled:
            raise ValueError(f"[{op}] call compile() first")
        if training and (self._loss is None or self.optimizer is None):
            lacking = "a loss" if self._loss is None else "an optimizer"
            raise ValueError(f"[{op}] expected {lacking} for training: pass one to compile()")
        if training and getattr(self._loss, "reduction", "sum") in (None, "none"):
            assert self._loss is not None
            raise ValueError(
                f"[{op}] expected a loss of one value for training, but {self._loss.name!r} has "
                f"reduction={self._loss.reduction!r}, which gives one for each row: leave the "
                "reduction out"
            )

    @property
    def loss(self) -> Any:
        """The loss as `compile` was given it."""
        return self._given_loss

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


def _loss_weight(given: Any) -> float:
    """The weight of the only output."""
    weight = given
    if isinstance(weight, dict):
        weight = list(weight.values())
    while isinstance(weight, list | tuple) and len(weight) == 1:
        (weight,) = weight
    if weight is None:
        return 1.0
    if isinstance(weight, bool) or not is_number(weight) or not np.isfinite(float(weight)):
        are_metrics = isinstance(weight, str) or (isinstance(given, list) and given)
        hint = "; metrics come after it: write metrics=…" if are_metrics else ""
        raise ValueError(
            "[compile] expected loss_weights: a number, or a list or dict of one, "
            f"got {given if isinstance(given, list | tuple | dict) else describe(given)}{hint}"
        )
    return float(weight)


def _as_logged(value: Any) -> Any:
    """A metric's value as a float, or as an array where there are several."""
    if isinstance(value, float):
        return value
    array = np.asarray(value, np.float64)
    return array.item() if array.size == 1 else array


def _outputs(given: Any) -> str:
    """What was given for several outputs, shortened."""
    return shortened(", ".join(map(str, given)), 60)


def _as_list(name: str, given: Any) -> list[Any]:
    if given is None:
        return []
    if isinstance(given, dict) and "class_name" not in given:
        if len(given) != 1:
            raise ValueError(
                f"[compile] expected {name} of one output, as the model has one, got those of "
                f"{len(given)}: {_outputs(given)}"
            )
        (given,) = given.values()
    listed = list(given) if isinstance(given, list | tuple) else [given]
    if len(listed) == 1 and isinstance(listed[0], list | tuple):
        listed = list(listed[0])
    return [_once(metric) for metric in listed if metric is not None]


def _saved(given: Any, made: list[Any]) -> Any:
    """Metrics as a configuration has them: as they were given, but for classes, what was made."""
    return made if any(contents(given, type)) else given


def _once(given: Any) -> Any:
    """What a name, a class or a configuration means, made once; raises for an unknown one.

    Which accuracy, and a function's metric, are known when the first batch is.
    """
    if isinstance(given, str) and given.lower() in ("accuracy", "acc"):
        return given
    metric = metrics.get(given)
    if isinstance(given, str) and isinstance(metric, metrics.Metric):
        metric.name = given
    return metric
