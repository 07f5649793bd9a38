"""Calibration curves: how well predicted probabilities match observed frequencies."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from brisknet.arguments.numbers import checked_integer
from brisknet.plots.figures import axes_for, drawing, faint, finished, palette, plain, titled
from brisknet.plots.scores import classes_and_scores


def plot_calibration(
    y_true: Any,
    y_prob: Any,
    bins: int = 10,
    to_file: str | os.PathLike[str] | None = None,
    dpi: float = 200,
    *,
    ax: Any = None,
    dark: bool = False,
) -> Any:
    """Draws the observed frequency of a class against its predicted probability.

    The samples are grouped into bins of equal width. Each point shows the mean probability of a bin
    and the fraction of its samples that belong to the class; its vertical line is the 95 % Wilson
    interval of that fraction. The bars show the fraction of all samples in each bin. Well
    calibrated probabilities lie on the diagonal; the calibration error is the mean distance from
    it, weighted by the bins' samples.

    With more than two classes, the probability is that of the predicted class.

    Args:
        y_true: the classes; see `plot_roc`.
        y_prob: probabilities, from 0 to 1: of shape (samples,) or (samples, 1) for the second of
            two classes, or (samples, classes).
        bins: the number of bins, at least 2.
        to_file, dpi, ax, dark: see `brisknet.plots`.

    Returns:
        The matplotlib Figure.

    Raises:
        ImportError: if matplotlib is not installed.
        ValueError: if the targets and the probabilities do not match, or there are none.

    Example:
        >>> figure = plot_calibration([0, 1, 1], [0.2, 0.4, 0.9])  # doctest: +SKIP
    """
    op = "plot_calibration"
    checked_integer(op, "bins", bins, 2)
    _, is_true, probabilities = classes_and_scores(op, y_true, y_prob, None)
    if probabilities.min() < 0 or probabilities.max() > 1 + 1e-6:
        raise ValueError(
            f"[{op}] expected y_prob from 0 to 1, got {probabilities.min():g} to "
            f"{probabilities.max():g}: outputs without a sigmoid or softmax are not probabilities"
        )
    predicted = probabilities.argmax(axis=1)[:, None]
    probability = np.take_along_axis(probabilities, predicted, axis=1)[:, 0]
    right = np.take_along_axis(is_true, predicted, axis=1)[:, 0]

    places = np.minimum((probability * bins).astype(int), bins - 1)
    counts = np.bincount(places, minlength=bins)
    filled = np.flatnonzero(counts)
    n = counts[filled]
    mean = np.bincount(places, probability, bins)[filled] / n
    share = np.bincount(places, right, bins)[filled] / n
    error = float((n * np.abs(mean - share)).sum() / len(probability))
    z = 1.96
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)

    with drawing(op, dark, to_file, dpi):
        figure, (axes,) = axes_for(op, ax, 4.8, 5.0)
        blue = palette(axes)[0]
        axes.bar(
            (np.arange(bins) + 0.5) / bins, counts / len(probability), 0.94 / bins,
            color=faint(axes), alpha=0.3, label="share of the samples",
        )  # fmt: skip
        axes.plot([0, 1], [0, 1], ":", color=faint(axes), linewidth=1)
        axes.vlines(mean, middle - half, middle + half, color=blue, alpha=0.5, linewidth=2)
        axes.plot(
            mean, share, "o-", color=blue, markersize=5, label=f"calibration error {error:.3f}"
        )
        axes.set_xlabel("predicted probability")
        axes.set_ylabel("share that is of the class" if is_true.shape[1] == 1 else "share right")
        axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), aspect="equal")
        plain(axes)
        titled(axes, "Calibration", columns=2)
        return finished(op, figure, to_file, dpi)
