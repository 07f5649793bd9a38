"""One input by name, the loss's weight, and steps_per_execution."""

import numpy as np
import pytest

import brisknet as keras
from brisknet import layers

X = np.arange(28, dtype=np.float32).reshape(14, 2) / 28
Y = X[:, :1]


def linear(*before, **compiled):
    first = [] if before else [keras.Input((2,), name="feats")]
    dense = layers.Dense(1, kernel_initializer="ones", kernel_regularizer="l2", name="out")
    model = keras.Sequential([*before, *first, dense])
    model.compile(keras.optimizers.SGD(0.1), "mse", **{"metrics": ["mae"], **compiled})
    return model


# x as a dict


def batches(x):
    for begin in range(0, 14, 2):
        yield {"feats": x[begin : begin + 2]}, Y[begin : begin + 2]


CALLS = {
    "fit": lambda m, x: m.fit(x, Y, shuffle=False, verbose=0, batch_size=2).history,
    "fit with validation": lambda m, x: (
        m.fit(x, Y, validation_data=(x, Y), shuffle=False, verbose=0).history
    ),
    "fit of frames": lambda m, x: (
        m.fit(x, Y, validation_split=0.5, shuffle=False, verbose=0).history
    ),
    "evaluate": lambda m, x: m.evaluate(x, Y, verbose=0),
    "predict": lambda m, x: m.predict(x, verbose=0).tolist(),
    "train_on_batch": lambda m, x: m.train_on_batch(x, Y),
    "test_on_batch": lambda m, x: m.test_on_batch(x, Y),
    "predict_on_batch": lambda m, x: m.predict_on_batch(x).tolist(),
    "call": lambda m, x: m(x).tolist(),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_dict_is_the_array_of_the_inputs_name(call):
    expected, model = linear(), linear()
    assert call(model, {"feats": X, "other": X[:1]}) == call(expected, X)
    for a, b in zip(model.get_weights(), expected.get_weights(), strict=True):
        assert np.array_equal(a, b)


def test_batches_of_dicts():
    class Numbered(keras.utils.PyDataset):
        def __len__(self):
            return 7

        def __getitem__(self, index):
            return list(batches(X))[index]

    arrays = linear()
    expected = arrays.fit(X, Y, batch_size=2, shuffle=False, verbose=0).history
    for given in (batches(X), list(batches(X)), Numbered()):
        if isinstance(given, list):
            given = iter(given)
        model = linear()
        assert model.fit(given, shuffle=False, verbose=0).history == expected
        assert model.predict(batches(X), verbose=0).tolist() == arrays.predict(X).tolist()


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("given", [{"feat": X}, {"feat": X, "out": X}, {}])
def test_another_name_is_refused(call, given):
    model = linear()
    before = model.get_weights()
    with pytest.raises(ValueError, match=r"expected x: an array, or a dict in which 'feats'.*got"):
        call(model, given)
    assert all((a == b).all() for a, b in zip(before, model.get_weights(), strict=True))


@pytest.mark.parametrize("name", ["first", "first_input"])
def test_without_an_input_the_first_layers_name_counts(name):
    for first in (layers.Dense(2, name="first"), layers.Dense(2, name="first", input_shape=(2,))):
        assert linear(first).predict({name: X}, verbose=0).shape == (14, 1)
        with pytest.raises(ValueError, match=r"'first' or 'first_input'.*got a dict of 'feats'"):
            linear(first).predict({"feats": X})


# loss_weights


@pytest.mark.parametrize("given", [2.0, 2, np.float32(2), [2.0], (2.0,), {"out": 2.0}, [[2.0]]])
def test_the_loss_is_multiplied_and_penalties_are_not(given):
    weighted, plain = linear(loss_weights=given), linear()
    penalty = 0.01 * 2
    assert weighted.evaluate(X, Y, verbose=0)[0] == pytest.approx(
        2 * (plain.evaluate(X, Y, verbose=0)[0] - penalty) + penalty, rel=1e-6
    )
    assert weighted.test_on_batch(X, Y)[1] == plain.test_on_batch(X, Y)[1]  # metrics as before
    weights = [np.full((14,), 2, np.float32)]  # of the samples: the same for the gradient
    weighted.train_on_batch(X, Y)
    plain.train_on_batch(X, Y, sample_weight=weights[0])
    for a, b in zip(weighted.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6)


@pytest.mark.parametrize("given", ["a", True, [1.0, 2.0], [], float("nan"), {"a": 1, "b": 2}, 1j])
def test_other_loss_weights_are_refused(given):
    with pytest.raises(ValueError, match=r"\[compile\] expected loss_weights: a number"):
        linear(loss_weights=given)


def test_a_saved_model_keeps_its_loss_weight(tmp_path):
    model = linear(loss_weights={"out": 0.25}, steps_per_execution=3)
    model.save(tmp_path / "model.safetensors")
    loaded = keras.models.load_model(tmp_path / "model.safetensors")
    assert loaded.evaluate(X, Y, verbose=0) == model.evaluate(X, Y, verbose=0)
    assert loaded.steps_per_execution == 3


# steps_per_execution


class Recorder(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.calls = []

    def on_train_batch_begin(self, batch, logs=None):
        self.calls.append(("begin", batch))

    def on_train_batch_end(self, batch, logs=None):
        self.calls.append(("end", batch, logs["loss"]))

    def on_test_batch_begin(self, batch, logs=None):
        self.calls.append(("test begin", batch))

    def on_test_batch_end(self, batch, logs=None):
        self.calls.append(("test end", batch, logs["loss"]))

    def on_predict_batch_begin(self, batch, logs=None):
        self.calls.append(("predict begin", batch))

    def on_predict_batch_end(self, batch, logs=None):
        self.calls.append(("predict end", batch, logs["outputs"].tolist()))


def recorded(many, source=None, **given):
    model, recorder = linear(steps_per_execution=many), Recorder()
    given = {"shuffle": False, "verbose": 0, "callbacks": [recorder], **given}
    arrays = () if source is not None else (X, Y)
    history = model.fit(*(arrays or (source,)), **given).history
    return model, recorder.calls, history


@pytest.mark.parametrize("many", [1, 2, 3, 7, 100])
@pytest.mark.parametrize(
    "given",
    [
        {"batch_size": 2, "epochs": 2, "validation_data": (X[:10], Y[:10])},
        {"batch_size": 2, "epochs": 2, "steps_per_epoch": 3, "validation_data": (X, Y)},
    ],
)
def test_results_are_the_same_and_hooks_fewer(many, given):
    given = {**given, "validation_batch_size": 2}
    single, singles, expected = recorded(1, **given)
    model, calls, history = recorded(many, **given)
    assert history == expected
    assert model.optimizer.iterations == single.optimizer.iterations
    for a, b in zip(model.get_weights(), single.get_weights(), strict=True):
        assert np.array_equal(a, b)
    begins = [call[1] for call in calls if call[0] == "begin"]
    steps = given.get("steps_per_epoch", 7)
    assert begins == [*range(0, steps, many)] * given["epochs"]
    ends = [call[1] for call in calls if call[0] == "end"]
    assert ends == [begin + many - 1 for begin in begins]
    losses = [call[2] for call in singles if call[0] == "end"]
    of_epoch = [losses[i : i + steps] for i in range(0, len(losses), steps)]
    for loss, begin, epoch in zip(
        [call[2] for call in calls if call[0] == "end"],
        begins,
        np.repeat(range(given["epochs"]), len(begins) // given["epochs"]),
        strict=True,
    ):
        assert loss == of_epoch[epoch][min(begin + many, steps) - 1]
    tests = [call[1] for call in calls if call[0] == "test begin"]
    of_validation = len(given["validation_data"][0]) // 2
    assert tests == [*range(0, of_validation, many)] * given["epochs"]


@pytest.mark.parametrize("many", [2, 3, 100])
def test_predict_gives_the_outputs_of_several_steps(many):
    model, recorder = linear(steps_per_execution=many), Recorder()
    expected = linear().predict(X, verbose=0)
    for given in (X, ([X[i : i + 4]] for i in range(0, 14, 4))):
        recorder.calls.clear()
        size = {"batch_size": 4} if given is X else {}
        predicted = model.predict(given, verbose=0, callbacks=[recorder], **size)
        assert np.array_equal(predicted, expected)
        outputs = [call[2] for call in recorder.calls if call[0] == "predict end"]
        assert np.array_equal(np.concatenate(outputs), expected)
        assert len(outputs) == -(-4 // many)


def test_a_generator_may_end_amid_an_execution():
    source = ((X[i : i + 2], Y[i : i + 2]) for i in range(0, 14, 2))
    _, calls, history = recorded(3, source)
    assert [call[:2] for call in calls if call[0] == "end"] == [("end", 2), ("end", 5), ("end", 8)]
    _, _, expected = recorded(1, batch_size=2)
    assert history == expected


def test_stopping_waits_for_the_execution_and_saving_counts_steps(tmp_path):
    class Stop(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            self.model.stop_training = batch >= 3

    model, _, _ = recorded(2, batch_size=2, callbacks=[Stop()])
    assert model.optimizer.iterations == 4
    saved = keras.callbacks.ModelCheckpoint(tmp_path / "{batch}.safetensors", save_freq=4)
    recorded(2, batch_size=2, callbacks=[saved])
    assert sorted(p.name for p in tmp_path.iterdir()) == ["4.safetensors", "8.safetensors"]


@pytest.mark.parametrize("value", [0, -1, 1.5, "a", None, True])
def test_other_steps_per_execution_are_refused(value):
    with pytest.raises(ValueError, match=r"\[compile\] expected steps_per_execution"):
        linear(steps_per_execution=value)
