"""Decision boundaries of models with two features."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Sequence
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from brisknet.arguments.checks import as_array, describe
from brisknet.arguments.numbers import checked_integer
from brisknet.layers.layer import Layer
from brisknet.ops import as_labels
from brisknet.plots.figures import (
    axes_for,
    background,
    drawing,
    finished,
    ink,
    many_colours,
    titled,
)

_MOST_CLASSES = 20
_MARKERS = "osD^vP*X<>"


def plot_decision_boundary(
    model: Any,
    x: Any,
    y: Any,
    class_names: Sequence[str] | None = None,
    feature_names: Sequence[str] | None = None,
    resolution: int = 200,
    to_file: str | os.PathLike[str] | None = None,
    dpi: float = 200,
    *,
    ax: Any = None,
    dark: bool = False,
) -> Any:
    """Draws a model's predicted classes over the plane of two features, with the samples.

    The colour of a point shows its predicted class, in a stronger shade where the model is more
    confident; lines separate the classes.

    Args:
        model: a `Sequential`, an estimator with `predict_proba` or `predict`, or a function that
            takes a batch of shape (points, 2) and returns the probability of the second of two
            classes, a probability for each class, or integer classes.
        x: the samples, of shape (samples, 2).
        y: their classes: integers from 0, or one-hot rows.
        class_names: a name for each class; by default, their numbers.
        feature_names: a name for each of the two features.
        resolution: the number of points along each feature.
        to_file, dpi, ax, dark: see `brisknet.plots`.

    Returns:
        The matplotlib Figure.

    Raises:
        ImportError: if matplotlib is not installed.
        ValueError: if the samples do not have two features and one class each, or there are more
            than 20 classes.
        TypeError: if the model cannot predict.

    Example:
        >>> def above(x):
        ...     return (x[:, 0] > x[:, 1]).astype("float32")
        >>> x = [[0.0, 1.0], [1.0, 0.0]]
        >>> figure = plot_decision_boundary(above, x, [0, 1])  # doctest: +SKIP
    """
    op = "plot_decision_boundary"
    samples = as_array(op, "x", x).astype(np.float32)
    if samples.ndim != 2 or samples.shape[1] != 2 or not len(samples):
        raise ValueError(f"[{op}] expected x of shape (samples, 2), got {samples.shape}")
    if not np.isfinite(samples).all():
        row = int((~np.isfinite(samples)).any(axis=1).argmax())
        raise ValueError(f"[{op}] expected x: finite numbers, got {samples[row]} in row {row}")
    checked_integer(op, "resolution", resolution, 2)
    given = as_array(op, "y", y)
    if given.ndim == 2 and given.shape[1] > 1:
        given = given.argmax(axis=1)
    labels = as_labels(op, "y", given.reshape(-1))
    if len(labels) != len(samples):
        raise ValueError(
            f"[{op}] expected as many samples in x and y, got {len(samples)} and {len(labels)}"
        )
    low, high = samples.min(axis=0), samples.max(axis=0)
    margin = 0.08 * np.where(high > low, high - low, 1)
    ends = zip(low - margin, high + margin, strict=True)
    edges = [np.linspace(begin, end, resolution) for begin, end in ends]
    plane = np.stack(np.meshgrid(*edges), axis=-1).reshape(-1, 2).astype(np.float32)
    scores = _scores(op, _function(op, model)(plane), len(plane), int(labels.max()) + 1)
    classes = scores.shape[1]
    names = list(map(str, range(classes) if class_names is None else class_names))
    if labels.min() < 0 or labels.max() >= classes or len(names) != classes:
        raise ValueError(
            f"[{op}] expected classes from 0 to {classes - 1}, as the model has, and a name for "
            f"each, got {labels.min()} to {labels.max()} and {len(names)} names"
        )
    if classes > _MOST_CLASSES:
        raise ValueError(f"[{op}] expected at most {_MOST_CLASSES} classes, got {classes}")
    features = list(feature_names) if feature_names is not None else ["feature 0", "feature 1"]
    if len(features) != 2:
        raise ValueError(f"[{op}] expected two feature_names, got {len(features)}")

    with drawing(op, dark, to_file, dpi):
        figure, (axes,) = axes_for(op, ax, 5.2, 4.8)
        colours = np.array(many_colours(axes, classes))
        best = scores.argmax(axis=1)
        sure = np.clip((scores.max(axis=1) - 1 / classes) / (1 - 1 / classes), 0, 1)
        strength = (0.08 + 0.27 * sure)[:, None]
        page = np.array(background(axes)[:3])
        picture = strength * colours[best] + (1 - strength) * page
        axes.imshow(
            picture.reshape(resolution, resolution, 3), origin="lower", aspect="auto",
            extent=(edges[0][0], edges[0][-1], edges[1][0], edges[1][-1]), interpolation="nearest",
        )  # fmt: skip
        for c in range(classes) if len(np.unique(best)) > 1 else ():
            if (best == c).any():
                axes.contour(
                    *edges, (best == c).reshape(resolution, resolution), [0.5],
                    colors=[ink(axes)], linewidths=0.7,
                )  # fmt: skip
        size = float(np.clip(9000 / len(samples), 10, 32))
        for c in np.unique(labels):
            axes.scatter(
                *samples[labels == c].T, s=size, color=[colours[c]], label=_short(names[c]),
                marker=_MARKERS[c % len(_MARKERS)], edgecolors=[background(axes)], linewidths=0.5,
                rasterized=len(samples) > 2000,
            )  # fmt: skip
        axes.set(xlabel=features[0], ylabel=features[1])
        axes.spines[["top", "right"]].set_visible(False)
        titled(axes, "Predicted classes", columns=5)
        return finished(op, figure, to_file, dpi)


def _short(name: str) -> str:
    return name if len(name) <= 10 else f"{name[:9]}…"


def _function(op: str, model: Any) -> Callable[[Any], Any]:
    if isinstance(model, Layer) and model.is_model:
        return functools.partial(cast(Any, model).predict, verbose=0)
    for name in ("predict_proba", "predict"):
        if hasattr(model, name):
            method: Callable[[Any], Any] = getattr(model, name)
            return method
    if callable(model):
        function: Callable[[Any], Any] = model
        return function
    raise TypeError(f"[{op}] expected model: a model or a function, got {describe(model)}")


def _scores(op: str, outputs: Any, places: int, classes: int) -> npt.NDArray[np.float64]:
    """A score for each point and class."""
    array = as_array(op, "what the model gives", outputs)
    if array.ndim == 1:
        array = array[:, None]
    if array.ndim != 2 or len(array) != places:
        raise ValueError(
            f"[{op}] expected a model that gives one row for each place, got {array.shape} for "
            f"{places} places"
        )
    if array.shape[1] > 1:
        return array.astype(np.float64)
    if array.dtype.kind in "iub":
        classes = max(2, classes, int(array.max()) + 1)
        one_hot: npt.NDArray[np.float64] = np.eye(classes)[array[:, 0].astype(int)]
        return one_hot
    column = array.astype(np.float64)
    return np.concatenate([1 - column, column], axis=1)
