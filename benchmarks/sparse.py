"""Time training on a sparse matrix of many columns, beside scikit-learn's MLP.

20,000 rows of 50,000 columns, 0.2 % of them filled at random, in 10 classes: networks of
one hidden layer of 100 (relu), Adam, batches of 200. The array of the matrix would have 4 GB. Each
framework has a process of its own, and they take turns. Linux only.
"""

import argparse
import sys
import time
import warnings
from collections.abc import Callable
from functools import partial
from importlib import import_module
from statistics import median
from typing import Any

import numpy as np

import peers
from memory import forget_peak, resident

ROWS, COLUMNS, FILLED, CLASSES = 20_000, 50_000, 100, 10
HIDDEN, BATCH = 100, 200


def draw_data() -> tuple[Any, Any]:
    """A CSR matrix and the rows' classes."""
    rng = np.random.default_rng(0)
    elements = rng.random(ROWS * FILLED, np.float32)
    columns = rng.integers(0, COLUMNS, ROWS * FILLED, np.int32)
    start = np.arange(0, ROWS * FILLED + 1, FILLED)
    csr_matrix = import_module("scipy.sparse").csr_matrix
    matrix = csr_matrix((elements, columns, start), shape=(ROWS, COLUMNS))
    matrix.sum_duplicates()
    return matrix, rng.integers(0, CLASSES, ROWS)


def train_sequential() -> Callable[[Any, Any], object]:
    keras = import_module("brisknet")
    hidden = keras.layers.Dense(HIDDEN, activation="relu")
    output = keras.layers.Dense(CLASSES, activation="softmax")
    model = keras.Sequential([keras.Input((COLUMNS,)), hidden, output])
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return partial(model.fit, batch_size=BATCH, epochs=1, verbose=0)


def train_estimator(module: str) -> Callable[[Any, Any], object]:
    mlp = import_module(module).MLPClassifier
    warnings.simplefilter("ignore")  # that an epoch is not enough
    return mlp((HIDDEN,), batch_size=BATCH, max_iter=1).fit  # type: ignore[no-any-return]


FRAMEWORKS: dict[str, tuple[Callable[[], Callable[[Any, Any], object]], list[str]]] = {
    "brisknet-sequential": (train_sequential, ["brisknet", "numpy", "scipy"]),
    "brisknet": (partial(train_estimator, "brisknet.sklearn"), ["brisknet", "sklearn"]),
    "sklearn": (partial(train_estimator, "sklearn.neural_network"), ["sklearn", "scipy"]),
}


def answer(name: str, epochs: int) -> dict[str, Any]:
    """Seconds of epochs, the first left out, and the memory that they took beside the data."""
    x, y = draw_data()
    before = forget_peak()
    train = FRAMEWORKS[name][0]()
    seconds = []
    for _ in range(1 + epochs):
        begin = time.perf_counter()
        train(x, y)
        seconds.append(time.perf_counter() - begin)
    return {"seconds": seconds[1:], "bytes": resident("VmHWM") - before}


def main() -> None:
    parser = argparse.ArgumentParser(description="Time training on a sparse matrix.")
    parser.add_argument("--rounds", type=int, default=3, help="turns of each (%(default)s)")
    parser.add_argument("--epochs", type=int, default=2, help="measured of each turn (%(default)s)")
    args = peers.parse(parser, FRAMEWORKS)
    if args.child:
        peers.serve(partial(answer, args.child), FRAMEWORKS[args.child][1])
        return
    if args.rounds < 1 or args.epochs < 1:
        parser.error("at least 1 round and 1 epoch")
    with peers.start(args) as running:
        versions = {name: peer.versions for name, peer in running.items()}
        results: dict[str, list[dict[str, Any]]] = {name: [] for name in running}
        for number in range(args.rounds):
            for name, peer in running.items():
                results[name].append(peer.ask(epochs=args.epochs))
                print(f"{number + 1}/{args.rounds} {name}: {results[name][-1]}", file=sys.stderr)
    title = f"{ROWS} rows of {COLUMNS} columns, {FILLED} filled, {args.rounds} rounds"
    peers.print_header(title, args, versions)
    seconds = {name: [s for one in got for s in one["seconds"]] for name, got in results.items()}
    print("\n| | median s/epoch | minimum | MB | x sklearn | by minima |")
    print("|---|---:|---:|---:|---:|---:|")
    theirs = seconds.get("sklearn", [np.nan])
    for name, ours in seconds.items():
        size = max(one["bytes"] for one in results[name]) / 1e6
        ratios = f"{median(theirs) / median(ours):.1f} | {min(theirs) / min(ours):.1f}"
        print(f"| {name} | {median(ours):.2f} | {min(ours):.2f} | {size:.0f} | {ratios} |")


if __name__ == "__main__":
    main()
