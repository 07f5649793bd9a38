"""What happens to gradients before a rule gets them: means over steps, and clipping."""

from __future__ import annotations

import math

from brisknet import _core
from brisknet.arguments.checks import Array


def take_means(sums: list[Array], steps: int, out: list[Array]) -> None:
    """Writes the means of gradients summed over so many steps; the sums become 0."""
    for total, mean in zip(sums, out, strict=True):
        _core.scale(total, 1.0, steps, mean)
        total.fill(0)


def clip(
    gradients: list[Array],
    norm: float | None,
    value: float | None,
    global_norm: float | None,
    out: list[Array],
) -> None:
    """Writes the gradients with a bound on each norm, on the elements or on the global norm.

    `out` may be the gradients themselves.
    """
    if value:
        for g, clipped in zip(gradients, out, strict=True):
            _core.clip(g, value, clipped)
    elif norm:
        for g, clipped in zip(gradients, out, strict=True):
            length = math.sqrt(_core.sum_of_squares(g))
            _core.scale(g, norm, max(length, norm), clipped)
    elif global_norm:
        length = math.sqrt(sum(map(_core.sum_of_squares, gradients)))
        # As in Keras a norm that is not finite shows in all variables.
        factor = global_norm if math.isfinite(length) else math.nan
        for g, clipped in zip(gradients, out, strict=True):
            _core.scale(g, factor, max(length, global_norm), clipped)
    elif gradients is not out:
        for g, same in zip(gradients, out, strict=True):
            same[...] = g
