"""Training curves."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from brisknet.arguments.checks import choices, describe
from brisknet.arguments.numbers import checked_number
from brisknet.display.progress import number_text, place_of
from brisknet.metrics.best import best_place, direction_of, measured_in
from brisknet.plots.figures import (
    axes_for,
    drawing,
    faint,
    finished,
    ink,
    matplotlib,
    palette,
    plain,
    titled,
)

Values = npt.NDArray[np.float64]

_MOST_COLUMNS = 3
_MOST_MARKED = 30  # epochs; more markers would hide the line
_OUTLYING = 50  # times the range of the middle 80 % of the values


def plot_history(
    history: Any,
    metrics: Sequence[str] | str | None = None,
    to_file: str | os.PathLike[str] | None = None,
    dpi: float = 200,
    *,
    log: bool | Sequence[str] | str = False,
    smoothing: float = 0.0,
    best: bool = True,
    ax: Any = None,
    dark: bool = False,
) -> Any:
    """Draws the loss and the metrics by epoch, for training and validation.

    A few values far above or below all others are cut off: the curve leaves the plot there, and a
    note says how far it goes.

    Args:
        history: the `History` that `fit` returned, or its dict `history.history`.
        metrics: the metrics to draw, each in its own panel; by default, all.
        log: whether to use a logarithmic axis for metrics whose values are all above 0; or the
            names of the metrics to use it for.
        smoothing: the weight of the previous average in the exponential moving average, in [0, 1);
            the unsmoothed values are then drawn faintly behind it.
        best: whether to mark the best epoch: by the validation metric if there is one, and only for
            metrics known to improve upwards or downwards.
        ax: a matplotlib Axes to draw into, or a list with one for each metric; a single Axes
            without `metrics` shows the loss.
        to_file, dpi, dark: see `brisknet.plots`.

    Returns:
        The matplotlib Figure.

    Raises:
        ImportError: if matplotlib is not installed.
        ValueError: if the history has no epochs, a metric is unknown, the numbers of axes and
            metrics differ, a metric named in `log` has values that are not above 0, or `smoothing`
            is out of range.
        TypeError: if `history` is not a history.

    Example:
        >>> figure = plot_history({"loss": [0.9, 0.5], "val_loss": [0.8, 0.6]})  # doctest: +SKIP
    """
    op = "plot_history"
    values = getattr(history, "history", history)
    if not isinstance(values, Mapping):
        raise TypeError(f"[{op}] expected history: what fit returned, got {describe(history)}")
    names = _names(op, values, metrics, alone=ax is not None and not hasattr(ax, "__len__"))
    checked_number(op, "smoothing", smoothing, 0, 1, below=True)
    by_name = [] if isinstance(log, bool) else [log] if isinstance(log, str) else list(log)
    for name in by_name:
        if name not in names:
            raise ValueError(f"[{op}] expected log among {choices(names)}, got {name!r}")
    epochs = list(getattr(history, "epoch", ())) or range(max(map(len, values.values())))
    direction = getattr(history, "_direction", direction_of)
    with drawing(op, dark, to_file, dpi):
        figure, panels = axes_for(op, ax, 4.5, 3.5, len(names), _MOST_COLUMNS)
        for axes, name in zip(panels, names, strict=True):
            curves = {}
            for curve in (name, f"val_{name}"):
                if len(values.get(curve, ())):
                    places = np.array(measured_in(len(values[curve]), epochs)) + 1
                    curves[curve] = places, np.asarray(values[curve], np.float64)
            if name in by_name and min(values.min() for _, values in curves.values()) <= 0:
                raise ValueError(f"[{op}] expected log: metrics above 0, got {name!r}")
            logarithmic = log is True or name in by_name
            _panel(op, axes, name, curves, logarithmic, smoothing, direction, best)
        return finished(op, figure, to_file, dpi)


def _names(op: str, values: Any, metrics: Any, alone: bool) -> list[str]:
    """The metrics to draw."""
    names = [name for name in values if name[4:] not in values or not name.startswith("val_")]
    names.sort(key=place_of)
    if metrics is None and alone and "loss" in names:
        metrics = "loss"
    if metrics is not None:
        wanted = [metrics] if isinstance(metrics, str) else list(metrics)
        for name in wanted:
            if name not in values:
                raise ValueError(f"[{op}] expected metrics among {choices(names)}, got {name!r}")
        names = wanted
    if not names or not all(len(values[name]) for name in names):
        raise ValueError(f"[{op}] expected a history of at least one epoch and metric")
    return names


def _panel(
    op: str, axes: Any, name: str, curves: dict[str, tuple[Any, Values]], log: bool,
    smoothing: float, direction: Any, best: bool,
) -> None:  # fmt: skip
    colours = palette(axes)
    styles = [("-", "o", colours[0]), ("--", "s", colours[1])]
    labels = ["training", "validation"] if len(curves) == 2 else ["_"]  # the title is enough
    for (places, values), label, (line, marker, colour) in zip(
        curves.values(), labels, styles, strict=False
    ):
        few = len(values) <= _MOST_MARKED
        style = {
            "color": colour, "linestyle": line, "marker": marker if few else "None",
            "markersize": 4, "linewidth": 1.5 if few else 1.1,
        }  # fmt: skip
        if smoothing:
            axes.plot(places, values, **{**style, "alpha": 0.3, "marker": "None"})
        axes.plot(places, _smoothed(values, smoothing), label=label, **style)

    shown = np.concatenate([values for _, values in curves.values()])
    notes = _scale(axes, shown, log)
    if len(shown) == len(curves) and np.isfinite(shown).all() and not log:  # a single epoch
        reach = 0.1 * (abs(shown).max() or 1.0)
        axes.set_ylim(shown.min() - reach, shown.max() + reach)
    places, values = [*curves.values()][-1]
    place = best_place(values, direction(name)) if best and len(values) > 1 else None
    if place is not None:
        low, high = axes.get_ylim()
        label = f"best {number_text(float(values[place]))}, epoch {places[place]}"
        axes.plot(
            places[place : place + 1], np.clip(values[place : place + 1], low, high), "o",
            markersize=10, markerfacecolor="none", color=ink(axes), label=label, clip_on=False,
        )  # fmt: skip
        axes.axvline(places[place], color=faint(axes), linestyle=":", linewidth=1, zorder=0)
    axes.set_xlabel("\n".join(["epoch", *notes]))
    firsts, lasts = zip(*((x[0], x[-1]) for x, _ in curves.values()), strict=True)
    margin = max(0.5, 0.02 * (max(lasts) - min(firsts)))
    axes.set_xlim(min(firsts) - margin, max(lasts) + margin)
    axes.xaxis.set_major_locator(
        matplotlib(op, "ticker").MaxNLocator(nbins=8, integer=True, min_n_ticks=1)
    )
    plain(axes)
    titled(axes, name.replace("_", " "), legend=len(curves) == 2 or place is not None)


def _smoothed(values: Values, share: float) -> Values:
    """Exponential moving averages of the values."""
    if not share:
        return values
    smoothed, average, weight = np.empty_like(values), 0.0, 0.0
    for i, value in enumerate(values.tolist()):  # one per epoch, so a Python loop is fast enough
        if np.isfinite(value):
            average = share * average + (1 - share) * value
            weight = share * weight + (1 - share)
        smoothed[i] = average / weight if weight else value
    return smoothed


def _scale(axes: Any, values: Values, log: bool) -> list[str]:
    """Sets the limits of the y-axis; returns notes about the values that it cuts off."""
    finite = values[np.isfinite(values)]
    notes = []
    if len(finite) < len(values):
        count = len(values) - len(finite)
        notes.append(f"{count} value{'s are' if count > 1 else ' is'} not finite")
    if not len(finite):
        axes.set_yticks([])
        axes.set_ylim(0, 1)
        return notes
    if log and finite.min() > 0:
        axes.set_yscale("log")
        return notes
    low, high = _usual(finite)
    if low > finite.min() or high < finite.max():
        margin = 0.06 * ((high - low) or abs(high) or 1.0)
        axes.set_ylim(low - margin, high + margin)
        for out, end in ((finite > high, "up to"), (finite < low, "down to")):
            if out.any():
                extreme = finite.max() if end == "up to" else finite.min()
                count = int(out.sum())
                notes.append(
                    f"{count} value{'s' * (count > 1)} beyond the plot, {end} {extreme:.4g}"
                )
    return notes


def _usual(values: Values) -> tuple[float, float]:
    """The range of the values, without those far from the middle 80 % of them."""
    low = float(np.quantile(values, 0.1, method="lower"))
    high = float(np.quantile(values, 0.9, method="lower"))
    reach = _OUTLYING * (high - low)
    near = values[(values >= low - reach) & (values <= high + reach)] if reach else values
    return float(near.min()), float(near.max())
