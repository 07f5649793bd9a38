"""
The kernels of brisknet (see brisknet.ops for documented functions over them).
"""

from __future__ import annotations
import collections.abc
import numpy
import numpy.typing
import typing

__all__: list[str] = [
    "Activation",
    "Csr",
    "Update",
    "activation",
    "activation_backward",
    "activations",
    "active_isa",
    "binary_cross_entropy",
    "built_isas",
    "clip",
    "column_sums",
    "compiler",
    "count_nonzeros",
    "cross_entropy",
    "csr_matmul",
    "csr_matmul_transposed",
    "decay",
    "dropout",
    "dropout_backward",
    "exp",
    "flush",
    "gather",
    "get_num_threads",
    "is_floats",
    "is_numbers",
    "log",
    "log_softmax",
    "log_softmax_backward",
    "matmul",
    "mean_absolute_error",
    "mean_squared_error",
    "openmp_runtime",
    "permutation",
    "random_normal",
    "random_uniform",
    "row_dots",
    "rules",
    "scale",
    "scatter",
    "set_num_threads",
    "softmax",
    "softmax_backward",
    "softmax_cross_entropy",
    "sum_of_squares",
    "usable_isas",
    "use_isa",
    "weighted_sum",
]

class Activation:
    """
    An elementwise activation function and its parameters.
    """
    def __init__(
        self,
        name: str,
        a: typing.SupportsFloat | typing.SupportsIndex | None = None,
        b: typing.SupportsFloat | typing.SupportsIndex | None = None,
        c: typing.SupportsFloat | typing.SupportsIndex | None = None,
    ) -> None: ...
    @property
    def reads_input(self) -> bool:
        """
        Whether activation_backward takes x; it takes y otherwise.
        """

class Update:
    """
    Variables that a rule updates in place: for each one (w, g, state array, …), where an optional state array may be None, and whether it decays.
    """
    def __init__(
        self,
        rule: str,
        variables: collections.abc.Sequence[collections.abc.Sequence[typing.Any]],
        decays: collections.abc.Sequence[bool] = [],
    ) -> None: ...
    def step(
        self,
        scalars: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
        decay: typing.SupportsFloat | typing.SupportsIndex | None = None,
    ) -> None:
        """
        One step of all variables; first w -= decay * w of those that decay.
        """
    def take(self, gradients: collections.abc.Sequence[typing.Any]) -> None:
        """
        Takes other gradients, for the steps from now on.
        """

class Csr:
    """
    A matrix in CSR format: only the elements other than zero are kept.
    """
    @staticmethod
    def from_arrays(
        start: numpy.typing.NDArray[numpy.int64],
        index: numpy.typing.NDArray[numpy.int64],
        value: numpy.typing.NDArray[numpy.float32],
        columns: typing.SupportsInt | typing.SupportsIndex,
    ) -> Csr:
        """
        From SciPy's arrays, columns rising within each row; elements that are zero or denormal are left out.
        """
    def __init__(self, x: numpy.typing.NDArray[typing.Any]) -> None: ...
    @property
    def elements(self) -> int:
        """
        How many elements are kept.
        """
    @property
    def shape(self) -> tuple[int, int]:
        """
        (rows, columns); all axes of x but the first are joined.
        """

def activation(
    f: Activation,
    x: numpy.typing.NDArray[numpy.float32],
    out: numpy.typing.NDArray[numpy.float32] | None = None,
) -> numpy.typing.NDArray[numpy.float32]:
    """
    f(x).
    """

def activation_backward(
    f: Activation,
    x_or_y: numpy.typing.NDArray[numpy.float32],
    dy: numpy.typing.NDArray[numpy.float32],
    out: numpy.typing.NDArray[numpy.float32] | None = None,
) -> numpy.typing.NDArray[numpy.float32]:
    """
    dy * f'(x), from x where f.reads_input, else from y.
    """

def activations() -> dict[str, dict[str, float]]:
    """
    The parameters of each elementwise activation, with their defaults.
    """

def active_isa() -> str:
    """
    The one in use.
    """

def binary_cross_entropy(
    x: numpy.typing.NDArray[numpy.float32],
    target: numpy.typing.NDArray[numpy.float32],
    weight: numpy.typing.NDArray[numpy.float32] | None = None,
    scale: typing.SupportsFloat | typing.SupportsIndex = 1.0,
    smoothing: typing.SupportsFloat | typing.SupportsIndex = 0.0,
    epsilon: typing.SupportsFloat | typing.SupportsIndex = 1e-07,
    gradient: bool = True,
) -> tuple[numpy.typing.NDArray[numpy.float32], numpy.typing.NDArray[numpy.float32] | None]:
    """
    The mean over the last axis, from probabilities clipped to [epsilon, 1 - epsilon], or from logits where epsilon is 0.
    """

def built_isas() -> list[str]:
    """
    The instruction sets that kernels were built for, from the plainest to the widest.
    """

def clip(
    x: numpy.typing.NDArray[numpy.float32],
    limit: typing.SupportsFloat | typing.SupportsIndex,
    out: numpy.typing.NDArray[numpy.float32] | None = None,
) -> numpy.typing.NDArray[numpy.float32]:
    """
    x, but from -limit to limit.
    """

def column_sums(
    x: numpy.typing.NDArray[numpy.float32], out: numpy.typing.NDArray[numpy.float32] | None = None
) -> numpy.typing.NDArray[numpy.float32]:
    """
    The sum over all axes but the last.
    """

def compiler() -> str:
    """
    The compiler that built the core.
    """

def count_nonzeros(x: numpy.typing.NDArray[typing.Any]) -> int:
    """
    How many elements are other than zero.
    """

def cross_entropy(
    x: numpy.typing.NDArray[numpy.float32],
    target: numpy.typing.NDArray[numpy.float32] | numpy.typing.NDArray[numpy.int64],
    weight: numpy.typing.NDArray[numpy.float32] | None = None,
    scale: typing.SupportsFloat | typing.SupportsIndex = 1.0,
    smoothing: typing.SupportsFloat | typing.SupportsIndex = 0.0,
    epsilon: typing.SupportsFloat | typing.SupportsIndex = 1e-07,
    gradient: bool = True,
) -> tuple[numpy.typing.NDArray[numpy.float32], numpy.typing.NDArray[numpy.float32] | None]:
    """
    The same from probabilities, normalised and clipped to [epsilon, 1 - epsilon].
    """

def csr_matmul(
    a: Csr,
    rows: numpy.typing.NDArray[numpy.int64],
    b: numpy.typing.NDArray[numpy.float32],
    bias: numpy.typing.NDArray[numpy.float32] | None = None,
    activation: Activation | None = None,
    out: numpy.typing.NDArray[numpy.float32] | None = None,
) -> numpy.typing.NDArray[numpy.float32]:
    """
    activation(a[rows] @ b + bias).
    """

def csr_matmul_transposed(
    a: Csr,
    rows: numpy.typing.NDArray[numpy.int64],
    b: numpy.typing.NDArray[numpy.float32],
    out: numpy.typing.NDArray[numpy.float32] | None = None,
) -> numpy.typing.NDArray[numpy.float32]:
    """
    The product of a[rows], transposed, and b.
    """

def decay(
    w: numpy.typing.NDArray[numpy.float32], amount: typing.SupportsFloat | typing.SupportsIndex
) -> None:
    """
    w -= amount * w, in place.
    """

def dropout(
    x: numpy.typing.NDArray[numpy.float32],
    rate: typing.SupportsFloat | typing.SupportsIndex,
    seed: typing.SupportsInt | typing.SupportsIndex,
    stream: typing.SupportsInt | typing.SupportsIndex,
    out: numpy.typing.NDArray[numpy.float32] | None = None,
) -> tuple[numpy.typing.NDArray[numpy.float32], numpy.typing.NDArray[numpy.uint64]]:
    """
    x / (1 - rate) where kept, else 0; and the mask, a bit an element.
    """

def dropout_backward(
    dy: numpy.typing.NDArray[numpy.float32],
    mask: numpy.typing.NDArray[numpy.uint64],
    rate: typing.SupportsFloat | typing.SupportsIndex,
    out: numpy.typing.NDArray[numpy.float32] | None = None,
) -> numpy.typing.NDArray[numpy.float32]:
    """
    dy / (1 - rate) where the mask has a one, else 0.
    """

def exp(
    x: numpy.typing.NDArray[numpy.float32], out: numpy.typing.NDArray[numpy.float32] | None = None
) -> numpy.typing.NDArray[numpy.float32]:
    """
    exp(x).
    """

def flush(
    x: numpy.typing.NDArray[numpy.float32],
    gradient: bool = False,
    out: numpy.typing.NDArray[numpy.float32] | None = None,
) -> numpy.typing.NDArray[numpy.float32]:
    """
    x with zeros for denormals, or of a gradient for what is below 2^-95; x itself where there are none.
    """

def gather(
    x: numpy.typing.NDArray[typing.Any],
    index: numpy.typing.NDArray[numpy.int64],
    out: numpy.typing.NDArray[numpy.float32] | None = None,
) -> numpy.typing.NDArray[numpy.float32]:
    """
    x[index] as float32.
    """

def get_num_threads() -> int:
    """
    The number of threads that large work uses.
    """

def is_floats(x: typing.Any) -> bool:
    """
    Whether x is an aligned, C-contiguous float32 array.
    """

def is_numbers(x: typing.Any) -> bool:
    """
    Whether x is such an array, or one of float64 or uint8.
    """

def log(
    x: numpy.typing.NDArray[numpy.float32], out: numpy.typing.NDArray[numpy.float32] | None = None
) -> numpy.typing.NDArray[numpy.float32]:
    """
    log(x).
    """

def log_softmax(
    x: numpy.typing.NDArray[numpy.float32], out: numpy.typing.NDArray[numpy.float32] | None = None
) -> numpy.typing.NDArray[numpy.float32]:
    """
    log(softmax(x)) along the last axis.
    """

def log_softmax_backward(
    y: numpy.typing.NDArray[numpy.float32],
    dy: numpy.typing.NDArray[numpy.float32],
    out: numpy.typing.NDArray[numpy.float32] | None = None,
) -> numpy.typing.NDArray[numpy.float32]:
    """
    dy - exp(y) * sum(dy).
    """

def matmul(
    a: numpy.typing.NDArray[numpy.float32],
    b: numpy.typing.NDArray[numpy.float32],
    bias: numpy.typing.NDArray[numpy.float32] | None = None,
    activation: Activation | None = None,
    transpose_a: bool = False,
    transpose_b: bool = False,
    out: numpy.typing.NDArray[numpy.float32] | None = None,
) -> numpy.typing.NDArray[numpy.float32]:
    """
    activation(a @ b + bias).
    """

def mean_absolute_error(
    x: numpy.typing.NDArray[numpy.float32],
    target: numpy.typing.NDArray[numpy.float32],
    weight: numpy.typing.NDArray[numpy.float32] | None = None,
    scale: typing.SupportsFloat | typing.SupportsIndex = 1.0,
    gradient: bool = True,
) -> tuple[numpy.typing.NDArray[numpy.float32], numpy.typing.NDArray[numpy.float32] | None]:
    """
    The mean of |x - target| over the last axis.
    """

def mean_squared_error(
    x: numpy.typing.NDArray[numpy.float32],
    target: numpy.typing.NDArray[numpy.float32],
    weight: numpy.typing.NDArray[numpy.float32] | None = None,
    scale: typing.SupportsFloat | typing.SupportsIndex = 1.0,
    gradient: bool = True,
) -> tuple[numpy.typing.NDArray[numpy.float32], numpy.typing.NDArray[numpy.float32] | None]:
    """
    The mean of (x - target)^2 over the last axis.
    """

def openmp_runtime() -> str:
    """
    The file name of the OpenMP runtime that supplies the threads.
    """

def permutation(
    n: typing.SupportsInt | typing.SupportsIndex,
    seed: typing.SupportsInt | typing.SupportsIndex,
    stream: typing.SupportsInt | typing.SupportsIndex,
) -> numpy.typing.NDArray[numpy.int64]:
    """
    0 … n - 1 in random order, as int64.
    """

def random_normal(
    shape: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex],
    mean: typing.SupportsFloat | typing.SupportsIndex,
    deviation: typing.SupportsFloat | typing.SupportsIndex,
    truncated: bool,
    seed: typing.SupportsInt | typing.SupportsIndex,
    stream: typing.SupportsInt | typing.SupportsIndex,
) -> numpy.typing.NDArray[numpy.float32]:
    """
    Normal; truncated at two standard deviations where asked.
    """

def random_uniform(
    shape: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex],
    low: typing.SupportsFloat | typing.SupportsIndex,
    high: typing.SupportsFloat | typing.SupportsIndex,
    seed: typing.SupportsInt | typing.SupportsIndex,
    stream: typing.SupportsInt | typing.SupportsIndex,
) -> numpy.typing.NDArray[numpy.float32]:
    """
    Uniform on [low, high).
    """

def row_dots(
    a: numpy.typing.NDArray[numpy.float32],
    b: numpy.typing.NDArray[numpy.float32] | None = None,
    out: numpy.typing.NDArray[numpy.float32] | None = None,
) -> numpy.typing.NDArray[numpy.float32]:
    """
    The sum of a * b, or of a, over the last axis.
    """

def rules() -> dict[str, tuple[list[str], list[str], int]]:
    """
    The rules of optimizers: the names of each one's scalars, those of a variable's state arrays, and how many of these, at the end, may be None.
    """

def scale(
    x: numpy.typing.NDArray[numpy.float32],
    factor: typing.SupportsFloat | typing.SupportsIndex,
    divisor: typing.SupportsFloat | typing.SupportsIndex,
    out: numpy.typing.NDArray[numpy.float32] | None = None,
) -> numpy.typing.NDArray[numpy.float32]:
    """
    x * factor / divisor.
    """

def scatter(
    x: numpy.typing.NDArray[numpy.float32],
    index: numpy.typing.NDArray[numpy.int64],
    rows: typing.SupportsInt | typing.SupportsIndex,
    out: numpy.typing.NDArray[numpy.float32] | None = None,
) -> numpy.typing.NDArray[numpy.float32]:
    """
    Zeros of so many rows, to which each x[i] is added at index[i].
    """

def set_num_threads(count: typing.SupportsInt | typing.SupportsIndex) -> int:
    """
    Set the number of threads that large work uses, for the whole process; return that before.
    """

def softmax(
    x: numpy.typing.NDArray[numpy.float32], out: numpy.typing.NDArray[numpy.float32] | None = None
) -> numpy.typing.NDArray[numpy.float32]:
    """
    exp(x) / sum(exp(x)) along the last axis.
    """

def softmax_backward(
    y: numpy.typing.NDArray[numpy.float32],
    dy: numpy.typing.NDArray[numpy.float32],
    out: numpy.typing.NDArray[numpy.float32] | None = None,
) -> numpy.typing.NDArray[numpy.float32]:
    """
    y * (dy - sum(y * dy)).
    """

def softmax_cross_entropy(
    x: numpy.typing.NDArray[numpy.float32],
    target: numpy.typing.NDArray[numpy.float32] | numpy.typing.NDArray[numpy.int64],
    weight: numpy.typing.NDArray[numpy.float32] | None = None,
    scale: typing.SupportsFloat | typing.SupportsIndex = 1.0,
    smoothing: typing.SupportsFloat | typing.SupportsIndex = 0.0,
    gradient: bool = True,
) -> tuple[numpy.typing.NDArray[numpy.float32], numpy.typing.NDArray[numpy.float32] | None]:
    """
    The rows' losses from logits, and the gradient of sum(scale * weight * losses).
    """

def sum_of_squares(x: numpy.typing.NDArray[numpy.float32]) -> float:
    """
    The sum of x * x, in double, in an order of its own.
    """

def usable_isas() -> list[str]:
    """
    Those that this CPU and its operating system can run.
    """

def use_isa(name: str) -> None:
    """
    Use the kernels of this instruction set from now on.
    """

def weighted_sum(
    x: numpy.typing.NDArray[numpy.float32],
    weight: numpy.typing.NDArray[numpy.float32] | None = None,
) -> float:
    """
    The sum of x * weight, in double.
    """

__version__: str
