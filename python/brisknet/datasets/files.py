"""Finding, verifying and downloading the files of the data sets."""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import NamedTuple

from brisknet.datasets.reading import as_path

KERAS_FILES = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"


class Source(NamedTuple):
    """A file: its name in Keras's folder, its URL, and its checksum, 'sha256:…' or 'md5:…'.

    Existing `changing` files are not verified, since mirrors compress them differently.
    """

    name: str
    url: str
    sum: str
    changing: bool = False


def folder() -> Path:
    """Keras's data set folder, in KERAS_HOME or ~/.keras."""
    home = os.environ.get("KERAS_HOME")
    return (Path(home).expanduser() if home else Path.home() / ".keras") / "datasets"


def find(
    op: str,
    source: Source,
    path: str | os.PathLike[str] | None = None,
    download: bool = False,
) -> tuple[Path, bool]:
    """The path of a file, and whether its checksum has been verified.

    Args:
        op: the name in error messages.
        source: the default file.
        path: another file, as an absolute path or relative to Keras's folder; None, or the source's
            name if no such file exists, for the source.
        download: whether to download the source if it is missing.

    Raises:
        TypeError: if path is not a path.
        FileNotFoundError: if the file is missing.
        ValueError: if the source has another checksum.
        ImportError: if pooch, which downloads the source, is not installed.
        OSError: if the download fails.
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
    """Whether BRISKNET_DOWNLOAD requests downloads."""
    return os.environ.get("BRISKNET_DOWNLOAD", "0") not in ("", "0")


def has_sum(path: Path, expected: str) -> bool:
    """Whether a file has the checksum 'sha256:…' or 'md5:…'."""
    import hashlib

    kind, _, digest = expected.partition(":")
    found = hashlib.new(kind, usedforsecurity=False)
    with path.open("rb") as file:
        while piece := file.read(2**20):
            found.update(piece)
    return found.hexdigest() == digest


def _help() -> str:
    return (
        "pass download=True, or set BRISKNET_DOWNLOAD=1, to download it, or pass the path of your "
        "own copy"
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
    # Downloads to a temporary name, and renames the file once its checksum is verified.
    pooch.retrieve(source.url, known_hash=source.sum, fname=place.name, path=place.parent)
