"""Sums and means over all that came, and means of functions of targets and predictions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from brisknet.arguments.checks import as_array
from brisknet.losses.function_loss import is_own
from brisknet.metrics.base import Metric, Values, fit_weight, sum_along, total
from brisknet.names.automatic import with_default_name
from brisknet.runtime.float_environment import ignored
from brisknet.serialization.objects import serialize_keras_object

__all__ = ["Mean", "MeanMetricWrapper", "Sum"]


class Sum(Metric):
    """The weighted sum of values: sum(w v).

    Example:
        >>> Sum()([1, 3], sample_weight=[3, 1])
        6.0
    """

    def __init__(self, name: str | None = "sum", dtype: str | None = None) -> None:
        super().__init__(dtype, name)
        self.total = self.add_variable((), "zeros", name="total")

    @ignored
    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        """Takes in values.

        Args:
            values: a number or an array.
            sample_weight: a weight for each sample, or one for each value.

        Raises:
            ValueError: if there are more weights than values, or they do not fit.
        """
        v = as_array(self.name, "values", values)
        if sample_weight is not None:
            v = v * fit_weight(self.name, sample_weight, v.shape)
        self.total.value += total(np.asarray(v))

    @ignored
    def result(self) -> float:
        return float(self.total.value)


class Mean(Metric):
    """The weighted mean of values: sum(w v) / sum(w); 0 where nothing came yet.

    Example:
        >>> mean = Mean()
        >>> mean.update_state([1, 3], sample_weight=[3, 1])
        >>> mean.result()
        1.5
    """

    def __init__(self, name: str | None = "mean", dtype: str | None = None) -> None:
        super().__init__(dtype, name)
        self.total = self.add_variable((), "zeros", name="total")
        self.count = self.add_variable((), "zeros", name="count")

    @ignored
    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        """Takes in values; those of one sample (all axes but the first) count by their mean.

        Args:
            values: a number or an array.
            sample_weight: a weight for each sample, or one for each value.

        Raises:
            ValueError: if there are more weights than values, or they do not fit.
        """
        if isinstance(values, float) and isinstance(sample_weight, float | None):
            weight = 1.0 if sample_weight is None else sample_weight
            self.total.value += values * weight
            self.count.value += weight
            return
        v = as_array(self.name, "values", values)
        if not v.size:
            return
        if sample_weight is None:
            samples = v.shape[0] if v.ndim else 1
            self.total.value += total(_floats(v)) * samples / v.size
            self.count.value += samples
            return
        w = np.asarray(sample_weight)
        axes = min(v.ndim, w.ndim - (w.shape[-1:] == (1,) and w.ndim == v.ndim + 1))
        inner = v.reshape(*v.shape[:axes], -1)
        v = sum_along(inner) / inner.shape[-1]
        spread = fit_weight(self.name, sample_weight, v.shape)
        share = (v.shape[0] if v.ndim else 1) / v.size
        self.total.value += total(v * spread) * share
        self.count.value += total(spread) * share

    def reset_state(self) -> None:
        if type(self) is Mean:  # a loss's, in each epoch: in a tenth of the time
            self.total.value = self.count.value = 0.0
        else:
            super().reset_state()

    @ignored
    def result(self) -> float:
        return float(self.total.value / self.count.value) if self.count.value else 0.0


def _floats(values: Values) -> Values:
    return values if values.dtype == np.bool_ else np.asarray(values, np.float32)


class MeanOfFunction(Mean):
    """Base of metrics that are the mean of a function of targets and predictions:

        class Accuracy(MeanOfFunction, fn=accuracy):
            direction = "up"

    A class that adds no arguments inherits this `__init__`, with the function's name as the default
    name. One that adds some keeps each as an attribute, which is passed to the function.
    """

    _fn: Callable[..., Any]
    _passed: tuple[str, ...] = ()  # the names of these arguments
    _fn_kwargs: Mapping[str, Any] = {}

    def __init_subclass__(
        cls, fn: Callable[..., Any] | None = None, name: str | None = None, **kwargs: Any
    ) -> None:
        if fn is not None:
            cls._fn = staticmethod(fn)
            if is_own(fn):
                cls.direction = "down"
            if "__init__" not in vars(cls):
                init = with_default_name(MeanOfFunction.__init__, name or fn.__name__)
                cls.__init__ = init  # type: ignore[method-assign]
            code = vars(cls)["__init__"].__code__
            own = code.co_varnames[1 : code.co_argcount]
            cls._passed = tuple(a for a in own if a not in ("name", "dtype"))
        super().__init_subclass__(**kwargs)

    def __init__(self, name: str | None = None, dtype: str | None = None) -> None:
        super().__init__(name, dtype)

    @ignored
    def update_state(  # type: ignore[override]
        self, y_true: Any, y_pred: Any, sample_weight: Any = None
    ) -> None:
        """Takes in a batch of targets and predictions.

        Raises:
            ValueError: if their shapes do not fit.
        """
        arguments = self._fn_kwargs
        if self._passed:
            arguments = {name: getattr(self, name) for name in self._passed}
        super().update_state(self._fn(y_true, y_pred, **arguments), sample_weight)


class MeanMetricWrapper(MeanOfFunction):
    """The mean of a function of (y_true, y_pred) that gives a value for each sample.

    Args:
        fn: the function.
        name: by default 'mean_metric_wrapper', numbered; `compile` names it after the function.
        dtype: 'float32' or None.
        **kwargs: further arguments of the function.

    Example:
        >>> error = MeanMetricWrapper(lambda y_true, y_pred: abs(y_pred - y_true), name="error")
        >>> error(np.array([1.0]), np.array([3.0]))
        2.0
    """

    _takes_any = True  # what the function takes

    def __init__(
        self,
        fn: Callable[..., Any],
        name: str | None = None,
        dtype: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(name, dtype)
        self._fn = fn
        self._fn_kwargs = kwargs
        if is_own(fn):
            self.direction = "down"

    def get_config(self) -> dict[str, Any]:
        """The arguments that make the same metric again."""
        fn = serialize_keras_object(self._fn)
        return {**super().get_config(), "fn": fn, **serialize_keras_object(self._fn_kwargs)}
