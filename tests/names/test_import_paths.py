"""Keras's module paths and settings: `brisknet.keras`, refused modules, `config`, `backend`."""

import importlib
import logging
import pickle
import subprocess
import sys

import numpy as np
import pytest

import brisknet as tf
from brisknet import config

MODULES = """
activations backend callbacks config constraints datasets export initializers layers losses metrics
models ops optimizers optimizers.schedules preprocessing preprocessing.sequence random regularizers
saving utils
""".split()


@pytest.mark.parametrize("name", ["", *MODULES])
def test_keras_is_brisknet(name):
    dotted = f".{name}" if name else ""
    ours = importlib.import_module(f"brisknet{dotted}")
    spec = ours.__spec__
    for alias in ("brisknet.keras", "brisknet.keras.keras"):
        assert importlib.import_module(alias + dotted) is ours
    assert ours.__spec__ is spec
    assert spec.name == ours.__name__ == f"brisknet{dotted}"


SCRIPT = """
import brisknet as tf
from brisknet.keras import layers
from brisknet.keras.models import Sequential
from brisknet.keras.layers import Dense
import brisknet.keras.layers.dense
import brisknet.keras.optimizers as optimizers
import brisknet.layers.dense
assert tf.keras.layers is layers and Dense is tf.layers.Dense is brisknet.layers.dense.Dense
assert optimizers is tf.optimizers and Sequential is tf.Sequential
import sys
files = [getattr(m, "__file__", None) for n, m in set(sys.modules.items()) if "brisknet" in n]
names = {id(m): m.__name__ for n, m in sys.modules.items() if n.startswith("brisknet")}
assert len(set(names.values())) == len(names)  # no file was loaded twice
import pickle
dense = pickle.dumps(Dense)
assert b"keras" not in dense and pickle.loads(dense) is Dense
"""


def test_a_fresh_process_loads_no_file_twice():
    subprocess.run([sys.executable, "-W", "error", "-c", SCRIPT], check=True)


def test_registered_names_and_pickles_do_not_know_the_alias():
    model = tf.keras.Sequential([tf.keras.Input((2,)), tf.keras.layers.Dense(1, name="d")])
    assert tf.keras.layers.serialize(model.layers[0])["module"] == "keras.layers"
    copied = pickle.loads(pickle.dumps(model))
    assert type(copied) is tf.Sequential
    assert np.array_equal(copied.get_weights()[0], model.get_weights()[0])


REFUSED = {
    "applications": "applications of Keras is not supported",
    "applications.vgg16": "applications of Keras is not supported",
    "distribution": "distribution of Keras is not supported",
    "engine.topology": "use brisknet.layers",
    "layers.LSTM": "LSTM of Keras is not supported",
    "layers.advanced_activations": "use brisknet.layers",
    "layers.core": "use brisknet.layers",
    "layers.experimental.preprocessing": "use brisknet.layers",
    "legacy": "legacy of Keras is not supported",
    "mixed_precision": "mixed_precision of Keras is not supported",
    "objectives": "use brisknet.losses",
    "optimizers.legacy": "legacy of Keras is not supported.*use brisknet.optimizers",
    "preprocessing.image": "image of Keras is not supported",
    "preprocessing.text": "CountVectorizer",
    "tree": "tree of Keras is not supported",
    "utils.np_utils": "use brisknet.utils",
    "utils.vis_utils": "use brisknet.utils",
    "wrappers": "wrappers of Keras is not supported.*use brisknet.sklearn",
    "wrappers.scikit_learn": "use brisknet.sklearn",
}


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("package", ["brisknet", "brisknet.keras"])
def test_refused_modules_say_so_whichever_way_they_are_imported(package, name):
    with pytest.raises(ImportError, match=REFUSED[name]):
        importlib.import_module(f"{package}.{name}")
    parent, _, last = f"{package}.{name}".rpartition(".")
    with pytest.raises(ImportError, match=REFUSED[name]):
        exec(f"from {parent} import {last}")


def test_modules_that_nobody_has():
    for name in ("brisknet.nonsense", "brisknet.keras.nonsense", "brisknet.layers.nonsense"):
        with pytest.raises(ModuleNotFoundError, match="nonsense"):
            importlib.import_module(name)


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("tf.random.set_seed(1)", "use brisknet.utils.set_random_seed"),
        ("tf.config.list_physical_devices('GPU')", "runs on the CPU"),
        ("tf.config.threading.set_intra_op_parallelism_threads(1)", "set_num_threads"),
        ("tf.constant(1)", "TensorFlow's"),
        ("tf.keras.backend.mean(1)", "NumPy"),
        ("tf.keras.backend.set_value(1, 2)", "assign"),
        ("tf.keras.backend.get_session()", "no sessions"),
        ("tf.keras.preprocessing.text.Tokenizer()", "CountVectorizer"),
        ("tf.keras.config.set_backend('jax')", "set_backend of Keras is not supported"),
        ("tf.keras.config.enable_unsafe_deserialization()", "not supported"),
    ],
)
def test_names_of_tensorflow_and_of_keras_2_say_what_to_use(expression, message):
    with pytest.raises(AttributeError, match=message):
        eval(expression)


@pytest.mark.parametrize("module", [config, tf.backend])
def test_settings_that_have_one_value(module):
    assert (module.floatx(), module.epsilon(), module.backend()) == ("float32", 1e-7, "brisknet")
    module.set_floatx("float32")
    module.set_epsilon(1e-7)
    module.set_image_data_format("channels_last")
    assert module.image_data_format() == "channels_last"
    for setting, value in (("floatx", "float16"), ("epsilon", 1e-5), ("image_data_format", "x")):
        with pytest.raises(ValueError, match=f"set_{setting}.*expected.*got"):
            getattr(module, f"set_{setting}")(value)


@pytest.mark.usefixtures("_settings")
def test_the_image_data_format_is_flattens_default():
    x = np.arange(12).reshape(1, 2, 2, 3)
    first = tf.layers.Flatten()
    tf.backend.set_image_data_format("channels_first")
    assert config.image_data_format() == "channels_first"
    second = tf.layers.Flatten()
    assert (first.data_format, second.data_format) == ("channels_last", "channels_first")
    assert first(x).tolist() == [list(range(12))]
    assert second(x).tolist() == np.moveaxis(x, 1, -1).reshape(1, 12).tolist()
    assert tf.layers.Flatten.from_config(first.get_config()).data_format == "channels_last"


def test_backend_helpers():
    K = tf.backend
    assert [K.get_uid("a"), K.get_uid("a"), K.get_uid("b")] == [1, 2, 1]
    assert K.is_float_dtype("float16")
    assert K.is_float_dtype(np.float64)
    assert not K.is_float_dtype(np.dtype("int8"))
    assert K.is_int_dtype(np.uint8)
    assert not K.is_int_dtype(bool)
    with pytest.raises(ValueError, match="standardize_dtype"):
        K.standardize_dtype("complex64")
    K.clear_session()


@pytest.fixture
def model():
    model = tf.Sequential([tf.Input((2,)), tf.layers.Dense(1)])
    model.compile("sgd", "mse")
    return model


@pytest.fixture
def _settings():
    yield
    config.enable_interactive_logging()
    config.set_image_data_format("channels_last")
    config.set_max_epochs(None)
    config.set_max_steps_per_epoch(None)


X, Y = np.ones((64, 2), np.float32), np.zeros((64, 1), np.float32)


@pytest.mark.usefixtures("_settings")
def test_interactive_logging(model, capsys, caplog):
    caplog.set_level(logging.INFO, "brisknet")
    tf.utils.disable_interactive_logging()
    assert not config.is_interactive_logging_enabled()
    stop = tf.callbacks.EarlyStopping("loss", patience=0, min_delta=1e9, verbose=1)
    model.fit(X, Y, epochs=3, verbose=1, callbacks=[stop])
    model.predict(X, verbose=1)
    model.summary()
    assert capsys.readouterr() == ("", "")
    said = [record.getMessage() for record in caplog.records]
    for text in ("Epoch 1/3", "early stopping", 'Model: "'):
        assert any(text in line for line in said)
    caplog.clear()
    config.enable_interactive_logging()
    model.fit(X, Y, verbose=2)
    assert "loss" in capsys.readouterr().out
    assert not caplog.records


@pytest.mark.usefixtures("_settings")
def test_limits_of_epochs_and_steps(model):
    config.set_max_epochs(2)
    config.set_max_steps_per_epoch(1)
    with pytest.warns(UserWarning, match="limiting") as warned:
        history = model.fit(X, Y, epochs=5, batch_size=16, verbose=0, validation_data=(X, Y))
    assert [str(w.message).partition(",")[0] for w in warned] == [
        "[fit] limiting epochs to 2",
        "[fit] limiting the steps of an epoch to 1",
        "[fit validation_data] limiting the steps of an epoch to 1",
    ]
    assert history.epoch == [0, 1]
    assert model.optimizer.iterations == 2
    with pytest.warns(UserWarning, match="predict"):
        assert model.predict(X, batch_size=16, verbose=0).shape == (16, 1)
    model.fit(X, Y, batch_size=64, verbose=0)  # within the limits
    with pytest.raises(ValueError, match=r"set_max_epochs.*positive integer"):
        config.set_max_epochs(0)


def test_a_file_of_layers_refuses_names_as_well():
    module = importlib.import_module("brisknet.layers.normalization")
    assert not hasattr(module, "BatchNormalization")
    with pytest.raises(ImportError, match=r"use brisknet\.layers"):
        exec("from brisknet.layers.normalization import BatchNormalization")
