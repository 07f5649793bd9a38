"""Keras's older HDF5 files: those that Keras 2 has written, ours, and hostile ones."""

import io
import json
import tracemalloc
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pytest

import brisknet as keras
from brisknet import layers
from brisknet.saving.h5_texts import Texts

h5py = pytest.importorskip("h5py")

ARCHIVE = zipfile.ZipFile(Path(__file__).with_name("keras2.zip"))  # see make_keras2.py
FILES = [name for name in ARCHIVE.namelist() if not name.endswith(".npz")]
MODELS = [name for name in FILES if "_weights" not in name]
# What goes on otherwise: dropout draws other numbers, and Keras 3's Nadam has another schedule.
DIFFERENT = {"many", "nadam", "new_nadam"}


def arrays_of(name):
    with np.load(io.BytesIO(ARCHIVE.read(f"{name}.npz"))) as arrays:
        return {key: arrays[key] for key in arrays}


@pytest.fixture
def keras2(tmp_path):
    """A function that puts a file of Keras 2 where it can be read."""

    def extracted(name):
        return ARCHIVE.extract(name, tmp_path)

    return extracted


@pytest.mark.parametrize("file", MODELS)
def test_models_of_keras_2_predict_and_train_on(keras2, file):
    name = file.partition(".")[0]
    arrays = arrays_of(name)
    x, y = arrays["x"], arrays["y"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = keras.models.load_model(keras2(file))
    np.testing.assert_allclose(model.predict(x, verbose=0), arrays["predicted"], atol=2e-6)
    if name == "bare":
        assert model.optimizer is None
        return
    assert model.optimizer.iterations == 6
    history = model.fit(x, y, epochs=1, batch_size=4, shuffle=False, verbose=0).history
    assert model.optimizer.iterations == 9
    if name not in DIFFERENT:
        np.testing.assert_allclose(model.predict(x, verbose=0), arrays["later"], atol=2e-5)
    expected = {"plain": ["accuracy"], "many": ["auc", "mae", "mse"], "nested": [], "embedded": []}
    assert set(history) == {"loss", *expected.get(name, ["mse"])}
    model.fit(x, y, epochs=2, verbose=0)


@pytest.mark.parametrize("file", [name for name in FILES if "_weights" in name])
def test_weights_of_keras_2(keras2, file):
    name = file.replace("_weights.h5", "")
    arrays = arrays_of(name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = keras.models.clone_model(keras.models.load_model(keras2(f"{name}.h5")))
    before = model.predict(arrays["x"], verbose=0)
    assert abs(before - arrays["predicted"]).max() > 1e-5
    model.load_weights(keras2(file))
    np.testing.assert_allclose(
        model.predict(arrays["x"], verbose=0), arrays["predicted"], atol=2e-6
    )


def test_configurations_are_those_of_keras_3(keras2):
    model = keras.models.load_model(keras2("plain.h5"))
    assert [type(layer).__name__ for layer in model.layers] == [
        "Dense",
        "BatchNormalization",
        "Dense",
    ]
    assert model.input_shape == (None, 4)
    assert model.layers[0].kernel_regularizer.l2 == pytest.approx(0.01)
    assert model.layers[0].kernel_constraint.max_value == 2
    assert model.layers[1].momentum == 0.8
    assert model.layers[1].axis == -1 or model.layers[1].axis == 1
    assert model.get_compile_config()["metrics"] == ["accuracy"]
    adam = keras.models.load_model(keras2("adam.h5")).optimizer
    assert adam.amsgrad
    assert adam.get_config()["learning_rate"]["class_name"] == "InverseTimeDecay"
    assert keras.models.load_model(keras2("nested.h5")).layers[0].trainable is False


def test_without_compiling(keras2):
    assert keras.models.load_model(keras2("plain.h5"), compile=False).optimizer is None


# --- still older ones, in Keras 2's layout


def small():
    model = keras.Sequential([layers.Input((3,)), layers.Dense(2), layers.BatchNormalization()])
    model.set_weights(
        [np.random.default_rng(i).random(v.shape) for i, v in enumerate(model.weights)]
    )
    return model


def legacy(path, model, config, training=None, split=False, group="model_weights"):
    """A file as Keras 2.2 wrote it."""
    with h5py.File(path, "w") as file:
        file.attrs["keras_version"] = b"2.2.4-tf"
        if config is not None:
            file.attrs["model_config"] = json.dumps(config).encode()
        if training is not None:
            file.attrs["training_config"] = json.dumps(training).encode()
        root = file.create_group(group) if group else file
        names = np.array([layer.name.encode() for layer in model.layers])
        if split:
            for i, name in enumerate(names):
                root.attrs[f"layer_names{i}"] = [name]
        else:
            root.attrs["layer_names"] = names
        for layer in model.layers:
            into = root.create_group(layer.name)
            into.attrs["weight_names"] = [
                f"{layer.name}/{v.name}:0".encode() for v in layer.weights
            ]
            for v in layer.weights:
                into[f"{layer.name}/{v.name}:0"] = v.numpy()
    return path


OLD = [
    {
        "class_name": "Dense",
        "config": {
            "name": "dense_7",
            "trainable": True,
            "batch_input_shape": [None, 3],
            "dtype": "float32",
            "units": 2,
            "activation": "linear",
            "use_bias": True,
            "kernel_initializer": {
                "class_name": "VarianceScaling",
                "config": {
                    "scale": 1.0,
                    "mode": "fan_avg",
                    "distribution": "uniform",
                    "seed": None,
                    "dtype": "float32",
                },
            },
            "bias_initializer": {"class_name": "Zeros", "config": {"dtype": "float32"}},
            "kernel_regularizer": {"class_name": "L1L2", "config": {"l1": 0.0, "l2": 0.01}},
            "bias_regularizer": None,
            "activity_regularizer": None,
            "kernel_constraint": None,
            "bias_constraint": None,
        },
    },
    {
        "class_name": "BatchNormalizationV1",
        "config": {
            "name": "batch_normalization_3",
            "trainable": True,
            "dtype": {"class_name": "Policy", "config": {"name": "float32"}},
            "axis": {"class_name": "__tuple__", "items": [1]},
            "momentum": 0.99,
            "epsilon": 0.001,
            "fused": True,
            "virtual_batch_size": None,
        },
    },
]
TRAINING = {
    "optimizer_config": {
        "class_name": "Nadam",
        "config": {"lr": 0.002, "beta_1": 0.9, "beta_2": 0.999, "epsilon": None, "decay": 0.004},
    },
    "loss": "mse",
    "metrics": [
        "accuracy",
        {"class_name": "MeanMetricWrapper", "config": {"name": "mae", "dtype": "float32"}},
    ],
    "sample_weight_mode": None,
    "loss_weights": None,
}


@pytest.mark.parametrize("listed", [True, False])
@pytest.mark.parametrize("split", [True, False])
def test_files_of_the_first_versions_of_keras_2(tmp_path, listed, split):
    one = small()
    config = OLD if listed else {"name": "old", "layers": OLD}
    path = legacy(
        tmp_path / "m.hdf5", one, {"class_name": "Sequential", "config": config}, TRAINING, split
    )
    other = keras.models.load_model(path)
    assert [layer.name for layer in other.layers] == ["dense_7", "batch_normalization_3"]
    assert all(map(np.array_equal, one.get_weights(), other.get_weights()))
    assert other.optimizer.learning_rate == 0.002
    assert other.optimizer.epsilon == 1e-7
    history = other.fit(np.ones((4, 3)), np.ones((4, 2)), verbose=0).history
    assert set(history) == {"loss", "accuracy", "mae"}


@pytest.mark.parametrize("name", ["w.h5", "w.weights.h5", "w.hdf5"])
@pytest.mark.parametrize("group", ["model_weights", None])
def test_weights_by_order_and_by_name(tmp_path, name, group):
    one = small()
    path = legacy(tmp_path / name, one, None, group=group)
    other = small()
    other.set_weights([0 * w for w in other.get_weights()])
    other.load_weights(path)
    assert all(map(np.array_equal, one.get_weights(), other.get_weights()))

    third = keras.Sequential(
        [
            layers.Input((3,)),
            layers.Dense(2, name=one.layers[0].name),
            layers.Dense(2, name="another", kernel_initializer="ones"),
        ]
    )
    with pytest.raises(ValueError, match="shapes"):
        third.load_weights(path)
    third.load_weights(path, by_name=True)
    assert np.array_equal(third.layers[0].kernel.value, one.layers[0].kernel.value)
    assert (third.layers[1].kernel.value == 1).all()
    with pytest.raises(ValueError, match="holds no model, only weights"):
        keras.models.load_model(legacy(tmp_path / "x.h5", one, None, group=group))


def test_what_a_file_lacks(tmp_path):
    one = small()
    three = keras.Sequential(
        [layers.Input((3,)), layers.Dense(2), layers.Dense(2), layers.Dense(2)]
    )
    path = legacy(tmp_path / "w.h5", one, None)
    with pytest.raises(ValueError, match="the model has 3 layers with weights, the file 2"):
        three.load_weights(path)
    other = keras.Sequential([layers.Input((3,)), layers.Dense(5), layers.BatchNormalization()])
    before = other.get_weights()
    with pytest.raises(ValueError, match=r"w\.h5' cannot be loaded: .*shapes"):
        other.load_weights(path)
    assert all(map(np.array_equal, before, other.get_weights()))
    with pytest.warns(UserWarning, match="left as they are"):
        other.load_weights(path, skip_mismatch=True)


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        ({"class_name": "Conv2D", "config": {"filters": 3}}, "Conv2D of Keras is not supported"),
        (
            {"class_name": "Lambda", "config": {"function": ["4wEA", None, None]}},
            "Lambda of Keras is not",
        ),
        ({"class_name": "Functional", "config": {}}, "no class 'Functional'"),
        ({"class_name": "os.system", "config": {}}, "no class 'os.system'"),
        ({"class_name": "Dense", "config": {"units": 10**9}}, "no values for a weight"),
        ({"class_name": "Dense", "config": {"units": 2, "typo": 1}}, "typo"),
        ({"class_name": "Dense", "config": [2]}, "dict"),
        ({"class_name": "Dense"}, "cannot be loaded"),
        ([], "cannot be loaded"),
        (None, "cannot be loaded"),
        ({"class_name": ["x"], "config": {}}, "no class"),
    ],
)
def test_layers_that_there_are_not(tmp_path, layer, message):
    start = {"class_name": "InputLayer", "config": {"batch_input_shape": [None, 3]}}
    config = {"class_name": "Sequential", "config": {"name": "m", "layers": [start, layer]}}
    path = legacy(tmp_path / "m.h5", small(), config)
    with pytest.raises(ValueError, match=rf"m\.h5' cannot be loaded: .*{message}|{message}"):
        keras.models.load_model(path)


# --- the names of layers in files of Keras 2.12 to 2.14


def as_in_2_13(group):
    """Renames layers, of which those with weights counted twice."""
    if "layers" not in group:
        return
    group.move("layers", "_layer_checkpoint_dependencies")
    layers_group = group["_layer_checkpoint_dependencies"]
    for name in sorted(layers_group, key=lambda n: (len(n), n), reverse=True):
        as_in_2_13(layers_group[name])
        kind, _, number = name.rpartition("_")
        if kind and number.isdecimal():
            layers_group.move(name, f"{kind}_{2 * int(number)}")


@pytest.mark.parametrize("ending", [".weights.h5", ".keras"])
def test_names_of_keras_2_13(tmp_path, ending):
    def make():
        inner = keras.Sequential([layers.Dense(3), layers.Dense(3), layers.BatchNormalization()])
        more = [layers.Dense(3) for _ in range(12)]
        return keras.Sequential([layers.Input((4,)), layers.Dense(3), inner, *more])

    one = make()
    one.set_weights([np.full(v.shape, i) for i, v in enumerate(one.weights)])
    one.save_weights(tmp_path / "m.weights.h5")
    with h5py.File(tmp_path / "m.weights.h5", "a") as file:
        as_in_2_13(file)
        assert "_layer_checkpoint_dependencies/dense_24" in file
    if ending == ".keras":
        one.save(tmp_path / "m.keras")
        with zipfile.ZipFile(tmp_path / "m.keras") as old:
            members = {name: old.read(name) for name in old.namelist()}
        members["model.weights.h5"] = (tmp_path / "m.weights.h5").read_bytes()
        members["metadata.json"] = b'{"keras_version": "2.13.1"}'
        with zipfile.ZipFile(tmp_path / "m.keras", "w") as new:
            for name, data in members.items():
                new.writestr(name, data)
        other = keras.models.load_model(tmp_path / "m.keras")
    else:
        other = make()
        other.load_weights(tmp_path / "m.weights.h5")
    assert all(map(np.array_equal, one.get_weights(), other.get_weights()))
    with h5py.File(tmp_path / "m.weights.h5", "a") as file:
        del file["_layer_checkpoint_dependencies/dense_24"]
    with pytest.raises(ValueError, match="in 'layers/dense_12', the file"):
        other.load_weights(tmp_path / "m.weights.h5")


# --- our own


def compiled():
    model = keras.Sequential(
        [
            layers.Input((4,)),
            layers.Dense(3, kernel_regularizer="l2"),
            keras.Sequential([layers.Dense(3), layers.BatchNormalization()]),
            layers.Dropout(0.5),
            layers.Normalization(),
            layers.Dense(2, trainable=False),
        ]
    )
    model.compile("rmsprop", "mse", metrics=["mae", keras.metrics.AUC(num_thresholds=5)])
    model.fit(np.ones((8, 4)), np.eye(2)[[0, 1] * 4], verbose=0)
    return model


def test_many_layers_have_names_in_several_attributes(tmp_path):
    one = keras.Sequential([layers.Input((1,)), *(layers.Identity() for _ in range(3000))])
    one.add(layers.Dense(1))
    one.save(tmp_path / "m.h5")
    with h5py.File(tmp_path / "m.h5") as file:
        assert "layer_names1" in file["model_weights"].attrs
    other = keras.models.load_model(tmp_path / "m.h5")
    assert len(other.layers) == 3001
    assert all(map(np.array_equal, one.get_weights(), other.get_weights()))


# --- hostile files


def memory(call):
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match="cannot be loaded") as raised:
            call()
        return str(raised.value), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


CHANGES = {
    "no weights": lambda f: f.__delitem__("model_weights"),
    "no layer": lambda f: f["model_weights"].__delitem__("dense"),
    "a soft link": lambda f: (
        f["model_weights"].__setitem__("top_level_model_weights/0", 1)
        or f["model_weights"].move("dense", "elsewhere")
        or f["model_weights"].__setitem__("dense", h5py.SoftLink("/model_weights/elsewhere"))
    ),
    "an external link": lambda f: (
        f["model_weights"].__delitem__("dense")
        or f["model_weights"].__setitem__("dense", h5py.ExternalLink("/etc/passwd", "/"))
    ),
    "names that are numbers": lambda f: f["model_weights"].attrs.__setitem__("layer_names", [1, 2]),
    "one name of all": lambda f: f["model_weights"].attrs.__setitem__("layer_names", b"dense"),
    "names of nothing": lambda f: f["model_weights/dense"].attrs.__setitem__(
        "weight_names", [b"dense/kernel", b"nothing"]
    ),
    "names of groups": lambda f: f["model_weights/dense"].attrs.__setitem__(
        "weight_names", [b"dense", b"dense"]
    ),
    "empty names": lambda f: f["model_weights/dense"].attrs.__setitem__(
        "weight_names", [b"", b"/"]
    ),
    "names upwards": lambda f: f["model_weights/dense"].attrs.__setitem__(
        "weight_names", [b"../dense", b"."]
    ),
    "not UTF-8": lambda f: f["model_weights"].attrs.__setitem__("layer_names", [b"\xff\xfe"]),
    "no JSON": lambda f: f.attrs.__setitem__("model_config", "{"),
    "deep JSON": lambda f: f.attrs.__setitem__("model_config", "[" * 10**6),
    "wide JSON": lambda f: f.attrs.__setitem__("model_config", "[" + "[]," * 3 * 10**6),
    "a number as configuration": lambda f: f.attrs.__setitem__("model_config", 7),
    "another configuration": lambda f: f.attrs.__setitem__("model_config", "[1]"),
    "no training configuration": lambda f: f.attrs.__setitem__("training_config", "[1]"),
    "another optimizer": lambda f: f.attrs.__setitem__(
        "training_config", json.dumps({"optimizer_config": 3, "loss": "mse"})
    ),
    "an unknown optimizer": lambda f: f.attrs.__setitem__(
        "training_config", json.dumps({"optimizer_config": {"class_name": "X", "config": {}}})
    ),
    "many thresholds": lambda f: f.attrs.__setitem__(
        "training_config",
        json.dumps(
            {
                "optimizer_config": {"class_name": "SGD", "config": {}},
                "loss": "mse",
                "metrics": [{"class_name": "AUC", "config": {"num_thresholds": 10**9}}],
            }
        ),
    ),
    "weights of its own": lambda f: (
        f["model_weights/top_level_model_weights"].attrs.__setitem__("weight_names", [b"a"])
        or f["model_weights/top_level_model_weights"].__setitem__("a", np.zeros(3, "f4"))
    ),
    "doubles": lambda f: (
        f["model_weights/dense/" + path(f)].__class__ and replace(f, lambda a: a.astype("f8"))
    ),
    "a larger array": lambda f: replace(f, lambda a: np.zeros((99, 99), "f4")),
    "bytes": lambda f: replace(f, lambda a: np.bytes_(b"x")),
    "a text for one": lambda f: replace(f, lambda a: "x"),
}


def path(file):
    """Of the kernel of the first layer."""
    name = file["model_weights/dense"].attrs["weight_names"][0]
    return name.decode() if isinstance(name, bytes) else name


def replace(file, change):
    group, name = file["model_weights/dense"], path(file)
    value = group[name][()]
    del group[name]
    group[name] = change(value)


def saved(tmp_path):
    keras.utils.clear_session()
    compiled().save(tmp_path / "m.h5")
    return tmp_path / "m.h5"


@pytest.mark.parametrize("name", CHANGES)
def test_hostile_files(tmp_path, name):
    file_path = saved(tmp_path)
    with h5py.File(file_path, "a") as file:
        CHANGES[name](file)
    size = file_path.stat().st_size
    message, used = memory(lambda: keras.models.load_model(file_path))
    assert "m.h5" in message
    assert used < 2 * size + 2**26 + 2**24


def test_many_names_that_are_one_text(tmp_path):
    """A text of variable length stands in the file once, however many attributes refer to it."""
    file_path = saved(tmp_path)
    with h5py.File(file_path, "a") as file:
        group = file["model_weights"]
        names = ["x" * 2**20, *(f"{i:04}" for i in range(3999))]
        group.attrs.create("layer_names", names, dtype=h5py.string_dtype())
    data = bytearray(file_path.read_bytes())
    # Each reference is a length, a heap's address and a number in it: all are made the first.
    first = data.index((2**20).to_bytes(4, "little"))
    while data[first + 16 : first + 20] != (4).to_bytes(4, "little"):
        first = data.index((2**20).to_bytes(4, "little"), first + 1)
    for i in range(4000):
        data[first + 16 * i : first + 16 * i + 16] = data[first : first + 16]
    file_path.write_bytes(data)
    with h5py.File(file_path) as file:
        attribute = h5py.h5a.open(file["model_weights"].id, b"layer_names")
        assert attribute.shape == (4000,)
    message, used = memory(lambda: keras.models.load_model(file_path))
    assert "layer_names' of '/model_weights' is larger than the file" in message
    assert used < 2**27


@pytest.mark.parametrize("length", [0, 1, 13, 2**30, 2**32 - 1])
@pytest.mark.parametrize("name", ["layer_names", "weight_names", "model_config"])
def test_texts_of_another_length(tmp_path, name, length):
    """HDF5 itself would make as much memory as a reference says, before it looks at the text."""
    data = bytearray(ARCHIVE.read("plain.h5"))
    place, _ = next(Texts(bytes(data))._places(name.encode() + b"\0"))
    data[place : place + 4] = length.to_bytes(4, "little")
    path = tmp_path / "m.h5"
    path.write_bytes(data)
    with pytest.raises(ValueError, match=r"m\.h5' cannot be loaded"):
        keras.models.load_model(path)
    if length:
        with pytest.raises(ValueError, match=f"a text of {length} bytes is not in its place"):
            keras.models.load_model(path)


def test_a_heap_elsewhere(tmp_path):
    data = bytearray(ARCHIVE.read("plain.h5"))
    place, count = next(Texts(bytes(data))._places(b"layer_names\0"))
    assert count == 3
    for where in (0, 8, len(data), 2**40, 2**64 - 1):
        data[place + 4 : place + 12] = where.to_bytes(8, "little")
        (tmp_path / "m.h5").write_bytes(data)
        with pytest.raises(ValueError, match="is not in its place"):
            keras.models.load_model(tmp_path / "m.h5")
