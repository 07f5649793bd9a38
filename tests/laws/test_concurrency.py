"""Models in several threads: predictions have the same bits, other concurrent use is refused."""

import functools
import signal
import threading
import time

import numpy as np
import pytest

import brisknet as bn
from brisknet import _core, layers
from checks import state
from probes import TIMEOUT, X, Y, after_steps, model_with


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
    assert state(model) == after_steps(5)


@pytest.mark.parametrize("method", ["fit", "evaluate", "train_on_batch", "test_on_batch"])
def test_concurrent_use_is_refused(method):
    model = model_with()

    def other(batch, logs):
        with pytest.raises(RuntimeError, match=rf"\[{method}\] another thread is training or"):
            in_threads(1, lambda: getattr(model, method)(X, Y))

    callback = bn.callbacks.LambdaCallback(on_train_batch_end=other)
    model.fit(X, Y, batch_size=8, verbose=0, callbacks=[callback])
    assert state(model) == after_steps(5)
    in_threads(1, lambda: getattr(model, method)(X, Y))


def test_fit_outside_of_the_main_thread(handler):
    def train():
        model = model_with()
        model.fit(X, Y, batch_size=8, verbose=0)
        return state(model)

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
        return state(model)

    expected = trained()
    assert all(result == expected for result in in_threads(4, trained))
