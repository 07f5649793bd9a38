"""Predicted against true values."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from brisknet.arguments.checks import as_array
from brisknet.display.progress import number_text
from brisknet.plots.figures import (
    axes_for,
    drawing,
    finished,
    ink,
    matplotlib,
    palette,
    plain,
    shades,
    titled,
)

_MOST_DOTS = 5000  # more are shown as a density


def plot_regression(
    y_true: Any,
    y_pred: Any,
    to_file: str | os.PathLike[str] | None = None,
    dpi: float = 200,
    *,
    ax: Any = None,
    dark: bool = False,
) -> Any:
    """Draws predicted against true values, and beside them the residuals, true - predicted.

    With more than 5,000 samples, their density is drawn instead of dots.

    Args:
        y_true: the targets, of shape (samples,) or (samples, 1).
        y_pred: the output of `predict`, in the same form.
        ax: two matplotlib Axes to draw into.
        to_file, dpi, dark: see `brisknet.plots`.

    Returns:
        The matplotlib Figure.

    Raises:
        ImportError: if matplotlib is not installed.
        ValueError: if y_true and y_pred are empty, have different lengths or several columns, or
            contain values that are not finite.

    Example:
        >>> figure = plot_regression([1.0, 2.0, 3.0], [1.1, 1.9, 3.2])  # doctest: +SKIP
    """
    op = "plot_regression"
    true, predicted = (_column(op, name, y) for name, y in (("y_true", y_true), ("y_pred", y_pred)))
    if len(true) != len(predicted) or not len(true):
        raise ValueError(
            f"[{op}] expected as many values in y_true and y_pred, and at least one, "
            f"got {len(true)} and {len(predicted)}"
        )
    rest = true - predicted
    spread = float(((true - true.mean()) ** 2).sum())
    errors = [f"RMSE {number_text(float(np.sqrt((rest**2).mean())))}"]
    errors.append(f"MAE {number_text(float(np.abs(rest).mean()))}")
    if spread:
        errors.append(f"R² {1 - float((rest**2).sum()) / spread:.3f}")

    with drawing(op, dark, to_file, dpi):
        figure, (left, right) = axes_for(op, ax, 4.6, 4.2, 2, 2)
        low, high = (
            f([true.min(), predicted.min(), true.max(), predicted.max()]) for f in (min, max)
        )
        left.plot([low, high], [low, high], ":", color=ink(left), linewidth=1.2, zorder=3)
        _dots(left, true, predicted)
        left.set(xlabel="true", ylabel="predicted")
        right.axhline(0, linestyle=":", color=ink(right), linewidth=1.2, zorder=3)
        _dots(right, predicted, rest)
        right.set(xlabel="predicted", ylabel="true - predicted")
        for axes, title in ((left, "Predicted and true"), (right, "Residuals")):
            plain(axes)
            titled(axes, title)
        right.set_title("   ".join(errors), loc="right", fontsize=8, pad=6)
        locator = matplotlib(op, "ticker").MaxNLocator
        left.xaxis.set_major_locator(locator(6))
        right.xaxis.set_major_locator(locator(6))
        return finished(op, figure, to_file, dpi)


def _column(op: str, name: str, values: Any) -> Any:
    array = as_array(op, name, values).astype(np.float64)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1:
        raise ValueError(
            f"[{op}] expected {name} of shape (samples,) or (samples, 1), got {array.shape}: "
            "draw one column after the other"
        )
    if not np.isfinite(array).all():
        row = int((~np.isfinite(array)).argmax())
        raise ValueError(f"[{op}] expected {name}: finite numbers, got {array[row]} in row {row}")
    return array


def _dots(axes: Any, x: Any, y: Any) -> None:
    if len(x) > _MOST_DOTS:
        axes.hexbin(x, y, gridsize=45, mincnt=1, bins="log", cmap=shades(axes), linewidths=0.1)
        return
    opacity = float(np.clip(250 / len(x), 0.25, 0.85))
    axes.scatter(
        x, y, s=14, color=palette(axes)[0], alpha=opacity, linewidths=0, rasterized=len(x) > 500
    )
