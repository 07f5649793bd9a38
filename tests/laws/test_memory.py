"""Training and prediction make no second copy of the user's arrays."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="peaks are read from Linux's /proc"
)

# 125 MB of inputs, drawn without temporary arrays; argv: what they are, and where a file may be.
CHILD = """
import re, sys
from pathlib import Path
import numpy as np
import brisknet as keras

def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) * 1024

kind, folder = sys.argv[1:]
rng, columns = np.random.default_rng(0), 784
if kind == "uint8":
    x = rng.integers(1, 256, (160_000, columns), np.uint8)
elif kind == "float64":
    x = rng.standard_normal((20_000, columns))
else:
    x = rng.standard_normal((40_000, columns), np.float32)
if kind == "zeros":
    for row in x:
        row[rng.random(columns) > 0.1] = 0
if kind == "memmap":
    x.tofile(folder + "/x")
    del x
    x = np.memmap(folder + "/x", np.float32, "r", shape=(40_000, columns))
    assert np.isfinite(x.max())  # all of it is resident
y = np.zeros((len(x), 1), np.float32)

before = peak()
layers = [keras.Input((columns,)), keras.layers.Dense(32), keras.layers.Dense(1)]
model = keras.Sequential(layers)
model.compile("sgd", "mean_squared_error")
model.fit(x, y, batch_size=256, epochs=2, verbose=0)
model.evaluate(x, y, verbose=0)
model.predict(x, verbose=0)
print(peak() - before)
"""


@pytest.mark.parametrize(
    ("kind", "most"),
    # Of zeros, a tenth of 31 million elements is kept, in six bytes each.
    [("float32", 40), ("float64", 40), ("uint8", 40), ("memmap", 40), ("zeros", 40 + 19)],
)
def test_no_second_copy(kind, most, tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", CHILD, kind, tmp_path],
        check=True,
        timeout=120,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert int(done.stdout) < most * 1e6
