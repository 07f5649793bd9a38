"""Whole models in files: what comes back, and that training goes on with the same bits."""

import copy
import json
import pickle
import subprocess
import sys
import textwrap

import numpy as np
import pytest

import brisknet as keras
from brisknet import layers, losses, metrics, optimizers, regularizers
from checks import bits

ENDINGS = [".safetensors", ".keras", ".h5"]


@pytest.fixture(params=ENDINGS)
def path(request, tmp_path):
    if request.param != ".safetensors":
        pytest.importorskip("h5py")
    return tmp_path / f"m{request.param}"


def data(columns=2, rows=50, positive=False):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(rows, 6)).astype(np.float32)
    return x, rng.random((rows, columns))


def model(*middle, compiled=True, **kwargs):
    made = keras.Sequential(
        [
            layers.Input((6,)),
            layers.Dense(8, activation="relu", kernel_regularizer=regularizers.L2(0.01)),
            *middle,
            layers.Dense(2, activation="sigmoid"),
        ]
    )
    if compiled:
        made.compile(**{"optimizer": "adam", "loss": "mse", "metrics": ["mae"], **kwargs})
    return made


def assert_trains_on(one, other, x, y):
    """Both make the same steps from here on."""
    histories = [m.fit(x, y, epochs=2, batch_size=16, verbose=0).history for m in (one, other)]
    assert histories[0] == histories[1]
    assert bits(one) == bits(other)
    assert one.optimizer.iterations == other.optimizer.iterations


def assert_same_after_loading(one, path, x, y):
    one.fit(x, y, epochs=2, batch_size=16, verbose=0)
    one.save(path)
    other = keras.models.load_model(path)
    assert bits(one) == bits(other)
    assert other.get_config() == one.get_config()
    expected = one.get_compile_config()
    if path.suffix == ".h5" and expected["loss"] == "mse":
        expected["loss"] = "mean_squared_error"  # the name that Keras finds
    assert other.get_compile_config() == {**expected, "loss": other.get_compile_config()["loss"]}
    assert np.array_equal(one.predict(x, verbose=0), other.predict(x, verbose=0))
    assert_trains_on(one, other, x, y)


RANDOM = {
    "dropout": lambda: layers.Dropout(0.4),
    "seeded dropout": lambda: layers.Dropout(0.4, seed=7),
    "noise": lambda: layers.GaussianNoise(0.3),
    "gaussian dropout": lambda: layers.GaussianDropout(0.3),
    "alpha dropout": lambda: layers.AlphaDropout(0.3),
}
OTHERS = {
    "batch normalization": lambda: layers.BatchNormalization(),
    "layer normalization": lambda: layers.LayerNormalization(),
    "rms normalization": lambda: layers.RMSNormalization(),
    "unit normalization": lambda: layers.UnitNormalization(),
    "normalization": lambda: layers.Normalization(),
    "activation": lambda: layers.Activation("gelu"),
    "prelu": lambda: layers.PReLU(),
    "leaky": lambda: layers.LeakyReLU(0.1),
    "elu": lambda: layers.ELU(0.5),
    "softmax": lambda: layers.Softmax(),
    "reshaped": lambda: keras.Sequential(
        [layers.Reshape((2, 4)), layers.Permute((2, 1)), layers.Flatten()]
    ),
    "repeated": lambda: keras.Sequential([layers.RepeatVector(2), layers.Flatten()]),
    "rescaled": lambda: layers.Rescaling(0.5, offset=[0.0] * 8),
    "penalty": lambda: layers.ActivityRegularization(l1=0.01),
    "constraint": lambda: layers.Dense(3, kernel_constraint="unit_norm", use_bias=False),
    "frozen": lambda: layers.Dense(3, trainable=False),
    "nested": lambda: keras.Sequential(
        [layers.Dense(5), layers.Dropout(0.2), keras.Sequential([layers.Dense(4)])], name="inner"
    ),
}


@pytest.mark.parametrize("kind", [*RANDOM, *OTHERS])
def test_layers(path, kind):
    x, y = data()
    assert_same_after_loading(model((RANDOM | OTHERS)[kind]()), path, x, y)


def test_embeddings(path):
    x = np.arange(40).reshape(10, 4) % 7
    one = keras.Sequential([layers.Input((4,)), layers.Embedding(7, 3), layers.Flatten()])
    one.add(layers.Dense(2))
    one.compile("rmsprop", "mse")
    assert_same_after_loading(one, path, x, data(2, 10)[1])


RULES = {
    "sgd": lambda: optimizers.SGD(0.1),
    "momentum": lambda: optimizers.SGD(0.1, momentum=0.9, nesterov=True),
    "rmsprop": lambda: optimizers.RMSprop(0.01, momentum=0.5, centered=True),
    "adam": lambda: optimizers.Adam(0.01, amsgrad=True),
    "adamw": lambda: optimizers.AdamW(0.01, weight_decay=0.1),
    "schedule": lambda: optimizers.Adam(optimizers.schedules.ExponentialDecay(0.1, 5, 0.9)),
    **{
        name: lambda name=name: getattr(optimizers, name)()
        for name in sorted(set(optimizers.__all__) - {"Optimizer"})
        if isinstance(getattr(optimizers, name), type)
    },
}


@pytest.mark.parametrize("rule", RULES)
def test_optimizers(path, rule):
    x, y = data()
    assert_same_after_loading(model(optimizer=RULES[rule]()), path, x, y)


@pytest.mark.parametrize(
    "options",
    [
        {"use_ema": True, "ema_momentum": 0.9, "ema_overwrite_frequency": 3},
        {"gradient_accumulation_steps": 3, "clipnorm": 0.1},
    ],
)
def test_options_of_optimizers(path, options):
    x, y = data()
    assert_same_after_loading(model(optimizer=optimizers.Adam(**options)), path, x, y)


LOSSES = [
    "mse",
    "mae",
    "binary_crossentropy",
    losses.Huber(0.5),
    losses.BinaryCrossentropy(label_smoothing=0.1),
    losses.mean_squared_error,
]


@pytest.mark.parametrize("loss", LOSSES, ids=str)
def test_losses_and_metrics(path, loss):
    x, y = data()
    found = ["mse", metrics.MeanSquaredError(name="other"), metrics.mean_squared_error]
    one = model(loss=loss, metrics=found, weighted_metrics=["mae"])
    assert_same_after_loading(one, path, x, np.round(y))


def test_accuracy_stays_a_name(path):
    x, y = data()
    one = model(loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    assert_same_after_loading(one, path, x, (y[:, 0] > 0.5).astype(int))


def test_other_processes_and_threads_go_on_with_the_same_bits(path):
    """Two epochs, saved and loaded elsewhere, and two more, are two and two in one process."""
    code = """
        import sys
        import numpy as np
        import brisknet as keras
        keras.set_num_threads(int(sys.argv[2]))
        rng = np.random.default_rng(0)
        x, y = rng.random((300, 64), dtype=np.float32), rng.random((300, 8))
        path, epochs = sys.argv[1], int(sys.argv[3])
        if epochs:
            keras.utils.set_random_seed(1)
            model = keras.Sequential([
                keras.Input((64,)), keras.layers.Dense(200, activation="relu"),
                keras.layers.Dropout(0.3), keras.layers.BatchNormalization(),
                keras.layers.Dense(8),
            ])
            model.compile("adam", "mse")
            for _ in range(epochs):
                model.fit(x, y, epochs=2, verbose=0)
        else:
            model = keras.models.load_model(path)
            model.fit(x, y, epochs=2, verbose=0)
        model.save(path)
    """

    def run(path, threads, fits):
        arguments = [sys.executable, "-c", textwrap.dedent(code), str(path), threads, fits]
        subprocess.run(arguments, check=True)

    whole = path.with_name(f"whole{path.suffix}")
    run(whole, "1", "2")
    run(path, "2", "1")
    run(path, "1", "0")
    one, other = keras.models.load_model(whole), keras.models.load_model(path)
    assert bits(one) == bits(other)
    assert one.optimizer.iterations == other.optimizer.iterations == 40


def test_models_that_are_not_compiled(path):
    one = model(compiled=False)
    one.save(path)
    other = keras.saving.load_model(path)
    assert bits(one) == bits(other)
    assert other.optimizer is None
    assert other.get_compile_config() == {}


def test_models_that_are_not_built(path):
    one = keras.Sequential([layers.Dense(2), layers.Dropout(0.1)], name="open")
    one.compile("adam", "mse")
    one.save(path)
    other = keras.saving.load_model(path)
    assert not other.built
    assert other.name == "open"
    other.fit(*data(), verbose=0)


def test_models_built_without_an_input(path):
    one = keras.Sequential([layers.Dense(2)])
    one.build((None, 3))
    one.save(path)
    other = keras.models.load_model(path)
    assert other.input_shape == (None, 3)
    assert other.get_config() == one.get_config()


def test_without_compiling(path):
    one = model()
    one.fit(*data(), verbose=0)
    one.save(path)
    assert keras.models.load_model(path, compile=False).optimizer is None
    one.save(path, include_optimizer=False)
    other = keras.models.load_model(path)
    assert other.optimizer is None
    assert bits(one) == bits(other)


def test_frozen_layers_stay_frozen(path):
    one = model(layers.BatchNormalization())
    one.layers[0].trainable = False
    one.compile("adam", "mse")
    one.fit(*data(), verbose=0)
    one.save(path)
    other = keras.models.load_model(path)
    assert [v.trainable for v in other.weights] == [v.trainable for v in one.weights]
    one.trainable = False
    one.save(path)
    other = keras.models.load_model(path)
    assert not other.trainable_variables
    assert not other.trainable


def test_the_learning_rate_that_was_set(path):
    one = model()
    one.optimizer.learning_rate = 0.0123
    one.fit(*data(), verbose=0)
    one.save(path)
    assert keras.models.load_model(path).optimizer.learning_rate == 0.0123


@keras.saving.register_keras_serializable("tests")
class Scale(layers.Layer):
    def __init__(self, start=1.0, **kwargs):
        super().__init__(**kwargs)
        self.start = start

    def build(self, input_shape):
        self.calls = self.add_weight((), "zeros", trainable=False, name="calls")
        self.scale = self.add_weight((input_shape[-1],), "ones", name="scale")
        self.scale.assign(self.scale.value * self.start)

    def forward(self, x):
        def backward(dy):
            self.scale.grad = (dy * x).sum(axis=0)
            return dy * self.scale.value

        return x * self.scale.value, backward


class Unregistered(Scale):
    pass


def twice(x):
    return 2 * x, lambda dy: 2 * dy


def squares(y_true, y_pred):
    return ((y_pred - y_true) ** 2).mean(axis=-1), 2 * (y_pred - y_true) / y_pred.shape[-1]


def test_registered_layers(path):
    assert_same_after_loading(model(Scale(0.5)), path, *data())


def test_custom_objects(path):
    one = model(Unregistered(), layers.Activation(twice), loss=squares, metrics=[])
    one.fit(*data(), verbose=0)
    one.save(path)
    with pytest.raises(ValueError, match=r"\[load_model\] '.*m\.\w+' cannot be loaded.*Unregist"):
        keras.models.load_model(path)
    known = {"Unregistered": Unregistered, "twice": twice, "squares": squares}
    other = keras.models.load_model(path, custom_objects=known)
    assert bits(one) == bits(other)
    with keras.saving.custom_object_scope(known):
        assert bits(one) == bits(keras.models.load_model(path))
    assert_trains_on(one, other, *data())


def test_lambdas_are_refused_and_the_old_file_stays(path):
    model().save(path)
    before = path.read_bytes()
    one = model(layers.Activation(lambda x: (x, lambda dy: dy)))
    with pytest.raises(ValueError, match="a lambda has no name"):
        one.save(path)
    assert path.read_bytes() == before


def test_what_is_refused_by_name(tmp_path):
    one = model()
    for name in ("m", "m.tf", "m.hdf"):
        for call in (one.save, keras.models.load_model):
            with pytest.raises(ValueError, match=r"ends in .*'\.keras', '\.h5', '\.hdf5', got"):
                call(tmp_path / name)
    with pytest.raises(ValueError, match="zipped=False is not supported"):
        one.save(tmp_path / "m.keras", zipped=False)
    one.save(tmp_path / "m.safetensors")
    with pytest.raises(ValueError, match="safe_mode=False is not supported"):
        keras.models.load_model(tmp_path / "m.safetensors", safe_mode=False)
    one.save_weights(tmp_path / "w.safetensors")
    with pytest.raises(ValueError, match="holds no model, only weights"):
        keras.models.load_model(tmp_path / "w.safetensors")
    with pytest.raises(FileNotFoundError):
        keras.models.load_model(tmp_path / "none.keras")


def test_weights_of_whole_models_can_be_loaded(path):
    one, other = model(), model()
    one.fit(*data(), verbose=0)
    one.save(path)
    other.load_weights(path)
    assert bits(one) == bits(other)
    assert other.optimizer.iterations == one.optimizer.iterations


def test_the_format_of_another_version_is_refused(tmp_path):
    model().save(tmp_path / "m.safetensors")
    data = (tmp_path / "m.safetensors").read_bytes()
    data = data.replace(b'"format_version":"1"', b'"format_version":"9"')
    (tmp_path / "m.safetensors").write_bytes(data)
    with pytest.raises(ValueError, match="version '9', not '1'"):
        keras.models.load_model(tmp_path / "m.safetensors")


def test_keras_files_without_h5py_name_the_extra(tmp_path, monkeypatch):
    pytest.importorskip("h5py")
    one = model()
    one.save(tmp_path / "m.keras")
    monkeypatch.setitem(sys.modules, "h5py", None)
    other = tmp_path / "other.weights.h5"
    calls = (
        lambda: one.save(tmp_path / "other.keras"),
        lambda: one.save_weights(other),
        lambda: keras.models.load_model(tmp_path / "m.keras"),
        lambda: one.load_weights(tmp_path / "m.keras"),
    )
    for call in calls:
        with pytest.raises(ImportError, match=r"pip install 'brisknet\[keras\]'"):
            call()
    assert not other.exists()
    one.save(tmp_path / "m.safetensors")
    assert bits(one) == bits(keras.models.load_model(tmp_path / "m.safetensors"))


# --- configurations


def test_models_from_json():
    one = model(layers.Dropout(0.3), compiled=False)
    other = keras.models.model_from_json(one.to_json(indent=2))
    assert other.get_config() == one.get_config()
    assert [v.shape for v in other.weights] == [v.shape for v in one.weights]
    for text in ("{", "[" * 100_000, "3"):
        with pytest.raises(ValueError, match="model_from_json"):
            keras.models.model_from_json(text)


def test_from_config():
    one = model(Unregistered(), compiled=False)
    config = json.loads(json.dumps(one.get_config()))
    other = keras.Sequential.from_config(config, custom_objects={"Unregistered": Unregistered})
    assert other.get_config() == one.get_config()
    assert bits(one) != bits(other)
    with pytest.raises(ValueError, match="expected config with name and layers"):
        keras.Sequential.from_config({"name": "x"})


def test_compile_from_config():
    one, other = model(loss=losses.Huber()), model(compiled=False)
    other.compile_from_config(one.get_compile_config())
    assert other.get_compile_config() == one.get_compile_config()
    assert other.optimizer.built


# --- copies


@pytest.mark.parametrize(
    "copied",
    [copy.copy, copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))],
    ids=["copy", "deepcopy", "pickle"],
)
def test_copies_train_on_alone(copied):
    x, y = data()
    one = model(layers.Dropout(0.3), Unregistered(), loss=squares, metrics=[])
    one.fit(x, y, verbose=0)
    other = copied(one)
    assert bits(one) == bits(other)
    assert other.weights[0].value is not one.weights[0].value
    assert_trains_on(one, other, x, y)


def test_pickles_of_local_classes_say_what_to_do():
    class Local(Scale):
        pass

    with pytest.raises(ValueError, match="'Local' is not at the top of module"):
        pickle.dumps(model(Local()))


def test_pickles_hold_a_safetensors_file():
    text = pickle.dumps(model())
    assert b"format_version" in text
    assert b"model_from_bytes" in text


def test_joblib():
    joblib = pytest.importorskip("joblib")
    one = model()
    one.fit(*data(), verbose=0)
    x = data()[0]
    results = joblib.Parallel(n_jobs=2)(joblib.delayed(_predict)(one, x) for _ in range(2))
    assert all(np.array_equal(r, one.predict(x, verbose=0)) for r in results)


def _predict(model, x):
    return model.predict(x, verbose=0)
