"""Measure the peak memory of importing brisknet, of loading MNIST, and of training on it.

Each case runs in a separate process. The result is its peak resident memory without the bytes of
the user's arrays: Python and the libraries, the weights, and the data that `fit` allocates, such as
compressed rows. Linux only.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from importlib import import_module
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

import peers

INPUTS = ("float32", "uint8", "float64", "np.memmap")
MOST = 80  # MB beside the user's arrays


class Memory(NamedTuple):
    """Bytes: of the user's arrays at the end, resident before, and resident at the peak."""

    arrays: int
    before: int
    peak: int


def resident(field: str) -> int:
    """Bytes: now (VmRSS), or at the peak (VmHWM)."""
    status = Path("/proc/self/status").read_text()
    found = re.search(rf"^{field}:\s+(\d+) kB", status, re.MULTILINE)
    assert found is not None
    return int(found[1]) * 1024


def forget_peak() -> int:
    """Begin to measure anew; returns what is resident."""
    Path("/proc/self/clear_refs").write_text("5")
    return resident("VmRSS")


# The cases, in the child.


def import_it(folder: str) -> Memory:
    before = forget_peak()
    import_module("brisknet")
    return Memory(0, before, resident("VmHWM"))


def load_mnist(folder: str) -> Memory:
    mnist = import_module("brisknet.datasets.mnist")
    before = forget_peak()
    pairs = mnist.load_data()
    return Memory(sum(a.nbytes for pair in pairs for a in pair), before, resident("VmHWM"))


def mnist_arrays(inputs: str, path: Path) -> tuple[npt.NDArray[Any], npt.NDArray[np.float32]]:
    """Training images of this type, flat, and one-hot labels; no second copy is left behind."""
    (images, labels), _ = import_module("brisknet.datasets.mnist").load_data()
    images = images.reshape(len(images), -1)
    y = np.eye(10, dtype=np.float32)[labels]
    if inputs == "uint8":
        return images, y
    dtype = np.dtype("float32" if inputs == "np.memmap" else inputs)
    with path.open("wb") as file:
        for part in np.split(images, 60):
            (part / dtype.type(255)).tofile(file)
    if inputs == "np.memmap":
        return np.memmap(path, dtype, "r", shape=images.shape), y
    return np.fromfile(path, dtype).reshape(images.shape), y


def fit(inputs: str, skipping: bool, folder: str) -> Memory:
    keras, compressed = import_module("brisknet"), import_module("brisknet.data.compressed")
    compressed.MOST_DENSITY = 1.0 if skipping else -1.0  # type: ignore[attr-defined]
    x, y = mnist_arrays(inputs, Path(folder) / "images")
    before = forget_peak()
    hidden = keras.layers.Dense(512, activation="relu")
    output = keras.layers.Dense(10, activation="softmax")
    model = keras.Sequential([keras.Input((784,)), hidden, keras.layers.Dropout(0.2), output])
    model.compile(optimizer="rmsprop", loss="categorical_crossentropy", metrics=["accuracy"])
    model.fit(x, y, epochs=2, batch_size=128, verbose=0)
    return Memory(x.nbytes + y.nbytes, before, resident("VmHWM"))


CASES: dict[str, Callable[[str], Memory]] = {
    "`import brisknet`": import_it,
    "`mnist.load_data()`": load_mnist,
}
CASES |= {
    f"`fit`, {inputs}, {path}": partial(fit, inputs, path == "skipping zeros")
    for path, inputs in product(("skipping zeros", "dense"), INPUTS)
}


def measure(case: str) -> Memory:
    """The case in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, __file__, "--child", case, "--folder", folder]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return Memory(*json.loads(done.stdout))


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the peak memory of training.")
    parser.add_argument("--child", choices=CASES, help=argparse.SUPPRESS)
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        print(json.dumps(CASES[args.child](args.folder)))
        return
    if not Path("/proc/self/clear_refs").exists():
        parser.error("needs Linux")
    results = {case: measure(case) for case in CASES}
    args.threads = len(peers.available_cpus())
    versions = {"brisknet": {"brisknet": import_module("brisknet").__version__}}
    peers.print_header("Peak memory, MB (of 10^6 bytes)", args, versions)
    print("\n| | the user's arrays | before | peak | peak less arrays | |")
    print("|---|---:|---:|---:|---:|---|")
    for case, memory in results.items():
        beside = (memory.peak - memory.arrays) / 1e6
        sizes = " | ".join(f"{size / 1e6:.1f}" for size in memory)
        print(f"| {case} | {sizes} | {beside:.1f} | {f'**over {MOST}**' * (beside > MOST)} |")


if __name__ == "__main__":
    main()
