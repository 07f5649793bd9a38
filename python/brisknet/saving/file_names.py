"""Names of files: which endings mean which formats; files that are there already."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import IO, Any

from brisknet.arguments.checks import choices
from brisknet.saving.atomic import replacing

FilePath = str | os.PathLike[str]

MODELS = (".safetensors", ".keras", ".h5", ".hdf5")
WEIGHTS_WRITTEN = (".safetensors", ".weights.h5")
WEIGHTS_READ = (".safetensors", ".weights.h5", ".keras", ".h5", ".hdf5")


def ending_of(op: str, filepath: FilePath, endings: Sequence[str]) -> str:
    """Which of these endings a name has.

    Raises:
        ValueError: if it has none of them.
    """
    name = os.fspath(filepath)
    for ending in endings:
        if isinstance(name, str) and name.endswith(ending):
            return ending
    raise ValueError(
        f"[{op}] expected filepath: a name that ends in {choices(endings)}, got {name!r}"
    )


def size_of(file: IO[bytes]) -> int:
    """An open file's bytes."""
    return os.fstat(file.fileno()).st_size


def write_file(filepath: FilePath, overwrite: bool, write: Callable[[IO[bytes]], Any]) -> None:
    """Replaces a file by what a function writes, after asking where it may not be overwritten."""
    if not overwrite and os.path.exists(filepath) and not _may_overwrite(filepath):
        return
    with replacing(filepath) as file:
        write(file)


def _may_overwrite(filepath: FilePath) -> bool:
    question = f"{os.fspath(filepath)} exists: overwrite it? [y/n] "
    answer = ""
    while answer not in ("y", "n"):
        try:
            answer = input(question).strip().lower()
        except EOFError:
            raise FileExistsError(
                f"{os.fspath(filepath)} exists, and nobody is there to be asked whether to "
                "overwrite it: pass overwrite=True, or another name"
            ) from None
    return answer == "y"
