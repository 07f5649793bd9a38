"""Callbacks, by Keras's names: what is called as training goes on."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from brisknet._arguments import Array, describe, refuse_arguments, refuse_names
from brisknet.interrupts import Interrupts

if TYPE_CHECKING:
    from brisknet.sequential import Sequential

__all__ = ["Callback", "CallbackList", "EarlyStopping", "History", "LambdaCallback"]

__getattr__ = refuse_names(
    __name__,
    """
    BackupAndRestore CSVLogger LearningRateScheduler ModelCheckpoint OrbaxCheckpoint ProgbarLogger
    ReduceLROnPlateau RemoteMonitor SwapEMAWeights TensorBoard TerminateOnNaN
    """,
)

Logs = dict[str, Any] | None


class Callback:
    """Base class: one's own defines any of the methods below.

    Attributes:
        model: the model, within a call.
        params: 'epochs', 'steps' (an epoch's batches) and 'verbose'.

    `logs` are the metrics so far: of the epoch in on_train_batch_end, with the validation's as
    'val_…' in on_epoch_end. Setting `self.model.stop_training = True` ends the training.

    Example:
        >>> class Printer(Callback):
        ...     def on_epoch_end(self, epoch, logs=None):
        ...         print(epoch, logs["loss"])
    """

    def __init__(self) -> None:
        self.params: dict[str, Any] = {}
        self._model: Sequential | None = None

    @property
    def model(self) -> Sequential:
        if self._model is None:
            raise RuntimeError(f"[{type(self).__name__}] has no model before fit is called")
        return self._model

    def set_params(self, params: dict[str, Any]) -> None:
        """Called before training."""
        self.params = params

    def set_model(self, model: Sequential) -> None:
        """Called before training."""
        self._model = model

    def on_train_begin(self, logs: Logs = None) -> None:
        """Called once, before the first epoch."""

    def on_train_end(self, logs: Logs = None) -> None:
        """Called once, after the last epoch."""

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """Called before each epoch; the first is 0."""

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Called after each epoch and its validation."""

    def on_train_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Called before each step of training."""
        self.on_batch_begin(batch, logs)

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Called after each step of training."""
        self.on_batch_end(batch, logs)

    def on_test_begin(self, logs: Logs = None) -> None:
        """Called before an evaluation or validation."""

    def on_test_end(self, logs: Logs = None) -> None:
        """Called after an evaluation or validation."""

    def on_test_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Called before each of its batches."""

    def on_test_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Called after each of its batches."""

    def on_predict_begin(self, logs: Logs = None) -> None:
        """Called before a prediction."""

    def on_predict_end(self, logs: Logs = None) -> None:
        """Called after a prediction."""

    def on_predict_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Called before each of its batches."""

    def on_predict_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Called after each of its batches; logs['outputs'] are the model's."""

    # Keras's older names for the two methods of training batches, which call these.

    def on_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Called before each step of training."""

    def on_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Called after each step of training."""


class CallbackList(Callback):
    """Several callbacks as one.

    Args:
        callbacks: Callbacks, lists of them, or None.
        add_history: whether to add a `History` where there is none.
        add_progbar: False.
        model: passed to each.
        **params: passed to each.

    Attributes:
        callbacks: the callbacks, in the order in which they are called.
        history: the last `History` among them, or None.

    Raises:
        TypeError: if one is not a Callback object.
    """

    def __init__(
        self,
        callbacks: Any = None,
        add_history: bool = False,
        add_progbar: bool = False,
        model: Sequential | None = None,
        **params: Any,
    ) -> None:
        super().__init__()
        refuse_arguments("CallbackList", add_progbar=add_progbar or None)
        self.callbacks = list(_flatten(callbacks))
        if add_history and not any(isinstance(c, History) for c in self.callbacks):
            self.callbacks.append(History())
        histories = [c for c in self.callbacks if isinstance(c, History)]
        self.history = histories[-1] if histories else None
        self.set_params(params)
        for callback in self.callbacks:
            callback.set_params(params)
        if model is not None:
            self.set_model(model)
            for callback in self.callbacks:
                callback.set_model(model)

    # What does nothing need not be called at each step.

    @functools.cached_property
    def _at_begin(self) -> list[Callable[..., None]]:
        return self._defined("on_train_batch_begin", "on_batch_begin")

    @functools.cached_property
    def _at_end(self) -> list[Callable[..., None]]:
        return self._defined("on_train_batch_end", "on_batch_end")

    @property
    def wants_batch_logs(self) -> bool:
        """Whether a callback does something at the end of a step of training."""
        return bool(self._at_end)

    def _defined(self, name: str, older: str) -> list[Callable[..., None]]:
        """The methods of this name, of the callbacks that define it or its older name."""
        empty = {getattr(Callback, name), getattr(Callback, older)}

        def defines(callback: Callback) -> bool:
            methods = (getattr(callback, name), getattr(callback, older))
            return any(getattr(method, "__func__", None) not in empty for method in methods)

        return [getattr(callback, name) for callback in filter(defines, self.callbacks)]

    def on_train_begin(self, logs: Logs = None) -> None:
        for callback in self.callbacks:
            callback.on_train_begin(logs or {})

    def on_train_end(self, logs: Logs = None) -> None:
        for callback in self.callbacks:
            callback.on_train_end(logs or {})

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        for callback in self.callbacks:
            callback.on_epoch_begin(epoch, logs or {})

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        for callback in self.callbacks:
            callback.on_epoch_end(epoch, logs or {})

    def on_train_batch_begin(self, batch: int, logs: Logs = None) -> None:
        for method in self._at_begin:
            method(batch, logs or {})

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        for method in self._at_end:
            method(batch, logs or {})

    def on_test_begin(self, logs: Logs = None) -> None:
        for callback in self.callbacks:
            callback.on_test_begin(logs or {})

    def on_test_end(self, logs: Logs = None) -> None:
        for callback in self.callbacks:
            callback.on_test_end(logs or {})

    def on_test_batch_begin(self, batch: int, logs: Logs = None) -> None:
        for callback in self.callbacks:
            callback.on_test_batch_begin(batch, logs or {})

    def on_test_batch_end(self, batch: int, logs: Logs = None) -> None:
        for callback in self.callbacks:
            callback.on_test_batch_end(batch, logs or {})

    def on_predict_begin(self, logs: Logs = None) -> None:
        for callback in self.callbacks:
            callback.on_predict_begin(logs or {})

    def on_predict_end(self, logs: Logs = None) -> None:
        for callback in self.callbacks:
            callback.on_predict_end(logs or {})

    def on_predict_batch_begin(self, batch: int, logs: Logs = None) -> None:
        for callback in self.callbacks:
            callback.on_predict_batch_begin(batch, logs or {})

    def on_predict_batch_end(self, batch: int, logs: Logs = None) -> None:
        for callback in self.callbacks:
            callback.on_predict_batch_end(batch, logs or {})


def _flatten(callbacks: Any) -> Iterable[Callback]:
    if callbacks is None:
        return
    if isinstance(callbacks, list | tuple):
        for callback in callbacks:
            yield from _flatten(callback)
    elif isinstance(callbacks, Callback):
        yield callbacks
    else:
        raise TypeError(f"[callbacks] expected Callback objects, got {describe(callbacks)}")


class History(Callback):
    """What `fit` returns: the epochs' metrics.

    Attributes:
        epoch: the epochs' numbers, from 0.
        history: for each metric, 'loss', 'val_loss', …, its values.
    """

    def __init__(self) -> None:
        super().__init__()
        self.epoch: list[int] = []
        self.history: dict[str, list[float]] = {}

    def on_train_begin(self, logs: Logs = None) -> None:
        self.epoch = []

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)


class LambdaCallback(Callback):
    """A callback made of functions, which take what the methods of the same names take.

    Example:
        >>> callback = LambdaCallback(on_epoch_end=lambda epoch, logs: print(epoch, logs))
    """

    def __init__(
        self,
        on_epoch_begin: Callable[..., Any] | None = None,
        on_epoch_end: Callable[..., Any] | None = None,
        on_train_begin: Callable[..., Any] | None = None,
        on_train_end: Callable[..., Any] | None = None,
        on_train_batch_begin: Callable[..., Any] | None = None,
        on_train_batch_end: Callable[..., Any] | None = None,
        **kwargs: Callable[..., Any],
    ) -> None:
        super().__init__()
        functions = {
            "on_epoch_begin": on_epoch_begin,
            "on_epoch_end": on_epoch_end,
            "on_train_begin": on_train_begin,
            "on_train_end": on_train_end,
            "on_train_batch_begin": on_train_batch_begin,
            "on_train_batch_end": on_train_batch_end,
            **kwargs,
        }
        for name, function in functions.items():
            if not name.startswith("on_") or not hasattr(Callback, name):
                raise TypeError(f"[LambdaCallback] there is no method {name!r} in a Callback")
            if function is not None:
                if not callable(function):
                    raise TypeError(
                        f"[LambdaCallback] expected {name}: a function, got {describe(function)}"
                    )
                setattr(self, name, function)


class EarlyStopping(Callback):
    """Ends the training when a metric no longer improves.

    Args:
        monitor: the metric's name in the logs.
        min_delta: the least change that counts as an improvement.
        patience: how many epochs without an improvement end the training.
        verbose: 1 to say when that happens.
        mode: 'min', 'max', or 'auto' to tell from the metric.
        baseline: a value that must be beaten, too.
        restore_best_weights: whether the model ends with the weights of its best epoch.
        start_from_epoch: epochs before this one do not count.

    Raises:
        ValueError: if the mode is none of these.

    Example:
        >>> callback = EarlyStopping(monitor="val_loss", patience=3, restore_best_weights=True)
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        min_delta: float = 0,
        patience: int = 0,
        verbose: int = 0,
        mode: str = "auto",
        baseline: float | None = None,
        restore_best_weights: bool = False,
        start_from_epoch: int = 0,
    ) -> None:
        super().__init__()
        if mode not in ("auto", "min", "max"):
            raise ValueError(f"[EarlyStopping] expected mode 'auto', 'min' or 'max', got {mode!r}")
        self.monitor = monitor
        self.min_delta = abs(min_delta)
        self.patience = patience
        self.verbose = verbose
        self.mode = mode
        self.baseline = baseline
        self.restore_best_weights = restore_best_weights
        self.start_from_epoch = start_from_epoch
        self._forget()

    def _forget(self) -> None:
        self.wait = 0
        self.stopped_epoch = 0
        self.best: float | None = None
        self.best_epoch = 0
        self.best_weights: list[Array] | None = None

    def on_train_begin(self, logs: Logs = None) -> None:
        self._forget()

    def _improves(self, value: float, reference: float | None) -> bool:
        if reference is None:
            return True
        if self._goes_up():
            return value - self.min_delta > reference
        return value + self.min_delta < reference

    def _goes_up(self) -> bool:
        if self.mode != "auto":
            return self.mode == "max"
        name = self.monitor.removeprefix("val_")
        if name == "loss":
            return False
        for metric in self.model.metrics:
            if metric.name == name and metric.direction is not None:
                return metric.direction == "up"
        raise ValueError(
            f"[EarlyStopping] cannot tell whether more or less of {self.monitor!r} is better: "
            "pass mode='max' or mode='min'"
        )

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        self._goes_up()  # raises after the first epoch already
        value = (logs or {}).get(self.monitor)
        if value is None:
            warnings.warn(
                f"[EarlyStopping] there is no {self.monitor!r} among the metrics "
                f"{', '.join(logs or ())}",
                stacklevel=2,
            )
            return
        if epoch < self.start_from_epoch:
            return
        if self.restore_best_weights and self.best_weights is None:
            self.best_weights = self.model.get_weights()
            self.best_epoch = epoch
        self.wait += 1
        if self._improves(value, self.best):
            self.best = value
            self.best_epoch = epoch
            if self.restore_best_weights:
                self.best_weights = self.model.get_weights()
            if self._improves(value, self.baseline):
                self.wait = 0
            return
        if self.wait >= self.patience and epoch > 0:
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def on_train_end(self, logs: Logs = None) -> None:
        if self.stopped_epoch > 0 and self.verbose:
            print(f"Epoch {self.stopped_epoch + 1}: early stopping")
        if self.restore_best_weights and self.best_weights is not None:
            if self.verbose:
                print(f"Restoring the weights of the best epoch, {self.best_epoch + 1}")
            # All weights or none, should Ctrl-C come now.
            with Interrupts() as interrupts, interrupts.step:
                self.model.set_weights(self.best_weights)
