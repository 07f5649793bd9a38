"""Which classes are taken for which."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from brisknet._arguments import as_array, describe
from brisknet.ops import as_labels
from brisknet.plots.figures import finished, matplotlib, new_figure

_MOST_NUMBERS = 30  # classes; beyond, cells are too small for numbers

_TITLES = {
    None: "samples",
    "true": "share of the true class",
    "pred": "share of the predicted class",
    "all": "share of all samples",
}


def plot_confusion_matrix(
    y_true: Any,
    y_pred: Any,
    class_names: Sequence[str] | None = None,
    normalize: str | None = None,
    to_file: str | os.PathLike[str] | None = None,
    dpi: float = 200,
) -> Any:
    """Draws how many samples of each class were predicted as each class.

    Needs matplotlib (`pip install 'brisknet[plot]'`), whose backends and settings it leaves alone.

    Args:
        y_true: the classes: whole numbers from 0, of shape (samples,) or (samples, 1), or one-hot
            rows, (samples, classes).
        y_pred: the predicted classes likewise, or what `predict` gave for each class, of which
            the largest counts.
        class_names: a name for each class; by default their numbers. With more than 30 classes
            cells and axes are without numbers and names.
        normalize: None for numbers of samples; 'true', 'pred' or 'all' for shares of the samples
            of the true class (rows add up to 1), of the predicted class (columns do), of all.
        to_file: where to save the picture: a name that ends in .png, .svg or .pdf.
        dpi: the resolution of a saved .png.

    Returns:
        The matplotlib Figure.

    Raises:
        ImportError: without matplotlib.
        ValueError: if the classes are not whole numbers from 0, there are not as many of both,
            none at all, fewer names than classes, or `normalize` is none of these.
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
        shares = counts / np.maximum(totals, 1)  # a class without samples has shares of 0

    size = max(2.4, 0.55 * len(names)) if len(names) <= _MOST_NUMBERS else 8
    label = 0.09 * max(map(len, names))  # inches, about
    slanted = label > 0.5
    height = size + 0.8 + (0.7 * label if slanted else 0)
    figure = new_figure(op, size + 1.7 + label, height, layout="constrained")
    axes = figure.add_subplot()
    image = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1 if normalize else None)
    figure.colorbar(image, ax=axes, label=_TITLES[normalize], shrink=0.85).outline.set_visible(
        False
    )
    if len(names) <= _MOST_NUMBERS:
        dark = shares > image.norm.vmax / 2
        for (row, column), share in np.ndenumerate(shares):
            axes.text(
                column,
                row,
                f"{share:.2f}" if normalize else f"{share}",
                ha="center",
                va="center",
                color="white" if dark[row, column] else "black",
                fontsize=9 if len(names) <= 12 else 7,
            )
        places = np.arange(len(names))
        slant = {"rotation": 45, "ha": "right", "rotation_mode": "anchor"} if slanted else {}
        axes.set_xticks(places, names, **slant)
        axes.set_yticks(places, names)
    else:
        axes.xaxis.set_major_locator(matplotlib(op, "ticker").MaxNLocator(integer=True))
    axes.set_xlabel("predicted class")
    axes.set_ylabel("true class")
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    return finished(op, figure, to_file, dpi)


def _counts(op: str, y_true: Any, y_pred: Any, classes: int | None) -> npt.NDArray[np.int64]:
    """How many samples of class i were predicted as j, of shape (classes, classes)."""
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
