"""What holds when things go wrong: Ctrl-C, threads, forks; and the host process is left alone."""

import functools
import json
import os
import random as python_random
import signal
import subprocess
import sys
import threading
import time
import warnings

import numpy as np
import pytest

import brisknet as bn
from brisknet import _core, layers

TIMEOUT = 60  # seconds; generous, for machines with other work
X = np.random.default_rng(0).standard_normal((40, 6), np.float32)
Y = np.random.default_rng(1).integers(0, 3, 40)


def python(code, *arguments, environment=None, **options):
    """Runs it in a Python of its own, where a warning is an error."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code, *arguments],
        env=os.environ | (environment or {}),
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        **options,
    )


class Probe(layers.Layer):
    """Calls a function at the first forward of each step of training."""

    def __init__(self, call):
        super().__init__()
        self.call = call

    def forward(self, x, training=False):
        if training:
            self.call()
        return x, lambda dy: dy


def model_with(call=lambda: None, optimizer="adam"):
    bn.utils.set_random_seed(3)
    model = bn.Sequential(
        [
            layers.Input((6,)),
            layers.Dense(8, activation="relu"),
            Probe(call),
            layers.Dropout(0.2),
            layers.Dense(3, activation="softmax"),
        ]
    )
    model.compile(optimizer, "sparse_categorical_crossentropy")
    return model


def bits(model):
    return [v.value.tobytes() for v in (*model.variables, *model.optimizer.variables)]


def after_steps(count, **fit):
    """The bits after so many steps of an undisturbed training."""

    def stop(batch, logs):
        model.stop_training = model.optimizer.iterations == count

    model = model_with()
    stopping = bn.callbacks.LambdaCallback(on_train_batch_end=stop)
    model.fit(X, Y, epochs=9, batch_size=8, verbose=0, callbacks=[stopping], **fit)
    assert model.optimizer.iterations == count
    return bits(model)


@pytest.fixture
def handler():
    """Puts the handler of SIGINT back."""
    before = signal.getsignal(signal.SIGINT)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    yield signal.default_int_handler
    signal.signal(signal.SIGINT, before)


def interrupting_at(step):
    calls = []

    def call():
        calls.append(None)
        if len(calls) == step:
            signal.raise_signal(signal.SIGINT)

    return call


@pytest.mark.parametrize("step", [1, 5, 7, 12])
def test_interrupt_within_a_step_waits_for_its_end(step, handler):
    model = model_with(interrupting_at(step))
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, Y, epochs=9, batch_size=8, verbose=0)
    assert model.optimizer.iterations == step
    assert bits(model) == after_steps(step)
    assert signal.getsignal(signal.SIGINT) is handler
    assert model.history.epoch == list(range((step - 1) // 5))
    assert all(len(v) == (step - 1) // 5 for v in model.history.history.values())
    model.fit(X, Y, verbose=0)  # and the model can be used


def test_interrupt_between_the_updates_of_two_weights(handler):
    class Interrupting(bn.optimizers.Adam):
        updates = 0

        def update(self, w, g, state):
            self.updates += 1
            if self.updates == 4 * 2 + 2:  # the second of four weights, in the third step
                signal.raise_signal(signal.SIGINT)
            super().update(w, g, state)

    model = model_with(optimizer=Interrupting())
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, Y, epochs=9, batch_size=8, verbose=0)
    assert model.optimizer.iterations == 3
    assert bits(model) == after_steps(3)


@pytest.mark.parametrize(
    ("hook", "steps"),
    [
        ("on_train_begin", 0),
        ("on_epoch_begin", 0),
        ("on_train_batch_begin", 0),
        ("on_train_batch_end", 1),
        ("on_test_begin", 5),
        ("on_epoch_end", 5),
    ],
)
def test_interrupt_between_steps_comes_at_once(hook, steps, handler):
    def interrupt(*args):
        signal.raise_signal(signal.SIGINT)
        pytest.fail("this is not reached")

    model = model_with()
    callback = bn.callbacks.LambdaCallback(**{hook: interrupt})
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, Y, batch_size=8, verbose=0, validation_data=(X, Y), callbacks=[callback])
    assert model.optimizer.iterations == steps
    assert signal.getsignal(signal.SIGINT) is handler


def test_interrupt_of_train_on_batch(handler):
    model = model_with(interrupting_at(2))
    model.train_on_batch(X, Y)
    with pytest.raises(KeyboardInterrupt):
        model.train_on_batch(X, Y)
    assert model.optimizer.iterations == 2
    other = model_with()
    other.train_on_batch(X, Y)
    other.train_on_batch(X, Y)
    assert bits(model) == bits(other)
    assert signal.getsignal(signal.SIGINT) is handler


def test_ones_own_handler_is_called(handler):
    calls = []

    def own(number, frame):
        calls.append((number, model.optimizer.iterations))
        model.stop_training = True

    signal.signal(signal.SIGINT, own)
    model = model_with(interrupting_at(3))
    history = model.fit(X, Y, epochs=9, batch_size=8, verbose=0)
    assert calls == [(signal.SIGINT, 3)]
    assert history.epoch == [0]
    assert bits(model) == after_steps(3)
    assert signal.getsignal(signal.SIGINT) is own


@pytest.mark.parametrize("own", [signal.SIG_IGN, signal.SIG_DFL])
def test_other_dispositions_are_left_alone(own, handler):
    signal.signal(signal.SIGINT, own)
    seen = []
    model_with(lambda: seen.append(signal.getsignal(signal.SIGINT))).fit(X, Y, verbose=0)
    assert set(seen) == {own}
    assert signal.getsignal(signal.SIGINT) is own


def test_the_handler_is_put_back_after_an_error(handler):
    def fail():
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        model_with(fail).fit(X, Y, verbose=0)
    assert signal.getsignal(signal.SIGINT) is handler


# A training that lasts until it is interrupted, and then the same again for as many steps.
INTERRUPTED = """
import signal
import numpy as np
import brisknet as bn

signal.signal(signal.SIGINT, signal.default_int_handler)  # background jobs ignore it

def model():
    bn.utils.set_random_seed(1)
    model = bn.Sequential([
        bn.layers.Dense(512, activation="relu"), bn.layers.Dropout(0.3), bn.layers.Dense(10)])
    model.compile("adam", bn.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model

x = np.random.default_rng(0).random((1000, 784), np.float32)
y = np.arange(1000) % 10
options = {"batch_size": 100, "epochs": 10**6, "verbose": 0}
interrupted = model()
say = bn.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: print(epoch, flush=True))
try:
    interrupted.fit(x, y, callbacks=[say], **options)
except KeyboardInterrupt:
    print("interrupted", flush=True)
steps = interrupted.optimizer.iterations
assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
epochs, rest = divmod(steps, 10)
if rest == 0 and len(interrupted.history.epoch) < epochs:
    epochs -= 1  # interrupted after the epoch's last step, before it was noted
assert interrupted.history.epoch == list(range(epochs)), (interrupted.history.epoch, steps)

def stop(batch, logs):
    again.stop_training = again.optimizer.iterations == steps
again = model()
again.fit(x, y, callbacks=[bn.callbacks.LambdaCallback(on_train_batch_end=stop)], **options)
assert again.optimizer.iterations == steps
for a, b in zip(
    interrupted.variables + interrupted.optimizer.variables,
    again.variables + again.optimizer.variables,
    strict=True,
):
    assert a.value.tobytes() == b.value.tobytes()
print("the same", flush=True)
"""


@pytest.mark.parametrize("delay", [0.0, 0.013])
def test_ctrl_c(delay):
    with subprocess.Popen(
        [sys.executable, "-W", "error", "-c", INTERRUPTED], stdout=subprocess.PIPE, text=True
    ) as process:
        too_late = threading.Timer(TIMEOUT, process.kill)
        too_late.start()
        try:
            for line in process.stdout:
                if line == "2\n":
                    break
            time.sleep(delay)
            sent = time.monotonic()
            process.send_signal(signal.SIGINT)
            for line in process.stdout:
                if line == "interrupted\n":
                    break
            assert time.monotonic() - sent < 5
            assert process.stdout.read() == "the same\n"
            assert process.wait() == 0
        finally:
            too_late.cancel()
            process.kill()


def in_threads(count, call):
    """Calls it in so many threads at the same time; their results, or the first error."""
    start, results, errors = threading.Barrier(count), [None] * count, []

    def run(i):
        try:
            start.wait(TIMEOUT)
            results[i] = call()
        except BaseException as error:
            errors.append(error)

    started = [threading.Thread(target=run, args=(i,)) for i in range(count)]
    for thread in started:
        thread.start()
    for thread in started:
        thread.join(TIMEOUT)
        assert not thread.is_alive()
    if errors:
        raise errors[0]
    return results


@pytest.mark.parametrize("built", [False, True])
def test_concurrent_predict(built, machine):
    _core.set_num_threads(2)
    x = np.random.default_rng(0).standard_normal((500, 200), np.float32)
    for _ in range(5):
        model = bn.Sequential(
            [layers.Dense(300, activation="relu"), layers.Dropout(0.5), layers.Dense(10)]
        )
        if built:
            model.build((None, 200))
        predict = functools.partial(model.predict, x, batch_size=128, verbose=0)
        results = in_threads(8, predict)
        expected = model.predict(x, verbose=0)
        assert len(model.variables) == 4
        assert all(y.tobytes() == expected.tobytes() for y in results)


def test_concurrent_first_use_builds_once():
    class Slow(layers.Layer):
        def build(self, input_shape):
            time.sleep(0.05)
            self.scale = self.add_weight((input_shape[-1],), "ones")

        def forward(self, x):
            return x * self.scale.value, lambda dy: dy

    model = bn.Sequential([Slow()])
    results = in_threads(4, lambda: model.predict(X, verbose=0))
    assert len(model.variables) == 1
    assert all((y == X).all() for y in results)


def test_predict_while_another_thread_trains():
    model = model_with()
    seen = []

    def look(batch, logs):
        expected = model.predict(X, verbose=0)
        (got,) = in_threads(1, lambda: model.predict(X, verbose=0))
        seen.append(got.tobytes() == expected.tobytes())

    callback = bn.callbacks.LambdaCallback(on_train_batch_end=look)
    model.fit(X, Y, batch_size=8, verbose=0, callbacks=[callback])
    assert seen == [True] * 5
    assert bits(model) == after_steps(5)


@pytest.mark.parametrize("method", ["fit", "evaluate", "train_on_batch", "test_on_batch"])
def test_concurrent_use_is_refused(method):
    model = model_with()

    def other(batch, logs):
        with pytest.raises(RuntimeError, match=rf"\[{method}\] another thread is training or"):
            in_threads(1, lambda: getattr(model, method)(X, Y))

    callback = bn.callbacks.LambdaCallback(on_train_batch_end=other)
    model.fit(X, Y, batch_size=8, verbose=0, callbacks=[callback])
    assert bits(model) == after_steps(5)
    in_threads(1, lambda: getattr(model, method)(X, Y))


def test_fit_outside_of_the_main_thread(handler):
    def train():
        model = model_with()
        model.fit(X, Y, batch_size=8, verbose=0)
        return bits(model)

    assert in_threads(1, train) == [after_steps(5)]
    assert signal.getsignal(signal.SIGINT) is handler


def test_two_models_train_side_by_side():
    """Each gets the seeds that it was given, so that their order does not matter."""
    x, y = np.tile(X, (20, 1)), np.tile(Y, 20)

    def trained(seed=1):
        kernel = bn.initializers.HeNormal(seed)
        model = bn.Sequential(
            [
                layers.Dense(100, activation="relu", kernel_initializer=kernel),
                layers.Dropout(0.2, seed=seed),
                layers.Dense(3, kernel_initializer=kernel),
            ]
        )
        loss = bn.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile("adam", loss)
        model.fit(x, y, epochs=3, shuffle=False, verbose=0)
        return bits(model)

    expected = trained()
    assert all(result == expected for result in in_threads(4, trained))


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


@pytest.mark.parametrize("isa", _core.usable_isas())
def test_chosen_instruction_set(isa):
    done = python(
        "import brisknet; print(brisknet._core.active_isa())", environment={"BRISKNET_ISA": isa}
    )
    assert (done.stdout, done.stderr) == (f"{isa}\n", "")


def test_widest_instruction_set_by_default():
    done = python(
        "import brisknet; print(brisknet._core.active_isa())", environment={"BRISKNET_ISA": ""}
    )
    assert done.stdout.strip() == _core.usable_isas()[-1]


@pytest.mark.parametrize("isa", ["sse9", "AVX2", "avx2 "])
def test_instruction_set_that_there_is_not(isa):
    done = python("import brisknet", environment={"BRISKNET_ISA": isa})
    usable = ", ".join(_core.usable_isas())
    assert done.returncode == 1
    assert f"ImportError: BRISKNET_ISA={isa} is not built: expected one of {usable}" in done.stderr


def test_set_num_threads():
    before = bn.get_num_threads()
    try:
        for count in (1, np.int64(3), 4096):
            bn.set_num_threads(count)
            assert bn.get_num_threads() == count
        for count in (0, -1, 4097):
            with pytest.raises(ValueError, match="threads"):
                bn.set_num_threads(count)
        for count in (1.5, "2", None, True):
            with pytest.raises(TypeError, match=r"\[set_num_threads\] expected count: an integer"):
                bn.set_num_threads(count)
        assert bn.get_num_threads() == 4096
    finally:
        bn.set_num_threads(before)


def test_show_config(capsys):
    bn.show_config()
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["brisknet", bn.__version__]
    assert f"{_core.active_isa()} active; usable: {', '.join(_core.usable_isas())}" in lines[-2]
    assert lines[-1].startswith("threads")
