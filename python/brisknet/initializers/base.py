"""What all initializers share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from brisknet.arguments.checks import Array
from brisknet.serialization.configurable import Configurable, Self


class Initializer(Configurable):
    """Base class: a user's own defines `__call__(shape, dtype=None)`."""

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> Array:
        raise NotImplementedError(f"{type(self).__name__} must define __call__(shape, dtype=None)")

    def clone(self: Self) -> Self:
        """Another one of the same arguments."""
        return type(self).from_config(self.get_config())

    def _check(self, dtype: Any) -> None:
        if dtype is not None and np.dtype(dtype) != np.float32:
            raise ValueError(f"[{type(self).__name__}] expected dtype float32, got {dtype!r}")
