"""Arguments that another thread writes to while a kernel reads them: wrong numbers at worst.

Each case runs in a Python of its own, since what it guards against is memory that is corrupted.
"""

import subprocess
import sys

import pytest

TIMEOUT = 120  # seconds; generous, for machines with other work

# A thread swaps the contents of `arrays` for other ones and back, while `call` runs repeatedly.
SCRIPT = """
import sys, threading, time
import numpy as np
from brisknet import _core

rng = np.random.default_rng(0)
{setup}

def change():
    while not done:
        for contents in (others, before):
            for array, values in zip(arrays, contents):
                array[...] = values

done = False
before = [array.copy() for array in arrays]
sys.setswitchinterval(1e-5)
_core.set_num_threads(2)
thread = threading.Thread(target=change)
thread.start()
until = time.monotonic() + 0.7
calls = refused = 0
while time.monotonic() < until or not calls:
    try:
        call()
        calls += 1
    except ValueError as error:  # seen in time
        assert str(error).startswith("["), error
        refused += 1
        if refused > 10**6:
            break
done = True
thread.join()
for array, values in zip(arrays, before):
    array[...] = values
call()  # and all is as before
print("calls", calls)
"""

CASES = {
    "gather": """
x = rng.random((1000, 50), np.float32)
index = rng.integers(0, 1000, 20000)
arrays, others = [index], [np.where(np.arange(20000) < 10000, index, 2**40)]
call = lambda: _core.gather(x, index)
""",
    "scatter": """
x = rng.random((20000, 50), np.float32)
index = rng.integers(0, 1000, 20000)
arrays, others = [index], [np.where(np.arange(20000) < 10000, index, -(2**40))]
call = lambda: _core.scatter(x, index, 1000)
""",
    "csr_matmul": """
a = _core.Csr(np.eye(1000, dtype=np.float32))
rows, b = rng.integers(0, 1000, 5000), rng.random((1000, 64), np.float32)
arrays, others = [rows], [np.where(np.arange(5000) < 2500, rows, 2**40)]
call = lambda: _core.csr_matmul(a, rows, b)
""",
    "csr_matmul_transposed": """
a = _core.Csr((rng.random((5000, 100)) < 0.3).astype(np.float32))
rows, b = rng.integers(0, 5000, 5000), rng.random((5000, 16), np.float32)
arrays, others = [rows], [(rows + 1) % 5000]
call = lambda: _core.csr_matmul_transposed(a, rows, b)
""",
    "compress": """
x = np.zeros((2000, 400), np.float32)
x[:, 0] = 1
b, rows = rng.random((400, 64), np.float32), np.arange(2000)
arrays, others = [x], [np.ones((2000, 400), np.float32)]
def call():
    compressed = _core.Csr(x)
    assert compressed.elements <= x.size
    _core.csr_matmul(compressed, rows, b)
""",
    "compress_wide": """
x = np.ones((20, 70000))
b, rows = rng.random((70000, 8), np.float32), np.arange(20)
arrays, others = [x], [np.zeros((20, 70000))]
def call():
    _core.csr_matmul(_core.Csr(x), rows, b)
""",
    "from_arrays": """
start = np.arange(0, 200001, 100)
index = np.tile(np.arange(0, 400, 4), 2000)
value = np.ones(200000, np.float32)
b, rows = rng.random((400, 16), np.float32), np.arange(2000)
arrays = [start, index]
others = [np.where(start < 100000, start, 2**40), index + 1]
def call():
    compressed = _core.Csr.from_arrays(start, index, value, 400)
    _core.csr_matmul(compressed, rows, b)
""",
    "labels": """
x = rng.random((20000, 10), np.float32)
labels = rng.integers(0, 10, 20000)
arrays, others = [labels], [np.where(np.arange(20000) < 10000, labels, 2**31)]
def call():
    _core.softmax_cross_entropy(x, labels)
    _core.cross_entropy(x, labels)
""",
    "fit_of_one_buffer": """
# A data source with workers that refills and returns the same buffers.
import brisknet as bn
from brisknet import layers

class Refilled(bn.utils.PyDataset):
    x, y = np.zeros((64, 4000), np.float32), np.zeros(64, np.int64)
    def __len__(self):
        return 20
    def __getitem__(self, i):
        self.x[...] = 0 if i % 2 else 1 - (np.arange(4000) % 10 > 0)
        self.y[...] = np.arange(64) % 7
        return self.x, self.y

model = bn.Sequential([layers.Dense(16, activation="relu"), layers.Dense(7, activation="softmax")])
model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
arrays, others = [Refilled.x, Refilled.y], [np.arange(4000) % 4 == 0, 6]
call = lambda: model.fit(Refilled(workers=4), verbose=0)
""",
    "embedding": """
import brisknet as bn
from brisknet import layers

tokens = rng.integers(0, 50, (500, 20))
model = bn.Sequential([layers.Embedding(50, 8), layers.Flatten(), layers.Dense(1)])
model.compile("sgd", "mse")
arrays, others = [tokens], [np.where(tokens < 40, tokens, 10**6)]
y = np.zeros(500, np.float32)
def call():
    model.predict(tokens)
    model.fit(tokens, y, verbose=0)
""",
}


@pytest.mark.parametrize("case", CASES)
def test_wrong_numbers_at_worst(case):
    result = subprocess.run(
        [sys.executable, "-c", SCRIPT.replace("{setup}", CASES[case])],
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
    )
    assert result.returncode == 0, result.stderr
    assert int(result.stdout.split()[-1]) > 0
