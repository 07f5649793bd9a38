"""The loss by learning rate, as recorded by a `LearningRateFinder`."""

from __future__ import annotations

import os
from typing import Any, Protocol, runtime_checkable

import numpy as np

from brisknet.arguments.checks import describe
from brisknet.plots.figures import axes_for, drawing, faint, finished, palette, plain, titled


@runtime_checkable
class Search(Protocol):
    """The results of a `callbacks.LearningRateFinder`."""

    rates: list[float]
    losses: list[float]

    @property
    def smoothed(self) -> list[float]: ...

    @property
    def suggestion(self) -> float | None: ...


def plot_learning_rates(
    finder: Search,
    to_file: str | os.PathLike[str] | None = None,
    dpi: float = 200,
    *,
    log: bool = False,
    ax: Any = None,
    dark: bool = False,
) -> Any:
    """Draws the loss by learning rate, and marks where it falls most steeply.

    Args:
        finder: a `callbacks.LearningRateFinder` that `fit` was called with.
        log: whether the loss axis is logarithmic too, if all losses are above 0.
        to_file, dpi, ax, dark: see `brisknet.plots`.

    Returns:
        The matplotlib Figure.

    Raises:
        ImportError: if matplotlib is not installed.
        ValueError: if the finder has no losses yet.
        TypeError: if `finder` is not a LearningRateFinder.
    """
    op = "plot_learning_rates"
    if not isinstance(finder, Search):
        raise TypeError(f"[{op}] expected finder: a LearningRateFinder, got {describe(finder)}")
    losses, smoothed = np.array(finder.losses), np.array(finder.smoothed)
    finite = np.isfinite(smoothed)
    if not finite.any():
        raise ValueError(f"[{op}] expected a finder that fit was called with: it has no losses")
    rates, losses, smoothed = np.array(finder.rates)[finite], losses[finite], smoothed[finite]
    suggestion = finder.suggestion
    with drawing(op, dark, to_file, dpi):
        figure, (axes,) = axes_for(op, ax, 5.2, 3.8)
        blue, orange = palette(axes)[:2]
        axes.plot(rates, losses, ".", color=blue, alpha=0.35, markersize=4, label="a step's loss")
        axes.plot(rates, smoothed, color=blue, linewidth=1.8, label="averaged")
        if suggestion is not None:
            place = int(np.flatnonzero(rates == suggestion)[0])
            axes.axvline(suggestion, color=faint(axes), linestyle=":", linewidth=1)
            axes.plot(
                [suggestion], [smoothed[place]], "o", markersize=9, color=orange,
                label=f"steepest: {suggestion:.2g}",
            )  # fmt: skip
        axes.set_xscale("log")
        if log and losses.min() > 0:
            axes.set_yscale("log")
        else:
            # Losses far above those before the minimum only show that training diverged.
            usual = losses[: max(2, int(smoothed.argmin()) + 1)]
            low, high = float(min(usual.min(), smoothed.min())), float(usual.max())
            reach = (high - low) or abs(high) or 1.0
            axes.set_ylim(low - 0.1 * reach, high + 0.6 * reach)
        axes.set(xlabel="learning rate", ylabel="loss")
        plain(axes)
        titled(axes, "Learning rates")
        return finished(op, figure, to_file, dpi)
