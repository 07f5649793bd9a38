"""What the pictures share: matplotlib where it is installed, files that are written whole."""

from __future__ import annotations

import functools
import importlib
import io
import os
from pathlib import Path
from typing import Any

from brisknet.saving.atomic import replacing

# Okabe and Ito's colours, which colour-blind readers tell apart.
BLUE, VERMILION = "#0072B2", "#D55E00"

# Nothing in a file tells when or by what it was made.
_METADATA: dict[str, dict[str, Any]] = {
    "png": {"Software": None},
    "svg": {"Creator": None, "Date": None},
    "pdf": {"Creator": None, "Producer": None, "CreationDate": None},
}


def matplotlib(op: str, module: str) -> Any:
    """A module of matplotlib's; never pyplot, which keeps figures and a backend of its own."""
    try:
        return importlib.import_module(f"matplotlib.{module}")
    except ImportError:
        raise ImportError(f"[{op}] needs matplotlib: pip install 'brisknet[plot]'") from None


def new_figure(op: str, width: float, height: float, **options: Any) -> Any:
    """An empty matplotlib Figure of this size in inches."""
    figure = matplotlib(op, "figure").Figure(figsize=(width, height), **options)
    figure._repr_png_ = functools.partial(encoded, figure, "png")  # how notebooks show it
    return figure


def encoded(figure: Any, form: str, **options: Any) -> bytes:
    """The figure as a file's content."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format=form, metadata=_METADATA[form], **options)
    return buffer.getvalue()


def file_form(op: str, to_file: str | os.PathLike[str]) -> tuple[Path, str]:
    """The path and the form that its ending asks for; 'png' where it has none, as in Keras."""
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
    """The figure, saved where a file was asked for."""
    if to_file is not None:
        path, form = file_form(op, to_file)
        write(path, encoded(figure, form, dpi=dpi))
    return figure
