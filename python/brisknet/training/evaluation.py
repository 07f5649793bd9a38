"""`evaluate`: the loss and the metrics over a data set."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

import numpy as np

from brisknet import _core
from brisknet.arguments.checks import Array
from brisknet.arguments.unknown import explained, refuse_rest
from brisknet.callbacks.callback_list import CallbackList
from brisknet.data import Batch, Data, Epochs
from brisknet.display.progress import resolve_verbose
from brisknet.layers.calling import activity
from brisknet.training.arguments import rows_of_a_batch
from brisknet.training.inputs import epochs_of, labelled, labelled_arrays, prepare
from brisknet.training.loop import executions
from brisknet.training.step import penalty_of
from brisknet.training.trainable import Trainable


class Evaluating(Trainable):
    """A model that is measured."""

    @explained
    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: str | int = "auto",
        sample_weight: Any = None,
        steps: int | None = None,
        callbacks: Any = None,
        return_dict: bool = False,
        **kwargs: Any,
    ) -> Any:
        """The loss and the metrics over a data set.

        Args:
            x, y, sample_weight: see `fit`.
            batch_size: samples in a batch; by default as many as run efficiently.
            verbose: see `fit`.
            steps: how many batches to take; by default all.
            callbacks: a list of `callbacks.Callback`.
            return_dict: whether to return a dict.

        Returns:
            The loss if there are no metrics; else a list, in the order of `metrics_names`, or a
            dict.

        Raises:
            ValueError, TypeError, RuntimeError: see `fit`.
        """
        refuse_rest(Evaluating.evaluate, kwargs)
        given = labelled(self, "evaluate", x, y, sample_weight)
        size = rows_of_a_batch("evaluate", given, batch_size, steps)
        verbose = resolve_verbose("evaluate", verbose)
        with self.exclusive("evaluate") as interrupts, ExitStack() as closing, interrupts.open:
            self.check_compiled("evaluate")
            if isinstance(given, Data):
                prepare(self, "evaluate", given)
            epochs = epochs_of("evaluate", given, size, steps)
            closing.callback(epochs.close)
            called = CallbackList(
                callbacks,
                add_progbar=verbose != 0,
                model=self,  # type: ignore[arg-type]
                epochs=1,
                steps=epochs.steps,
                verbose=verbose,
            )
            closing.callback(called.close)
            results = test(self, epochs, called)
            if not results:
                raise ValueError("[evaluate] expected at least one batch, got none")
            return results if return_dict else self._values()

    @explained
    def test_on_batch(
        self, x: Any, y: Any = None, sample_weight: Any = None, return_dict: bool = False
    ) -> Any:
        """Measures one batch; returns its metrics, and resets them before it.

        For arguments and errors see `evaluate`.
        """
        data = labelled_arrays(self, "test_on_batch", x, y, sample_weight)
        with self.exclusive("test_on_batch") as interrupts, interrupts.open:
            self.check_compiled("test_on_batch")
            prepare(self, "test_on_batch", data)
            self.reset_metrics()
            test_step(self, data.batch())
            return self.get_metrics_result() if return_dict else self._values()


def test(model: Trainable, epochs: Epochs, called: CallbackList) -> dict[str, Any]:
    """Measures an epoch from the start of the data; returns the metrics, none without a batch."""
    model.reset_metrics()
    model.stop_evaluating = False
    called.on_test_begin()
    results: dict[str, Any] = {}
    for first, last, batches in executions(epochs.from_start(), model.steps_per_execution):
        called.on_test_batch_begin(first)
        for batch in batches:
            test_step(model, batch)
        results = model.get_metrics_result()
        called.on_test_batch_end(last, results)
        if model.stop_evaluating:
            break
    called.on_test_end(results)
    return results


def test_step(model: Trainable, batch: Batch) -> Array:
    """Measures a batch; returns the outputs."""
    activity.penalty = 0.0
    y_pred = model.infer(batch.x)
    loss = activity.penalty
    loss += sum(penalty_of(v)[0] for v in model.trainable_variables if v.regularizer)
    if model._loss is not None:
        loss += model._loss_weight * _mean(model._loss(batch.y, y_pred, batch.weight))
    model._measure(batch, y_pred, loss)
    return y_pred


def _mean(losses: Any) -> float:
    """A loss as one number; of a loss that is not reduced its rows' mean, as in Keras."""
    if np.ndim(losses) == 0:
        return float(losses)
    rows = np.ascontiguousarray(losses, np.float32)
    return _core.weighted_sum(rows) / max(1, rows.size)
