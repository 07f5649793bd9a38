"""The configuration: threads, instruction sets, and Keras's global settings."""

from __future__ import annotations

import os
import platform
from typing import Any

import numpy as np

from brisknet import _core
from brisknet.arguments.checks import describe
from brisknet.arguments.numbers import checked_integer
from brisknet.arguments.types import is_number
from brisknet.names.refused_names import refuse_names

__all__ = [
    "backend",
    "disable_interactive_logging",
    "disable_traceback_filtering",
    "enable_interactive_logging",
    "epsilon",
    "floatx",
    "get_num_threads",
    "image_data_format",
    "is_interactive_logging_enabled",
    "is_traceback_filtering_enabled",
    "max_epochs",
    "max_steps_per_epoch",
    "set_epsilon",
    "set_floatx",
    "set_image_data_format",
    "set_max_epochs",
    "set_max_steps_per_epoch",
    "set_num_threads",
    "show_config",
]

_CPU = "it is TensorFlow's, and brisknet runs on the CPU: leave it out"

__getattr__ = refuse_names(
    __name__,
    """
    disable_flash_attention dtype_policy enable_flash_attention enable_traceback_filtering
    enable_unsafe_deserialization is_flash_attention_enabled is_nnx_enabled set_backend
    set_dtype_policy
    """,
    {
        "experimental": _CPU,
        "get_visible_devices": _CPU,
        "list_logical_devices": _CPU,
        "list_physical_devices": _CPU,
        "run_functions_eagerly": "brisknet always runs eagerly: leave it out",
        "set_visible_devices": _CPU,
        "threading": "it is TensorFlow's: use brisknet.set_num_threads",
    },
)


def set_num_threads(count: int) -> None:
    """Sets the number of threads for large computations in the whole process.

    Results do not depend on it. `threadpoolctl.threadpool_limits` and OpenMP's
    `omp_set_num_threads` lower it for the calling thread.

    Args:
        count: the number of threads, from 1 to 4096.

    Raises:
        ValueError: if count is not in that range.
        TypeError: if count is not an integer.
    """
    if isinstance(count, bool) or not isinstance(count, int | np.integer):
        raise TypeError(f"[set_num_threads] expected count: an integer, got {count!r}")
    if not 1 <= count <= 4096:
        raise ValueError(f"[set_num_threads] expected count from 1 to 4096, got {describe(count)}")
    _core.set_num_threads(int(count))


def get_num_threads() -> int:
    """The number of threads for large computations of the calling thread.

    The initial value is that of BRISKNET_NUM_THREADS, or else of OMP_NUM_THREADS, or else the
    number of CPUs allowed by the process's affinity and its cgroup's quota. A forked child begins
    with 1. The number is lower if threadpoolctl limits OpenMP in the calling thread.
    """
    return _core.get_num_threads()


def show_config() -> None:
    """Prints the versions, the instruction sets (built, usable, active) and the threads.

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
        "threads": f"{get_num_threads()}, from OpenMP ({_core.openmp_runtime()})",
    }
    width = max(map(len, rows))
    print("\n".join(f"{name:<{width}}  {value}" for name, value in rows.items()))


def choose_isa() -> None:
    """Selects the instruction set given by BRISKNET_ISA, at import."""
    name = os.environ.get("BRISKNET_ISA")
    if not name:
        return
    if name not in _core.usable_isas():
        state = "not usable on this CPU" if name in _core.built_isas() else "not built"
        raise ImportError(
            f"BRISKNET_ISA={name} is {state}: expected one of {', '.join(_core.usable_isas())}"
        )
    _core.use_isa(name)


# Keras's settings


def backend() -> str:
    """The name of the backend: 'brisknet'."""
    return "brisknet"


def floatx() -> str:
    """The type of weights and computations: 'float32'."""
    return "float32"


def set_floatx(value: str) -> None:
    """Accepts only 'float32', the type of all computations.

    Raises:
        ValueError: for any other type.
    """
    if value != "float32":
        raise ValueError(
            f"[set_floatx] expected 'float32', the only type that brisknet computes in, "
            f"got {value!r}"
        )


def epsilon() -> float:
    """The number that keeps divisors and logarithms away from 0: 1e-07."""
    return 1e-7


def set_epsilon(value: float) -> None:
    """Accepts only 1e-07, which is built into the kernels.

    Raises:
        ValueError: for any other number.
    """
    if not is_number(value) or value != epsilon():
        raise ValueError(
            f"[set_epsilon] expected 1e-07, which is part of brisknet's kernels, got {value!r}; "
            "optimizers and normalizations take an epsilon of their own"
        )


_image_data_format = "channels_last"


def image_data_format() -> str:
    """The position of an image's channels: 'channels_last' or 'channels_first'."""
    return _image_data_format


def set_image_data_format(data_format: str) -> None:
    """Sets the default data_format of `Flatten`.

    Args:
        data_format: 'channels_last', the initial value, or 'channels_first'.

    Raises:
        ValueError: if data_format is neither.
    """
    global _image_data_format
    given = str(data_format).lower()
    if given not in ("channels_last", "channels_first"):
        raise ValueError(
            "[set_image_data_format] expected 'channels_last' or 'channels_first', "
            f"got {data_format!r}"
        )
    _image_data_format = given


_interactive = True
_max_epochs: int | None = None
_max_steps_per_epoch: int | None = None


def is_interactive_logging_enabled() -> bool:
    """Whether progress, summaries and messages of callbacks are printed; otherwise logged."""
    return _interactive


def enable_interactive_logging() -> None:
    """Prints progress, summaries and messages of callbacks to standard output, the default."""
    global _interactive
    _interactive = True


def disable_interactive_logging() -> None:
    """Logs them to `logging.getLogger("brisknet")` at level INFO instead, without a bar."""
    global _interactive
    _interactive = False


def is_traceback_filtering_enabled() -> bool:
    """False: tracebacks show every frame."""
    return False


def disable_traceback_filtering() -> None:
    """Does nothing, as tracebacks always show every frame."""


def max_epochs() -> int | None:
    """The maximum number of epochs of each `fit`; None for no limit."""
    return _max_epochs


def set_max_epochs(max_epochs: int | None) -> None:
    """Limits the epochs of each `fit` from now on, for a quick test of a script.

    Args:
        max_epochs: the maximum number of epochs; None for no limit.

    Raises:
        ValueError: if max_epochs is not a positive integer or None.
    """
    global _max_epochs
    _max_epochs = _limit("set_max_epochs", "max_epochs", max_epochs)


def max_steps_per_epoch() -> int | None:
    """The maximum number of steps of an epoch, `evaluate` and `predict`; None for no limit."""
    return _max_steps_per_epoch


def set_max_steps_per_epoch(max_steps_per_epoch: int | None) -> None:
    """Limits the steps of each epoch, `evaluate` and `predict`, for a quick test of a script.

    Args:
        max_steps_per_epoch: the maximum number of steps; None for no limit.

    Raises:
        ValueError: if max_steps_per_epoch is not a positive integer or None.
    """
    global _max_steps_per_epoch
    _max_steps_per_epoch = _limit(
        "set_max_steps_per_epoch", "max_steps_per_epoch", max_steps_per_epoch
    )


def _limit(op: str, name: str, value: Any) -> int | None:
    return None if value is None else checked_integer(op, name, value, 1)
