"""Time products that skip zeros against dense ones, by the density of the inputs.

The first Dense layer's forward product and weights' gradient, alone and as part of `fit` and
`predict`, with a share of the inputs other than zero, at random positions. Where the two kinds take
equally long is what `brisknet.data.compressed.MOST_DENSITY` should be. Then the same for the
activations between two layers, which would have to be compressed anew in every step.
"""

import argparse
import math
from collections.abc import Callable
from functools import partial
from itertools import cycle, pairwise, product
from typing import Any, NamedTuple
from unittest.mock import patch

import numpy as np
import numpy.typing as npt

import brisknet as keras
import peers
import plots
from brisknet import _core
from brisknet.data import compressed

Floats = npt.NDArray[np.float32]

DENSITIES = (0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)
HIDDEN_DENSITIES = (0.2, 0.25, 0.3, 0.4, 0.5)  # after relu and dropout
ROWS = 4096  # of a data set: with 784 columns, 13 MB


class Layer(NamedTuple):
    """A Dense layer and its batch."""

    inputs: int
    units: int
    batch: int

    def __str__(self) -> str:
        return f"{self.inputs} → {self.units}, batch {self.batch}"


class Times(NamedTuple):
    """Seconds of a batch: with dense products, with skipping ones, and its share of compressing.

    A data set is compressed once, so that share counts once however many epochs there are.
    """

    dense: float
    skipping: float
    compressing: float


LAYERS = (Layer(784, 512, 128), Layer(784, 512, 32), Layer(2000, 64, 128))
HIDDEN = (Layer(512, 512, 128), Layer(512, 10, 128))
RELU = _core.Activation("relu", 0, np.inf)


def draw(rows: int, columns: int, density: float = 1.0) -> Floats:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((rows, columns), np.float32)
    x[rng.random(x.shape, np.float32) >= density] = 0
    return x


def minima(calls: list[Callable[[], Any]], args: argparse.Namespace) -> list[float]:
    """Seconds of each call at its fastest, which a busy machine spoils least; they take turns."""
    seconds: list[list[float]] = [[] for _ in calls]
    for _, (taken, call) in product(range(args.rounds), zip(seconds, calls, strict=True)):
        taken += peers.time_calls(call, args.samples)
    return [min(taken) for taken in seconds]


def time_products(layer: Layer, density: float, args: argparse.Namespace) -> Times:
    """The products of a step, a batch after the other.

    The dense ones include gathering the batch, the skipping ones the lists of its columns.
    """
    x, w, dy = draw(ROWS, layer.inputs, density), draw(*layer[:2]), draw(layer.batch, layer.units)
    bias, dw, matrix = w[0].copy(), np.empty_like(w), _core.Csr(x)
    batches = np.random.default_rng(0).permutation(ROWS).reshape(-1, layer.batch)
    orders = cycle(batches), cycle(batches)

    def dense() -> None:
        batch = _core.gather(x, next(orders[0]))
        _core.matmul(batch, w, bias, RELU)
        _core.matmul(batch, dy, transpose_a=True, out=dw)

    def skipping() -> None:
        rows = next(orders[1])
        _core.csr_matmul(matrix, rows, w, bias, RELU)
        _core.csr_matmul_transposed(matrix, rows, dy, dw)

    calls: list[Callable[[], Any]] = [dense, skipping, partial(_core.Csr, x)]
    *products, compressing = minima(calls, args)
    return Times(products[0], products[1], compressing / len(batches))


def time_model(method: str, layer: Layer, density: float, args: argparse.Namespace) -> Times:
    """A step of `fit`, or a batch of `predict`, for a perceptron with 10 outputs."""
    x, y = draw(ROWS, layer.inputs, density), np.arange(ROWS) % 10
    hidden = keras.layers.Dense(layer.units, activation="relu")
    output = keras.layers.Dense(10, activation="softmax")
    model = keras.Sequential([keras.Input((layer.inputs,)), hidden, output])
    model.compile(optimizer="rmsprop", loss="sparse_categorical_crossentropy")
    data = {"fit": (x, y), "predict": (x,)}[method]
    call = partial(getattr(model, method), *data, batch_size=layer.batch, verbose=0)
    # Skip the zeros of all data sets, or of none.
    always, never = (patch.object(compressed, "MOST_DENSITY", most)(call) for most in (1.0, -1.0))
    compress = partial(_core.Csr, x)
    dense, skipping, compressing = (
        t * layer.batch / ROWS for t in minima([never, always, compress], args)
    )
    return Times(dense, skipping - compressing, compressing)


def time_hidden(layer: Layer, density: float, args: argparse.Namespace) -> Times:
    """The products of a step that read the activations of the layer before."""
    x, w = draw(layer.batch, layer.inputs, density), draw(layer.inputs, layer.units)
    dy, dw, rows = draw(layer.batch, layer.units), np.empty_like(w), np.arange(layer.batch)
    bias, matrix = w[0].copy(), _core.Csr(x)

    def dense() -> None:
        _core.matmul(x, w, bias, RELU)
        _core.matmul(x, dy, transpose_a=True, out=dw)

    def skipping() -> None:
        _core.csr_matmul(matrix, rows, w, bias, RELU)
        _core.csr_matmul_transposed(matrix, rows, dy, dw)

    return Times(*minima([dense, skipping, partial(_core.Csr, x)], args))


Measure = Callable[[Layer, float, argparse.Namespace], Times]
Curve = dict[float, Times]  # by density
Case = dict[int, Curve]  # by the number of threads

CASES: dict[str, tuple[Measure, Layer]] = {
    **{str(layer): (time_products, layer) for layer in LAYERS},
    f"`fit`, {LAYERS[0]}": (partial(time_model, "fit"), LAYERS[0]),
    f"`predict`, {LAYERS[0]}": (partial(time_model, "predict"), LAYERS[0]),
}
HIDDEN_CASES: dict[str, tuple[Measure, Layer]] = {
    str(layer): (time_hidden, layer) for layer in HIDDEN
}


def measure(
    cases: dict[str, tuple[Measure, Layer]], densities: tuple[float, ...], args: argparse.Namespace
) -> dict[str, Case]:
    """All cases, with one thread and with all."""
    results: dict[str, Case] = {title: {} for title in cases}
    for threads, (title, (time, layer)) in product(sorted({1, args.threads}), cases.items()):
        keras.set_num_threads(threads)
        results[title][threads] = {density: time(layer, density, args) for density in densities}
    return results


def crossing(curve: Curve, once: bool) -> float:
    """The density from which on skipping is slower; `once`: with compressing for one epoch."""
    ratios = {d: (t.skipping + once * t.compressing) / t.dense for d, t in curve.items()}
    for (low, before), (high, after) in pairwise(ratios.items()):
        if before <= 1 < after:
            return low + (high - low) * (1 - before) / (after - before)
    return math.nan


def count(threads: int) -> str:
    return f"{threads} thread{'s' * (threads > 1)}"


def print_case(title: str, case: Case) -> None:
    """Microseconds by density, and where the curves cross, in markdown."""
    print(f"\n### {title}: µs a batch\n")
    titles = (f"dense, {count(threads)} | skipping | compressing" for threads in case)
    print(f"| density | {' | '.join(titles)} |\n|---:{'|---:' * 3 * len(case)}|")
    for density in next(iter(case.values())):
        cells = [f"{1e6 * t:.0f}" for curve in case.values() for t in curve[density]]
        print(f"| {density:g} | {' | '.join(cells)} |")


def print_crossings(results: dict[str, Case]) -> None:
    print("\n### Density from which on skipping is slower\n")
    print("| | threads | in many epochs | in one, compressing included |\n|---|---:|---:|---:|")
    for title, case in results.items():
        for threads, curve in case.items():
            found = (crossing(curve, once) for once in (False, True))
            cells = ("-" if math.isnan(density) else f"{density:.2f}" for density in found)
            print(f"| {title} | {threads} | {' | '.join(cells)} |")


def print_hidden(results: dict[str, Case]) -> None:
    print("\n### Hidden activations\n")
    print("| | threads | density | dense µs | compressing µs | skipping µs | dense to both |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    for title, case in results.items():
        for threads, curve in case.items():
            for density, (dense, skipping, compressing) in curve.items():
                cells = (f"{1e6 * t:.0f}" for t in (dense, compressing, skipping))
                gain = dense / (skipping + compressing)
                print(f"| {title} | {threads} | {density:g} | {' | '.join(cells)} | {gain:.2f} |")


def plot(results: dict[str, Case]) -> None:
    figure, axes = plots.panels(2, 2)
    titles = [title for title in results if title != str(LAYERS[1])]
    for axis, title in zip(axes, titles, strict=True):
        for (threads, curve), line in zip(results[title].items(), ("--", "-"), strict=False):
            for kind, color in (("dense", plots.BLUE), ("skipping", plots.ORANGE)):
                times = [1e3 * getattr(t, kind) for t in curve.values()]
                label = f"{kind}, {count(threads)}"
                axis.plot(list(curve), times, line, marker="o", color=color, label=label)
        axis.set(title=title.replace("`", ""), xlim=(0, 1), ylim=(0, None))
        axis.set(xlabel="density (share of inputs other than zero)", ylabel="time of a batch (ms)")
    axes[0].legend()
    plots.save(figure, "density")


def main() -> None:
    parser = argparse.ArgumentParser(description="Time products that skip zeros, by density.")
    add = parser.add_argument
    add("--rounds", type=int, default=4, help="turns of each kind of product (%(default)s)")
    add("--samples", type=int, default=5, help="of each turn (%(default)s)")
    add("--threads", type=int, default=len(peers.available_cpus()),
        help="measured beside one thread (%(default)s)")  # fmt: skip
    add("--plot", action="store_true", help="draw docs/images/density.svg")
    args = parser.parse_args()
    if min(args.rounds, args.samples, args.threads) < 1:
        parser.error("at least 1 round, 1 sample and 1 thread")
    if args.plot:
        plots.require_matplotlib()
    results = measure(CASES, DENSITIES, args)
    hidden = measure(HIDDEN_CASES, HIDDEN_DENSITIES, args)
    title = f"Zero-skipping by density, {args.rounds} rounds of {args.samples} samples"
    peers.print_header(title, args, {"brisknet": {"brisknet": keras.__version__}})
    for name, case in results.items():
        print_case(name, case)
    print_crossings(results)
    print_hidden(hidden)
    print(f"\n`MOST_DENSITY` is {compressed.MOST_DENSITY}.")
    if args.plot:
        plot(results)


if __name__ == "__main__":
    main()
