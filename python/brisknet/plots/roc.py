"""ROC curves."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from brisknet.plots.figures import axes_for, drawing, faint, finished, plain, titled
from brisknet.plots.scores import (
    Floats,
    classes_and_scores,
    counts_by_threshold,
    draw_curves,
    each_class,
)


def plot_roc(
    y_true: Any,
    y_score: Any,
    class_names: Sequence[str] | None = None,
    to_file: str | os.PathLike[str] | None = None,
    dpi: float = 200,
    *,
    ax: Any = None,
    dark: bool = False,
) -> Any:
    """Draws the receiver operating characteristic: true against false positive rate.

    With more than two classes, there is one curve for each class against all others; if there are
    many, the legend lists those with the smallest area. The areas under the curves are exact: they
    are the sums of the trapezoids between all scores.

    Args:
        y_true: the classes: integers from 0, of shape (samples,) or (samples, 1), or 0 and 1 for
            each class, of shape (samples, classes).
        y_score: the output of `predict`: of shape (samples,) or (samples, 1) for the second of two
            classes, or (samples, classes).
        class_names: a name for each class; by default, their numbers.
        to_file, dpi, ax, dark: see `brisknet.plots`.

    Returns:
        The matplotlib Figure.

    Raises:
        ImportError: if matplotlib is not installed.
        ValueError: if the targets and the scores do not match, or there is only one class.

    Example:
        >>> figure = plot_roc([0, 1, 1], [0.2, 0.4, 0.9])  # doctest: +SKIP
    """
    op = "plot_roc"
    names, is_true, scores = classes_and_scores(op, y_true, y_score, class_names)
    found = list(each_class(is_true, scores, roc_curve))
    with drawing(op, dark, to_file, dpi):
        figure, (axes,) = axes_for(op, ax, 4.8, 5.0)
        axes.plot([0, 1], [0, 1], ":", color=faint(axes), linewidth=1)
        draw_curves(axes, [names[i] for i, _ in found], [c for _, c in found], "AUC", "default")
        axes.set(xlabel="false positives / others", ylabel="true positives / samples of the class")
        axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), aspect="equal")
        plain(axes)
        titled(axes, "ROC", columns=2)
        return finished(op, figure, to_file, dpi)


def roc_curve(is_true: npt.NDArray[np.bool_], scores: Floats) -> tuple[Floats, Floats, float]:
    """False and true positive rates from the highest threshold down, and the area."""
    true, false = counts_by_threshold(is_true, scores)
    x = np.concatenate([[0.0], false / false[-1]])
    y = np.concatenate([[0.0], true / true[-1]])
    return x, y, float((np.diff(x) * (y[1:] + y[:-1]) / 2).sum())
