"""The loop: fit, evaluate, predict."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt

from brisknet import _core, random, regularizers
from brisknet._arguments import Array, describe, refuse_arguments
from brisknet.callbacks.callback_list import CallbackList
from brisknet.callbacks.history import History
from brisknet.compressed import CompressedBatch
from brisknet.data import Batch, Data
from brisknet.interrupts import Interrupts
from brisknet.layers.layer import Backward, Shape, activity
from brisknet.progress import Progress, resolve_verbose
from brisknet.training.arguments import positive, required, validation_epochs, whole
from brisknet.training.compilation import Compiled
from brisknet.variable import Variable


class Trainer(Compiled):
    """What a model can do once it can go forward and back."""

    name: str
    built: bool
    # What the model gives (see Sequential).
    trainable_variables: list[Variable]

    def ensure_built(self, input_shape: Shape) -> None:
        raise NotImplementedError

    def check_input(self, op: str, x: npt.NDArray[Any]) -> None:
        raise NotImplementedError

    def takes_compressed(self, x: npt.NDArray[Any]) -> bool:
        raise NotImplementedError

    def forward(
        self, x: Array | CompressedBatch, training: bool = False, input_gradient: bool = True
    ) -> tuple[Array, Backward]:
        raise NotImplementedError

    def infer(self, x: Array | CompressedBatch) -> Array:
        raise NotImplementedError

    def __init__(self) -> None:
        super().__init__()
        self.stop_training = False
        self.history: History | None = None
        # Orders of the samples, drawn epoch by epoch. Made by the first fit; saved with the model.
        self._orders: random.SeedGenerator | None = None
        self._resume: tuple[int, int] | None = None  # an epoch and its steps already made
        self._in_use = threading.RLock()

    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: str | int = "auto",
        callbacks: Any = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: bool = True,
        class_weight: Mapping[int, float] | None = None,
        sample_weight: Any = None,
        initial_epoch: int = 0,
        steps_per_epoch: None = None,
        validation_steps: None = None,
        validation_batch_size: int | None = None,
        validation_freq: int | Sequence[int] = 1,
    ) -> History:
        """Trains the model for a number of epochs.

        Ctrl-C stops the training between two steps: the model is then as after the last whole step,
        and `model.history` has the whole epochs.

        Args:
            x: inputs, an array of shape (samples, …), float32 or converted batch by batch.
            y: targets, an array of shape (samples, …).
            batch_size: samples in a step; 32 where None.
            epochs: the number of the last epoch, counted from initial_epoch.
            verbose: 'auto' or 1: a bar on a terminal and a line an epoch elsewhere; 2: a line an
                epoch; 0: nothing.
            callbacks: a list of `callbacks.Callback`.
            validation_split: the share of the samples, taken from the end, to validate with.
            validation_data: (x, y) or (x, y, sample_weight) to validate with instead.
            shuffle: whether each epoch takes the samples in a new random order.
            class_weight: a dict from class numbers to the weight of their samples in the loss.
            sample_weight: the samples' weights in the loss, shape (samples,).
            initial_epoch: the number of the first epoch.
            validation_batch_size: as batch_size, for the validation.
            validation_freq: validate after every so many epochs, or after those in this list,
                counted from 1.

        Returns:
            A `callbacks.History`.

        Raises:
            ValueError: if the model is not compiled, or something does not fit; the model is then
                unchanged.
            TypeError: if something is not an array of numbers.
            RuntimeError: if another thread is training this model.
        """
        refuse_arguments("fit", steps_per_epoch=steps_per_epoch, validation_steps=validation_steps)
        if not isinstance(shuffle, bool):
            raise ValueError(f"[fit] expected shuffle True or False, got {shuffle!r}")
        data = Data("fit", x, required("fit", "y", y), sample_weight)
        validation = _validation_data(validation_data)
        if validation is None and validation_split:
            data, validation = data.split("fit", validation_split)
        if class_weight is not None:
            data.weigh_classes("fit", class_weight)
        batch_size = positive("fit", "batch_size", 32 if batch_size is None else batch_size)
        validation_batch_size = positive(
            "fit",
            "validation_batch_size",
            batch_size if validation_batch_size is None else validation_batch_size,
        )
        whole("fit", "epochs", epochs)
        whole("fit", "initial_epoch", initial_epoch)
        validates = validation_epochs(validation_freq)
        verbose = resolve_verbose("fit", verbose)

        with self._exclusive("fit"):
            self._prepare("fit", data)
            self._try("fit", data, batch_size)
            if validation is not None:
                self._take_inputs("fit validation_data", validation)
                self._try("fit validation_data", validation, validation_batch_size)
            progress = Progress(verbose) if verbose else None
            called = CallbackList(
                [callbacks, progress],
                add_history=True,
                model=self,  # type: ignore[arg-type]
                epochs=epochs,
                steps=-(-data.size // batch_size),
                verbose=verbose,
            )
            self.history = called.history
            self.stop_training = False
            orders = self._orders = self._orders or random.SeedGenerator()
            self._resume = None
            try:
                with Interrupts() as interrupts:
                    called.on_train_begin()
                    initial_epoch, done = self._resume or (initial_epoch, 0)
                    logs: dict[str, float] = {}
                    for epoch in range(initial_epoch, epochs):
                        called.on_epoch_begin(epoch)
                        order = _core.permutation(data.size, *orders.next()) if shuffle else None
                        batches = data.batches(batch_size, order)
                        logs = self._epoch(batches, called, interrupts, done)
                        done = 0
                        if validation is not None and validates(epoch):
                            results = self._test(validation, validation_batch_size, called)
                            logs |= {f"val_{name}": value for name, value in results.items()}
                        called.on_epoch_end(epoch, dict(sorted(logs.items())))
                        if self.stop_training:
                            break
                    assert self.optimizer is not None
                    self.optimizer.finalize_variable_values(self.trainable_variables)
                    called.on_train_end(logs)
            finally:
                if progress is not None:
                    progress.close()
        assert called.history is not None
        return called.history

    def _epoch(
        self, batches: Iterator[Batch], called: CallbackList, interrupts: Interrupts, done: int
    ) -> dict[str, float]:
        if not done:
            self.reset_metrics()
        variables = self.trainable_variables
        regularized = _regularized(variables)
        for step, batch in itertools.islice(enumerate(batches), done, None):
            called.on_train_batch_begin(step)
            with interrupts.step:
                self._train_step(batch, variables, regularized)
            if called.wants_batch_logs:
                called.on_train_batch_end(step, self._results())
            if self.stop_training:
                break
        return self._results()

    def _train_step(
        self, batch: Batch, variables: list[Variable], regularized: list[Variable]
    ) -> None:
        assert self._loss is not None
        assert self.optimizer is not None
        activity.penalty = 0.0
        y_pred, backward = self.forward(batch.x, training=True, input_gradient=False)
        penalty = activity.penalty
        loss, dy = self._loss.value_and_gradient(batch.y, y_pred, batch.weight)
        backward(dy)
        for variable in variables:
            if not variable.has_grad:
                raise ValueError(
                    f"[fit] the backward of {variable.path.rpartition('/')[0]!r} assigned no "
                    f"gradient to {variable.name!r}"
                )
        for variable in regularized:
            value, gradient = _penalty(variable)
            penalty += value
            variable.grad += gradient
        self._measure(batch, y_pred, loss + penalty)  # first, as a metric of the user's may raise
        self.optimizer.apply([v.grad for v in variables], variables)

    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: str | int = "auto",
        sample_weight: Any = None,
        steps: None = None,
        callbacks: Any = None,
        return_dict: bool = False,
        **kwargs: Any,
    ) -> Any:
        """The loss and the metrics over a data set.

        Args:
            x, y, sample_weight: as of `fit`.
            batch_size: samples in a batch; where None, as many as compute well.
            verbose: as of `fit`.
            callbacks: a list of `callbacks.Callback`.
            return_dict: whether to return a dict.

        Returns:
            The loss where there are no metrics; else a list, in the order of `metrics_names`, or a
            dict.

        Raises:
            ValueError, TypeError, RuntimeError: as of `fit`.
        """
        refuse_arguments("evaluate", steps=steps, **kwargs)
        data = Data("evaluate", x, required("evaluate", "y", y), sample_weight)
        size = self._batch_size("evaluate", data, batch_size)
        verbose = resolve_verbose("evaluate", verbose)
        with self._exclusive("evaluate"):
            self._prepare("evaluate", data)
            progress = Progress(verbose) if verbose else None
            called = CallbackList(
                [callbacks, progress],
                model=self,  # type: ignore[arg-type]
                epochs=1,
                steps=-(-data.size // size),
                verbose=verbose,
            )
            try:
                results = self._test(data, size, called)
            finally:
                if progress is not None:
                    progress.close()
            return results if return_dict else self._values()

    def _test(self, data: Data, batch_size: int, called: CallbackList) -> dict[str, float]:
        self.reset_metrics()
        called.on_test_begin()
        for step, batch in enumerate(data.batches(batch_size)):
            called.on_test_batch_begin(step)
            self._test_step(batch)
            called.on_test_batch_end(step, self._results())
        results = self._results()
        called.on_test_end(results)
        return results

    def _test_step(self, batch: Batch) -> Array:
        assert self._loss is not None
        activity.penalty = 0.0
        y_pred = self.infer(batch.x)
        penalty = activity.penalty
        penalty += sum(_penalty(v)[0] for v in _regularized(self.trainable_variables))
        loss = float(self._loss(batch.y, y_pred, batch.weight))
        self._measure(batch, y_pred, loss + penalty)
        return y_pred

    def _try(self, op: str, data: Data, batch_size: int) -> None:
        """Raises what the loss and the metrics have against the data, before the first step."""
        assert self._loss is not None
        y_pred = self._test_step(next(data.batches(min(batch_size, 32))))
        self._loss.check_targets(op, data.y, y_pred.shape[-1])
        self.reset_metrics()

    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: str | int = "auto",
        steps: None = None,
        callbacks: Any = None,
    ) -> Array:
        """The outputs for a data set; the same bits for any batch_size.

        May be called from several threads at once.

        Args:
            x: inputs, an array of shape (samples, …).
            batch_size: samples in a batch; where None, as many as compute well.
            verbose: 1 or 'auto' for a bar on a terminal, 0 or 2 for none.
            callbacks: a list of `callbacks.Callback`.

        Returns:
            float32 of shape (samples, …).

        Raises:
            ValueError: if x has no samples, or its shape does not fit the model.
            TypeError: if x is not an array of numbers.
        """
        refuse_arguments("predict", steps=steps)
        data = Data("predict", x)
        size = self._batch_size("predict", data, batch_size)
        verbose = resolve_verbose("predict", verbose)
        self._take_inputs("predict", data)
        if data.size <= size and verbose != 1 and callbacks in (None, []):
            return self.infer(data.inputs()).copy()  # an output may be the input itself
        progress = Progress(verbose) if verbose == 1 else None
        called = CallbackList(
            [callbacks, progress],
            model=self,  # type: ignore[arg-type]
            epochs=1,
            steps=-(-data.size // size),
            verbose=verbose,
        )
        outputs: Array | None = None
        try:
            called.on_predict_begin()
            for step, batch in enumerate(data.batches(size)):
                called.on_predict_batch_begin(step)
                y = self.infer(batch.x)
                if outputs is None:
                    outputs = np.empty((data.size, *y.shape[1:]), dtype=np.float32)
                outputs[step * size : step * size + len(y)] = y
                called.on_predict_batch_end(step, {"outputs": y})
            called.on_predict_end()
        finally:
            if progress is not None:
                progress.close()
        assert outputs is not None
        return outputs

    def train_on_batch(
        self,
        x: Any,
        y: Any = None,
        sample_weight: Any = None,
        class_weight: Mapping[int, float] | None = None,
        return_dict: bool = False,
    ) -> Any:
        """One step of training; returns the metrics of this batch, and resets them before it.

        Arguments and errors as of `fit` and `evaluate`.
        """
        data = Data("train_on_batch", x, required("train_on_batch", "y", y), sample_weight)
        if class_weight is not None:
            data.weigh_classes("train_on_batch", class_weight)
        with self._exclusive("train_on_batch"):
            self._prepare("train_on_batch", data)
            self.reset_metrics()
            with Interrupts() as interrupts, interrupts.step:
                variables = self.trainable_variables
                batch = next(data.batches(data.size))
                self._train_step(batch, variables, _regularized(variables))
            return self._results() if return_dict else self._values()

    def test_on_batch(
        self, x: Any, y: Any = None, sample_weight: Any = None, return_dict: bool = False
    ) -> Any:
        """Measures one batch; returns its metrics, and resets them before it.

        Arguments and errors as of `evaluate`.
        """
        data = Data("test_on_batch", x, required("test_on_batch", "y", y), sample_weight)
        with self._exclusive("test_on_batch"):
            self._prepare("test_on_batch", data)
            self.reset_metrics()
            self._test_step(next(data.batches(data.size)))
            return self._results() if return_dict else self._values()

    def predict_on_batch(self, x: Any) -> Array:
        """The outputs for one batch, without callbacks and progress; errors as of `predict`."""
        data = Data("predict_on_batch", x)
        self._take_inputs("predict_on_batch", data)
        return self.infer(data.inputs())

    def _prepare(self, op: str, data: Data) -> None:
        if self._loss is None or self.optimizer is None:
            raise ValueError(f"[{op}] call compile() first")
        self._take_inputs(op, data)
        if not self.optimizer.built:
            self.optimizer.build(self.trainable_variables)

    def _take_inputs(self, op: str, data: Data) -> None:
        if not self.built:
            self.ensure_built((None, *data.x.shape[1:]))
        self.check_input(op, data.x)
        if self.takes_compressed(data.x):
            data.compress()

    def _batch_size(self, op: str, data: Data, batch_size: int | None) -> int:
        if batch_size is not None:
            return positive(op, "batch_size", batch_size)
        # Enough rows for the kernels to be at their best, in some 16 MB.
        columns: int = data.x.size // data.size
        return max(1, min(1024, 2**22 // columns))

    @contextmanager
    def _exclusive(self, op: str) -> Iterator[None]:
        # Reentrant: a callback may evaluate the model that it watches.
        if not self._in_use.acquire(blocking=False):
            raise RuntimeError(
                f"[{op}] another thread is training or evaluating {self.name!r}; "
                "only predict may run at the same time"
            )
        try:
            yield
        finally:
            self._in_use.release()


def _regularized(variables: list[Variable]) -> list[Variable]:
    return [v for v in variables if v.regularizer is not None]


def _penalty(variable: Variable) -> tuple[float, Array]:
    assert variable.regularizer is not None
    return regularizers.value_and_gradient(variable.regularizer, variable.value)


def _validation_data(given: Any) -> Data | None:
    if given is None:
        return None
    if not isinstance(given, list | tuple) or len(given) not in (2, 3):
        raise ValueError(
            f"[fit] expected validation_data (x, y) or (x, y, sample_weight), got {describe(given)}"
        )
    return Data("fit validation_data", *given)
