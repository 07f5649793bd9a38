"""Losses that are also functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from brisknet.arguments.checks import Array
from brisknet.losses.arithmetic import row_sums
from brisknet.losses.base import Loss
from brisknet.losses.shapes import fit_targets
from brisknet.names.automatic import with_default_name

CLASS_OF: dict[Callable[..., Any], type[FunctionLoss]] = {}  # the class of each loss's function


class FunctionLoss(Loss):
    """Base of Keras's losses, each of which is also a function:

        class LogCosh(FunctionLoss, fn=log_cosh):
            ...

    A class that adds no arguments inherits this `__init__`, with the function's name as the default
    name.
    """

    def __init_subclass__(cls, fn: Callable[..., Any] | None = None, **kwargs: Any) -> None:
        if fn is not None:
            cls.fn = staticmethod(fn)
            CLASS_OF[fn] = cls
            if "__init__" not in vars(cls):
                init = with_default_name(FunctionLoss.__init__, fn.__name__)
                cls.__init__ = init  # type: ignore[method-assign]
        super().__init_subclass__(**kwargs)

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: str | None = None,
    ) -> None:
        super().__init__(name, reduction, dtype)


class MeanOfTerms(FunctionLoss):
    """The mean over the last axis of a term of each element of (y_true, y_pred)."""

    _elementwise = True

    def _terms(self, t: Array, p: Array) -> tuple[Array, Array]:
        """Each element's term and the term's derivative by p."""
        raise NotImplementedError

    def call(self, y_true: Any, y_pred: Array) -> tuple[Any, Any]:
        """The rows' losses and their gradients."""
        terms, slopes = self._terms(fit_targets(self.name, y_true, y_pred), y_pred)
        count = np.float32(y_pred.shape[-1])
        return row_sums(terms) / count, slopes / count


def is_own(function: Callable[..., Any]) -> bool:
    """Whether this is one of brisknet's losses."""
    return any(function is own for own in CLASS_OF)
