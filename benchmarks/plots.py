"""How the benchmarks' plots look: small SVG files on white, with text that stays text."""

from importlib import import_module
from pathlib import Path
from typing import Any

IMAGES = Path(__file__).parent.parent / "docs" / "images"

STYLE = {
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": "medium",
    "figure.facecolor": "white",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans", "Arial"],
    "grid.color": "#e0e0e0",
    "legend.frameon": False,
    "legend.fontsize": "small",
    "lines.linewidth": 1.5,
    "lines.markersize": 3,
    "xtick.major.size": 0,  # the grid shows where
    "ytick.major.size": 0,
    "svg.fonttype": "none",
    "svg.hashsalt": "brisknet",  # the same figures give the same file
}
BLUE, ORANGE = "#1f6fb4", "#d1600f"


def require_matplotlib() -> None:
    """Exit where it is missing: to be called before measuring for minutes."""
    try:
        import_module("matplotlib")
    except ImportError:
        raise SystemExit("plots need matplotlib: pip install 'brisknet[plot]'") from None


def panels(rows: int, columns: int) -> tuple[Any, list[Any]]:
    """A figure, and its axes from left to right and from top to bottom."""
    matplotlib = import_module("matplotlib")
    matplotlib.use("svg")
    matplotlib.rcParams.update(STYLE)
    size = (4 * columns, 3.1 * rows)
    pyplot = import_module("matplotlib.pyplot")
    figure, axes = pyplot.subplots(rows, columns, figsize=size, layout="constrained", squeeze=False)
    return figure, list(axes.flat)


def save(figure: Any, name: str) -> None:
    """Write the figure among the images of the documents."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    path = IMAGES / f"{name}.svg"
    for axis in figure.axes:
        axis.minorticks_off()  # hundreds, on logarithmic axes
    figure.savefig(path, metadata={"Date": None, "Creator": None})
    text = path.read_text()
    path.write_text("".join(line.rstrip() + "\n" for line in text.splitlines()))
    print(f"\nPlot: {path}")
