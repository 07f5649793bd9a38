"""The weights of a model's first layer, as images or a heat map."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from brisknet.arguments.checks import describe
from brisknet.arguments.numbers import checked_integer
from brisknet.layers.layer import Layer
from brisknet.plots.figures import axes_for, diverging, drawing, finished, matplotlib, titled

if TYPE_CHECKING:
    from brisknet.models.sequential import Sequential

_MOST_NAMES = 30


def plot_weights(
    model: Sequential | Layer,
    image_shape: Sequence[int] | None = None,
    count: int = 25,
    feature_names: Sequence[str] | None = None,
    to_file: str | os.PathLike[str] | None = None,
    dpi: float = 200,
    *,
    ax: Any = None,
    dark: bool = False,
) -> Any:
    """Draws the kernel of the first layer that has one: the input patterns its units respond to.

    With `image_shape`, each unit's weights are drawn as an image; otherwise rows are inputs and
    columns are units. Zero weights have the background colour; positive and negative weights have
    two different colours, on one scale for all units.

    Args:
        model: a built `Sequential`, or a layer with a kernel of shape (inputs, units).
        image_shape: (height, width), if the inputs are flattened images.
        count: the maximum number of units to draw: those with the largest weights, in their order.
        feature_names: names of the inputs, if they are not images.
        to_file, dpi, ax, dark: see `brisknet.plots`.

    Returns:
        The matplotlib Figure.

    Raises:
        ImportError: if matplotlib is not installed.
        ValueError: if no layer has such a kernel, or the shape or the names do not match it.
        TypeError: if `model` is not a model or a layer.

    Example:
        >>> from brisknet import Sequential, layers
        >>> model = Sequential([layers.Input((784,)), layers.Dense(25)])
        >>> figure = plot_weights(model, image_shape=(28, 28))  # doctest: +SKIP
    """
    op = "plot_weights"
    if not isinstance(model, Layer):
        raise TypeError(f"[{op}] expected model: a Sequential or a layer, got {describe(model)}")
    checked_integer(op, "count", count, 1)
    found = _kernel(model)
    if found is None:
        raise ValueError(
            f"[{op}] expected a built layer with a kernel of shape (inputs, units): build the "
            "model, or call it on a batch"
        )
    name, kernel = found
    units = kernel.shape[1]
    strongest = np.argsort(-np.abs(kernel).sum(axis=0), kind="stable")[:count]
    chosen = np.sort(strongest)
    shown = kernel[:, chosen]
    title = f"Weights of {name}"
    if len(chosen) < units:
        title += f": {len(chosen)} of {units:,} units"
    with drawing(op, dark, to_file, dpi):
        if image_shape is None:
            figure, axes = _table(op, ax, shown, chosen, feature_names)
        else:
            figure, axes = _mosaic(op, ax, shown, chosen, image_shape)
        titled(axes, title, legend=False)
        bar = figure.colorbar(axes.images[0], ax=axes, shrink=0.8, aspect=24)
        bar.outline.set_visible(False)
        return finished(op, figure, to_file, dpi)


def _kernel(layer: Any) -> tuple[str, npt.NDArray[np.float32]] | None:
    """The name and kernel of the first layer that has one, also in nested models."""
    for inner in layer.layers if layer.is_model else ():
        found = _kernel(inner)
        if found is not None:
            return found
    kernel = getattr(layer, "kernel", None)
    value = getattr(kernel, "value", None)
    if isinstance(value, np.ndarray) and value.ndim == 2:
        return layer.name, value
    return None


def _table(
    op: str, ax: Any, shown: npt.NDArray[Any], chosen: npt.NDArray[Any], names: Any
) -> tuple[Any, Any]:
    inputs, units = shown.shape
    labels = list(map(str, range(inputs) if names is None else names))
    if len(labels) != inputs:
        raise ValueError(f"[{op}] expected {inputs} feature_names, got {len(labels)}")
    width = 1.8 + 0.07 * max(map(len, labels)) + float(np.clip(0.25 * units, 2.5, 8))
    figure, (axes,) = axes_for(op, ax, width, 0.9 + float(np.clip(0.22 * inputs, 2, 7)))
    largest = float(np.abs(shown).max()) or 1.0
    axes.imshow(
        shown, cmap=diverging(axes), vmin=-largest, vmax=largest, aspect="auto",
        interpolation="nearest",
    )  # fmt: skip
    for axis, all_labels in ((axes.yaxis, labels), (axes.xaxis, list(map(str, chosen)))):
        every = -(-len(all_labels) // _MOST_NAMES)
        axis.set_ticks(range(0, len(all_labels), every), all_labels[::every], fontsize=8)
    axes.set(xlabel="unit", ylabel="input" if names is None else "")
    axes.tick_params(length=0)
    return figure, axes


def _mosaic(
    op: str, ax: Any, shown: npt.NDArray[Any], chosen: npt.NDArray[Any], image_shape: Any
) -> tuple[Any, Any]:
    inputs, units = shown.shape
    shape = tuple(image_shape) if isinstance(image_shape, list | tuple) else ()
    if len(shape) != 2 or math.prod(shape) != inputs:
        raise ValueError(
            f"[{op}] expected image_shape: height and width of {inputs} pixels, got {image_shape!r}"
        )
    height, width = shape
    gap = max(1, round(0.08 * max(shape)))
    above = max(1, round(0.2 * height))  # room for the unit number
    columns = math.ceil(math.sqrt(units))
    rows = -(-units // columns)
    tall, wide = height + above, width + gap
    mosaic = np.full((rows * tall, columns * wide - gap), np.nan)
    size = 1.15 * max(3, columns)
    figure, (axes,) = axes_for(op, ax, 1.2 + size, 0.5 + size * rows * tall / (columns * wide))
    for i in range(units):
        top, left = (i // columns) * tall + above, (i % columns) * wide
        mosaic[top : top + height, left : left + width] = shown[:, i].reshape(shape)
        axes.text(
            left + width / 2 - 0.5, top - 0.5 - 0.15 * above, str(chosen[i]), ha="center",
            va="bottom", fontsize=6,
        )  # fmt: skip
    largest = float(np.abs(shown).max()) or 1.0
    axes.imshow(mosaic, cmap=diverging(axes), vmin=-largest, vmax=largest, interpolation="nearest")
    frame = matplotlib(op, "patches").Rectangle
    for i in range(units):
        corner = ((i % columns) * wide - 0.5, (i // columns) * tall + above - 0.5)
        axes.add_patch(
            frame(corner, width, height, fill=False, lw=0.5, ec="#8b949e", clip_on=False)
        )
    axes.set_axis_off()
    return figure, axes
