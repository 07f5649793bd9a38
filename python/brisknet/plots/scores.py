"""Targets, scores and curves of classifiers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from brisknet.arguments.checks import as_array
from brisknet.ops import as_labels
from brisknet.plots.figures import faint, palette

Floats = npt.NDArray[np.float64]
_MOST_POINTS = 2000  # of a curve; more would not be visible
_MOST_LONG = 14  # characters of a class name in a legend


def classes_and_scores(
    op: str, y_true: Any, y_score: Any, class_names: Sequence[str] | None
) -> tuple[list[str], npt.NDArray[np.bool_], Floats]:
    """The classes' names, whether each sample is of each class, and its scores, (samples, classes).

    With two classes, only the second is used.
    """
    scores = as_array(op, "y_score", y_score).astype(np.float64)
    true = as_array(op, "y_true", y_true)
    if scores.ndim == 1:
        scores = scores[:, None]
    if scores.ndim != 2 or not scores.size:
        raise ValueError(
            f"[{op}] expected y_score of shape (samples,) or (samples, classes), got {scores.shape}"
        )
    if not np.isfinite(scores).all():
        row = int((~np.isfinite(scores)).any(axis=1).argmax())
        raise ValueError(f"[{op}] expected y_score: finite numbers, got {scores[row]} in row {row}")
    if true.ndim == 2 and true.shape[1] == 1:
        true = true[:, 0]
    classes = max(2, scores.shape[1])
    if true.ndim == 1:
        labels = as_labels(op, "y_true", true)
        if labels.size and not 0 <= labels.min() <= labels.max() < classes:
            raise ValueError(
                f"[{op}] expected y_true: classes from 0 to {classes - 1}, as many as y_score has, "
                f"got {labels.min()} to {labels.max()}"
            )
        is_true = labels[:, None] == np.arange(classes)
    else:
        if true.shape[1:] != (classes,) or not np.isin(true, (0, 1)).all():
            raise ValueError(
                f"[{op}] expected y_true of shape (samples,), or (samples, {classes}) with 0 and "
                f"1, got {true.shape}"
            )
        is_true = true.astype(bool)
    if len(is_true) != len(scores):
        raise ValueError(
            f"[{op}] expected as many samples in y_true and y_score, "
            f"got {len(is_true)} and {len(scores)}"
        )
    names = [str(name) for name in (range(classes) if class_names is None else class_names)]
    if len(names) != classes:
        raise ValueError(f"[{op}] expected {classes} class_names, got {len(names)}")
    if classes == 2:
        names, is_true, scores = names[1:], is_true[:, 1:], scores[:, -1:]
    if not (is_true.any(axis=0) & ~is_true.all(axis=0)).any():
        raise ValueError(f"[{op}] expected samples of at least two classes in y_true")
    return names, is_true, scores


def counts_by_threshold(is_true: npt.NDArray[np.bool_], scores: Floats) -> tuple[Any, Any]:
    """How many true and how many false samples have a score of at least each one, from the largest
    score to the smallest; equal scores are counted together."""
    order = np.argsort(-scores, kind="stable")
    true = np.cumsum(is_true[order], dtype=np.int64)
    last = np.append(np.diff(scores[order]) != 0, True)
    return true[last], (np.arange(1, len(true) + 1) - true)[last]


def draw_curves(
    axes: Any, names: list[str], curves: list[tuple[Floats, Floats, float]], what: str, style: str
) -> None:
    """Draws a curve for each class; the legend gives the areas, of many classes only the worst."""
    colours = palette(axes)
    order = sorted(range(len(curves)), key=lambda i: curves[i][2])
    many = len(curves) > len(colours)
    told = sorted(order[: len(colours) - 2]) if many else list(range(len(curves)))
    for x, y, _ in (curves[i] for i in order if i not in told):
        axes.plot(*_thinned(x, y), color=faint(axes), alpha=0.25, linewidth=0.7, drawstyle=style)
    for colour, i in zip(colours, told, strict=False):
        x, y, area = curves[i]
        name = names[i] if len(names[i]) <= _MOST_LONG else f"{names[i][: _MOST_LONG - 1]}…"
        label = f"{what} {area:.3f}" if len(curves) == 1 else f"{name}: {area:.3f}"
        axes.plot(*_thinned(x, y), color=colour, label=label, linewidth=1.8, drawstyle=style)
    if len(curves) > 1:
        mean = sum(area for _, _, area in curves) / len(curves)
        worst = f" (the worst {len(told)} listed)" if many else ""
        axes.plot([], [], " ", label=f"mean of {len(curves)}{worst}: {mean:.3f}")


def _thinned(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Drops points that would not be visible: those on straight lines, and some of very many."""
    if len(x) > 2:
        inside = (np.diff(x)[:-1] == 0) & (np.diff(x)[1:] == 0)
        inside |= (np.diff(y)[:-1] == 0) & (np.diff(y)[1:] == 0)
        kept = np.concatenate([[True], ~inside, [True]])
        x, y = x[kept], y[kept]
    if len(x) > _MOST_POINTS:
        places = np.unique(np.linspace(0, len(x) - 1, _MOST_POINTS).round().astype(int))
        x, y = x[places], y[places]
    return x, y


def each_class(
    is_true: npt.NDArray[np.bool_], scores: Floats, curve: Callable[[Any, Any], Any]
) -> Iterator[tuple[int, Any]]:
    """The curve of each class that has some samples but not all of them."""
    for i, (true, score) in enumerate(zip(is_true.T, scores.T, strict=True)):
        if true.any() and not true.all():
            yield i, curve(true, score)
