"""Keras's own files: a zip archive of a configuration and weights.

metadata.json       Keras's version and the date
config.json         the model's configuration
model.weights.h5    the weights (see h5_weights)
"""

from __future__ import annotations

import datetime
import io
import json
import zipfile
from typing import IO

from brisknet import _core
from brisknet.saving.untrusted import parse_json

_WEIGHTS, _CONFIG, _METADATA = "model.weights.h5", "config.json", "metadata.json"
_KERAS_VERSION = "3.15.1"  # whose format this is


def write(file: IO[bytes], config: str, weights: bytes) -> None:
    """Writes a configuration and an HDF5 file's bytes."""
    metadata = {
        "keras_version": _KERAS_VERSION,
        "brisknet_version": _core.__version__,
        "date_saved": datetime.datetime.now().strftime("%Y-%m-%d@%H:%M:%S"),
    }
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(_METADATA, json.dumps(metadata))
        archive.writestr(_CONFIG, config)
        archive.writestr(_WEIGHTS, weights)


def read(file: IO[bytes], size: int) -> tuple[bytes, IO[bytes], str]:
    """The configuration, the weights as a file, and the version of Keras that wrote them.

    Raises:
        ValueError: if there is none, or it is compressed, as Keras never does: it could be larger
            than the file.
        Exception: of almost any kind, from a damaged file.
    """
    with zipfile.ZipFile(file) as archive:
        config, weights = _member(archive, _CONFIG, size), _member(archive, _WEIGHTS, size)
        metadata = {}
        if _METADATA in archive.namelist():
            metadata = parse_json(_member(archive, _METADATA, size), size)
        version = metadata.get("keras_version") if isinstance(metadata, dict) else None
        return config, io.BytesIO(weights), str(version)


def _member(archive: zipfile.ZipFile, name: str, size: int) -> bytes:
    try:
        entry = archive.getinfo(name)
    except KeyError:
        raise ValueError(f"it has no {name}") from None
    if entry.compress_type != zipfile.ZIP_STORED or entry.file_size > size:
        raise ValueError(f"{name} in it is compressed, which Keras's files are not")
    return archive.read(entry)
