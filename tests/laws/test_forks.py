"""A child that is forked after parallel work, or in the middle of it, works."""

import subprocess
import sys

from probes import TIMEOUT

FORKED = """
import os, signal, sys
import numpy as np
import brisknet as bn

bn.set_num_threads(4)
x = np.random.default_rng(0).standard_normal((512, 784), np.float32)
y = np.arange(512) % 10
model = bn.Sequential([
    bn.layers.Dense(256, activation="relu"), bn.layers.Dense(10, activation="softmax")])
model.compile("sgd", "sparse_categorical_crossentropy")
model.fit(x, y, verbose=0)
before = model.predict(x, verbose=0).tobytes()
weights = [w.copy() for w in model.get_weights()]

def more():
    model.set_weights(weights)
    model.fit(x, y, shuffle=False, verbose=0)
    return before, model.predict(x, verbose=0).tobytes()

end, child_end = os.pipe()
child = os.fork()
if child == 0:
    signal.alarm(40)  # a child that hangs dies
    predicted = model.predict(x, verbose=0).tobytes()
    with os.fdopen(child_end, "wb") as pipe:
        pipe.write(predicted + more()[1])
    os._exit(0)
os.close(child_end)
with os.fdopen(end, "rb") as pipe:
    from_child = pipe.read()
assert os.waitpid(child, 0)[1] == 0
assert from_child == b"".join(more())
print("the same")
"""


def test_fork_after_parallel_work():
    done = subprocess.run(
        # Python 3.12 warns of any fork beside threads, of which the kernels' are no danger.
        [sys.executable, "-W", "error", "-W", "ignore::DeprecationWarning", "-c", FORKED],
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
    )
    assert (done.stdout, done.stderr) == ("the same\n", "")


# Another thread trains, builds and draws when the process forks.
FORKED_MEANWHILE = """
import contextlib, os, signal, threading
import numpy as np
import brisknet as bn

try:
    from brisknet.sklearn import threads
except ImportError:  # without scikit-learn
    threads = None

signal.signal(signal.SIGINT, signal.default_int_handler)
x, y = np.ones((8, 4), np.float32), np.ones(8, np.float32)
in_step, forked = threading.Event(), threading.Event()

class Waiting(bn.layers.Layer):
    def build(self, input_shape):
        in_step.set()
        forked.wait()

    def forward(self, x, training=False):
        return x, lambda dy: dy

model = bn.Sequential([bn.layers.Dropout(0.5, seed=1), Waiting(), bn.layers.Dense(1)])
model.compile("sgd", "mse")

def in_child():
    signal.alarm(40)  # a child that hangs dies
    forked.set()
    model.fit(x, y, verbose=0)
    model.evaluate(x, y, verbose=0)
    if threads:
        with threads.limited(1):
            model.predict(x, verbose=0)
    try:
        signal.raise_signal(signal.SIGINT)
    except KeyboardInterrupt:
        os._exit(0)
    os._exit(5)

def fork():
    in_step.wait()
    holding = threading.Thread(target=hold)
    holding.start()
    held.wait()
    child = os.fork()
    if child == 0:
        in_child()
    forked.set()
    holding.join()
    statuses.append(os.waitpid(child, 0)[1])

held = threading.Event()
def hold():
    others = threads._lock if threads else contextlib.nullcontext()
    with model._layers[0].seed_generator._lock, others:
        held.set()
        forked.wait()

statuses = []
thread = threading.Thread(target=fork)
thread.start()
model.fit(x, y, verbose=0)  # in the main thread: its handler of SIGINT is in the child, too
thread.join()
print(statuses)
"""


def test_fork_while_others_hold_the_locks():
    done = subprocess.run(
        [sys.executable, "-W", "error", "-W", "ignore::DeprecationWarning", "-c", FORKED_MEANWHILE],
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
    )
    assert (done.stdout, done.stderr) == ("[0]\n", "")
