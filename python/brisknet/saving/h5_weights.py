"""Weights in an HDF5 file with Keras's layout.

layers/dense_1/vars/0, 1, …         a layer's weights, those that never train last
layers/sequential/layers/…          the layers of a model within the model
_layer_checkpoint_dependencies/…    instead of layers in files of Keras 2.12 to 2.14
optimizer/vars/0, 1, …              steps, learning rate, averages, momentums, velocities, …
brisknet                            what Keras has no place for, JSON as bytes; Keras ignores it
"""

from __future__ import annotations

import functools
import importlib
import io
import math
from collections.abc import Mapping, Sequence
from typing import IO, Any

import numpy as np
import numpy.typing as npt

_OLDER = "_layer_checkpoint_dependencies"

Arrays = dict[str, list[npt.NDArray[Any]]]


def h5py() -> Any:
    """The module, which is an extra.

    Raises:
        ImportError: if it is not installed.
    """
    try:
        return importlib.import_module("h5py")
    except ImportError:
        raise ImportError(
            "Keras's files need h5py: pip install 'brisknet[keras]' (or use a name that ends in "
            "'.safetensors')"
        ) from None


def write(
    arrays: Mapping[str, Mapping[str, Any]], names: Mapping[str, str], extra: bytes | None
) -> bytes:
    """The file's bytes.

    Args:
        arrays: each place's weights, by number or by custom names.
        names: each place's name, of the layer say.
        extra: what is stored as 'brisknet'.
    """
    buffer = io.BytesIO()
    with h5py().File(buffer, "w") as file:
        for path, values in arrays.items():
            group = file.create_group(f"{path}/vars" if path else "vars")
            group.attrs["name"] = names[path]
            for name, value in values.items():
                group[name] = np.asarray(value)
        if extra is not None:
            file["brisknet"] = np.frombuffer(extra, dtype=np.uint8)
    return buffer.getvalue()


def read(
    file: IO[bytes], size: int, paths: Sequence[str], named: Sequence[str] = ()
) -> tuple[Arrays, dict[str, dict[str, npt.NDArray[Any]]], bytes | None]:
    """The weights of these places, none of a place that is not there; and what `write` calls extra.

    Those of `named` places have custom names.

    Nothing else is looked at. Links, and data that are compressed, virtual or elsewhere, are
    refused, as they may be larger than the file.

    Raises:
        ValueError: if an array cannot be read.
        Exception: of almost any kind, from a damaged file.
    """
    module = h5py()
    with module.File(file, "r") as root:
        reader = Reader(module, size)
        place = functools.partial(_older_place, reader, root) if _OLDER in root else str
        arrays = {path: reader.numbered(root, _join(place(path), "vars")) for path in paths}
        stores = {path: reader.named(root, _join(place(path), "vars")) for path in named}
        extra = reader.find(root, "brisknet")
        return arrays, stores, None if extra is None else reader.array(extra).tobytes()


def _join(path: str, name: str) -> str:
    return f"{path}/{name}" if path else name


def _older_place(reader: Reader, root: Any, path: str) -> str:
    """Where Keras 2.13 has what is now at 'layers/dense_1': at the second number that 'dense' has.

    It counted layers with weights twice: dense, dense_2, dense_4, ….
    """
    found = ""
    parts = iter(path.split("/"))
    for part in parts:
        if part == "layers":
            found, name = _join(found, _OLDER), next(parts)
            kind, number = _numbered(name)
            group = reader.find(root, found)
            same = sorted((_numbered(n)[1], n) for n in group or () if _numbered(n)[0] == kind)
            part = same[number][1] if number < len(same) else f"no {name}"
        found = _join(found, part)
    return found


def _numbered(name: str) -> tuple[str, int]:
    """'dense_1' as 'dense' and 1."""
    kind, _, number = name.rpartition("_")
    return (kind, int(number)) if kind and number.isdecimal() else (name, 0)


class Reader:
    """Reads arrays of no more than `size` bytes together."""

    def __init__(self, module: Any, size: int) -> None:
        self.module = module
        self.left = size

    def find(self, group: Any, path: str) -> Any:
        """What has this path, by hard links alone; None if nothing is there."""
        for name in path.split("/"):
            if not isinstance(group, self.module.Group):
                raise ValueError(f"{group.name!r} is not a group")
            link = group.get(name, getlink=True)
            if link is None:
                return None
            if not isinstance(link, self.module.HardLink):
                raise ValueError(f"{path!r} is a link to elsewhere")
            group = group[name]
        return group

    def numbered(self, root: Any, path: str) -> list[npt.NDArray[Any]]:
        """The datasets '0', '1', … of a group."""
        group = self.find(root, path)
        count = 0 if group is None else len(group)
        return [self.array(self.find(group, str(i))) for i in range(count)]

    def named(self, root: Any, path: str) -> dict[str, npt.NDArray[Any]]:
        """All datasets of a group."""
        group = self.find(root, path)
        if group is None:
            return {}
        if not isinstance(group, self.module.Group):
            raise ValueError(f"{path!r} is not a group")
        return {name: self.array(self.find(group, name)) for name in list(group)}

    def array(self, dataset: Any) -> npt.NDArray[Any]:
        if not isinstance(dataset, self.module.Dataset):
            raise ValueError(f"expected a dataset, got {dataset}")
        name, shape, dtype = dataset.name, dataset.shape, dataset.dtype
        plain = dataset.chunks is None and not dataset.external and not dataset.is_virtual
        if not plain or dataset.id.get_create_plist().get_nfilters():
            raise ValueError(f"{name!r} is compressed, or its data are elsewhere")
        if shape is None or dtype.kind not in "iuf":
            raise ValueError(f"{name!r} is not an array of numbers")
        length = math.prod(shape) * dtype.itemsize
        self.left -= length
        if self.left < 0 or length > dataset.id.get_storage_size():
            raise ValueError(f"{name!r} of shape {shape} is not stored in full")
        return np.asarray(dataset[()])
