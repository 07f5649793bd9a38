"""The host process is left alone: random states, warnings, signals, the environment."""

import json
import os
import random as python_random
import signal
import warnings

import numpy as np

import brisknet as bn
from brisknet import layers
from probes import X, Y, python


def host():
    """What a host process has set, in a form that can be compared."""
    state = np.random.get_state()  # noqa: NPY002
    return (
        state[0],
        state[1].tolist(),
        state[2:],
        python_random.getstate(),
        list(warnings.filters),
        np.geterr(),
        [signal.getsignal(number) for number in sorted(signal.valid_signals())],
        np.get_printoptions(),
        os.getcwd(),
        dict(os.environ),
    )


def test_the_host_is_left_as_it_was(handler):
    before = host()
    model = bn.Sequential(
        [layers.Dense(8, activation="relu"), layers.Dropout(0.5), layers.Dense(3)]
    )
    loss = bn.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss, metrics=["accuracy"])
    model.fit(X, Y, epochs=2, verbose=0, validation_split=0.2)
    model.evaluate(X, Y, verbose=0)
    model.predict(X, verbose=0)
    bn.random.normal((3,))
    bn.initializers.Orthogonal()((3, 3))
    assert host() == before


IMPORTED = """
import json, os, random, signal, sys, warnings
import numpy as np

def host():
    return [
        repr(np.random.get_state()),
        repr(random.getstate()),
        repr(warnings.filters),
        repr(np.geterr()),
        repr([signal.getsignal(number) for number in sorted(signal.valid_signals())]),
        repr(sorted(os.environ.items())),
        repr(np.get_printoptions()),
    ]

before = host()
import brisknet
after = host()
heavy = "torch sklearn scipy pandas matplotlib tqdm safetensors tensorflow jax keras".split()
loaded = [name for name in heavy if name in sys.modules]
print(json.dumps({"same": before == after, "loaded": loaded}))
"""


def test_import_leaves_the_host_alone_and_loads_little():
    done = python(IMPORTED)
    assert done.stderr == ""
    assert json.loads(done.stdout) == {"same": True, "loaded": []}


def test_import_prints_nothing():
    done = python("import brisknet")
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)
