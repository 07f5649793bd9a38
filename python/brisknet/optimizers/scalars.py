"""The step count and the learning rate as numbers that can also be used as Keras's variables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt


class Scalar:
    """What a number of an optimizer has beside its value, which it had when it was asked for.

    Attributes:
        name, path: as in a `Variable`.
        shape, dtype, trainable: (), NumPy's name, False.
    """

    shape = ()
    trainable = False
    dtype: str
    name: str
    path: str
    _set: Callable[[Any], None]

    @property
    def value(self) -> npt.NDArray[Any]:
        return np.array(self, self.dtype)

    def numpy(self) -> npt.NDArray[Any]:
        """The number as an array."""
        return self.value

    def assign(self, value: Any) -> Any:
        """Sets the optimizer's number, as setting its attribute does; returns it."""
        self._set(value)
        return np.array(value, self.dtype)

    def assign_add(self, value: Any) -> Any:
        """Adds to the number that this was; returns the sum."""
        return self.assign(self + value)

    def assign_sub(self, value: Any) -> Any:
        """Subtracts from the number that this was; returns the difference."""
        return self.assign(self - value)

    def bound(self, owner: str, name: str, assign: Callable[[Any], None]) -> Any:
        """This number as the one called `name` of the optimizer `owner`."""
        self.name, self.path, self._set = name, f"{owner}/{name}", assign
        return self


class Count(Scalar, int):
    """A whole number."""

    dtype = "int64"

    def __reduce__(self) -> tuple[Any, ...]:
        return int, (int(self),)


class Rate(Scalar, float):
    """A real number."""

    dtype = "float64"

    def __reduce__(self) -> tuple[Any, ...]:
        return float, (float(self),)
