"""Time matrix products of many shapes in brisknet, OpenBLAS (with NumPy) and MKL (with PyTorch).

Each library runs in a separate process, and they take turns: in every round, each computes the same
shape for some milliseconds while the threads of the others sleep.
"""

import argparse
from collections.abc import Callable
from functools import partial
from importlib import import_module
from itertools import product
from statistics import geometric_mean, median
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

import peers
from fma_peak import fma_peak

Floats = npt.NDArray[np.float32]
Call = Callable[[], Any]


class Shape(NamedTuple):
    """C (m, n) = A (m, k) B (k, n); with form "tn" A is stored as (k, m), with "nt" B as (n, k)."""

    m: int
    n: int
    k: int
    form: str = "nn"

    @property
    def flops(self) -> int:
        return 2 * self.m * self.n * self.k

    def __str__(self) -> str:
        return f"{self.m}x{self.n}x{self.k} {self.form}"


SHAPES = [
    # The MNIST perceptron's at batch 128: forward, weights' gradient, input's gradient.
    Shape(128, 512, 784),
    Shape(784, 512, 128, "tn"),
    Shape(128, 10, 512),
    Shape(512, 10, 128, "tn"),
    Shape(128, 512, 10, "nt"),
    # A wide network's.
    Shape(256, 2048, 2048),
    Shape(2048, 2048, 256, "tn"),
    Shape(256, 2048, 2048, "tn"),
    Shape(256, 2048, 2048, "nt"),
    # Prediction.
    Shape(1, 512, 784),
    Shape(1, 10, 512),
    Shape(32, 512, 784),
    # A small network's at batch 32.
    Shape(32, 64, 20),
    Shape(32, 32, 64),
    Shape(64, 32, 32, "tn"),
    # Squares.
    Shape(64, 64, 64),
    Shape(100, 100, 100),
    Shape(1024, 1024, 1024),
    # Tiny, odd, tall, skinny.
    Shape(7, 13, 17),
    Shape(31, 4097, 65),
    Shape(333, 777, 555),
    Shape(1000, 1, 64),
    Shape(4096, 32, 64),
    Shape(20000, 16, 32),
    Shape(16, 32, 20000, "tn"),
    Shape(17, 1000, 1000, "nt"),
    Shape(5, 3, 10000, "nt"),
]
CALL = Shape(1, 1, 1)  # next to no arithmetic: what a call costs


class Operands(NamedTuple):
    a: Floats
    b: Floats
    c: Floats


def draw(shape: Shape) -> Operands:
    rng = np.random.default_rng(0)
    m, n, k, form = shape
    sizes = ((k, m) if form == "tn" else (m, k), (n, k) if form == "nt" else (k, n))
    a, b = (rng.standard_normal(size, np.float32) for size in sizes)
    return Operands(a, b, np.empty((m, n), np.float32))


# The libraries, a function each: what to call for a product, all else done before.


def call_brisknet(shape: Shape, operands: Operands) -> Call:
    a, b, c = operands
    options = {"transpose_a": shape.form == "tn", "transpose_b": shape.form == "nt"}
    return partial(import_module("brisknet.ops").matmul, a, b, **options, out=c)


def call_numpy(shape: Shape, operands: Operands) -> Call:
    a, b, c = operands
    return partial(np.matmul, a.T if shape.form == "tn" else a, b.T if shape.form == "nt" else b, c)


def call_torch(shape: Shape, operands: Operands) -> Call:
    torch = import_module("torch")
    a, b, c = map(torch.from_numpy, operands)
    a, b = a.t() if shape.form == "tn" else a, b.t() if shape.form == "nt" else b
    return partial(torch.mm, a, b, out=c)


class Library(NamedTuple):
    call: Callable[[Shape, Operands], Call]
    modules: tuple[str, ...]  # whose versions are stated
    title: str


LIBRARIES = {
    "brisknet": Library(call_brisknet, ("brisknet", "numpy"), "brisknet"),
    "numpy": Library(call_numpy, ("numpy",), "NumPy (OpenBLAS)"),
    "torch": Library(call_torch, ("torch",), "PyTorch (MKL)"),
}


def answer(name: str, shape: list[Any], samples: int) -> list[float]:
    """Time the product in this process."""
    wanted = Shape(*shape)
    return peers.time_calls(LIBRARIES[name].call(wanted, draw(wanted)), samples)


def measure(
    running: dict[str, peers.Peer], shape: Shape, args: argparse.Namespace
) -> dict[str, list[float]]:
    """Seconds of a product, by library; over all rounds."""
    seconds: dict[str, list[float]] = {name: [] for name in running}
    for _, name in product(range(args.rounds), running):
        seconds[name] += running[name].ask(shape=shape, samples=args.samples)
    return seconds


def speed(shape: Shape, seconds: list[float], peak: float) -> str:
    """Two cells: the median and the minimum in µs, and the median's GFLOP/s and share."""
    gflops = shape.flops / median(seconds) / 1e9
    times = f"{median(seconds) * 1e6:.4g} ({min(seconds) * 1e6:.4g})"
    return f"{times} | {gflops:.3g} ({gflops / peak:.0%})"


def ratio(seconds: dict[str, list[float]], statistic: Callable[[list[float]], float]) -> float:
    """The best other's time over brisknet's."""
    others = (statistic(taken) for name, taken in seconds.items() if name != "brisknet")
    return min(others) / statistic(seconds["brisknet"])


def report(
    results: dict[Shape, dict[str, list[float]]],
    versions: dict[str, dict[str, str]],
    peaks: tuple[float, float],
    args: argparse.Namespace,
) -> None:
    """Print the header, the table and its summary, in markdown."""
    title = f"Matrix products, {args.rounds} rounds of {args.samples} samples"
    peers.print_header(title, args, versions)
    print(f"- FMA peak: {peaks[0]:.0f} GFLOP/s before, {peaks[1]:.0f} after\n")
    names = list(results[CALL])
    compared = "brisknet" in names and len(names) > 1
    titles = [f"{LIBRARIES[name].title} µs | GFLOP/s" for name in names]
    print(f"| MxNxK | {' | '.join(titles)} |" + " ratio | by minima |" * compared)
    print("|---|" + "---:|---:|" * (len(names) + compared))
    ratios = []
    for shape, seconds in results.items():
        if shape == CALL:
            continue
        cells = [speed(shape, taken, max(peaks)) for taken in seconds.values()]
        if compared:
            ratios.append((ratio(seconds, median), ratio(seconds, min)))
            cells.append(f"{ratios[-1][0]:.2f} | {ratios[-1][1]:.2f}")
        print(f"| {shape} | {' | '.join(cells)} |")
    if compared:
        means = [f"{geometric_mean(column):.2f}" for column in zip(*ratios, strict=True)]
        print(f"\n- Geometric mean of the ratios: {means[0]}; by minima {means[1]}.")
    calls = [f"{name} {median(taken) * 1e6:.2f}" for name, taken in results[CALL].items()]
    print(f"- What a call costs, by a {CALL}: {', '.join(calls)} µs.")


def main() -> None:
    parser = argparse.ArgumentParser(description="Time matrix products in several libraries.")
    add = parser.add_argument
    add("--rounds", type=int, default=3, help="turns of each library at a shape (%(default)s)")
    add("--samples", type=int, default=15, help="of each turn (%(default)s)")
    args = peers.parse(parser, LIBRARIES)
    if args.child:
        peers.serve(partial(answer, args.child), LIBRARIES[args.child].modules)
        return
    if args.rounds < 1 or args.samples < 1:
        parser.error("at least 1 round and 1 sample")
    before = fma_peak(args.threads)
    with peers.start(args) as running:
        results = {shape: measure(running, shape, args) for shape in [*SHAPES, CALL]}
    versions = {name: peer.versions for name, peer in running.items()}
    report(results, versions, (before, fma_peak(args.threads)), args)


if __name__ == "__main__":
    main()
