"""Reading files that anyone may have made: one kind of error, little memory, no code."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

SPARE = 2**26  # what a configuration may always take as Python objects, in bytes


@contextmanager
def naming(op: str, path: Any) -> Iterator[None]:
    """A block that reads a file: whatever is wrong with it becomes a ValueError that names it."""
    try:
        yield
    except ImportError:
        raise  # an extra is not installed
    except Exception as error:
        # Readers of damaged files raise almost anything, MemoryError and RecursionError included.
        text = str(error) or type(error).__name__
        raise ValueError(f"[{op}] {os.fspath(path)!r} cannot be loaded: {text}") from error


def parse_json(text: bytes | str, size: int) -> Any:
    """JSON from a file of `size` bytes.

    Raises:
        ValueError: if it is none, is nested too deeply, or would take much more memory than the
            file is long, as '[[],[],…' does.
    """
    if isinstance(text, bytes):
        text = text.decode()
    # A dict, a list and an item take about so many bytes.
    memory = 250 * text.count("{") + 64 * text.count("[") + 64 * text.count(",")
    if memory > SPARE + size:
        raise ValueError(f"its configuration would take {memory} bytes")
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("its configuration is nested too deeply") from None
