"""What CIFAR-10 and CIFAR-100 share: batches of images, each a dict pickled by Python 2."""

from __future__ import annotations

import gzip
import io
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from brisknet.datasets import pickles
from brisknet.datasets.files import Source, find, folder, has_sum
from brisknet.datasets.reading import MismatchError, as_path, check_shape, naming

Images = npt.NDArray[np.uint8]
_MOST = 2**28  # bytes of a batch; CIFAR-100's has 155 MB


def read_batches(
    op: str,
    source: Source,
    inner: str,
    sums: Mapping[str, str],
    path: Any,
    download: bool,
) -> tuple[Path, dict[str, dict[Any, Any]]]:
    """The batches' dicts by name, and the path they were read from.

    Args:
        op: the name in error messages.
        source: the archive; Keras unpacks it to the folder beside it.
        inner: the folder in the archive.
        sums: the checksums of the batches, by name.
        path: another folder or archive.
        download: whether to download the archive if it is missing.
    """
    if path is not None:
        place = as_path(op, path)
        if place.is_dir():
            return place, _read_folder(op, place, sums, False)
        place, _ = find(op, source, place)
        return place, _read_archive(op, place, inner, sums, False)
    unpacked = source.name.removesuffix("_archive")
    for place in (folder() / unpacked / inner, folder() / inner):
        if all((place / name).is_file() for name in sums):
            return place, _read_folder(op, place, sums, True)
    place, trusted = find(op, source, download=download)
    return place, _read_archive(op, place, inner, sums, trusted)


def images_and_labels(
    op: str,
    place: Path,
    batches: Sequence[Mapping[Any, Any]],
    label_key: str,
    classes: int,
    dtype: npt.DTypeLike,
) -> tuple[Images, npt.NDArray[Any]]:
    """All images, of shape (samples, 32, 32, 3), and their labels, of shape (samples, 1)."""
    with naming(op, place, "pickle"):
        images, labels = [], []
        for batch in batches:
            x = pickles.as_numbers("data", batch.get(b"data"))
            if x.dtype != np.uint8:
                raise MismatchError("data of dtype uint8", x.dtype)
            check_shape("data", x.shape, (3 * 32 * 32,))
            y = batch.get(label_key.encode())
            if not isinstance(y, list) or len(y) != len(x):
                raise MismatchError(f"{label_key}: a list of {len(x)}", type(y).__name__)
            if not all(type(label) is int and 0 <= label < classes for label in y):
                raise MismatchError(f"{label_key} from 0 to {classes - 1}", "others")
            images.append(x)
            labels += y
        planes = np.concatenate(images).reshape(-1, 3, 32, 32)
        column = np.array(labels, dtype).reshape(-1, 1)
        return np.ascontiguousarray(planes.transpose(0, 2, 3, 1)), column


def _read_folder(
    op: str, place: Path, sums: Mapping[str, str], known: bool
) -> dict[str, dict[Any, Any]]:
    found = {}
    for name, expected in sums.items():
        file = place / name
        if not file.is_file():
            raise FileNotFoundError(
                f"[{op}] expected {name} in folder '{place}', got nothing there"
            )
        if known and not has_sum(file, expected):
            raise ValueError(
                f"[{op}] expected {expected}, got another sum, in '{file}'; delete it, or pass the "
                "path of its folder"
            )
        with naming(op, file, "pickle"):
            _check_size(name, os.path.getsize(file))
            found[name] = _batch(file.read_bytes(), known)
    return found


def _read_archive(
    op: str, place: Path, inner: str, sums: Mapping[str, str], trusted: bool
) -> dict[str, dict[Any, Any]]:
    wanted = {f"{inner}/{name}": name for name in sums}
    found = {}
    with naming(op, place, "tar.gz"), _Bounded(place, "rb") as stream:
        import tarfile

        with tarfile.open(fileobj=stream, mode="r:") as archive:
            for member in archive:
                name = wanted.get(member.name)
                if name is None or not member.isfile():
                    continue
                _check_size(name, member.size)
                file = archive.extractfile(member)
                assert file is not None
                found[name] = _batch(file.read(), trusted)
        missing = [name for name in sums if name not in found]
        if missing:
            raise MismatchError(f"{inner}/{missing[0]} in it", "none")
    return {name: found[name] for name in sums}


def _batch(data: bytes, trusted: bool) -> dict[Any, Any]:
    batch = pickles.load(io.BytesIO(data), trusted)
    if not isinstance(batch, dict):
        raise MismatchError("a dict", type(batch).__name__)
    return batch


def _check_size(name: str, size: int) -> None:
    if size > _MOST:
        raise MismatchError(f"{name} of at most {_MOST} bytes", size)


class _Bounded(gzip.GzipFile):
    """An archive that reads at most the size of one batch at a time."""

    def read(self, size: int | None = -1) -> bytes:
        if size is None or not 0 <= size <= _MOST:
            raise MismatchError(f"parts of at most {_MOST} bytes", size)
        return super().read(size)
