"""Time training and prediction by width, depth, batch size and number of rows.

A larger network should not take longer for the same arithmetic. The tables give the time per sample
and the arithmetic speed, and mark sizes at which the same arithmetic takes 1.5 times as long as at
the previous size.
"""

import argparse
import tempfile
from collections.abc import Iterator
from functools import partial
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

import brisknet as keras
import peers
import plots
from fma_peak import fma_peak

Floats = npt.NDArray[np.float32]

WIDTHS = [2**i for i in range(6, 14)]
DEPTHS = [2**i for i in range(7)]
BATCHES = [2**i for i in range(14)]
ROWS = [10**i for i in range(3, 7)]
WORSE = 1.5  # times as long for the same arithmetic as one size before


class Network(NamedTuple):
    """Dense layers of these sizes, their relus, and the batch they are trained with."""

    sizes: tuple[int, ...]
    batch: int

    @property
    def predict_flops(self) -> int:
        """A sample's products."""
        return 2 * sum(a * b for a, b in pairwise(self.sizes))

    @property
    def fit_flops(self) -> int:
        """Forward, the weights' gradients, and the inputs' for all layers but the first."""
        return 3 * self.predict_flops - 2 * self.sizes[0] * self.sizes[1]


class Time(NamedTuple):
    """Seconds for a sample, and the arithmetic that it takes."""

    seconds: float
    flops: int

    @property
    def gflops(self) -> float:
        return self.flops / self.seconds / 1e9


class Point(NamedTuple):
    size: int
    fit: Time
    predict: Time


class Growth(NamedTuple):
    """What grows, in which network."""

    title: str
    axis: str
    points: list[Point]


def draw_inputs(network: Network, seconds: float) -> Floats:
    """As many samples as take about so long to train, in whole batches; two at least."""
    step = network.batch * network.fit_flops / 1e11 + 1e-4
    samples = network.batch * max(2, round(seconds / step))
    return np.random.default_rng(0).standard_normal((samples, network.sizes[0]), np.float32)


def time_network(size: int, network: Network, x: Floats, seconds: float) -> Point:
    """Train and predict for about so long each, after an epoch and a call that do not count."""
    first, *hidden, outputs = network.sizes
    layers = [keras.layers.Dense(units, activation="relu") for units in hidden]
    model = keras.Sequential([keras.Input((first,)), *layers, keras.layers.Dense(outputs)])
    model.compile(optimizer="rmsprop", loss="mean_squared_error")
    fit = partial(
        peers.time_fit, keras, model, x, np.zeros((len(x), outputs), np.float32),
        batch_size=network.batch,
    )  # fmt: skip
    _, second = fit(epochs=2)
    epochs = fit(epochs=round(min(max(seconds / second, 3), 50)))
    predict = partial(model.predict, x, network.batch, verbose=0)
    calls = peers.time_calls(predict, 3, least=seconds / 6)
    return Point(
        size,
        Time(median(epochs) / len(x), network.fit_flops),
        Time(median(calls) / len(x), network.predict_flops),
    )


def time_networks(networks: dict[int, Network], seconds: float) -> list[Point]:
    return [
        time_network(size, network, draw_inputs(network, seconds / 5), seconds)
        for size, network in networks.items()
    ]


def time_rows(network: Network, seconds: float) -> list[Point]:
    """The first rows of a file, read through np.memmap."""
    with tempfile.TemporaryDirectory() as folder:
        path, shape = Path(folder) / "rows.f32", (ROWS[-1], network.sizes[0])
        rng = np.random.default_rng(0)
        with path.open("wb") as file:
            for _ in range(0, shape[0], ROWS[0]):
                rng.standard_normal((ROWS[0], shape[1]), np.float32).tofile(file)
        x = np.memmap(path, np.float32, "r", shape=shape)
        return [time_network(rows, network, x[:rows], seconds) for rows in ROWS]


def measure(args: argparse.Namespace) -> Iterator[Growth]:
    widths = {width: Network((width,) * 3, 128) for width in WIDTHS}
    depths = {depth: Network((128,) * (depth + 1), 128) for depth in DEPTHS}
    batches = {batch: Network((784, 512, 10), batch) for batch in BATCHES}
    rows = Network((args.columns, 128, 10), 128)
    yield Growth("Two square layers, batch 128", "width", time_networks(widths, args.seconds))
    yield Growth("Layers of width 128, batch 128", "layers", time_networks(depths, args.seconds))
    yield Growth("784-512-10", "batch", time_networks(batches, args.seconds))
    title = f"{args.columns}-128-10 on a np.memmap, batch 128"
    yield Growth(title, "rows", time_rows(rows, args.seconds))


def cells(before: Time | None, now: Time, peak: float) -> str:
    """Time, speed and share of the peak; marked where the speed has fallen too far."""
    mark = " **slower**" if before and before.gflops > WORSE * now.gflops else ""
    return f"{now.seconds * 1e6:.4g} | {now.gflops:.3g} ({now.gflops / peak:.0%}){mark}"


def print_growth(growth: Growth, peak: float) -> None:
    print(f"\n### {growth.title}\n")
    print(f"| {growth.axis} | training, µs/sample | GFLOP/s | predicting, µs/sample | GFLOP/s |")
    print("|---:|---:|---:|---:|---:|")
    before: Point | None = None
    for point in growth.points:
        fit = cells(before and before.fit, point.fit, peak)
        print(f"| {point.size} | {fit} | {cells(before and before.predict, point.predict, peak)} |")
        before = point


def plot(growths: list[Growth], peak: float) -> None:
    """Time of a sample, beside the least that its arithmetic takes."""
    figure, axes = plots.panels(2, 2)
    for axis, growth in zip(axes, growths, strict=True):
        sizes = [point.size for point in growth.points]
        for color, name in ((plots.BLUE, "fit"), (plots.ORANGE, "predict")):
            times: list[Time] = [getattr(point, name) for point in growth.points]
            axis.plot(sizes, [1e6 * time.seconds for time in times], "o-", color=color, label=name)
            least = [time.flops / peak / 1e3 for time in times]
            axis.plot(sizes, least, ":", color=color, label=f"{name}, at the FMA peak")
        axis.set(title=growth.title, xscale="log", yscale="log")
        axis.set(xlabel=growth.axis, ylabel="time of a sample (µs)")
    axes[0].legend()
    plots.save(figure, "scaling")


def main() -> None:
    parser = argparse.ArgumentParser(description="Time training and prediction as they grow.")
    add = parser.add_argument
    add("--seconds", type=float, default=0.5, help="for each point, about (%(default)s)")
    add("--columns", type=int, default=64, help="of the np.memmap of a million rows (%(default)s)")
    add("--threads", type=int, default=len(peers.available_cpus()), help="(%(default)s)")
    add("--plot", action="store_true", help="draw docs/images/scaling.svg")
    args = parser.parse_args()
    if min(args.seconds, args.columns, args.threads) <= 0:
        parser.error("expected positive numbers")
    if args.plot:
        plots.require_matplotlib()
    keras.set_num_threads(args.threads)
    before = fma_peak(args.threads)
    growths = list(measure(args))
    peak = max(before, fma_peak(args.threads))
    versions = {"brisknet": {"brisknet": keras.__version__}}
    peers.print_header("Growth: time of a sample, and its arithmetic", args, versions)
    print(f"- FMA peak: {peak:.0f} GFLOP/s")
    for growth in growths:
        print_growth(growth, peak)
    if args.plot:
        plot(growths, peak)


if __name__ == "__main__":
    main()
