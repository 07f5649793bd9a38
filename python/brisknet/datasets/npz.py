"""Arrays in the zip archives that `numpy.savez` writes."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Callable, Mapping
from io import BufferedIOBase
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt
from numpy.lib import format as npy

from brisknet.datasets import pickles
from brisknet.datasets.reading import MismatchError, check_size, naming, read_array

# Raises MismatchError if an array of this name must not have this dtype or shape.
Check = Callable[[str, np.dtype[Any], tuple[int, ...]], None]


def read_npz(
    op: str, path: Path, checks: Mapping[str, Check], trusted: bool = False
) -> dict[str, npt.NDArray[Any]]:
    """The named arrays; each header is checked before its data are read.

    Args:
        op: the name in error messages.
        path: the file.
        checks: a check for each array, by name.
        trusted: whether the file's checksum has been verified.

    Raises:
        ValueError: if the file is damaged or contains other arrays.
    """
    with path.open("rb") as file, naming(op, path, "npz"), zipfile.ZipFile(file) as archive:
        stored = os.fstat(file.fileno()).st_size
        return {
            name: _read_member(archive, name, check, stored, trusted)
            for name, check in checks.items()
        }


def _read_member(
    archive: zipfile.ZipFile, name: str, check: Check, stored: int, trusted: bool
) -> npt.NDArray[Any]:
    names = archive.namelist()
    if f"{name}.npy" not in names:
        raise MismatchError(f"a member {name}.npy", names[:8])
    info = archive.getinfo(f"{name}.npy")
    # Other compression methods are unpacked without a limit, so a few bytes could fill the memory.
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise MismatchError(
            f"{name} stored or deflated", f"zip compression method {info.compress_type}"
        )
    with cast(BufferedIOBase, archive.open(info)) as stream:
        version = npy.read_magic(stream)
        if version != (1, 0):  # NumPy saves every array of a plain dtype in this version
            raise MismatchError(f"{name} in npy version (1, 0)", version)
        shape, fortran, dtype = npy.read_array_header_1_0(stream)
        check(name, dtype, shape)
        if dtype.hasobject:
            check_size(info.file_size, stored)
            lists = pickles.load(io.BytesIO(stream.read(info.file_size)), trusted)
            return pickles.as_objects(name, lists, shape)
        return read_array(stream, shape, dtype, stored, fortran)
