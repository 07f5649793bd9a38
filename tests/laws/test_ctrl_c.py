"""Ctrl-C: the model is at a step boundary, and handlers are as they were."""

import signal
import subprocess
import sys
import threading
import time

import pytest

import brisknet as bn
from checks import state
from probes import TIMEOUT, X, Y, after_steps, model_with


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
    assert state(model) == after_steps(step)
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
    assert state(model) == after_steps(3)


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
    assert state(model) == state(other)
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
    assert state(model) == after_steps(3)
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
