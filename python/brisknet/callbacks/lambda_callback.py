"""Callbacks made from functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from brisknet.arguments.checks import describe
from brisknet.callbacks.callback import Callback
from brisknet.names.similar import did_you_mean


class LambdaCallback(Callback):
    """A callback made from functions, which take the arguments of the methods they replace.

    As in Keras, functions with other names become attributes of the callback; a name that is
    already taken, or that looks like a misspelt method, is refused.

    Example:
        >>> callback = LambdaCallback(on_epoch_end=lambda epoch, logs: print(epoch, logs))
    """

    _takes_any = True  # checked in __init__

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
            hint = did_you_mean(name, (known for known in vars(Callback) if known[:3] == "on_"))
            is_method = name.startswith("on_") and hasattr(Callback, name)
            if not is_method and (name.startswith("on_") or hint or hasattr(Callback(), name)):
                raise TypeError(
                    f"[LambdaCallback] expected the name of a callback method, got {name!r}{hint}"
                )
            if function is not None:
                if not callable(function):
                    raise TypeError(
                        f"[LambdaCallback] expected {name}: a function, got {describe(function)}"
                    )
                setattr(self, name, function)
