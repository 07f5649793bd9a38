"""Precision-recall curves."""

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


def plot_precision_recall(
    y_true: Any,
    y_score: Any,
    class_names: Sequence[str] | None = None,
    to_file: str | os.PathLike[str] | None = None,
    dpi: float = 200,
    *,
    ax: Any = None,
    dark: bool = False,
) -> Any:
    """Draws precision against recall, which is more informative than a ROC curve for rare classes.

    With more than two classes, there is one curve for each class against all others; if there are
    many, the legend lists those with the lowest average precision. The average precision is the sum
    of the precisions at all thresholds, each times the increase in recall. With two classes, the
    dotted line is the precision of random guessing.

    Args:
        y_true, y_score, class_names: see `plot_roc`.
        to_file, dpi, ax, dark: see `brisknet.plots`.

    Returns:
        The matplotlib Figure.

    Raises:
        ImportError: if matplotlib is not installed.
        ValueError: if the targets and the scores do not match, or there is only one class.

    Example:
        >>> figure = plot_precision_recall([0, 1, 1], [0.2, 0.4, 0.9])  # doctest: +SKIP
    """
    op = "plot_precision_recall"
    names, is_true, scores = classes_and_scores(op, y_true, y_score, class_names)
    found = list(each_class(is_true, scores, precision_recall_curve))
    with drawing(op, dark, to_file, dpi):
        figure, (axes,) = axes_for(op, ax, 4.8, 5.0)
        if len(names) == 1:
            chance = float(is_true.mean())
            axes.axhline(chance, color=faint(axes), linestyle=":", linewidth=1)
        draw_curves(
            axes, [names[i] for i, _ in found], [c for _, c in found],
            "average precision", "steps-pre",
        )  # fmt: skip
        axes.set(xlabel="recall", ylabel="precision", aspect="equal")
        axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
        plain(axes)
        titled(axes, "Precision and recall", columns=2)
        return finished(op, figure, to_file, dpi)


def precision_recall_curve(
    is_true: npt.NDArray[np.bool_], scores: Floats
) -> tuple[Floats, Floats, float]:
    """Recall and precision from the highest threshold down, and the average precision."""
    true, false = counts_by_threshold(is_true, scores)
    precision = true / (true + false)
    recall = np.concatenate([[0.0], true / true[-1]])
    average = float((np.diff(recall) * precision).sum())
    return recall, np.concatenate([precision[:1], precision]), average
