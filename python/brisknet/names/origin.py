"""Whether a class or a function is built in or custom."""

from __future__ import annotations

from typing import Any


def is_built_in(definition: Any) -> bool:
    """Whether a class or a function belongs to brisknet; otherwise it is custom."""
    return str(definition.__module__).partition(".")[0] == "brisknet"
