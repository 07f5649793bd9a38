"""`predict`: the outputs of a model."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

import numpy as np

from brisknet.arguments.checks import Array
from brisknet.callbacks.callback_list import CallbackList
from brisknet.data import Data
from brisknet.data.compressed import CompressedBatch
from brisknet.display.progress import resolve_verbose
from brisknet.runtime.float_environment import Ignored
from brisknet.runtime.interrupts import Interrupts
from brisknet.training.arguments import rows_of_a_batch
from brisknet.training.inputs import epochs_of, take_inputs, unlabelled, unlabelled_array
from brisknet.training.loop import executions
from brisknet.training.trainable import Trainable


class Predicting(Trainable):
    """A model that predicts."""

    _by_kernels: bool | None  # found out by the first prediction

    def _is_by_core(self) -> bool:
        raise NotImplementedError

    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: str | int = "auto",
        steps: int | None = None,
        callbacks: Any = None,
    ) -> Array:
        """The outputs for a data set; the same bits for any batch_size.

        Several threads may call it at once.

        Args:
            x: inputs, see `fit`; of batches (x, y) only x is used.
            batch_size: samples in a batch; by default as many as run efficiently.
            verbose: 1 or 'auto' for a bar on a terminal, 0 or 2 for none.
            steps: how many batches to take; by default all.
            callbacks: a list of `callbacks.Callback`.

        Returns:
            float32 of shape (samples, …).

        Raises:
            ValueError: if x has no samples, or its shape does not fit the model.
            TypeError: if x is not an array of numbers.
        """
        given = unlabelled(self, "predict", x)
        size = rows_of_a_batch("predict", given, batch_size, steps)
        verbose = resolve_verbose("predict", verbose)
        if isinstance(given, Data):
            take_inputs(self, "predict", given)
            calls_none = callbacks is None or (type(callbacks) is list and not callbacks)
            if given.size <= size and steps is None and verbose != 1 and calls_none:
                return self._outputs(given.inputs()).copy()  # an output may be the input itself
        epochs = epochs_of("predict", given, size, steps)
        called = CallbackList(
            callbacks,
            add_progbar=verbose == 1,
            model=self,  # type: ignore[arg-type]
            epochs=1,
            steps=epochs.steps,
            verbose=verbose,
        )
        outputs: Array | None = None  # of all rows, where their number is known
        parts: list[Array] = []
        rows = 0
        self.stop_predicting = False
        with Interrupts() as interrupts, Ignored(), ExitStack() as closing, interrupts.open:
            closing.callback(epochs.close)
            closing.callback(called.close)
            called.on_predict_begin()
            for first, last, batches in executions(epochs.epoch(), self.steps_per_execution):
                called.on_predict_batch_begin(first)
                ys = [self.infer(batch.x) for batch in batches]
                y = ys[0] if len(ys) == 1 else np.concatenate(ys)
                if epochs.samples is None:
                    parts.append(y.copy())  # it may be the input itself
                else:
                    if outputs is None:
                        outputs = np.empty((epochs.samples, *y.shape[1:]), dtype=np.float32)
                    outputs[rows : rows + len(y)] = y
                rows += len(y)
                called.on_predict_batch_end(last, {"outputs": y})
                if self.stop_predicting:
                    break
            called.on_predict_end()
        if not rows:
            raise ValueError("[predict] expected at least one batch, got none")
        return np.concatenate(parts) if outputs is None else outputs[:rows]

    def predict_on_batch(self, x: Any) -> Array:
        """The outputs for one batch, without callbacks and progress; for errors see `predict`."""
        data = unlabelled_array(self, "predict_on_batch", x)
        take_inputs(self, "predict_on_batch", data)
        return self._outputs(data.inputs())

    def _outputs(self, x: Array | CompressedBatch) -> Array:
        """`infer` without a look at NumPy's errors."""
        if self._by_kernels is None:
            self._by_kernels = self._is_by_core()
        if self._by_kernels:
            return self.infer(x)  # saves 0.7 µs
        with np.errstate(all="ignore"):
            return self.infer(x)
