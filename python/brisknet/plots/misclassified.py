"""The samples that a model misclassifies with the highest confidence."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from brisknet.arguments.checks import as_array
from brisknet.arguments.numbers import checked_integer
from brisknet.plots.figures import axes_for, drawing, finished, ink, palette, plain
from brisknet.plots.scores import classes_and_scores

_LONGEST = 12  # characters of a class name


def plot_misclassified(
    x: Any,
    y_true: Any,
    y_prob: Any,
    class_names: Sequence[str] | None = None,
    image_shape: Sequence[int] | None = None,
    count: int = 20,
    to_file: str | os.PathLike[str] | None = None,
    dpi: float = 200,
    *,
    ax: Any = None,
    dark: bool = False,
) -> Any:
    """Draws the samples that were misclassified with the highest probability.

    Images are shown as images, other samples as the values of their features. The predicted class,
    its probability and the true class are shown above each sample.

    Args:
        x: the samples: images of shape (samples, height, width) or (samples, height, width, 1, 3
            or 4), or features of shape (samples, features).
        y_true: the classes; see `plot_roc`.
        y_prob: the output of `predict`: of shape (samples,) or (samples, 1) for the second of two
            classes, or (samples, classes).
        class_names: a name for each class; by default, their numbers.
        image_shape: the shape of an image if x contains flattened images, for example (28, 28).
        count: the maximum number of samples to draw.
        ax: a list of matplotlib Axes to draw into, one for each sample drawn.
        to_file, dpi, dark: see `brisknet.plots`.

    Returns:
        The matplotlib Figure.

    Raises:
        ImportError: if matplotlib is not installed.
        ValueError: if samples, targets and probabilities do not match, or no sample is
            misclassified.

    Example:
        >>> x, y_true, y_prob = [[1.0, 2.0], [2.0, 1.0]], [0, 1], [0.8, 0.7]
        >>> figure = plot_misclassified(x, y_true, y_prob)  # doctest: +SKIP
    """
    op = "plot_misclassified"
    checked_integer(op, "count", count, 1)
    samples = as_array(op, "x", x)
    _, is_true, scores = classes_and_scores(op, y_true, y_prob, class_names)
    if is_true.shape[1] == 1:  # two classes, with the score of the second alone
        is_true = np.concatenate([~is_true, is_true], axis=1)
        scores = np.concatenate([1 - scores, scores], axis=1)
    if len(samples) != len(scores):
        raise ValueError(
            f"[{op}] expected as many samples in x and y_prob, got {len(samples)} and {len(scores)}"
        )
    names = [str(name) for name in class_names or range(scores.shape[1])]
    names = [name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…" for name in names]
    true, predicted = is_true.argmax(axis=1), scores.argmax(axis=1)
    wrong = np.flatnonzero(true != predicted)
    if not len(wrong):
        raise ValueError(
            f"[{op}] expected a misclassified sample: all {len(true)} predictions are right"
        )
    probabilities = scores[wrong, predicted[wrong]]
    worst = wrong[np.argsort(-probabilities, kind="stable")][:count]
    shown = _images(op, samples, image_shape)

    with drawing(op, dark, to_file, dpi):
        columns = min(5, len(worst))
        figure, panels = axes_for(op, ax, max(1.7, 3.6 / columns), 2.05, len(worst), columns)
        for axes, i in zip(panels, worst, strict=True):
            _sample(axes, shown[i])
            axes.set_title(
                f"{names[predicted[i]]} {scores[i, predicted[i]]:.2f}",
                fontsize=9, pad=17, color=palette(axes)[1],
            )  # fmt: skip
            axes.annotate(
                f"true: {names[true[i]]}", (0.5, 1), (0, 3), xycoords="axes fraction",
                textcoords="offset points", ha="center", va="bottom", fontsize=8, color=ink(axes),
            )  # fmt: skip
        if ax is None:
            title = f"{len(wrong):,} of {len(true):,} samples are misclassified"
            figure.suptitle(title, x=0.01, ha="left", fontsize=10)
        return finished(op, figure, to_file, dpi)


def _images(op: str, samples: npt.NDArray[Any], image_shape: Any) -> npt.NDArray[Any]:
    if image_shape is not None:
        try:
            samples = samples.reshape(len(samples), *image_shape)
        except (TypeError, ValueError):
            raise ValueError(
                f"[{op}] expected image_shape of {samples[0].size} values, got {image_shape!r}"
            ) from None
    if samples.ndim == 4 and samples.shape[3] == 1:
        samples = samples[..., 0]
    is_image = samples.ndim == 3 or (samples.ndim == 4 and samples.shape[3] in (3, 4))
    if samples.ndim != 2 and not is_image:
        raise ValueError(
            f"[{op}] expected x: images of shape (samples, height, width) or (samples, height, "
            f"width, 1, 3 or 4), or features, (samples, features), got {samples.shape}"
        )
    return samples


def _sample(axes: Any, sample: npt.NDArray[Any]) -> None:
    if sample.ndim == 1:
        axes.plot(sample, color=palette(axes)[0], linewidth=1, drawstyle="steps-mid")
        axes.margins(x=0.02)
        axes.tick_params(labelsize=7, length=2)
        plain(axes)
        return
    if sample.ndim == 3:
        low, high = float(sample.min()), float(sample.max())
        largest = 255.0 if high > 1 else 1.0
        sample = np.clip(sample / largest, 0, 1) if low >= 0 else (sample - low) / (high - low)
        axes.imshow(sample)
    else:
        axes.imshow(sample, cmap="gray")
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)
