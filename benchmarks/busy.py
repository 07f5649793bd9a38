"""Time an epoch of the MNIST perceptron in brisknet while another process keeps one core busy.

The aim: training with all threads is then no slower than with one, as the other threads claim the
work that the disturbed one has not begun.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from itertools import product
from pathlib import Path
from statistics import median

import numpy as np

import mnist_mlp
import peers

SPIN = "import os, sys\nos.sched_setaffinity(0, {int(sys.argv[1])})\nwhile True: pass"


@contextmanager
def busy_core(cpu: int) -> Iterator[None]:
    """Keep this CPU busy within the block."""
    spinner = subprocess.Popen([sys.executable, "-c", SPIN, str(cpu)])
    try:
        yield
    finally:
        spinner.kill()
        spinner.wait()


def run(path: str, threads: int, args: argparse.Namespace) -> list[float]:
    """Seconds of the epochs of one run in a separate process, without the first epoch."""
    with peers.Peer("brisknet", args, threads) as peer:
        seconds: list[float] = peer.ask(path=path, epochs=args.epochs + 1)["seconds"]
    return seconds[1:]


def measure(args: argparse.Namespace) -> dict[str, list[float]]:
    """Run the settings in turn; seconds of all their epochs."""
    idle, busy = f"{args.threads} threads", f"{args.threads} threads, one core busy"
    results: dict[str, list[float]] = {"1 thread": [], idle: [], busy: []}
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "mnist.npz")
        np.savez(path, **mnist_mlp.load_data()._asdict())
        for _, setting in product(range(args.repeats), results):
            if setting == busy:
                with busy_core(peers.available_cpus()[-1]):
                    results[setting] += run(path, args.threads, args)
            else:
                results[setting] += run(path, args.threads if setting == idle else 1, args)
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description="Time training while one core is busy.")
    add = parser.add_argument
    add("--epochs", type=int, default=3, help="measured of each run (%(default)s)")
    add("--repeats", type=int, default=3, help="runs of each setting (%(default)s)")
    args = peers.parse(parser, ["brisknet"])
    if args.child:
        answer = partial(mnist_mlp.answer, args.child)
        peers.serve(answer, mnist_mlp.FRAMEWORKS[args.child].modules)
        return
    if args.epochs < 1 or args.repeats < 1:
        parser.error("at least 1 epoch and 1 repeat")
    if args.threads < 2 or not hasattr(os, "sched_setaffinity"):
        parser.error("at least 2 threads, on Linux")
    results = measure(args)
    title = f"MNIST perceptron, {args.repeats} runs of {args.epochs} epochs, disturbed"
    versions = {"brisknet": import_module("brisknet").__version__}
    peers.print_header(title, args, {"brisknet": versions})
    print("\n| | median s/epoch | minimum | maximum | to one thread |")
    print("|---|---:|---:|---:|---:|")
    alone = median(results["1 thread"])
    for setting, seconds in results.items():
        times = f"{median(seconds):.3f} | {min(seconds):.3f} | {max(seconds):.3f}"
        print(f"| {setting} | {times} | {median(seconds) / alone:.2f} |")


if __name__ == "__main__":
    main()
