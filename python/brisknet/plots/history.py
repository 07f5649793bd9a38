"""The curves of a training."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from brisknet._arguments import choices, describe
from brisknet.plots.figures import BLUE, VERMILION, finished, matplotlib, new_figure

if TYPE_CHECKING:
    from brisknet.callbacks import History

_MOST_COLUMNS = 3
_MOST_MARKED = 30  # epochs; more markers would hide the line


def plot_history(
    history: History | Mapping[str, Sequence[float]],
    metrics: Sequence[str] | str | None = None,
    to_file: str | os.PathLike[str] | None = None,
    dpi: float = 200,
) -> Any:
    """Draws the loss and the metrics of a training by epoch, beside those of its validation.

    Needs matplotlib (`pip install 'brisknet[plot]'`), whose backends and settings it leaves alone.

    Args:
        history: what `fit` returned, or its dict `history.history`.
        metrics: which of them to draw, each in a panel of its own; by default all.
        to_file: where to save the picture: a name that ends in .png, .svg or .pdf.
        dpi: the resolution of a saved .png.

    Returns:
        The matplotlib Figure.

    Raises:
        ImportError: without matplotlib.
        ValueError: if there is no epoch in the history, or no metric of a name.
        TypeError: if it is not a history.

    Example:
        >>> figure = plot_history({"loss": [0.9, 0.5], "val_loss": [0.8, 0.6]})  # doctest: +SKIP
    """
    op = "plot_history"
    values = getattr(history, "history", history)
    if not isinstance(values, Mapping):
        raise TypeError(f"[{op}] expected history: what fit returned, got {describe(history)}")
    names = [name for name in values if name[4:] not in values or not name.startswith("val_")]
    names.sort(key=lambda name: name != "loss")
    if metrics is not None:
        wanted = [metrics] if isinstance(metrics, str) else list(metrics)
        for name in wanted:
            if name not in values:
                raise ValueError(f"[{op}] expected metrics among {choices(names)}, got {name!r}")
        names = wanted
    if not names or not all(len(values[name]) for name in names):
        raise ValueError(f"[{op}] expected a history of at least one epoch and metric")

    columns = min(len(names), _MOST_COLUMNS)
    rows = -(-len(names) // columns)
    figure = new_figure(op, 4.5 * columns, 3.3 * rows, layout="constrained")
    locator = matplotlib(op, "ticker").MaxNLocator
    for place, name in enumerate(names, 1):
        axes = figure.add_subplot(rows, columns, place)
        both = f"val_{name}" in values
        _curve(axes, values[name], "training" if both else name, BLUE, "o-")
        if both:
            _curve(axes, values[f"val_{name}"], "validation", VERMILION, "s--")
            axes.legend(frameon=False)
        axes.set_title(name.replace("_", " "))
        axes.set_xlabel("epoch")
        axes.set_xlim(0.5, len(values[name]) + 0.5)
        axes.xaxis.set_major_locator(locator(integer=True, min_n_ticks=1))
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(alpha=0.3)
    return finished(op, figure, to_file, dpi)


def _curve(axes: Any, values: Sequence[float], label: str, colour: str, style: str) -> None:
    marker, line = style[0], style[1:]
    if len(values) > _MOST_MARKED:
        marker = "None"
    epochs = range(1, len(values) + 1)
    axes.plot(
        epochs, values, linestyle=line, marker=marker, markersize=4, color=colour, label=label
    )
