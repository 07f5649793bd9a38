"""Batches that come one after the other: generators, data sets, loaders; steps and epochs."""

import signal
import threading
import time
import warnings

import numpy as np
import pytest

import brisknet as bn
from brisknet import layers
from brisknet.utils import PyDataset
from checks import bits

RNG = np.random.default_rng(0)
X = RNG.random((10, 4), np.float32)
LABELS = np.arange(10) % 3
Y = np.eye(3, dtype=np.float32)[LABELS]
WEIGHT = RNG.random(10, np.float32)
KERNEL = RNG.standard_normal((4, 3)).astype(np.float32)


def new_model(**compiled):
    model = bn.Sequential([bn.Input((4,)), layers.Dense(3, "softmax")])
    model.compile(**{"optimizer": "sgd", "loss": "categorical_crossentropy", **compiled})
    model.set_weights([KERNEL, np.zeros(3, np.float32)])
    return model


def batches(size=2, weight=False):
    parts = (X, Y, WEIGHT) if weight else (X, Y)
    return [tuple(p[i : i + size] for p in parts) for i in range(0, 10, size)]


class Squared(PyDataset):
    """Gives the batches and writes down what is asked of it."""

    def __init__(self, given=None, **options):
        super().__init__(**options)
        self.given = batches() if given is None else given
        self.log = []

    def __len__(self):
        return len(self.given)

    def __getitem__(self, index):
        self.log.append(index)
        return self.given[index]

    def on_epoch_begin(self):
        self.log.append("begin")

    def on_epoch_end(self):
        self.log.append("end")


class Loader:
    """Like torch's DataLoader: an iterable with a length, which gives lists."""

    def __init__(self, given=None):
        self.given = batches() if given is None else given

    def __len__(self):
        return len(self.given)

    def __iter__(self):
        return (list(batch) for batch in self.given)


class Unsized:
    def __iter__(self):
        return iter(batches())


class Indexed:
    """By number alone, without a base class."""

    def __len__(self):
        return 5

    def __getitem__(self, index):
        return batches()[index]


class Tensors:
    """Like tf.data.Dataset."""

    def __iter__(self):
        raise AssertionError("gives tensors")

    def as_numpy_iterator(self):
        return iter(batches())

    def cardinality(self):
        return np.int64(-2)


STREAMS = {
    "generator": lambda: (batch for batch in batches()),
    "iterator": lambda: iter(batches()),
    "PyDataset": Squared,
    "threads": lambda: Squared(workers=3, max_queue_size=2),
    "loader": Loader,
    "unsized": Unsized,
    "indexed": Indexed,
    "tensors": Tensors,
}
every_stream = pytest.mark.parametrize("stream", STREAMS)


def fitted(*args, compiled=None, **options):
    model = new_model(**(compiled or {"metrics": ["accuracy"]}))
    history = model.fit(*args, verbose=0, **{"shuffle": False, **options})
    return history.history, bits(model)


@every_stream
def test_training_has_the_bits_of_arrays(stream):
    assert fitted(STREAMS[stream]()) == fitted(X, Y, batch_size=2)
    data = {"validation_data": STREAMS[stream]()}
    expected = fitted(X, Y, validation_data=(X, Y), validation_batch_size=2)
    assert fitted(X, Y, **data) == expected


@pytest.mark.parametrize("stream", [name for name in STREAMS if name[-5:] != "rator"])
def test_several_epochs(stream):
    got = fitted(STREAMS[stream](), epochs=3, validation_data=STREAMS[stream]())
    assert got == fitted(X, Y, batch_size=2, epochs=3, validation_data=(X, Y))


@every_stream
def test_evaluating_and_predicting(stream):
    model = new_model(metrics=["accuracy"])
    expected = model.evaluate(X, Y, batch_size=2, verbose=0)
    assert model.evaluate(STREAMS[stream](), verbose=0) == expected
    assert model.predict(STREAMS[stream](), verbose=0).tobytes() == model.predict(X).tobytes()
    got = model.predict(STREAMS[stream](), steps=3, verbose=0)
    assert got.tobytes() == model.predict(X[:6], verbose=0).tobytes()


def test_weights_in_the_batches():
    compiled = {"weighted_metrics": ["accuracy"]}
    got = fitted(Loader(batches(weight=True)), compiled=compiled, epochs=2)
    assert got == fitted(X, Y, sample_weight=WEIGHT, batch_size=2, epochs=2, compiled=compiled)


@pytest.mark.parametrize("stream", ["PyDataset", "loader", "generator"])
def test_class_weight(stream):
    got = fitted(STREAMS[stream](), class_weight={0: 3.0, 2: 0.5})
    assert got == fitted(X, Y, batch_size=2, class_weight={0: 3.0, 2: 0.5})
    with pytest.raises(ValueError, match="expected either class_weight or sample_weight"):
        fitted(iter(batches(weight=True)), class_weight={0: 1})


def test_predicting_inputs_alone():
    model = new_model()
    expected = model.predict(X, verbose=0).tobytes()
    for given in (
        (x for x, _ in batches()),
        ((x,) for x, _ in batches()),
        ([x, None] for x, _ in batches()),
    ):
        assert model.predict(given, verbose=0).tobytes() == expected


def test_a_buffer_that_is_used_again():
    buffer = np.empty((2, 4), np.float32)

    def inputs():
        for x, _ in batches():
            buffer[:] = x
            yield buffer

    model = bn.Sequential([layers.Dropout(0.5)])
    assert (model.predict(inputs(), verbose=0) == X).all()


def test_sizes_may_differ():
    sizes = [(X[i:j], Y[i:j]) for i, j in [(0, 3), (3, 4), (4, 10)]]
    model = new_model()
    assert model.predict(iter(sizes), verbose=0).shape == (10, 3)
    got = model.evaluate(iter(sizes), verbose=0)
    assert got == pytest.approx(model.evaluate(X, Y, verbose=0), rel=1e-6)


def test_a_model_without_shape_is_built_by_the_first_batch():
    model = bn.Sequential([layers.Dense(3)])
    model.compile("sgd", "mse")
    model.fit(iter(batches()), verbose=0)
    assert model.input_shape == (None, 4)
    model = bn.Sequential([layers.Dense(3)])
    assert model.predict(iter(batches()), verbose=0).shape == (10, 3)


# Steps


def steps_seen(source, epochs=4, **options):
    """The batches, by their first sample, of each epoch; whether it was said that they ended."""
    seen = []

    class Seen(layers.Layer):
        def forward(self, x, training=False):
            if training:
                seen[-1].append(int(np.flatnonzero((x[0] == X).all(axis=1))[0]) // 2)
            return x, lambda dy: dy

    model = bn.Sequential([bn.Input((4,)), Seen(), layers.Dense(3)])
    model.compile("sgd", "mse")
    begin = bn.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: seen.append([]))
    args = source if isinstance(source, tuple) else (source,)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        history = model.fit(
            *args, epochs=epochs, callbacks=[begin], verbose=0, shuffle=False, **options
        )
    assert all("ran out of data" in str(w.message) for w in caught)
    return seen[: len(history.epoch)], len(caught), history


@pytest.mark.parametrize("stream", ["arrays", *STREAMS])
@pytest.mark.parametrize(
    ("steps", "expected", "warned"),
    [
        (2, [[0, 1], [2, 3], [4], [0, 1]], 1),
        (5, [[0, 1, 2, 3, 4]] * 4, 0),
        (7, [[0, 1, 2, 3, 4]] * 4, 4),
        (None, [[0, 1, 2, 3, 4]] * 4, 0),
    ],
)
def test_steps_per_epoch(stream, steps, expected, warned):
    source = (X, Y) if stream == "arrays" else STREAMS[stream]()
    if stream.endswith("rator"):  # ends once and for all
        expected = {2: expected[:3], None: expected[:1]}.get(steps, expected[:1])
        warned = {2: 2, 7: 2}.get(steps, 1)
    size = {"batch_size": 2} if stream == "arrays" else {}
    seen, warnings_, history = steps_seen(source, steps_per_epoch=steps, **size)
    assert (seen, warnings_) == (expected, warned)
    assert len(history.history["loss"]) == len(expected)
    known = 5 if stream in ("arrays", "PyDataset", "threads", "loader", "indexed") else None
    assert history.params["steps"] == (steps or known)


def test_steps_of_an_endless_generator():
    def endless():
        while True:
            yield from batches()

    seen, warned, history = steps_seen(endless(), steps_per_epoch=3, epochs=3)
    assert (seen, warned) == ([[0, 1, 2], [3, 4, 0], [1, 2, 3]], 0)
    model = new_model()
    assert model.predict(endless(), steps=6, verbose=0).shape == (12, 3)
    expected = model.evaluate(X, Y, batch_size=2, verbose=0)
    assert model.evaluate(endless(), steps=5, verbose=0) == expected
    history = model.fit(
        endless(), steps_per_epoch=1, validation_data=endless(), validation_steps=5, verbose=0
    )
    assert history.history["val_loss"] == [model.evaluate(X, Y, batch_size=2, verbose=0)]


def test_steps_of_arrays_give_the_batch_size():
    model = new_model()
    model.fit(X, Y, steps_per_epoch=3, verbose=0)
    assert model.optimizer.iterations == 3
    assert model.predict(X, steps=3, verbose=0).shape == (10, 3)
    assert model.predict(X, steps=2, batch_size=3, verbose=0).shape == (6, 3)
    got = model.evaluate(X, Y, steps=2, batch_size=3, verbose=0)
    assert got == model.evaluate(X[:6], Y[:6], batch_size=3, verbose=0)


def test_validation_begins_anew():
    counts = []
    count = bn.callbacks.LambdaCallback(on_test_batch_end=lambda batch, logs: counts.append(batch))
    model = new_model(optimizer=bn.optimizers.SGD(0.0))
    for data in ((X, Y), Loader(), Squared()):
        history = model.fit(
            X,
            Y,
            epochs=3,
            validation_data=data,
            validation_batch_size=2,
            validation_steps=2,
            callbacks=[count],
            verbose=0,
        )
        expected = model.evaluate(X[:4], Y[:4], batch_size=2, verbose=0)
        assert history.history["val_loss"] == [expected] * 3
    assert counts == [0, 1] * 9


def test_a_validation_that_ended_has_no_metrics():
    history = new_model().fit(X, Y, epochs=3, validation_data=iter(batches()), verbose=0)
    assert [len(history.history[name]) for name in ("loss", "val_loss")] == [3, 1]


def test_no_batches():
    model = new_model()
    for empty in (lambda: iter([]), lambda: Squared([]), lambda: Loader([])):
        for method in (model.fit, model.evaluate, model.predict):
            with pytest.raises(ValueError, match=rf"\[{method.__name__}\] expected at least one b"):
                method(empty(), verbose=0)
    with pytest.raises(ValueError, match=r"\[fit validation_data\] expected at least one batch"):
        model.fit(X, Y, validation_data=iter([]), verbose=0)


# PyDataset


def test_calls_of_a_py_dataset():
    data = Squared()
    new_model().fit(data, epochs=2, shuffle=False, verbose=0)
    epoch = ["begin", 0, 1, 2, 3, 4, "end"]
    assert data.log == [0, *epoch, *epoch]  # the first is the trial
    data.log.clear()
    new_model().predict(data, verbose=0)
    assert data.log == epoch
    assert [len(x) for x, _ in Squared()] == [2] * 5


def test_shuffling_a_py_dataset():
    def orders(seed):
        bn.utils.set_random_seed(seed)
        data = Squared()
        new_model().fit(data, epochs=3, verbose=0)
        calls = [call for call in data.log if call not in ("begin", "end")][1:]
        return [tuple(calls[i : i + 5]) for i in (0, 5, 10)]

    first = orders(0)
    assert all(sorted(order) == [0, 1, 2, 3, 4] for order in first)
    assert len(set(first)) > 1
    assert orders(0) == first != orders(1)
    data = Squared()
    new_model().evaluate(data, verbose=0)
    assert data.log == ["begin", 0, 1, 2, 3, 4, "end"]


def test_an_endless_py_dataset():
    class Endless(Squared):
        num_batches = None

        def __getitem__(self, index):
            return super().__getitem__(index % 5)

    for workers in (1, 2):
        data = Endless(workers=workers)
        assert data.num_batches is None
        got = fitted(data, steps_per_epoch=5, epochs=2)
        assert got == fitted(X, Y, batch_size=2, epochs=2)


def test_threads_keep_the_order():
    class Slow(Squared):
        threads = set()  # noqa: RUF012

        def __getitem__(self, index):
            self.threads.add(threading.get_ident())
            time.sleep(0.003 * (5 - index))
            return super().__getitem__(index)

    assert fitted(Slow(workers=4), epochs=2) == fitted(X, Y, batch_size=2, epochs=2)
    assert len(Slow.threads) > 1


@pytest.mark.parametrize("workers", [1, 3])
def test_an_error_in_a_py_dataset(workers):
    class Failing(Squared):
        def __getitem__(self, index):
            if index == 3:
                raise KeyError("three")
            return super().__getitem__(index)

    model = new_model()
    with pytest.raises(KeyError, match="three"):
        model.fit(Failing(workers=workers), shuffle=False, verbose=0)
    assert model.optimizer.iterations == 3


def test_a_py_dataset_need_not_call_the_constructor():
    class Plain(PyDataset):
        def __init__(self):
            pass

        def __len__(self):
            return 5

        def __getitem__(self, index):
            return batches()[index]

    assert fitted(Plain()) == fitted(X, Y, batch_size=2)


def test_errors_of_a_py_dataset():
    for given in ({"workers": 0}, {"workers": 1.5}, {"max_queue_size": 0}, {"workers": True}):
        with pytest.raises(ValueError, match=rf"\[PyDataset\] expected {next(iter(given))}"):
            Squared(**given)
    with pytest.raises(NotImplementedError, match=r"\[PyDataset\] .* must define __len__"):
        new_model().fit(PyDataset(), verbose=0)
    with pytest.raises(NotImplementedError, match=r"\[PyDataset\] .* must define __getitem__"):
        PyDataset()[0]
    assert bn.utils.Sequence is PyDataset


# What goes wrong


@pytest.mark.parametrize(
    ("batch", "error", "message"),
    [
        (X[:2], ValueError, r"\[fit\] expected batches \(x, y\) or .*, got float32 .* without y"),
        ((X[:2],), ValueError, r"\[fit\] expected batches \(x, y\) or .*, got tuple without y"),
        ((X[:2], None), ValueError, r"\[fit\] expected batches .*, got tuple without y"),
        ((X[:2], Y[:2], None, 1), ValueError, r"\[fit\] expected batches .*, got 4 parts"),
        ({"x": X[:2]}, ValueError, r"\[fit\] expected batches .*, got dict without y"),
        (({"a": X[:2]}, Y[:2]), ValueError, r"\[fit\] expected x: an array, or a dict in which"),
        ((X[:2], {"a": Y[:2]}), TypeError, r"\[fit\] expected y: an array, got dict; models have"),
        ((X[:2], Y[:3]), ValueError, r"\[fit\] expected y with as many samples as x, 2, got"),
        ((X[:2, :3], Y[:2]), ValueError, r"\[fit\] expected x of shape \(samples, 4\)"),
        ((X[:2], Y[:2, :2]), ValueError, r"expected y_true of the shape of y_pred"),
        ((X[:2], Y[:2] * np.nan), ValueError, r"\[fit\] expected y without NaN"),
        (("a", "b"), TypeError, r"\[fit\] expected x: an array of numbers"),
        ((X[:0], Y[:0]), ValueError, r"\[fit\] expected x with at least one sample"),
    ],
)
def test_bad_batches(batch, error, message):
    model = new_model()
    before = bits(model)
    with pytest.raises(error, match=message):
        model.fit(iter([batch, *batches()]), verbose=0)
    assert bits(model) == before
    assert model.optimizer.iterations == 0
    with pytest.raises(error, match=message):
        model.fit(iter([*batches(), batch]), verbose=0)
    assert model.optimizer.iterations == 5
    assert bits(model) == fitted(X, Y, batch_size=2)[1]


def test_arguments_beside_a_stream():
    model = new_model()
    for method in (model.fit, model.evaluate):
        for name in ("y", "sample_weight"):
            with pytest.raises(ValueError, match=rf"expected {name} in the batches that x gives"):
                method(iter(batches()), **{name: Y}, verbose=0)
    with pytest.raises(ValueError, match=r"\[fit\] validation_split needs x and y that are arrays"):
        model.fit(iter(batches()), validation_split=0.5, verbose=0)
    with pytest.raises(ValueError, match=r"\[fit\] expected steps_per_epoch of at least 1, got 0"):
        model.fit(iter(batches()), steps_per_epoch=0, verbose=0)
    with pytest.raises(
        ValueError, match=r"\[fit validation_data\] expected validation_steps: a whole"
    ):
        model.fit(X, Y, validation_data=(X, Y), validation_steps=1.5, verbose=0)
    with pytest.raises(TypeError, match=r"\[train_on_batch\] expected x: an array, got list_it"):
        model.train_on_batch(iter(batches()), Y)
    model.fit(iter(batches()), batch_size=7, verbose=0)  # of no effect, as in Keras
    assert model.optimizer.iterations == 5


def test_an_error_in_a_generator_is_the_users():
    error = ZeroDivisionError("mine")

    def failing():
        yield from batches()[:3]
        raise error

    model = new_model()
    with pytest.raises(ZeroDivisionError) as caught:
        model.fit(failing(), verbose=0)
    assert caught.value is error
    assert bits(model) == fitted(X[:6], Y[:6], batch_size=2)[1]
    for method in (model.evaluate, model.predict):
        with pytest.raises(ZeroDivisionError):
            method(failing(), verbose=0)
    model.fit(X, Y, verbose=0)  # the model is free again


def test_ctrl_c_while_waiting_for_a_batch(handler):
    times = []

    def waiting():
        yield from batches()
        timer = threading.Timer(0.05, lambda: (times.append(time.perf_counter()), interrupt()))
        timer.start()
        time.sleep(10)

    def interrupt():
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    model = new_model()
    with pytest.raises(KeyboardInterrupt):
        model.fit(waiting(), verbose=0)
    assert time.perf_counter() - times[0] < 5  # and not the 10 of the generator
    assert bits(model) == fitted(X, Y, batch_size=2)[1]
    assert model.optimizer.iterations == 5


def test_stopping_evaluation_and_prediction():
    model = new_model()

    def stop(batch, logs):
        if batch == 1:
            model.stop_evaluating = model.stop_predicting = True

    callback = bn.callbacks.LambdaCallback(on_test_batch_end=stop, on_predict_batch_end=stop)
    expected = model.evaluate(X[:4], Y[:4], batch_size=2, verbose=0)
    assert model.evaluate(X, Y, batch_size=2, verbose=0, callbacks=[callback]) == expected
    for given in (X, iter(batches())):
        got = model.predict(given, batch_size=2, verbose=0, callbacks=[callback])
        assert got.tobytes() == model.predict(X[:4], verbose=0).tobytes()
