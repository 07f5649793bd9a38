"""Several callbacks as one."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from brisknet.arguments.checks import describe
from brisknet.callbacks.callback import Callback, Logs
from brisknet.callbacks.history import History
from brisknet.callbacks.progbar_logger import ProgbarLogger
from brisknet.runtime.float_environment import AsHost

if TYPE_CHECKING:
    from brisknet.models.sequential import Sequential


class CallbackList(Callback):
    """Several callbacks as one.

    Args:
        callbacks: a callback, a list of callbacks, possibly nested, or None.
        add_history: whether to add a `History` if there is none.
        add_progbar: whether to add a `ProgbarLogger` if there is none.
        model: passed to each callback.
        **params: passed to each callback.

    Attributes:
        callbacks: the callbacks, in the order in which they are called.
        history: the last `History` among them, or None.

    Raises:
        TypeError: if a callback is not a Callback object.
    """

    _takes_any = True  # params

    def __init__(
        self,
        callbacks: Any = None,
        add_history: bool = False,
        add_progbar: bool = False,
        model: Sequential | None = None,
        **params: Any,
    ) -> None:
        super().__init__()
        self.callbacks = list(_flatten(callbacks))
        if add_history and not any(isinstance(c, History) for c in self.callbacks):
            self.callbacks.append(History())
        if add_progbar and not any(isinstance(c, ProgbarLogger) for c in self.callbacks):
            self.callbacks.append(ProgbarLogger())
        self._progbars = [c for c in self.callbacks if isinstance(c, ProgbarLogger)]
        histories = [c for c in self.callbacks if isinstance(c, History)]
        self.history = histories[-1] if histories else None
        self.set_params(params)
        if model is not None:
            self.set_model(model)

    def set_params(self, params: dict[str, Any]) -> None:
        super().set_params(params)
        for callback in self.callbacks:
            callback.set_params(params)

    def set_model(self, model: Sequential) -> None:
        super().set_model(model)
        for callback in self.callbacks:
            callback.set_model(model)

    def close(self) -> None:
        """Cleans up the terminal and the model, even if training ends early."""
        for callback in self.callbacks:
            callback._release()

    def make_way(self) -> None:
        """Clears the progress line, so that callbacks can print."""
        for callback in self._progbars:
            callback.make_way()

    # Only the methods that a callback overrides are called in each step.

    @functools.cached_property
    def _at_begin(self) -> list[Callable[..., None]]:
        return self._defined("on_train_batch_begin", "on_batch_begin")

    @functools.cached_property
    def _at_end(self) -> list[Callable[..., None]]:
        return self._defined("on_train_batch_end", "on_batch_end")

    @property
    def wants_batch_logs(self) -> bool:
        """Whether any callback overrides on_train_batch_end or on_batch_end."""
        return bool(self._at_end)

    def _defined(self, name: str, older: str) -> list[Callable[..., None]]:
        """The methods `name` of the callbacks that override it or its older name."""
        empty = {getattr(Callback, name), getattr(Callback, older)}

        def defines(callback: Callback) -> bool:
            methods = (getattr(callback, name), getattr(callback, older))
            return any(getattr(method, "__func__", None) not in empty for method in methods)

        return [getattr(callback, name) for callback in filter(defines, self.callbacks)]

    def _call(self, name: str, *arguments: Any) -> None:
        with AsHost():
            for callback in self.callbacks:
                getattr(callback, name)(*arguments)

    def on_train_begin(self, logs: Logs = None) -> None:
        self._call("on_train_begin", logs or {})

    def on_train_end(self, logs: Logs = None) -> None:
        self._call("on_train_end", logs or {})

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        self._call("on_epoch_begin", epoch, logs or {})

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        self.make_way()
        self._call("on_epoch_end", epoch, logs or {})

    def on_train_batch_begin(self, batch: int, logs: Logs = None) -> None:
        if self._at_begin:
            with AsHost():
                for method in self._at_begin:
                    method(batch, logs or {})

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        if self._at_end:
            with AsHost():
                for method in self._at_end:
                    method(batch, logs or {})

    def on_test_begin(self, logs: Logs = None) -> None:
        self._call("on_test_begin", logs or {})

    def on_test_end(self, logs: Logs = None) -> None:
        self.make_way()
        self._call("on_test_end", logs or {})

    def on_test_batch_begin(self, batch: int, logs: Logs = None) -> None:
        self._call("on_test_batch_begin", batch, logs or {})

    def on_test_batch_end(self, batch: int, logs: Logs = None) -> None:
        self._call("on_test_batch_end", batch, logs or {})

    def on_predict_begin(self, logs: Logs = None) -> None:
        self._call("on_predict_begin", logs or {})

    def on_predict_end(self, logs: Logs = None) -> None:
        self.make_way()
        self._call("on_predict_end", logs or {})

    def on_predict_batch_begin(self, batch: int, logs: Logs = None) -> None:
        self._call("on_predict_batch_begin", batch, logs or {})

    def on_predict_batch_end(self, batch: int, logs: Logs = None) -> None:
        self._call("on_predict_batch_end", batch, logs or {})


def _flatten(callbacks: Any) -> Iterable[Callback]:
    if callbacks is None:
        return
    if isinstance(callbacks, CallbackList):
        callbacks = callbacks.callbacks
    if isinstance(callbacks, list | tuple):
        for callback in callbacks:
            yield from _flatten(callback)
    elif isinstance(callbacks, Callback):
        yield callbacks
    else:
        raise TypeError(f"[callbacks] expected Callback objects, got {describe(callbacks)}")
