"""Callbacks made of functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from brisknet._arguments import describe
from brisknet.callbacks.callback import Callback


class LambdaCallback(Callback):
    """A callback made of functions, which take what the methods of the same names take.

    Example:
        >>> callback = LambdaCallback(on_epoch_end=lambda epoch, logs: print(epoch, logs))
    """

    _takes_any = True  # and looks at it itself

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
