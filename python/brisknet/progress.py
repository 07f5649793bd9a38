"""How much `fit` and `evaluate` print, where to, and how metrics are printed."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from typing import Any

import numpy as np

from brisknet import config


def resolve_verbose(op: str, verbose: Any) -> int:
    """0: nothing, 1: a bar, 2: one line; 'auto': a bar on a terminal, else one line."""
    if verbose == "auto":
        verbose = 1
    if isinstance(verbose, str) or verbose not in (0, 1, 2):
        raise ValueError(f"[{op}] expected verbose 'auto', 0, 1 or 2, got {verbose!r}")
    return 2 if verbose == 1 and not _draws_bars() else int(verbose)


def say(text: str) -> None:
    """Prints a message, or logs it after `config.disable_interactive_logging()`."""
    if config.is_interactive_logging_enabled():
        print(text, flush=True)
    else:
        logging.getLogger("brisknet").info(text.strip())


def _draws_bars() -> bool:
    if not config.is_interactive_logging_enabled():
        return False
    # In a notebook sys.stdout is no terminal, yet tqdm draws its bar there.
    return sys.stdout.isatty() or "ipykernel" in sys.modules


def metrics_line(logs: Mapping[str, float]) -> str:
    """'accuracy: 0.9812 - loss: 0.0613'; up to 0.001 with an exponent, as in Keras."""
    return " - ".join(
        f"{name}: {value:.4f}" if abs(value) > 1e-3 else f"{name}: {value:.4e}"
        for name, value in ((name, float(np.mean(v))) for name, v in logs.items())
    )
