"""The safetensors format: a header in JSON, then the arrays' bytes one after the other.

8 bytes         the header's length, little-endian
header          {"__metadata__": {text: text}, name: {"dtype", "shape", "data_offsets"}, …}
the arrays      little-endian, float32 or whole numbers; data_offsets count from here
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from brisknet.saving.untrusted import parse_json

Numbers = npt.NDArray[Any]
_TYPES = {"F32": "<f4"} | {
    f"{kind}{8 * size}": np.dtype(f"<{kind.lower()}{size}").str
    for kind in "IU"
    for size in (1, 2, 4, 8)
}
_NAMES = {dtype: name for name, dtype in _TYPES.items()}
_ALIGNMENT = 64  # of the arrays' first byte in the file: a cache line


def write(file: IO[bytes], arrays: Mapping[str, Numbers], metadata: Mapping[str, str]) -> None:
    """Writes arrays and texts."""
    header: dict[str, Any] = {"__metadata__": dict(metadata)}
    end = 0
    for name, array in arrays.items():
        begin, end = end, end + array.nbytes
        header[name] = {
            "dtype": _NAMES[array.dtype.newbyteorder("<").str],
            "shape": list(array.shape),
            "data_offsets": [begin, end],
        }
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-(8 + len(text)) % _ALIGNMENT)
    file.write(len(text).to_bytes(8, "little"))
    file.write(text)
    for array in arrays.values():
        file.write(np.asarray(array, array.dtype.newbyteorder("<"), order="C").reshape(-1).data)


def read(file: IO[bytes], size: int) -> tuple[dict[str, Numbers], dict[str, str]]:
    """The arrays and texts of a file of `size` bytes.

    Raises:
        ValueError: if it is not such a file, or has arrays of other types.
    """
    length = int.from_bytes(_exactly(file, 8), "little")
    if length > size - 8:
        raise ValueError(f"its header should have {length} bytes, more than the file")
    header = parse_json(_exactly(file, length), size)
    if not isinstance(header, dict):
        raise ValueError("its header is not a dict")
    metadata = header.pop("__metadata__", {})
    if not isinstance(metadata, dict) or not all(isinstance(v, str) for v in metadata.values()):
        raise ValueError("its metadata are not texts")
    spans = {name: _span(name, entry) for name, entry in header.items()}
    arrays, position = {}, 0
    for name, (shape, begin, end, dtype) in sorted(spans.items(), key=lambda item: item[1][1:3]):
        if begin != position or end > size - 8 - length:
            raise ValueError(f"{name!r} is not in its place")
        arrays[name] = np.empty(shape, dtype)
        _fill(file, arrays[name])
        position = end
    if position != size - 8 - length:
        raise ValueError("it does not end with its last array")
    native = {n: arrays[n].astype(arrays[n].dtype.newbyteorder("="), copy=False) for n in spans}
    return native, metadata


def _span(name: str, entry: Any) -> tuple[tuple[int, ...], int, int, np.dtype[Any]]:
    """An array's shape, where it begins and ends, and its type."""
    if not isinstance(entry, dict) or set(entry) != {"dtype", "shape", "data_offsets"}:
        raise ValueError(f"{name!r} lacks a dtype, shape or data_offsets")
    known = _TYPES.get(entry["dtype"]) if isinstance(entry["dtype"], str) else None
    if known is None:
        raise ValueError(f"{name!r} is {entry['dtype']!r:.20}, not float32 (F32)")
    dtype = np.dtype(known)
    shape, offsets = entry["shape"], entry["data_offsets"]
    if not _whole_numbers(shape) or not _whole_numbers(offsets) or len(offsets) != 2:
        raise ValueError(f"the shape or data_offsets of {name!r} are not whole numbers")
    begin, end = offsets
    if end - begin != dtype.itemsize * math.prod(shape):
        raise ValueError(f"{name!r} of shape {shape} does not have {end - begin} bytes")
    return tuple(shape), begin, end, dtype


def _whole_numbers(value: Any) -> bool:
    few = isinstance(value, list) and len(value) <= 32
    return few and all(type(v) is int and 0 <= v < 2**63 for v in value)


def _exactly(file: IO[bytes], count: int) -> bytes:
    data = file.read(count)
    if len(data) != count:
        raise ValueError("it ends too early")
    return data


def _fill(file: IO[bytes], array: Numbers) -> None:
    if array.size and file.readinto(array.reshape(-1).data) != array.nbytes:  # type: ignore[attr-defined]
        raise ValueError("it ends too early")
