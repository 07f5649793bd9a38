"""A layer's weights."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from brisknet import _core, initializers
from brisknet.arguments.checks import Array, as_array, as_float32, choices, describe
from brisknet.names.automatic import auto_name
from brisknet.names.refused_attributes import refuse_attributes
from brisknet.serialization import weight_limit as allowance

__all__ = ["Variable"]


# Types, by Keras's names. Integers are for what a layer counts or looks up.
DTYPES = {
    "float32": np.dtype(np.float32),
    "int": np.dtype(np.int32),
    **{f"{u}int{bits}": np.dtype(f"{u}int{bits}") for u in ("", "u") for bits in (8, 16, 32, 64)},
}


def converted(array: npt.NDArray[Any], dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    """The same numbers as another type.

    Raises:
        ValueError: if the type cannot hold one of them.
    """
    if array.dtype == dtype:
        return array
    with np.errstate(all="ignore"):
        new = array.astype(dtype)
        if not (new == array).all():
            raise ValueError(f"not all of the {array.dtype} numbers are {np.dtype(dtype)}")
    return new


_AGGREGATIONS = (None, "none", "mean", "sum", "only_first_replica")
_SYNCHRONIZATIONS = (None, "none", "on_read", "on_write", "auto")


def _binary(function: Callable[..., Any]) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """An operator of a variable's values, and the one for a variable on its right."""

    def values(x: Any) -> Any:
        return x.value if isinstance(x, Variable) else x

    return (
        lambda self, other: function(self.value, values(other)),
        lambda self, other: function(values(other), self.value),
    )


class Variable:
    """A float32 array with a name, which training changes in place; or whole numbers.

    Operators, comparisons, indices and NumPy's functions take its values and return new arrays;
    `&`, `|` and `^` are logical, and it has no truth value, as in Keras.

    Args:
        initializer: the initial values, copied; or an initializer or its name, for a `shape`.
        shape: what an initializer is called with.
        dtype: 'float32', the same as None; or 'int32', also called 'int', 'int64', 'uint8', …, for
            what optimizers do not update.
        trainable: whether optimizers update it.
        autocast, aggregation, synchronization: without effect, as there is one type and one device.
        name: 'kernel', 'bias', …; by default 'variable', numbered.

    Raises:
        ValueError: if the initializer is unknown, lacks a shape or returns another, or integers are
            trainable.

    Attributes:
        value: the array itself, C-contiguous: training changes it. Assign with `assign`.
        grad: the gradient of the last backward pass, an array of the same shape. A layer's backward
            assigns it, or computes into it (`ops.matmul(…, out=variable.grad)`).
        regularizer: what penalises the values in the loss (`brisknet.regularizers`), or None.
        constraint: what the values must fulfil after each update (`brisknet.constraints`),
            or None.
        trainable, name: as given. path: the name with the layer's before it.

    Example:
        >>> v = Variable([1, 2], name="bias")
        >>> v.assign([3, 4])
        array([3., 4.], dtype=float32)
        >>> 2 * v[1] + 1
        np.float32(9.0)
        >>> v
        <Variable 'bias' shape=(2,) dtype=float32>
    """

    def __init__(
        self,
        initializer: Any,
        shape: Sequence[int] | None = None,
        dtype: str | None = None,
        trainable: bool = True,
        autocast: bool = True,
        aggregation: str | None = "none",
        synchronization: str | None = "auto",
        name: str | None = None,
    ) -> None:
        for argument, given, known in (
            ("aggregation", aggregation, _AGGREGATIONS),
            ("synchronization", synchronization, _SYNCHRONIZATIONS),
        ):
            if given not in known:
                raise ValueError(
                    f"[Variable] expected {argument} {choices(known)}, got {describe(given)}"
                )
        self.aggregation = aggregation or "none"
        self.synchronization = synchronization or "none"
        if dtype is not None and (not isinstance(dtype, str) or dtype not in DTYPES):
            raise ValueError(
                f"[Variable] expected dtype 'float32', or 'int32' and the like, got {dtype!r}"
            )
        kind = DTYPES[dtype or "float32"]
        if trainable and kind != np.float32:
            raise ValueError(
                f"[Variable] expected trainable=False for a variable of dtype {dtype!r}: whole "
                "numbers are not trained"
            )
        self.name = auto_name("variable") if name is None else name
        value = initializer
        if isinstance(initializer, str) or callable(initializer):
            if shape is None:
                raise ValueError("[Variable] expected shape together with an initializer")
            make = initializers.get(initializer)
            initialize = allowance.zeros if allowance.limited() else make
            value = initialize(tuple(shape), dtype="float32")
        self._value: Array = np.array(as_dtype("Variable", self.name, value, kind), order="C")
        self._flush()
        if shape is not None and self._value.shape != tuple(shape):
            raise ValueError(
                f"[Variable] expected {self.name} of shape {tuple(shape)}, got {self._value.shape}"
            )
        self._grad: Array | None = None
        self.trainable = trainable
        self.regularizer: Callable[..., Any] | None = None
        self.constraint: Callable[..., Any] | None = None
        self.path = self.name

    @property
    def value(self) -> Array:
        return self._value

    @property
    def shape(self) -> tuple[int, ...]:
        return self._value.shape

    @property
    def ndim(self) -> int:
        return self._value.ndim

    @property
    def dtype(self) -> str:
        return self._value.dtype.name

    @property
    def grad(self) -> Array:
        if self._grad is None:
            self._grad = np.zeros_like(self._value)
        return self._grad

    @grad.setter
    def grad(self, gradient: Any) -> None:
        gradient = self._fitting("grad", gradient)
        if self._grad is None:
            self._grad = np.array(gradient)
        else:
            self._grad[...] = gradient

    @property
    def has_grad(self) -> bool:
        """Whether a gradient was ever assigned or computed into."""
        return self._grad is not None

    def assign(self, value: Any) -> Array:
        """Replaces the values, and returns a copy of them.

        Raises:
            ValueError: if the shape differs.
        """
        self.replace(value)
        return self.numpy()

    def assign_add(self, value: Any) -> Array:
        """Adds a value that has the shape or broadcasts to it; returns a copy of the sum."""
        return self.assign(self._value + self._spread(value))

    def assign_sub(self, value: Any) -> Array:
        """Subtracts, as `assign_add` adds; returns a copy of the difference."""
        return self.assign(self._value - self._spread(value))

    def replace(self, value: Any) -> None:
        """`assign` without the copy."""
        self._value[...] = self._fitting("value", value)
        self._flush()

    def numpy(self) -> Array:
        """A copy of the values."""
        return self._value.copy()

    def _spread(self, given: Any) -> Array:
        array = as_dtype("Variable", "value", given, self._value.dtype)
        ones = (1,) * (self.ndim - array.ndim) + array.shape
        fits = len(ones) == self.ndim and all(
            a in (1, b) for a, b in zip(ones, self.shape, strict=True)
        )
        return array if fits else self._fitting("value", array)  # which raises

    def _flush(self) -> None:
        if self._value.dtype == np.float32:
            _core.flush(self._value, False, self._value)

    def _fitting(self, what: str, given: Any) -> Array:
        array = as_dtype("Variable", what, given, self._value.dtype)
        if array.shape != self._value.shape:
            raise ValueError(
                f"[Variable] expected {what} of shape {self._value.shape} for {self.path!r}, "
                f"got {array.shape}"
            )
        return array

    def __array__(
        self, dtype: npt.DTypeLike | None = None, copy: bool | None = None
    ) -> npt.NDArray[Any]:
        if copy is False:
            raise ValueError("[Variable] an array of its values is a copy; use `value` to avoid it")
        array: npt.NDArray[Any] = self._value.astype(dtype or self._value.dtype)
        return array

    # --- operators: new arrays, as in Keras

    __add__, __radd__ = _binary(np.add)
    __sub__, __rsub__ = _binary(np.subtract)
    __mul__, __rmul__ = _binary(np.multiply)
    __truediv__, __rtruediv__ = _binary(np.true_divide)
    __floordiv__, __rfloordiv__ = _binary(np.floor_divide)
    __mod__, __rmod__ = _binary(np.mod)
    __pow__, __rpow__ = _binary(np.power)
    __matmul__, __rmatmul__ = _binary(np.matmul)
    __and__, __rand__ = _binary(np.logical_and)
    __or__, __ror__ = _binary(np.logical_or)
    __xor__, __rxor__ = _binary(np.logical_xor)
    __lt__, __gt__ = _binary(np.less)
    __le__, __ge__ = _binary(np.less_equal)
    __eq__, _ = _binary(np.equal)
    __ne__, _ = _binary(np.not_equal)
    __hash__ = object.__hash__

    def __neg__(self) -> Any:
        return -self._value

    def __pos__(self) -> Array:
        return self.numpy()

    def __abs__(self) -> Any:
        return abs(self._value)

    def __invert__(self) -> Any:
        return ~self._value  # type: ignore[misc]

    def __round__(self, ndigits: int | None = None) -> Any:
        return np.round(self._value, ndigits or 0)

    def __getitem__(self, index: Any) -> Any:
        return self._value[index].copy()

    def __len__(self) -> int:
        return len(self._value)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.numpy())

    def __bool__(self) -> bool:
        raise TypeError(
            f"[Variable] {self.path!r} has no truth value: compare an element, or use `is not None`"
        )

    def __float__(self) -> float:
        return float(self._scalar())

    def __int__(self) -> int:
        return int(self._scalar())

    def _scalar(self) -> Any:
        if self._value.shape:
            raise TypeError(
                f"[Variable] expected a single number, got {self.path!r} of shape {self.shape}"
            )
        return self._value[()]

    def __repr__(self) -> str:
        return f"<Variable {self.path!r} shape={self.shape} dtype={self.dtype}>"


refuse_attributes(Variable, "overwrite_with_gradient")


def as_dtype(op: str, name: str, given: Any, dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    """A value for a variable, as an array of the variable's type."""
    if dtype == np.float32:
        return as_float32(op, name, given)
    try:
        return converted(as_array(op, name, given), dtype)
    except ValueError as error:
        raise ValueError(f"[{op}] expected {name}: {dtype} numbers, got others ({error})") from None
