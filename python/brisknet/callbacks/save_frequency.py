"""How often callbacks save."""

from __future__ import annotations

from typing import Any

from brisknet.arguments.checks import describe


class SaveFrequency:
    """Counts steps across epochs.

    Args:
        op: the name in error messages.
        save_freq: 'epoch', or a number of steps.

    Raises:
        ValueError: if it is neither.
    """

    def __init__(self, op: str, save_freq: Any) -> None:
        steps = isinstance(save_freq, int) and not isinstance(save_freq, bool) and save_freq > 0
        if save_freq != "epoch" and not steps:
            raise ValueError(
                f"[{op}] expected save_freq 'epoch' or a number of steps of at least 1, got "
                f"{describe(save_freq)}"
            )
        self._save_freq = save_freq
        self._made = 0

    def is_due(self, steps: int) -> bool:
        """Whether to save after `steps` more steps."""
        self._made += steps
        if self._made < self._save_freq:
            return False
        self._made = 0
        return True
