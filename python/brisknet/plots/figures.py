"""What all plots share: optional matplotlib, axes, colours, files written atomically."""

from __future__ import annotations

import functools
import importlib
import io
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from brisknet.arguments.checks import describe
from brisknet.arguments.numbers import checked_number
from brisknet.saving.atomic import replacing

# Okabe and Ito's colours, which colour-blind readers can tell apart, and lighter shades of them for
# dark backgrounds.
_ON_LIGHT = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#6B6B6B")
_ON_DARK = ("#56B4E9", "#FF8A33", "#1FBF8F", "#F2B8DC", "#F0E442", "#7C86F0", "#E6EDF3")

_DARK = {
    "figure.facecolor": "#16191d",
    "axes.facecolor": "#16191d",
    "axes.edgecolor": "#c9d1d9",
    "axes.labelcolor": "#e6edf3",
    "axes.titlecolor": "#e6edf3",
    "text.color": "#e6edf3",
    "xtick.color": "#c9d1d9",
    "ytick.color": "#c9d1d9",
    "grid.color": "#8b949e",
    "legend.labelcolor": "#e6edf3",
    "hatch.color": "#e6edf3",
}

# Files do not record when or by which program they were made.
_METADATA: dict[str, dict[str, Any]] = {
    "png": {"Software": None},
    "svg": {"Creator": None, "Date": None},
    "pdf": {"Creator": None, "Producer": None, "CreationDate": None},
}


def matplotlib(op: str, module: str = "") -> Any:
    """A matplotlib module; never pyplot, which holds references to figures and sets a backend."""
    try:
        return importlib.import_module(f"matplotlib.{module}" if module else "matplotlib")
    except ImportError:
        raise ImportError(f"[{op}] needs matplotlib: pip install 'brisknet[plot]'") from None


@contextmanager
def drawing(
    op: str, dark: bool, to_file: str | os.PathLike[str] | None, dpi: float
) -> Iterator[None]:
    """A `with` block in which artists use the dark theme if `dark`; checks the arguments."""
    if not isinstance(dark, bool):
        raise ValueError(f"[{op}] expected dark True or False, got {describe(dark)}")
    check_dpi(op, dpi)
    if to_file is not None:
        file_form(op, to_file)
    with matplotlib(op).rc_context(_DARK if dark else {}):
        yield


def check_dpi(op: str, dpi: Any) -> None:
    checked_number(op, "dpi", dpi, 0, above=True, below=True)


def new_figure(op: str, width: float, height: float, **options: Any) -> Any:
    """An empty matplotlib Figure of this size in inches."""
    figure = matplotlib(op, "figure").Figure(figsize=(width, height), **options)
    figure._repr_png_ = functools.partial(encoded, figure, "png")  # for notebooks
    return figure


def axes_for(
    op: str, ax: Any, width: float, height: float, count: int = 1, columns: int = 1
) -> tuple[Any, list[Any]]:
    """A figure and `count` axes: new ones of this size, or those passed by the user."""
    if ax is None:
        columns = min(count, columns)
        rows = -(-count // columns)
        figure = new_figure(op, width * columns, height * rows, layout="constrained")
        figure.get_layout_engine().set(w_pad=0.08, h_pad=0.08)
        grid = figure.subplots(rows, columns, squeeze=False).reshape(-1)
        for unused in grid[count:]:
            unused.remove()
        return figure, list(grid[:count])
    given = list(ax.flat) if hasattr(ax, "flat") else list(ax) if isinstance(ax, Sequence) else [ax]
    kind = matplotlib(op, "axes").Axes
    if len(given) != count or not all(isinstance(axes, kind) for axes in given):
        wanted = "a matplotlib Axes" if count == 1 else f"a list of {count} Axes"
        raise ValueError(
            f"[{op}] expected ax: {wanted}, got "
            f"{describe(ax) if len(given) == 1 else f'{len(given)} of them'}"
        )
    return given[0].figure, given


def is_dark(axes: Any) -> bool:
    """Whether the axes have a dark background."""
    return _luminance(background(axes)) < 0.4


def background(axes: Any) -> tuple[float, ...]:
    """The background colour: the axes', or the figure's if the axes are transparent."""
    to_rgba = matplotlib("plots", "colors").to_rgba
    colour: tuple[float, ...] = to_rgba(axes.get_facecolor())
    return colour if colour[3] > 0.5 else to_rgba(axes.figure.get_facecolor())


def _luminance(colour: Sequence[float]) -> float:
    return sum(w * c for w, c in zip((0.299, 0.587, 0.114), colour, strict=False))


def palette(axes: Any) -> tuple[str, ...]:
    """Seven colours that are easy to tell apart on the axes' background."""
    return _ON_DARK if is_dark(axes) else _ON_LIGHT


def ink(axes: Any) -> Any:
    """The colour of text on the axes' background."""
    return "#e6edf3" if is_dark(axes) else "#1b1f23"


def faint(axes: Any) -> Any:
    """The colour of secondary elements."""
    return "#8b949e" if is_dark(axes) else "#6e7781"


def shades(axes: Any) -> Any:
    """A colour map from the background to a saturated colour."""
    end = "#7cc7ff" if is_dark(axes) else "#08457e"
    middle = "#2f6f9f" if is_dark(axes) else "#6aaad6"
    start = background(axes) if is_dark(axes) else "#ffffff"
    colours = matplotlib("plots", "colors").LinearSegmentedColormap
    return colours.from_list("brisknet", [start, middle, end])


def diverging(axes: Any) -> Any:
    """A colour map from one saturated colour through the background to another."""
    ends = ("#FF9B4A", "#6cbcff") if is_dark(axes) else ("#B34700", "#00568A")
    middle = background(axes) if is_dark(axes) else "#ffffff"
    colours = matplotlib("plots", "colors").LinearSegmentedColormap
    return colours.from_list("brisknet_diverging", [ends[0], middle, ends[1]])


def many_colours(axes: Any, count: int) -> list[tuple[float, ...]]:
    """`count` colours as RGB values: the palette's, or, if there are more, from a colour map."""
    to_rgb = matplotlib("plots", "colors").to_rgb
    if count <= len(palette(axes)):
        return [to_rgb(colour) for colour in palette(axes)[:count]]
    turbo = matplotlib("plots").colormaps["turbo"]
    return [turbo(0.06 + 0.88 * i / (count - 1))[:3] for i in range(count)]


def contrasting(colour: Sequence[float]) -> str:
    """Black or white, whichever is easier to read on this colour."""
    return "black" if _luminance(colour) > 0.5 else "white"


def plain(axes: Any, grid: bool = True) -> None:
    """Hides the top and right spines, and draws a faint grid."""
    axes.spines[["top", "right"]].set_visible(False)
    if grid:
        axes.grid(alpha=0.3, linewidth=0.6)
        axes.set_axisbelow(True)


def titled(axes: Any, title: str, legend: bool = True, columns: int = 3) -> None:
    """Adds a title, with the legend between it and the plot, where it covers nothing."""
    handles = axes.get_legend_handles_labels()[0] if legend else []
    lines = -(-len(handles) // columns)
    axes.set_title(title, loc="left", pad=6 + 13 * lines, fontsize=11)
    if handles:
        axes.legend(
            loc="lower left", bbox_to_anchor=(0, 1), ncols=columns, frameon=False, fontsize=8,
            borderaxespad=0.3, borderpad=0, handlelength=1.8, columnspacing=1.2, handletextpad=0.5,
            labelspacing=0.4,
        )  # fmt: skip


def encoded(figure: Any, form: str, **options: Any) -> bytes:
    """The content of the figure's file."""
    buffer = io.BytesIO()
    with matplotlib("plots").rc_context({"svg.hashsalt": "brisknet"}):  # else ids are random
        figure.savefig(buffer, format=form, metadata=_METADATA[form], **options)
    return buffer.getvalue()


def file_form(op: str, to_file: str | os.PathLike[str]) -> tuple[Path, str]:
    """The path, and the format given by its extension; 'png' if it has none, as in Keras."""
    if not isinstance(to_file, str | os.PathLike) or not str(to_file):
        raise TypeError(f"[{op}] expected to_file: a file's name, got {describe(to_file)}")
    path = Path(to_file)
    form = path.suffix[1:].lower() or "png"
    if form not in _METADATA:
        raise ValueError(
            f"[{op}] expected to_file: a name that ends in .png, .svg or .pdf, got {str(to_file)!r}"
        )
    return path, form


def write(path: Path, content: bytes) -> None:
    with replacing(path) as file:
        file.write(content)


def finished(op: str, figure: Any, to_file: str | os.PathLike[str] | None, dpi: float) -> Any:
    """Saves the figure if there is a file to save it to, and returns it."""
    if to_file is not None:
        path, form = file_form(op, to_file)
        write(path, encoded(figure, form, dpi=dpi))
    return figure
