"""Where the files of the data sets are, whether they are the right ones, and how they get there."""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import NamedTuple

from brisknet.datasets.reading import as_path

KERAS_FILES = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"


class Source(NamedTuple):
    """A file: its name in Keras's folder, where it comes from, and 'sha256:…' or 'md5:…'.

    `changing` files are not compared with the sum once they are there: mirrors pack them otherwise.
    """

    name: str
    url: str
    sum: str
    changing: bool = False


def folder() -> Path:
    """Keras's folder of data sets, in KERAS_HOME or ~/.keras."""
    home = os.environ.get("KERAS_HOME")
    return (Path(home).expanduser() if home else Path.home() / ".keras") / "datasets"


def find(
    op: str,
    source: Source,
    path: str | os.PathLike[str] | None = None,
    download: bool = False,
) -> tuple[Path, bool]:
    """A file, and whether its sum is known to be right.

    Args:
        op: for errors.
        source: the file.
        path: of another file, absolute or below Keras's folder; None, or the source's name if no
            such file exists, for the source.
        download: whether to download a source that is not there.

    Raises:
        TypeError: if path is none.
        FileNotFoundError: if it is not there.
        ValueError: if it has another sum than the source.
        ImportError: if it is to be downloaded without pooch.
        OSError: if that fails.
    """
    if path is not None and (os.fspath(as_path(op, path)) != source.name or Path(path).exists()):
        for place in (Path(path), folder() / path):
            if place.is_file():
                return place, False
        raise FileNotFoundError(
            f"[{op}] expected a file at '{path}' or '{folder() / path}', got nothing there; leave "
            f"out `path` for '{folder() / source.name}'"
        )
    place = folder() / source.name
    allowed = download or wants_download()
    if place.is_file() and (source.changing or has_sum(place, source.sum)):
        return place, not source.changing
    if allowed:
        _download(op, source, place)
        return place, True
    if place.is_file():
        raise ValueError(f"[{op}] expected {source.sum}, got another sum, in '{place}'; {_help()}")
    raise FileNotFoundError(
        f"[{op}] expected '{place}', got nothing there: put {source.url} there, with {source.sum}, "
        f"or {_help()}"
    )


def wants_download() -> bool:
    """Whether the environment asks for downloads."""
    return os.environ.get("BRISKNET_DOWNLOAD", "0") not in ("", "0")


def has_sum(path: Path, expected: str) -> bool:
    """Whether a file has the sum 'sha256:…' or 'md5:…'."""
    import hashlib

    kind, _, digest = expected.partition(":")
    found = hashlib.new(kind, usedforsecurity=False)
    with path.open("rb") as file:
        while piece := file.read(2**20):
            found.update(piece)
    return found.hexdigest() == digest


def _help() -> str:
    return (
        "pass download=True, or set BRISKNET_DOWNLOAD=1, to download it, or pass the path of a "
        "copy of your own"
    )


def _download(op: str, source: Source, place: Path) -> None:
    try:
        pooch = importlib.import_module("pooch")
    except ImportError:
        raise ImportError(
            f"[{op}] downloading needs pooch: pip install 'brisknet[data]', or put {source.url} "
            f"at '{place}'"
        ) from None
    place.parent.mkdir(parents=True, exist_ok=True)
    # To another name first, and renamed once the sum is right.
    pooch.retrieve(source.url, known_hash=source.sum, fname=place.name, path=place.parent)
