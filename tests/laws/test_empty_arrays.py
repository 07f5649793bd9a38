"""Arrays without elements, however many rows they have: done at once."""

import subprocess
import sys

TIMEOUT = 60  # seconds; to go through the rows would take days

SCRIPT = """
import numpy as np
from brisknet import _core, layers, ops

rows = 2**45
x = np.empty((rows, 0), np.float32)

for f in (
    ops.softmax, ops.log_softmax, ops.sparsemax, ops.glu, ops.relu, ops.gelu, ops.exp, ops.log,
    layers.Softmax(), layers.ReLU(), layers.Flatten(), layers.Rescaling(2.0), layers.Dropout(0.5),
    layers.BatchNormalization(), layers.Activation("softmax"),
):
    assert f(x).shape == x.shape, f
assert ops.softmax_backward(x, x).shape == x.shape
assert ops.log_softmax_backward(x, x).shape == x.shape
assert ops.dropout(x, 0.5).shape == x.shape
assert ops.matmul(x, np.empty((0, 0), np.float32)).shape == x.shape
assert ops.matmul(x, x, transpose_a=True).shape == (0, 0)
assert ops.gather(x, [5, rows - 1]).shape == (2, 0)
assert _core.scatter(x[:3], np.array([0, 2, rows - 1]), rows).shape == x.shape
assert _core.column_sums(x).shape == (0,)
assert _core.count_nonzeros(x) == 0
assert _core.random_uniform(x.shape, 0.0, 1.0, 1, 1).shape == x.shape
assert _core.random_normal(x.shape, 0.0, 1.0, True, 1, 1).shape == x.shape
"""


def test_rows_without_columns():
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", SCRIPT],
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
    )
    assert result.returncode == 0, result.stderr
