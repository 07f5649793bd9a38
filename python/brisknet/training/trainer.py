"""The loop: fit, evaluate, predict."""

from __future__ import annotations

import functools
import itertools
import math
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt

from brisknet import _core, config, random
from brisknet.arguments.checks import Array
from brisknet.arguments.unknown import explained, refuse_rest
from brisknet.callbacks.callback_list import CallbackList
from brisknet.callbacks.history import History
from brisknet.data import (
    ArrayBatches,
    Batch,
    Data,
    Epochs,
    SparseRows,
    StreamBatches,
    is_stream,
)
from brisknet.data.compressed import CompressedBatch
from brisknet.display.progress import resolve_verbose
from brisknet.layers.layer import Backward, Shape, activity
from brisknet.runtime import forks
from brisknet.runtime.float_environment import Ignored
from brisknet.runtime.interrupts import Interrupts
from brisknet.training.arguments import (
    check_weights,
    required_targets,
    rows_of_a_batch,
    validation_epochs,
    validation_parts,
    whole,
)
from brisknet.training.compilation import Compiled
from brisknet.training.step import Step, penalty_of
from brisknet.variables.variable import Variable


class Trainer(Compiled):
    """What a model can do once it can go forward and back."""

    name: str
    built: bool
    _by_kernels: bool | None
    _input_shape: Shape | None
    # What the model gives (see Sequential).
    trainable_variables: list[Variable]

    @property
    def output_shape(self) -> Shape:
        raise NotImplementedError

    def ensure_built(self, input_shape: Shape) -> None:
        raise NotImplementedError

    def refuse_shared(self, op: str) -> None:
        raise NotImplementedError

    def check_input(self, op: str, x: npt.NDArray[Any] | SparseRows) -> None:
        raise NotImplementedError

    def takes_compressed(self, x: npt.NDArray[Any] | SparseRows) -> bool:
        raise NotImplementedError

    def takes_sparse(self, x: SparseRows) -> bool:
        raise NotImplementedError

    def input_names_taken(self) -> tuple[str, ...]:
        raise NotImplementedError

    def forward_in_training(self, x: Array | CompressedBatch) -> tuple[Array, Backward]:
        raise NotImplementedError

    def infer(self, x: Array | CompressedBatch) -> Array:
        raise NotImplementedError

    def _computes_by_kernels(self) -> bool:
        raise NotImplementedError

    def __init__(self) -> None:
        super().__init__()
        self.stop_training = self.stop_evaluating = self.stop_predicting = False
        self.history: History | None = None
        # Orders of the samples, drawn epoch by epoch. Made by the first fit; saved with the model.
        self._orders: random.SeedGenerator | None = None
        self._resume: tuple[int, int] | None = None  # an epoch and its steps already made
        forks.give_locks(self)

    def _make_locks(self) -> None:
        self._in_use = threading.RLock()

    @explained
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
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_batch_size: int | None = None,
        validation_freq: int | Sequence[int] = 1,
        *,
        check_finite: bool = False,
    ) -> History:
        """Trains the model for a number of epochs.

        Ctrl-C stops the training between two steps: the model is then as after the last whole step,
        and `model.history` has the whole epochs.

        Callbacks and what gives batches run by the host's `np.seterr`; layers, losses and metrics,
        also the user's own, ignore NumPy's floating-point errors, as the kernels do.

        Args:
            x: inputs of shape (samples, …): an array or whatever becomes one (nested lists, pandas
                and Polars frames, tensors), float32 or converted batch by batch; or a sparse matrix
                of SciPy's, with the same results: its zeros are never written out where the model
                begins with Dense, else batch by batch. A dict of arrays stands for the one with the
                Input's name. Or what gives batches (x, y) or (x, y, sample_weight): a generator, a
                `utils.PyDataset`, a data loader, any iterable; an iterable that can be iterated
                again is, in each epoch.
            y: targets, an array of shape (samples, …); None where x gives batches.
            batch_size: samples in a step; 32 where None. Of no effect where x gives batches.
            epochs: the number of the last epoch, counted from initial_epoch.
            verbose: 'auto' or 1: a bar on a terminal and a line an epoch elsewhere; 2: a line an
                epoch; 0: nothing.
            callbacks: a list of `callbacks.Callback`.
            validation_split: the share of the samples, taken from the end, to validate with; of
                arrays.
            validation_data: (x, y) or (x, y, sample_weight) to validate with instead, or what gives
                such batches.
            shuffle: whether each epoch takes the samples, or a `utils.PyDataset`'s batches, in a
                new random order. Of no effect on other batches.
            class_weight: a dict from class numbers to the weight of their samples in the loss.
            sample_weight: the samples' weights in the loss, shape (samples,); None where x gives
                batches.
            initial_epoch: the number of the first epoch.
            steps_per_epoch: steps in an epoch; where None, until the data end. An epoch goes on in
                the data where the one before ended.
            validation_steps: as steps_per_epoch, for the validation, which begins anew each time.
            validation_batch_size: as batch_size, for the validation.
            validation_freq: validate after every so many epochs, or after those in this list,
                counted from 1.
            check_finite: whether to look for inputs that are NaN, infinite or too large for float32
                and to raise with the place of the first; beyond Keras. Targets are always looked
                at.

        Returns:
            A `callbacks.History`.

        Raises:
            ValueError: if the model is not compiled, or something does not fit; the model is then
                unchanged, but for the steps made with the batches before where x gives batches.
            TypeError: if something is not an array of numbers.
            RuntimeError: if another thread is training this model.

        Warns:
            UserWarning: if the data end before the last step of an epoch, which ends it, or before
                the last epoch, which ends the training.
        """
        if not isinstance(shuffle, bool):
            raise ValueError(f"[fit] expected shuffle True or False, got {shuffle!r}")
        given = self._given("fit", x, y, sample_weight, check_finite)
        validation = None
        if validation_data is not None:
            x, y, sample_weight = (*validation_parts(validation_data), None, None)[:3]
            op = "fit validation_data"
            validation = self._given(op, x, y, sample_weight, check_finite)
        elif validation_split:
            if not isinstance(given, Data):
                raise ValueError("[fit] validation_split needs x and y that are arrays")
            given, validation = given.split("fit", validation_split)
        if class_weight is not None:
            given.weigh_classes("fit", class_weight)
        check_weights("fit", given)
        check_weights("fit validation_data", validation)
        size = rows_of_a_batch("fit", given, batch_size, steps_per_epoch, 32, "steps_per_epoch")
        validation_size = rows_of_a_batch(
            "fit validation_data",
            validation or given,
            batch_size if validation_batch_size is None else validation_batch_size,
            validation_steps,
            32,
            "validation_steps",
        )
        whole("fit", "epochs", epochs)
        whole("fit", "initial_epoch", initial_epoch)
        validates = validation_epochs(validation_freq)
        verbose = resolve_verbose("fit", verbose)
        most = config.max_epochs()
        if most and most < epochs:
            warnings.warn(f"[fit] limiting epochs to {most}, as set_max_epochs said", stacklevel=3)
            epochs = most

        with self._exclusive("fit") as interrupts, ExitStack() as closing, interrupts.open:
            self._check_compiled("fit", training=True)
            train = self._tried("fit", given, size, steps_per_epoch)
            self._refuse_shared_once("fit")
            closing.callback(train.close)
            if validation is not None:
                op = "fit validation_data"
                test = self._tried(op, validation, validation_size, validation_steps)
                closing.callback(test.close)
            called = CallbackList(
                callbacks,
                add_history=True,
                add_progbar=verbose != 0,
                model=self,  # type: ignore[arg-type]
                epochs=epochs,
                steps=train.steps,
                verbose=verbose,
            )
            closing.callback(called.close)
            self.history = called.history
            self.stop_training = False
            orders = self._orders = self._orders or random.SeedGenerator()
            if shuffle:
                train.shuffle(orders)
            self._resume = None
            called.on_train_begin()
            initial_epoch, done = self._resume or (initial_epoch, 0)
            logs: dict[str, float] = {}
            for epoch in range(initial_epoch, epochs):
                called.on_epoch_begin(epoch)
                results = self._epoch(train.epoch(), called, interrupts, done)
                if not results:
                    called.make_way()
                    warnings.warn(
                        "[fit] the input ran out of data: training ends before epoch "
                        f"{epoch + 1} of {epochs}",
                        stacklevel=3,
                    )
                    break
                logs, done = results, 0
                if validation is not None and validates(epoch):
                    results = self._test(test, called)
                    logs |= {f"val_{name}": value for name, value in results.items()}
                called.on_epoch_end(epoch, dict(sorted(logs.items())))
                if self.stop_training:
                    break
            assert self.optimizer is not None
            with interrupts.step:
                self.optimizer.finalize_variable_values(self.trainable_variables)
            called.on_train_end(logs)
        assert called.history is not None
        return called.history

    def _epoch(
        self, batches: Iterator[Batch], called: CallbackList, interrupts: Interrupts, done: int
    ) -> dict[str, float]:
        """Makes an epoch's steps; returns the metrics, none where there was no batch."""
        if not done:
            self.reset_metrics()
        make_step = Step(self)
        step, many = done - 1, self.steps_per_execution
        for step, batch in itertools.islice(enumerate(batches), done, None):
            if step % many == 0:
                called.on_train_batch_begin(step)
            with interrupts.step:
                make_step(batch)
            if (step + 1) % many == 0:
                if called.wants_batch_logs:
                    called.on_train_batch_end(step, self.get_metrics_result())
                if self.stop_training:
                    break
        else:
            # The number of a last execution of fewer steps is that of a whole one, as in Keras.
            missing = -(step + 1) % many
            if missing and step >= done and called.wants_batch_logs:
                called.on_train_batch_end(step + missing, self.get_metrics_result())
        return self.get_metrics_result() if step >= 0 else {}

    @contextmanager
    def _steps(self, op: str, data: Data) -> Iterator[tuple[Callable[[Batch], float], Interrupts]]:
        """For loops other than `fit`'s: a function that makes a step with a batch like the data.

        It returns the batch's loss, penalties included. Ctrl-C waits, but within `open` of the
        interrupts, where it waits until a step is over.
        """
        with self._exclusive(op) as interrupts:
            self._check_compiled(op, training=True)
            self._prepare(op, data)
            self._refuse_shared_once(op)
            step = Step(self)

            def make_step(batch: Batch) -> float:
                with interrupts.step:
                    return step(batch)

            yield make_step, interrupts

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
            x, y, sample_weight: as of `fit`.
            batch_size: samples in a batch; where None, as many as compute well.
            verbose: as of `fit`.
            steps: how many batches to take; where None, until the data end.
            callbacks: a list of `callbacks.Callback`.
            return_dict: whether to return a dict.

        Returns:
            The loss where there are no metrics; else a list, in the order of `metrics_names`, or a
            dict.

        Raises:
            ValueError, TypeError, RuntimeError: as of `fit`.
        """
        refuse_rest(Trainer.evaluate, kwargs)
        given = self._given("evaluate", x, y, sample_weight)
        size = rows_of_a_batch("evaluate", given, batch_size, steps)
        verbose = resolve_verbose("evaluate", verbose)
        with self._exclusive("evaluate") as interrupts, ExitStack() as closing, interrupts.open:
            self._check_compiled("evaluate")
            if isinstance(given, Data):
                self._prepare("evaluate", given)
            epochs = _epochs("evaluate", given, size, steps)
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
            results = self._test(epochs, called)
            if not results:
                raise ValueError("[evaluate] expected at least one batch, got none")
            return results if return_dict else self._values()

    def _test(self, epochs: Epochs, called: CallbackList) -> dict[str, float]:
        """Measures an epoch from its begin; returns the metrics, none where there was no batch."""
        self.reset_metrics()
        self.stop_evaluating = False
        called.on_test_begin()
        results: dict[str, float] = {}
        for numbers, batches in _executions(epochs.from_start(), self.steps_per_execution):
            called.on_test_batch_begin(numbers[0])
            for batch in batches:
                self._test_step(batch)
            results = self.get_metrics_result()
            called.on_test_batch_end(numbers[-1], results)
            if self.stop_evaluating:
                break
        called.on_test_end(results)
        return results

    def _test_step(self, batch: Batch) -> Array:
        activity.penalty = 0.0
        y_pred = self.infer(batch.x)
        loss = activity.penalty
        loss += sum(penalty_of(v)[0] for v in self.trainable_variables if v.regularizer)
        if self._loss is not None:
            loss += self._loss_weight * _mean(self._loss(batch.y, y_pred, batch.weight))
        self._measure(batch, y_pred, loss)
        return y_pred

    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: str | int = "auto",
        steps: int | None = None,
        callbacks: Any = None,
    ) -> Array:
        """The outputs for a data set; the same bits for any batch_size.

        May be called from several threads at once.

        Args:
            x: inputs, as of `fit`; of batches (x, y) only x is used.
            batch_size: samples in a batch; where None, as many as compute well.
            verbose: 1 or 'auto' for a bar on a terminal, 0 or 2 for none.
            steps: how many batches to take; where None, until the data end.
            callbacks: a list of `callbacks.Callback`.

        Returns:
            float32 of shape (samples, …).

        Raises:
            ValueError: if x has no samples, or its shape does not fit the model.
            TypeError: if x is not an array of numbers.
        """
        given: Data | StreamBatches
        if type(x) is np.ndarray or not is_stream(x):
            given = Data("predict", x, None, None, self._axes, False, self.input_names_taken)
            if type(x) is not np.ndarray:
                self._choose_format(given)
        else:
            take = functools.partial(self._take_inputs, "predict")
            given = StreamBatches(
                "predict", x, take, False, self._axes, False, self.input_names_taken
            )
        size = rows_of_a_batch("predict", given, batch_size, steps)
        verbose = resolve_verbose("predict", verbose)
        if isinstance(given, Data):
            self._take_inputs("predict", given)
            calls_none = callbacks is None or (type(callbacks) is list and not callbacks)
            if given.size <= size and steps is None and verbose != 1 and calls_none:
                return self._outputs(given.inputs()).copy()  # an output may be the input itself
        epochs = _epochs("predict", given, size, steps)
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
            for numbers, batches in _executions(epochs.epoch(), self.steps_per_execution):
                called.on_predict_batch_begin(numbers[0])
                ys = [self.infer(batch.x) for batch in batches]
                y = ys[0] if len(ys) == 1 else np.concatenate(ys)
                if epochs.samples is None:
                    parts.append(y.copy())  # it may be the input itself
                else:
                    if outputs is None:
                        outputs = np.empty((epochs.samples, *y.shape[1:]), dtype=np.float32)
                    outputs[rows : rows + len(y)] = y
                rows += len(y)
                called.on_predict_batch_end(numbers[-1], {"outputs": y})
                if self.stop_predicting:
                    break
            called.on_predict_end()
        if not rows:
            raise ValueError("[predict] expected at least one batch, got none")
        return np.concatenate(parts) if outputs is None else outputs[:rows]

    @explained
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
        data = self._arrays("train_on_batch", x, y, sample_weight)
        if class_weight is not None:
            data.weigh_classes("train_on_batch", class_weight)
        with self._steps("train_on_batch", data) as (make_step, interrupts), interrupts.open:
            self.reset_metrics()
            make_step(data.batch())
            return self.get_metrics_result() if return_dict else self._values()

    @explained
    def test_on_batch(
        self, x: Any, y: Any = None, sample_weight: Any = None, return_dict: bool = False
    ) -> Any:
        """Measures one batch; returns its metrics, and resets them before it.

        Arguments and errors as of `evaluate`.
        """
        data = self._arrays("test_on_batch", x, y, sample_weight)
        with self._exclusive("test_on_batch") as interrupts, interrupts.open:
            self._check_compiled("test_on_batch")
            self._prepare("test_on_batch", data)
            self.reset_metrics()
            self._test_step(data.batch())
            return self.get_metrics_result() if return_dict else self._values()

    def predict_on_batch(self, x: Any) -> Array:
        """The outputs for one batch, without callbacks and progress; errors as of `predict`."""
        data = Data("predict_on_batch", x, axes=self._axes, names=self.input_names_taken)
        self._take_inputs("predict_on_batch", data)
        return self._outputs(data.inputs())

    def _outputs(self, x: Array | CompressedBatch) -> Array:
        """`infer` without a look at NumPy's errors."""
        if self._by_kernels is None:
            self._by_kernels = self._computes_by_kernels()
        if self._by_kernels:
            return self.infer(x)  # saves 0.7 µs
        with np.errstate(all="ignore"):
            return self.infer(x)

    def _check_compiled(self, op: str, training: bool = False) -> None:
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
    def _axes(self) -> int | None:
        """Of an input with its samples, where they are known."""
        return None if self._input_shape is None else len(self._input_shape)

    def _arrays(self, op: str, x: Any, y: Any, sample_weight: Any, finite: bool = False) -> Data:
        y = required_targets(op, x, y)
        data = Data(op, x, y, sample_weight, self._axes, finite, self.input_names_taken)
        self._choose_format(data)
        return data

    def _given(
        self, op: str, x: Any, y: Any, sample_weight: Any, finite: bool = False
    ) -> Data | StreamBatches:
        """What `fit` and `evaluate` are given: arrays, or what gives batches."""
        if type(x) is np.ndarray or not is_stream(x):
            return self._arrays(op, x, y, sample_weight, finite)
        for name, value in (("y", y), ("sample_weight", sample_weight)):
            if value is not None:
                raise ValueError(
                    f"[{op}] expected {name} in the batches that x gives, not beside it"
                )
        take = functools.partial(self._prepare, op)
        return StreamBatches(op, x, take, True, self._axes, finite, self.input_names_taken)

    def _tried(self, op: str, given: Data | StreamBatches, size: int, steps: int | None) -> Epochs:
        """The batches. Raises what the model, the loss and the metrics have against them, if it is
        not something in a stream's later ones."""
        if isinstance(given, Data):
            self._prepare(op, given)
        epochs = _epochs(op, given, size, steps)
        batch = epochs.sample()
        y = given.y if isinstance(given, Data) else batch.y
        try:
            y_pred = self._test_step(batch)
        except ValueError:
            # What all targets have against the outputs says more than what the first ones have.
            outputs = self.output_shape[-1]
            if self._loss and outputs and y is not None and y.ndim < len(self.output_shape):
                self._loss.check_targets(op, y, outputs)
            raise
        if self._loss is not None:
            self._loss.check_targets(op, y, y_pred.shape[-1])
        self.reset_metrics()
        return epochs

    def _prepare(self, op: str, data: Data) -> None:
        self._take_inputs(op, data)
        if self.optimizer is not None and not self.optimizer.built:
            self.optimizer.build(self.trainable_variables)

    def _refuse_shared_once(self, op: str) -> None:
        if not self._trainable_as_it_is:
            self.refuse_shared(op)
            self._trainable_as_it_is = True

    def _take_inputs(self, op: str, data: Data) -> None:
        if not self.built:
            self.ensure_built((None, *data.x.shape[1:]))
        self.check_input(op, data.x)
        if isinstance(data.x, SparseRows):
            self._choose_format(data)
        elif self.takes_compressed(data.x):
            data.compress()

    def _choose_format(self, data: Data) -> None:
        if isinstance(data.x, SparseRows):
            data.x.writes_zeros = not self.takes_sparse(data.x)

    @contextmanager
    def _exclusive(self, op: str) -> Iterator[Interrupts]:
        """Keeps the model to this thread. Ctrl-C waits, but within `open` of the interrupts."""
        with Interrupts() as interrupts, Ignored():
            # Reentrant: a callback may evaluate the model that it watches.
            in_use = self._in_use
            if not in_use.acquire(blocking=False):
                raise RuntimeError(
                    f"[{op}] another thread is training or evaluating {self.name!r}; "
                    "only predict may run at the same time"
                )
            try:
                yield interrupts
            finally:
                in_use.release()


def _executions(batches: Iterator[Batch], many: int) -> Iterator[tuple[range, Iterator[Batch]]]:
    """Batches by so many together, each with the numbers of its steps.

    A last execution of fewer batches has the numbers of a whole one, as in Keras.
    """
    for step in itertools.count(0, many):
        first = next(batches, None)
        if first is None:
            return
        rest = itertools.islice(batches, many - 1)
        yield range(step, step + many), itertools.chain([first], rest)


def _mean(losses: Any) -> float:
    """A loss as one number; of a loss that is not reduced its rows' mean, as in Keras."""
    if np.ndim(losses) == 0:
        return float(losses)
    rows = np.ascontiguousarray(losses, np.float32)
    return _core.weighted_sum(rows) / max(1, rows.size)


def _epochs(op: str, given: Data | StreamBatches, size: int, steps: int | None) -> Epochs:
    batches = ArrayBatches(given, size) if isinstance(given, Data) else given
    most = config.max_steps_per_epoch()
    if most and most < (steps or batches.length or math.inf):
        text = f"[{op}] limiting the steps of an epoch to {most}, as set_max_steps_per_epoch said"
        warnings.warn(text, stacklevel=4)
        steps = most
    return Epochs(op, batches, steps)
