"""What the machine and the build offer, and how much of it is used."""

from __future__ import annotations

import os
import platform

import numpy as np

from brisknet import _core

__all__ = ["get_num_threads", "set_num_threads", "show_config"]


def set_num_threads(count: int) -> None:
    """Sets how many threads large work uses, in the whole process. Results do not depend on it.

    Args:
        count: from 1 to 4096.

    Raises:
        ValueError: if it is not in that range.
        TypeError: if it is not an integer.
    """
    if isinstance(count, bool) or not isinstance(count, int | np.integer):
        raise TypeError(f"[set_num_threads] expected count: an integer, got {count!r}")
    _core.set_num_threads(int(count))


def get_num_threads() -> int:
    """How many threads large work uses.

    At first what BRISKNET_NUM_THREADS says, else OMP_NUM_THREADS, else as many CPUs as the process
    may use by its affinity and its cgroup's quota. 1 in a forked child.
    """
    return _core.get_num_threads()


def show_config() -> None:
    """Prints versions, the instruction sets built, usable and active, and the threads.

    Example:
        >>> show_config()  # doctest: +ELLIPSIS
        brisknet ...
    """
    rows = {
        "brisknet": _core.__version__,
        "Python": platform.python_version(),
        "NumPy": np.__version__,
        "core built by": _core.compiler(),
        "machine": f"{platform.system()} {platform.machine()}",
        "instruction sets": (
            f"{_core.active_isa()} active; usable: {', '.join(_core.usable_isas())}; "
            f"built: {', '.join(_core.built_isas())}"
        ),
        "threads": f"{get_num_threads()}, a team of brisknet's own (no OpenMP runtime)",
    }
    width = max(map(len, rows))
    print("\n".join(f"{name:<{width}}  {value}" for name, value in rows.items()))


def choose_isa() -> None:
    """Follows BRISKNET_ISA, at import."""
    name = os.environ.get("BRISKNET_ISA")
    if not name:
        return
    if name not in _core.usable_isas():
        state = "not usable on this CPU" if name in _core.built_isas() else "not built"
        raise ImportError(
            f"BRISKNET_ISA={name} is {state}: expected one of {', '.join(_core.usable_isas())}"
        )
    _core.use_isa(name)
