"""`compile`: the optimizer, the loss and the metrics of a model."""

from __future__ import annotations

from typing import Any

import numpy as np

from brisknet import losses, metrics, optimizers
from brisknet.arguments.checks import describe
from brisknet.arguments.types import is_number
from brisknet.arguments.unknown import explained
from brisknet.display.representation import shortened
from brisknet.losses.as_loss import as_loss
from brisknet.training.arguments import positive
from brisknet.training.measuring import Measured
from brisknet.variables.containers import contents


class Compiled(Measured):
    """A model's optimizer, loss and metrics."""

    def __init__(self) -> None:
        super().__init__()
        self.compiled = False
        self.optimizer: optimizers.Optimizer | None = None
        self._loss: losses.Loss | None = None
        self._loss_weight = 1.0
        self.steps_per_execution = 1
        self._trainable_as_it_is = False  # whether `fit` has looked for weights used twice
        self._given_loss: Any = None
        self._compile_arguments: dict[str, Any] = {}  # without the optimizer
        self.run_eagerly = False
        self.jit_compile: str | bool = "auto"

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
        self._measure_by(names, weighted)
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
