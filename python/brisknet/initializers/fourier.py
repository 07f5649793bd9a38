"""The kernels of short-term Fourier transforms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from brisknet.arguments.checks import Array, choices
from brisknet.initializers.base import Initializer

__all__ = [
    "STFT",
    "STFTInitializer",
    "stft",
]


class STFT(Initializer):
    """The kernel of a short-term Fourier transform, its real or imaginary part.

    kernel[t, 0, f] = window[t] cos(2 pi t f / F) / norm, or -sin for the imaginary part, for a
    shape (frame length, 1, F / 2 + 1).

    Args:
        side: 'real' or 'imag'.
        window: 'hann', 'hamming', an array of the frame's length, or None.
        scaling: the window's norm: 'density' (L2), 'spectrum' (L1) or None.
        periodic: whether the window is periodic.

    Raises:
        ValueError: for any other argument.
    """

    def __init__(
        self,
        side: str = "real",
        window: Any = "hann",
        scaling: str | None = "density",
        periodic: bool = False,
    ) -> None:
        if side not in ("real", "imag"):
            raise ValueError(f"[STFT] expected side 'real' or 'imag', got {side!r}")
        if isinstance(window, str) and window not in _COSINE_WINDOWS:
            raise ValueError(
                f"[STFT] expected window {choices(_COSINE_WINDOWS)}, an array or None, "
                f"got {window!r}: pass its values as an array"
            )
        if scaling not in ("density", "spectrum", None):
            raise ValueError(f"[STFT] expected scaling 'density', 'spectrum' or None: {scaling!r}")
        self.side = side
        self.window = window
        self.scaling = scaling
        self.periodic = periodic

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> Array:
        self._check(dtype)
        if len(shape) != 3:
            raise ValueError(f"[STFT] expected a shape (frame, 1, frequencies), got {shape}")
        frame, _, frequencies = shape
        # NumPy's cos is more exact than float32; its last bits differ between CPUs.
        time = np.arange(frame).reshape(-1, 1, 1)
        angle = -2 * np.pi * time * np.arange(frequencies) / max(1, 2 * (frequencies - 1))
        kernel = np.cos(angle) if self.side == "real" else np.sin(angle)
        if self.window is not None:
            window = self._window(frame)
            norm = {
                "density": np.sqrt(np.sum(window**2)),
                "spectrum": np.sum(np.abs(window)),
                None: 1.0,
            }[self.scaling]
            kernel = kernel * window.reshape(-1, 1, 1) / norm
        return kernel.astype(np.float32)

    def _window(self, frame: int) -> Any:
        if not isinstance(self.window, str):
            window = np.asarray(self.window, dtype=np.float64)
            if window.shape != (frame,):
                raise ValueError(f"[STFT] expected window of shape {(frame,)}, got {window.shape}")
            return window
        if frame == 1:
            return np.ones(1)
        base = _COSINE_WINDOWS[self.window]
        turn = 2 * np.pi * np.arange(frame) / (frame if self.periodic else frame - 1)
        return base - (1 - base) * np.cos(turn)


_COSINE_WINDOWS = {"hann": 0.5, "hamming": 0.54}


STFTInitializer = STFT
stft = STFT
