"""What all metrics share: their state, names and configurations; shapes of targets and weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from brisknet import _core, initializers
from brisknet.arguments.checks import as_array
from brisknet.names.automatic import auto_name
from brisknet.names.refused_attributes import refuse_attributes
from brisknet.serialization import weight_limit as allowance
from brisknet.serialization.configurable import Configurable
from brisknet.variables.containers import contents
from brisknet.variables.variable import Variable

Values = npt.NDArray[Any]
_PLAIN = {str, int, float, bool, type(None)}  # what holds no variables


class MetricVariable(np.lib.mixins.NDArrayOperatorsMixin):
    """A number or an array that a metric accumulates in; NumPy's operators and functions take it.

    Attributes:
        value: a float, or a float64 array.
        shape, name: as given.
    """

    def __init__(self, value: Values, name: str) -> None:
        self.name = name
        self.shape = value.shape
        self.value: Any = value if value.shape else float(value)  # an array is kept, not copied

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def dtype(self) -> str:
        return "float64"

    def assign(self, value: Any) -> Values:
        """Replaces the value, and returns a copy of it.

        Raises:
            ValueError: if the shape differs.
        """
        array = np.array(value, dtype=np.float64)
        if array.shape != self.shape:
            raise ValueError(
                f"[Metric] expected {self.name} of shape {self.shape}, got {array.shape}"
            )
        self.value = array if self.shape else float(array)
        return self.numpy()

    def assign_add(self, value: Any) -> Values:
        """Adds to the value, and returns a copy of it."""
        return self.assign(self.value + np.asarray(value))

    def assign_sub(self, value: Any) -> Values:
        """Subtracts from the value, and returns a copy of it."""
        return self.assign(self.value - np.asarray(value))

    def numpy(self) -> Values:
        """A copy of the value."""
        return np.array(self.value)

    def __array__(self, dtype: npt.DTypeLike | None = None, copy: bool | None = None) -> Values:
        return np.array(self.value, dtype=dtype)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        values = [x.value if isinstance(x, MetricVariable) else x for x in inputs]
        return getattr(ufunc, method)(*values, **kwargs)

    def __getitem__(self, index: Any) -> Any:
        return self.numpy()[index]

    def __len__(self) -> int:
        return len(self.value)

    def __float__(self) -> float:
        return float(self.value)

    def __int__(self) -> int:
        return int(self.value)

    def __bool__(self) -> bool:
        return bool(self.value)

    def __repr__(self) -> str:
        return f"<MetricVariable {self.name!r} shape={self.shape} value={self.value}>"


class Metric(Configurable):
    """Base class: a custom metric defines `update_state` and `result`.

    What it accumulates it keeps in variables (`add_variable`), which `reset_state` sets to zero.

    Args:
        dtype: 'float32' or None; sums are kept in float64.
        name: by default the class's, numbered.

    Example:
        >>> class Largest(Metric):
        ...     def __init__(self, name=None):
        ...         super().__init__(name=name)
        ...         self.largest = self.add_variable((), "zeros", name="largest")
        ...
        ...     def update_state(self, y_true, y_pred, sample_weight=None):
        ...         self.largest.assign(np.maximum(self.largest, y_pred.max()))
        ...
        ...     def result(self):
        ...         return self.largest
        >>> float(Largest()(None, np.array([1.0, 3.0])))
        3.0
    """

    # Whether more is better ("up") or worse ("down"); None where it depends.
    direction: str | None = None

    _shown = ("name",)  # the history has it
    _dtypes: tuple[str | None, ...] = (None, "float32")

    def __init__(self, dtype: str | None = None, name: str | None = None) -> None:
        op = type(self).__name__
        if dtype not in self._dtypes:
            expected = " or ".join(repr(known) for known in self._dtypes if known)
            raise ValueError(f"[{op}] expected dtype {expected}, got {dtype!r}")
        self.name = auto_name(op) if name is None else name
        self._variables: list[MetricVariable] = []

    @property
    def dtype(self) -> str:
        """What the metric's values are in Keras: 'float32'."""
        return "float32"

    def add_variable(
        self,
        shape: Sequence[int],
        initializer: Any,
        dtype: str | None = None,
        aggregation: str | None = "sum",
        name: str | None = None,
    ) -> MetricVariable:
        """A variable of the metric.

        Args:
            shape: () for a number.
            initializer: an initializer, its name, or the values; None for zeros.
            dtype, aggregation: have no effect: values are float64, and there is one device.
            name: 'variable' by default.
        """
        if not hasattr(self, "_variables"):
            raise RuntimeError(
                f"[{type(self).__name__}] call super().__init__() first in its __init__"
            )
        allowance.check_metric(type(self).__name__, shape)
        if initializer is None or (isinstance(initializer, str) and initializer == "zeros"):
            value = np.zeros(tuple(shape))
        elif isinstance(initializer, str) or callable(initializer):
            value = np.array(initializers.get(initializer)(tuple(shape)), np.float64)
        else:  # in double, which an initializer's array is not
            value = np.array(np.broadcast_to(np.asarray(initializer, np.float64), tuple(shape)))
        variable = MetricVariable(value, "variable" if name is None else name)
        self._variables.append(variable)
        return variable

    def add_weight(
        self,
        shape: Sequence[int] = (),
        initializer: Any = None,
        dtype: str | None = None,
        name: str | None = None,
    ) -> MetricVariable:
        """`add_variable`, with defaults."""
        return self.add_variable(shape, initializer, dtype, name=name)

    @property
    def variables(self) -> list[Any]:
        """The metric's variables, then those of metrics that it keeps: as attributes, or in lists
        and dicts that are."""
        attributes = [v for v in vars(self).values() if type(v) not in _PLAIN]
        held = list(contents(attributes, (Metric, MetricVariable, Variable)))
        inner = [v for metric in held if isinstance(metric, Metric) for v in metric.variables]
        own = [variable for variable in held if not isinstance(variable, Metric)]
        return list({id(v): v for v in [*self._variables, *own, *inner]}.values())

    def update_state(self, *args: Any, **kwargs: Any) -> None:
        """Takes in a batch."""
        raise NotImplementedError(f"[{type(self).__name__}] a metric must define update_state")

    def result(self) -> Any:
        """The value over all batches since the last reset: a number, an array or a dict."""
        raise NotImplementedError(f"[{type(self).__name__}] a metric must define result")

    def reset_state(self) -> None:
        """Forgets all batches."""
        for variable in self.variables:
            if isinstance(variable, MetricVariable):
                variable.value = np.zeros(variable.shape) if variable.shape else 0.0
            else:
                variable.assign(np.zeros(variable.shape))

    def get_config(self) -> dict[str, Any]:
        """The arguments that make the same metric again.

        In a class that extends it these are name and dtype, as in Keras: it adds its own.
        """
        if type(self).get_config is not Metric.get_config:
            return {"name": self.name, "dtype": self.dtype}
        return super().get_config()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """`update_state`, then `result`."""
        self.update_state(*args, **kwargs)
        return self.result()


refuse_attributes(Metric, "stateless_reset_state stateless_result stateless_update_state")


def total(values: Values) -> float:
    """The sum of all values, in double and in their order: the order of np.sum is NumPy's."""
    if values.dtype == np.bool_:
        return float(np.count_nonzero(values))
    if values.dtype == np.float32:
        return _core.weighted_sum(np.ascontiguousarray(values))
    return float(running_sum(values.ravel())[-1]) if values.size else 0.0


def running_sum(values: Values, axis: int = -1) -> Values:
    """Sums along an axis, in double and in its order."""
    sums: Values = np.cumsum(values, axis=axis, dtype=np.float64)
    return sums


def sum_along(values: Values, axis: int = -1) -> Values:
    """The sum along an axis, in double and in its order."""
    return np.asarray(running_sum(values, axis).take(-1, axis))


def ratio(a: Any, b: Any) -> Values:
    """a / b, and 0 where b is 0."""
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    zeros = np.zeros(np.broadcast_shapes(a.shape, b.shape))
    return np.asarray(np.divide(a, b, out=zeros, where=b != 0))


def as_number(value: Values) -> Any:
    """A float where there is one value only."""
    return float(value) if np.ndim(value) == 0 else value


def fit_pair(op: str, y_true: Any, y_pred: Any) -> tuple[Values, Values]:
    """Both as arrays of one shape; a last axis of length 1 may be missing in one of them."""
    t, p = as_array(op, "y_true", y_true), as_array(op, "y_pred", y_pred)
    if (*t.shape, 1) == p.shape or t.shape == (*p.shape, 1):
        t = t.reshape(p.shape)
    if t.shape != p.shape:
        raise ValueError(f"[{op}] expected y_true of the shape of y_pred, {p.shape}, got {t.shape}")
    return t, p


def fit_weight(op: str, weight: Any, shape: tuple[int, ...]) -> Values:
    """Weights in double, spread over all axes of values of this shape that they lack."""
    w = as_array(op, "sample_weight", weight).astype(np.float64)
    if w.ndim == len(shape) + 1 and w.shape[-1] == 1:
        w = w[..., 0]
    if w.ndim > len(shape) or any(a not in (1, b) for a, b in zip(w.shape, shape, strict=False)):
        raise ValueError(
            f"[{op}] expected sample_weight that fits values of shape {shape}, got {w.shape}"
        )
    spread = w.reshape(w.shape + (1,) * (len(shape) - w.ndim))
    return np.asarray(np.broadcast_to(spread, shape))
