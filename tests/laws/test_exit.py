"""A program that ends while threads of it compute: with its own exit status, and without a word."""

import subprocess
import sys

import pytest

TIMEOUT = 120  # seconds; generous, for machines with other work

SETUP = """
import sys, threading, time
from multiprocessing.pool import ThreadPool
import numpy as np
import brisknet as bn
from brisknet import layers

bn.set_num_threads(2)
model = bn.Sequential([layers.Input((300,)), layers.Dense(512, "relu"), layers.Dense(1)])
model.compile("adam", "mse")
x, y = np.ones((2000, 300), np.float32), np.ones(2000, np.float32)
model.predict(x)

def forever(call):
    while True:
        call()

def in_background(call):
    threading.Thread(target=forever, args=(call,), daemon=True).start()
"""

ENDS = {
    "predict": """
for _ in range(3):
    in_background(lambda: model.predict(x))
""",
    "fit": """
in_background(lambda: model.fit(x, y, verbose=0))
in_background(lambda: model.predict(x))
""",
    "pool": """
pool = ThreadPool(4)
results = pool.imap_unordered(lambda _: model.predict(x), range(1000))
next(results)
""",
    "compress": """
in_background(lambda: bn._core.Csr(x))
in_background(lambda: bn._core.count_nonzeros(x))
""",
}


@pytest.mark.parametrize("end", ENDS)
def test_the_exit_status_is_the_program_s_own(end):
    for i in range(4):  # nearly every one of them ended by SIGABRT
        script = f"{SETUP}{ENDS[end]}\ntime.sleep({0.01 * i})\nsys.exit(3)\n"
        result = subprocess.run(  # Python itself may warn of the pool
            [sys.executable, "-W", "error", "-W", "ignore::ResourceWarning", "-c", script],
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
        )
        assert (result.returncode, result.stdout, result.stderr) == (3, "", "")
