"""Confusion matrices: which classes are mistaken for which."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from brisknet.arguments.checks import as_array, describe
from brisknet.ops import as_labels
from brisknet.plots.figures import (
    axes_for,
    contrasting,
    drawing,
    faint,
    finished,
    ink,
    matplotlib,
    shades,
)

_MOST_NUMBERS = 30  # classes; with more, the cells are too small for numbers
_MOST_NAMES = 30  # along an axis; with more, only every second, third, … class is labelled
_MOST_PAIRS = 12  # listed instead of numbers

_TITLES = {
    None: "samples",
    "true": "fraction of the true class",
    "pred": "fraction of the predicted class",
    "all": "fraction of all samples",
}


def plot_confusion_matrix(
    y_true: Any,
    y_pred: Any,
    class_names: Sequence[str] | None = None,
    normalize: str | None = None,
    to_file: str | os.PathLike[str] | None = None,
    dpi: float = 200,
    *,
    ax: Any = None,
    dark: bool = False,
) -> Any:
    """Draws how many samples of each class were predicted as each class.

    Cells without samples stay empty.

    Args:
        y_true: the classes: integers from 0, of shape (samples,) or (samples, 1), or one-hot rows
            of shape (samples, classes).
        y_pred: the predicted classes in the same form, or the output of `predict`, of shape
            (samples, classes), whose largest value in each row counts.
        class_names: a name for each class; by default, their numbers. With more than 30 classes,
            the most frequent confusions are listed instead of numbers, and the axes label only some
            of the classes.
        normalize: None for sample counts; 'true', 'pred' or 'all' for fractions of the true class
            (each row sums to 1), of the predicted class (each column sums to 1), or of all samples.
        to_file, dpi, ax, dark: see `brisknet.plots`.

    Returns:
        The matplotlib Figure.

    Raises:
        ImportError: if matplotlib is not installed.
        ValueError: if the classes are not integers from 0, y_true and y_pred are empty or have
            different lengths, there are fewer names than classes, or `normalize` is invalid.
    """
    op = "plot_confusion_matrix"
    if normalize not in _TITLES:
        raise ValueError(
            f"[{op}] expected normalize None, 'true', 'pred' or 'all', got {describe(normalize)}"
        )
    counts = _counts(op, y_true, y_pred, None if class_names is None else len(class_names))
    names = list(map(str, range(len(counts)) if class_names is None else class_names))
    shares = counts
    if normalize is not None:
        totals = counts.sum(axis={"true": 1, "pred": 0, "all": None}[normalize], keepdims=True)
        shares = counts / np.maximum(totals, 1)  # a class without samples has fractions of 0

    with drawing(op, dark, to_file, dpi):
        figure, axes = _cells(op, ax, names, shares, normalize)
        if len(names) <= _MOST_NUMBERS:
            _numbers(axes, shares, normalize is not None)
        else:
            _pairs(axes, names, counts)
        return finished(op, figure, to_file, dpi)


def _cells(
    op: str, ax: Any, names: list[str], shares: npt.NDArray[Any], normalize: str | None
) -> tuple[Any, Any]:
    """Draws the matrix as coloured cells, with the class names."""
    size = max(2.4, 0.55 * len(names)) if len(names) <= _MOST_NUMBERS else 7.5
    label = 0.09 * max(map(len, names))  # approximate, in inches
    slanted = label > 0.5
    listed = 2.6 if len(names) > _MOST_NUMBERS else 0
    height = size + 0.8 + (0.7 * label if slanted else 0)
    figure, (axes,) = axes_for(op, ax, size + 1.7 + label + listed, height)
    colors = matplotlib(op, "colors")
    # Confusions are far rarer than correct predictions, and yet they are what matters here.
    norm = colors.PowerNorm(0.5, 0, 1 if normalize else max(1, int(shares.max())))
    image = axes.imshow(shares, cmap=shades(axes), norm=norm, interpolation="nearest")
    bar = figure.colorbar(image, ax=axes, label=_TITLES[normalize], shrink=0.85, aspect=24)
    bar.outline.set_visible(False)
    if not normalize:
        bar.locator = matplotlib(op, "ticker").MaxNLocator(6, integer=True)
        bar.update_ticks()
    every = -(-len(names) // _MOST_NAMES)
    places = np.arange(0, len(names), every)
    slant = {"rotation": 45, "ha": "right", "rotation_mode": "anchor"} if slanted else {}
    axes.set_xticks(places, names[::every], **slant)
    axes.set_yticks(places, names[::every])
    axes.set_xlabel("predicted class")
    axes.set_ylabel("true class")
    axes.spines[:].set_color(faint(axes))  # a frame, as empty cells have the page's colour
    axes.spines[:].set_linewidth(0.6)
    axes.tick_params(length=0)
    return figure, axes


def _numbers(axes: Any, shares: npt.NDArray[Any], normalized: bool) -> None:
    image = axes.images[0]
    for (row, column), share in np.ndenumerate(shares):
        if share:
            text = f"{share}" if not normalized else f"{share:.2f}" if share >= 0.005 else "<.01"
            axes.text(
                column, row, text, ha="center", va="center",
                color=contrasting(image.cmap(image.norm(share))),
                fontsize=min(9, 9 if len(shares) <= 12 else 7, 40 / len(text)),
            )  # fmt: skip


def _pairs(axes: Any, names: list[str], counts: npt.NDArray[np.int64]) -> None:
    """Lists the pairs of classes that are most often confused."""
    wrong = counts - np.diag(counts.diagonal())
    order = np.argsort(-wrong, axis=None, kind="stable")[:_MOST_PAIRS]
    lines = [
        f"{_short(names[true])} \u2192 {_short(names[predicted])}:  {wrong[true, predicted]:,}"
        for true, predicted in (np.unravel_index(place, counts.shape) for place in order)
        if wrong[true, predicted]
    ]
    title = "true \u2192 predicted,\nmost often:" if lines else "no errors"
    axes.annotate(
        "\n".join([title, "", *lines]), (1, 1), (12, 0), xycoords="axes fraction",
        textcoords="offset points", va="top", fontsize=8, color=ink(axes), linespacing=1.4,
    )  # fmt: skip


def _short(name: str) -> str:
    return name if len(name) <= 16 else f"{name[:15]}\u2026"


def _counts(op: str, y_true: Any, y_pred: Any, classes: int | None) -> npt.NDArray[np.int64]:
    """The number of samples of class i predicted as class j, of shape (classes, classes)."""
    true, predicted = _classes(op, "y_true", y_true), _classes(op, "y_pred", y_pred)
    if len(true) != len(predicted) or not len(true):
        raise ValueError(
            f"[{op}] expected as many true as predicted classes, and at least one, "
            f"got {len(true)} and {len(predicted)}"
        )
    largest = int(max(true.max(), predicted.max()))
    classes = largest + 1 if classes is None else classes
    if min(true.min(), predicted.min()) < 0 or largest >= classes:
        raise ValueError(
            f"[{op}] expected classes from 0 to {classes - 1}, got "
            f"{min(true.min(), predicted.min())} to {largest}"
        )
    return np.bincount(true * classes + predicted, minlength=classes**2).reshape(classes, classes)


def _classes(op: str, name: str, values: Any) -> npt.NDArray[np.int64]:
    array = as_array(op, name, values)
    if array.ndim == 2 and array.shape[1] > 1:
        largest: npt.NDArray[np.int64] = array.argmax(axis=1)
        return largest
    if array.ndim not in (1, 2):
        raise ValueError(
            f"[{op}] expected {name} of shape (samples,) or (samples, classes), got {array.shape}"
        )
    return as_labels(op, name, array.reshape(-1))
