"""Whose a class or a function is."""

from __future__ import annotations

from typing import Any


def is_built_in(definition: Any) -> bool:
    """Whether a class or a function is brisknet's; otherwise it is custom, the user's."""
    return str(definition.__module__).partition(".")[0] == "brisknet"
