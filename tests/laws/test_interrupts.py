"""Ctrl-C at any point: our handler is gone, the lock is free, the model can be trained again."""

import contextlib
import signal
import sys
import threading

import numpy as np
import pytest

import brisknet as bn
from brisknet import layers
from brisknet.runtime import interrupts
from brisknet.training import trainer

X = np.random.default_rng(0).random((6, 3), np.float32)
Y = np.float32(X[:, :1] > 0.5)

# Where the lock and the handler are taken and given back.
WATCHED = {module.__file__ for module in (interrupts, trainer, contextlib, signal)}


def make_model(**arguments):
    model = bn.Sequential([layers.Input((3,)), layers.Dense(1, "sigmoid")])
    model.compile(**{"optimizer": "adam", "loss": "mse", **arguments})
    model.fit(X, Y, verbose=0)  # what the first use imports and builds is no matter here
    return model


class Injector:
    """Within this context, sends SIGINT at one instruction of the watched files, counted from 0."""

    def __init__(self, point):
        self.point, self.seen = point, 0

    def _trace(self, frame, event, argument):
        if frame.f_code.co_filename not in WATCHED:
            return None
        frame.f_trace_lines, frame.f_trace_opcodes = False, True
        if event == "opcode":
            self.seen += 1
            if self.seen == self.point + 1:
                signal.raise_signal(signal.SIGINT)
        return self._trace

    def __enter__(self):
        self._before = sys.gettrace()
        sys._getframe().f_trace_opcodes = True  # Python 3.12.1 needs it before settrace
        sys.settrace(self._trace)
        return self

    def __exit__(self, *error):
        sys.settrace(self._before)


def apart(function, *arguments):
    """Calls the function within a generator.

    Where a signal arrives while an exception is being left, CPython 3.11 keeps that one as the
    current exception: of the thread for good, but of a generator only until it ends.
    """

    def body():
        yield function(*arguments)

    return next(body())


def free_for_others(model):
    taken = []

    def take():
        taken.append(model._in_use.acquire(blocking=False))
        if taken[0]:
            model._in_use.release()

    thread = threading.Thread(target=take)
    thread.start()
    thread.join()
    return taken == [True]


CALLS = {
    "fit": lambda model: model.fit(X, Y, batch_size=3, epochs=2, verbose=0, validation_split=0.4),
    "evaluate": lambda model: model.evaluate(X, Y, verbose=0),
    "predict": lambda model: model.predict(X, batch_size=4, verbose=0),
    "train_on_batch": lambda model: model.train_on_batch(X, Y),
    "test_on_batch": lambda model: model.test_on_batch(X, Y),
}


@pytest.mark.parametrize("call", CALLS)
def test_an_interrupt_at_every_instruction(call, handler):
    model = make_model()
    with Injector(-1) as everything:
        CALLS[call](model)
    assert everything.seen > 100
    interrupted = 0
    for point in range(everything.seen):
        steps, weights = model.optimizer.iterations, [w.copy() for w in model.get_weights()]
        try:
            with Injector(point):
                apart(CALLS[call], model)
        except KeyboardInterrupt:
            interrupted += 1
        assert signal.getsignal(signal.SIGINT) is handler, point
        assert free_for_others(model), point
        if model.optimizer.iterations == steps:  # no step, or a whole one
            for before, after in zip(weights, model.get_weights(), strict=True):
                np.testing.assert_array_equal(before, after)
    assert interrupted == everything.seen
    model.fit(X, Y, verbose=0)


def test_an_interrupt_at_every_instruction_of_an_estimator(handler):
    pytest.importorskip("sklearn")
    from brisknet.sklearn import MLPRegressor

    estimator = MLPRegressor(hidden_layer_sizes=(2,), max_iter=1, random_state=0, batch_size=6)

    def fit():
        estimator.partial_fit(X, Y.ravel())

    fit()
    with Injector(-1) as everything:
        fit()
    for point in range(everything.seen):
        with contextlib.suppress(KeyboardInterrupt, UserWarning), Injector(point):
            apart(fit)
        assert signal.getsignal(signal.SIGINT) is handler, point
        assert free_for_others(estimator.model_), point


def test_a_handler_that_a_callback_sets_stays(handler):
    calls = []

    def own(number, frame):
        calls.append(number)

    def set_own(logs):
        signal.signal(signal.SIGINT, own)

    model = make_model()
    model.fit(X, Y, verbose=0, callbacks=[bn.callbacks.LambdaCallback(on_train_begin=set_own)])
    assert signal.getsignal(signal.SIGINT) is own
    model.fit(X, Y, verbose=0)
    assert signal.getsignal(signal.SIGINT) is own


def test_ours_that_a_callback_puts_back_after_the_end_passes_on(handler):
    kept = []

    def keep(logs):
        kept.append(signal.getsignal(signal.SIGINT))

    model = make_model()
    model.fit(X, Y, verbose=0, callbacks=[bn.callbacks.LambdaCallback(on_train_begin=keep)])
    signal.signal(signal.SIGINT, kept[0])
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_a_callback_may_go_on_after_an_interrupt(handler):
    def swallow(epoch, logs):
        with contextlib.suppress(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
            pytest.fail("this is not reached")

    model = make_model()
    callback = bn.callbacks.LambdaCallback(on_epoch_begin=swallow)
    history = model.fit(X, Y, epochs=3, verbose=0, callbacks=[callback])  # each time anew
    assert history.epoch == [0, 1, 2]
    assert signal.getsignal(signal.SIGINT) is handler


def test_nested_trainings(handler):
    other = make_model()

    def train_other(epoch, logs):
        other.fit(X, Y, verbose=0)
        signal.raise_signal(signal.SIGINT)
        pytest.fail("this is not reached")

    model = make_model()
    with pytest.raises(KeyboardInterrupt):
        model.fit(
            X, Y, verbose=0, callbacks=[bn.callbacks.LambdaCallback(on_epoch_end=train_other)]
        )
    assert signal.getsignal(signal.SIGINT) is handler
    assert free_for_others(model)
    assert free_for_others(other)
