"""Memory that cannot be had is a MemoryError, and what was computed with is as before.

Each case runs in a Python of its own, whose address space is bounded to what it has and so many MB;
or all of which is taken but for so many free blocks of 4 KB.
"""

import subprocess
import sys

import pytest

TIMEOUT = 120  # seconds; generous, for machines with other work

SCRIPT = """
import resource, sys
import numpy as np
import brisknet as bn
from brisknet import _core, layers

bn.set_num_threads(3)
rng = np.random.default_rng(0)
{setup}

def contents():
    return [array.tobytes() for array in arrays()]

pages = int(open("/proc/self/statm").read().split()[0])
bound = pages * resource.getpagesize() + (int(sys.argv[1]) << 20)
hard = resource.getrlimit(resource.RLIMIT_AS)[1]
before = contents()
resource.setrlimit(resource.RLIMIT_AS, (bound, hard))
hoard = []
if len(sys.argv) > 2:
    for size in (1 << 20, 1 << 16, 1 << 12):
        try:
            while True:
                hoard.append(bytearray(size))
        except MemoryError:
            pass
    del hoard[len(hoard) - int(sys.argv[2]) :]
try:
    call()
    outcome = "done"
except MemoryError:
    outcome = "MemoryError"
hoard = None
resource.setrlimit(resource.RLIMIT_AS, (hard, hard))
assert outcome == "done" or contents() == before
call()  # with memory, it goes
print(outcome)
"""

SPARSE = """
columns, rows = 2**20, 400
start = np.arange(0, 100 * rows + 1, 100)
index = np.sort(rng.integers(0, columns // 100, (rows, 100)) * 100 + np.arange(100), axis=1)
value = rng.random(100 * rows, np.float32)
"""

CASES = {
    "csr_matmul_transposed": SPARSE
    + """
a = _core.Csr.from_arrays(start, index.ravel(), value, columns)
b, out = rng.random((rows, 2), np.float32), np.ones((columns, 2), np.float32)
call = lambda: _core.csr_matmul_transposed(a, np.arange(rows), b, out)
arrays = lambda: [out]
""",
    "csr_matmul": """
x = (rng.random((2000, 500)) < 0.3).astype(np.float32)
a = _core.Csr(x)
b, out = rng.random((500, 256), np.float32), np.ones((2000, 256), np.float32)
call = lambda: _core.csr_matmul(a, np.arange(2000), b, None, None, out)
arrays = lambda: [out]
""",
    "matmul": """
a, b = rng.random((600, 800), np.float32), rng.random((700, 800), np.float32)
out = np.ones((600, 700), np.float32)
call = lambda: _core.matmul(a, b, None, None, False, True, out)
arrays = lambda: [out]
""",
    "compress": """
x = (rng.random((1000, 2000)) < 0.3).astype(np.float32)
call = lambda: (_core.Csr(x), _core.count_nonzeros(x))
arrays = lambda: [x]
""",
    "losses": """
x, t = rng.random((2**18, 8), np.float32), rng.integers(0, 8, 2**18)
call = lambda: (_core.softmax_cross_entropy(x, t), _core.gather(x, t), _core.dropout(x, 0.5, 1, 1))
arrays = lambda: [x, t]
""",
    "optimizers": """
n = 2**22
w, g, m, v = (rng.random(n, np.float32) for _ in range(4))
update = _core.Update("lamb", [(w, g, m, v)])
call = lambda: update.step((0.1, 0.9, 0.99, 1e-7, 0.1, 0.01))
arrays = lambda: [w, m, v]
""",
    "fit": """
x, y = rng.random((2000, 300), np.float32), np.arange(2000) % 10
model = bn.Sequential([layers.Input((300,)), layers.Dense(500, "relu"), layers.Dense(10)])
model.compile("adam", bn.losses.SparseCategoricalCrossentropy(from_logits=True))
call = lambda: model.fit(x, y, batch_size=2000, verbose=0)
arrays = model.get_weights
""",
    "fit_of_a_wide_sparse_matrix": SPARSE
    + """
import scipy.sparse
x = scipy.sparse.csr_array((value, index.ravel(), start), (rows, columns))
y = np.arange(rows) % 2
model = bn.Sequential([layers.Input((columns,)), layers.Dense(2), layers.Dense(1)])
model.compile("sgd", "mse")
call = lambda: model.fit(x, y, batch_size=rows, verbose=0)
arrays = model.get_weights
""",
}


def outcome(case, *memory):
    result = subprocess.run(
        [sys.executable, "-c", SCRIPT.replace("{setup}", CASES[case]), *map(str, memory)],
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
    )
    assert result.returncode == 0, (memory, result.returncode, result.stderr)
    return result.stdout.strip()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="counts pages as Linux does")
@pytest.mark.parametrize("case", CASES)
def test_bounded_memory(case):
    if "scipy" in CASES[case]:
        pytest.importorskip("scipy")
    assert outcome(case, 0, 0) == "MemoryError"
    for memory in ((0, 20), (0, 60), (1,), (16,)):
        outcome(case, *memory)


def test_more_memory_than_there_is():
    """In a process of its own, with limits in time and memory."""
    code = """
import resource
from brisknet import _core

resource.setrlimit(resource.RLIMIT_AS, (2**33, 2**33))
for shape in ((2**42,), (2**61,), (2**61 + 2**20,), (2**62 - 1,), (2**62,), (2**40, 2**40)):
    for draw in (_core.random_uniform, _core.random_normal):
        extra = (0, 1) if draw is _core.random_uniform else (0, 1, True)
        try:
            draw(shape, *extra, 0, 0)
        except MemoryError:
            pass
for n in (2**42, 2**60, 2**61, 2**63 - 1):
    try:
        _core.permutation(n, 0, 0)
    except MemoryError:
        pass
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=20)
