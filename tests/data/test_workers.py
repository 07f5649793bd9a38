"""Threads and processes that get a PyDataset's batches ahead of time."""

import functools
import multiprocessing
import os
import signal
import threading
import time

import numpy as np
import pytest

import brisknet as keras
from brisknet import layers
from brisknet.data.workers import BatchesAhead

X = np.random.default_rng(1).normal(size=(40, 4)).astype(np.float32)
Y = X[:, :1] - X[:, 1:2]
KINDS = {
    "threads": {"workers": 3, "max_queue_size": 2},
    "many threads": {"workers": 20, "max_queue_size": 100},
    "a process": {"workers": 1, "use_multiprocessing": True},
    "processes": {"workers": 3, "use_multiprocessing": True, "max_queue_size": 2},
}
kinds = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)


class Rows(keras.utils.PyDataset):
    """Four rows a batch; the first batches take the longest."""

    length = 10

    def __len__(self):
        return self.length

    def __getitem__(self, index):
        time.sleep(0.002 * (index % 3))
        return X[4 * index : 4 * index + 4], Y[4 * index : 4 * index + 4]


class Changing(Rows):
    """Other batches in each epoch."""

    shift = 0

    def on_epoch_end(self):
        self.shift += 1

    def __getitem__(self, index):
        return super().__getitem__((index + self.shift) % 10)


class Endless(Rows):
    num_batches = None

    def __getitem__(self, index):
        return super().__getitem__(index % 10)


class Failing(Rows):
    def __getitem__(self, index):
        if index == 6:
            raise KeyError("six")
        return super().__getitem__(index)


class Dying(Rows):
    def __getitem__(self, index):
        if index == 6:
            os._exit(1)
        return super().__getitem__(index)


class Where(Rows):
    def __getitem__(self, index):
        x, y = super().__getitem__(index)
        place = os.getpid(), threading.get_ident()
        return x, y, np.full(4, hash(place) % 1000 + 1)


def new_model():
    first = layers.Dense(8, "relu", kernel_initializer=np.arange(32).reshape(4, 8) / 32 - 0.5)
    model = keras.Sequential([keras.Input((4,)), first, layers.Dense(1, kernel_initializer="ones")])
    model.compile("adam", "mse")
    return model


def workers():
    """All threads and child processes; other tests may have left some."""
    return {*threading.enumerate(), *multiprocessing.active_children()}


@pytest.fixture(autouse=True)
def _nobody_is_left():
    before = workers()
    yield
    deadline = time.monotonic() + 10
    while workers() - before:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def trained(data, **given):
    keras.utils.set_random_seed(1)
    model, before = new_model(), workers()
    history = model.fit(data, verbose=0, **given).history
    assert not workers() - before
    return history, [w.tobytes() for w in model.get_weights()]


@kinds
@pytest.mark.parametrize("shuffle", [False, True])
def test_the_bits_are_those_without_workers(kind, shuffle):
    given = {"epochs": 3, "shuffle": shuffle}
    assert trained(Changing(**kind), **given) == trained(Changing(), **given)
    given |= {"steps_per_epoch": 5, "epochs": 2}
    assert trained(Rows(**kind), **given) == trained(Rows(), **given)
    assert trained(Endless(**kind), **given) == trained(Endless(), **given)


@kinds
def test_evaluate_predict_and_validation(kind):
    model, before = new_model(), workers()
    assert model.evaluate(Rows(**kind), verbose=0) == model.evaluate(Rows(), verbose=0)
    assert np.array_equal(model.predict(Rows(**kind), verbose=0), model.predict(X, verbose=0))
    assert model.predict(Endless(**kind), steps=3, verbose=0).shape == (12, 1)
    assert not workers() - before
    validation = trained(Rows(**kind), validation_data=Rows(**kind), validation_steps=4)
    assert validation == trained(Rows(), validation_data=Rows(), validation_steps=4)


@pytest.mark.parametrize("kind", ["threads", "processes"])
def test_the_work_is_shared(kind):
    places = {weight[0] for _, _, weight in BatchesAhead(Where(**KINDS[kind]), range(10))}
    assert len(places) > 1


@kinds
def test_what_a_worker_raises_ends_the_training(kind):
    model, before = new_model(), workers()
    with pytest.raises(KeyError, match="six"):
        model.fit(Failing(**kind), shuffle=False, verbose=0)
    assert model.optimizer.iterations == 6
    assert not workers() - before


@pytest.mark.parametrize("kind", ["a process", "processes"])
def test_a_process_that_dies_ends_the_training(kind):
    model, before = new_model(), workers()
    with pytest.raises(RuntimeError, match="process"):
        model.fit(Dying(**KINDS[kind]), shuffle=False, verbose=0)
    assert not workers() - before


@kinds
@pytest.mark.parametrize("ending", ["stop", "raise"])
def test_a_callback_may_end_the_training(kind, ending):
    class End(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if batch == 2 and ending == "raise":
                raise ZeroDivisionError
            self.model.stop_training = batch == 2

    model, before = new_model(), workers()
    fit = functools.partial(model.fit, verbose=0, callbacks=[End()])
    if ending == "stop":
        fit(Endless(**kind), steps_per_epoch=8)
        assert not workers() - before
    else:
        with pytest.raises(ZeroDivisionError) as caught:
            fit(Endless(**kind), steps_per_epoch=8)
        assert not workers() - before
        del caught  # until here it kept fit's frames alive
    assert model.optimizer.iterations == 3


@kinds
def test_ctrl_c(kind, handler):
    class Interrupt(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if batch == 2:
                os.kill(os.getpid(), signal.SIGINT)

    model = new_model()
    with pytest.raises(KeyboardInterrupt):
        model.fit(Endless(**kind), steps_per_epoch=8, verbose=0, callbacks=[Interrupt()])
    assert model.optimizer.iterations == 3
