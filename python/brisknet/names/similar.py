"""Suggestions for mistyped names."""

from __future__ import annotations

from collections.abc import Iterable


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """'; did you mean …?' with the most similar known name, or '' if none is similar."""
    import difflib  # only errors need it

    known = [k for k in known if not k.startswith("_")]
    found = difflib.get_close_matches(_plain(name[:100]), map(_plain, known), 1, cutoff=0.7)
    if not found:
        return ""
    alike = [k for k in known if _plain(k) == found[0]]  # MeanSquaredError, mean_squared_error
    best = max(alike, key=lambda k: difflib.SequenceMatcher(None, name[:100], k).ratio())
    return f"; did you mean {best!r}?"


def _plain(name: str) -> str:
    return name.lower().replace("_", "")
