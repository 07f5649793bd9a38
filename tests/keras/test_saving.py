"""Files and configurations beside real Keras: each reads the other's, and both then do the same."""

import json

import numpy as np
import pytest

import brisknet
from oracle import keras

pytest.importorskip("h5py")


def data(columns=3):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(48, 6)).astype(np.float32)
    return x, np.eye(columns, dtype=np.float32)[rng.integers(0, columns, 48)]


def layered(lib, middle):
    return lib.Sequential(
        [
            lib.Input((6,), name="start"),
            lib.layers.Dense(
                8,
                activation="relu",
                kernel_regularizer=lib.regularizers.L1L2(1e-3, 1e-2),
                kernel_constraint="max_norm",
                name="first",
            ),
            *middle(lib.layers),
            lib.layers.Dense(3, activation="softmax"),
        ],
        name="model",
    )


MIDDLES = {
    "none": lambda _: [],
    "batch normalization": lambda layers: [layers.BatchNormalization(momentum=0.7, epsilon=0.01)],
    "other normalizations": lambda layers: [
        layers.LayerNormalization(),
        layers.RMSNormalization(),
        layers.UnitNormalization(),
        layers.BatchNormalization(center=False, scale=False),
    ],
    "random": lambda layers: [
        layers.Dropout(0.2, seed=1),
        layers.GaussianNoise(0.1),
        layers.GaussianDropout(0.1),
        layers.AlphaDropout(0.1),
        layers.ActivityRegularization(0.01, 0.02),
    ],
    "activations": lambda layers: [
        layers.Activation("gelu"),
        layers.ReLU(6.0, 0.1, 0.2),
        layers.LeakyReLU(0.1),
        layers.ELU(0.5),
        layers.PReLU(alpha_initializer="ones"),
        layers.Softmax(),
    ],
    "shapes": lambda layers: [
        layers.Reshape((2, 4)),
        layers.Permute((2, 1)),
        layers.Dense(5, use_bias=False),
        layers.Flatten(),
        layers.RepeatVector(2),
        layers.Flatten(),
        layers.Rescaling(0.5, 0.1),
    ],
    "several of a kind": lambda layers: [
        layers.Dense(4, trainable=False),
        layers.Dense(5, kernel_initializer="he_normal", bias_initializer="ones"),
        layers.Identity(),
    ],
}


def nested(lib):
    inner = lib.Sequential(
        [lib.layers.Dense(4), lib.layers.Dropout(0.0), lib.layers.BatchNormalization()]
    )
    return layered(lib, lambda layers: [inner, layers.Dense(2)])


def embedded(lib):
    layers = lib.layers
    return lib.Sequential(
        [lib.Input((6,)), layers.Embedding(5, 3), layers.Flatten(), layers.Dense(3)]
    )


MODELS = {name: lambda lib, m=middle: layered(lib, m) for name, middle in MIDDLES.items()} | {
    "nested": nested,
    "embedded": embedded,
}


def inputs(name):
    return np.abs(data()[0]).astype(int) % 5 if name == "embedded" else data()[0]


def fit(model, x, epochs=2):
    y = data()[1]
    model.fit(x, y, epochs=epochs, batch_size=16, shuffle=False, verbose=0)


def close(one, other, tolerance=2e-5):
    for a, b in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


LIBRARIES = [(brisknet, keras), (keras, brisknet)]
IDS = ["keras reads ours", "we read keras's"]


@pytest.mark.parametrize(("writer", "reader"), LIBRARIES, ids=IDS)
@pytest.mark.parametrize("name", MODELS)
def test_models(tmp_path, name, writer, reader):
    writer.utils.set_random_seed(0)
    one, x = MODELS[name](writer), inputs(name)
    # A bias before a normalisation has no gradient but roundings: Adam must not blow them up.
    adam = writer.optimizers.Adam(epsilon=2**-7)
    one.compile(adam, "mse", metrics=["mae", "accuracy"])
    fit(one, x)
    one.save(tmp_path / "m.keras")
    other = reader.models.load_model(tmp_path / "m.keras")
    assert [layer.name for layer in other.layers] == [layer.name for layer in one.layers]
    assert all(map(np.array_equal, one.get_weights(), other.get_weights()))
    np.testing.assert_allclose(
        one.predict(x, verbose=0), other.predict(x, verbose=0), rtol=1e-5, atol=1e-6
    )
    assert [bool(v.trainable) for v in one.weights] == [bool(v.trainable) for v in other.weights]
    assert int(other.optimizer.iterations) == 6
    if name != "random":
        fit(one, x)
        fit(other, x)
        close(one, other)


@pytest.mark.parametrize(("writer", "reader"), LIBRARIES, ids=IDS)
@pytest.mark.parametrize("name", MODELS)
def test_weights(tmp_path, name, writer, reader):
    one, other = MODELS[name](writer), MODELS[name](reader)
    one.save_weights(tmp_path / "m.weights.h5")
    other.load_weights(tmp_path / "m.weights.h5")
    assert all(map(np.array_equal, one.get_weights(), other.get_weights()))


@pytest.mark.parametrize("name", ["nested", "normalized"])
def test_files_have_the_same_layout(tmp_path, name):
    h5py = pytest.importorskip("h5py")
    found = []
    for lib in (brisknet, keras):
        one = globals()[name](lib)
        one.compile("adam", "mse")
        fit(one, data()[0])
        one.save_weights(tmp_path / "m.weights.h5")
        shapes = {}
        with h5py.File(tmp_path / "m.weights.h5") as file:
            file.visititems(lambda n, o, s=shapes: s.update({n: getattr(o, "shape", None)}))
            types = {n: file[n].dtype for n in shapes if "layers/" in n and shapes[n] is not None}
            names = {n: file[n].attrs.get("name") for n in shapes}
        found.append((shapes, types, {n for n, name in names.items() if name is not None}))
    assert found[0] == found[1]


RULES = {
    "SGD": {"momentum": 0.9, "nesterov": True},
    "RMSprop": {"momentum": 0.5, "centered": True},
    "Adam": {"amsgrad": True},
    "AdamW": {"weight_decay": 0.01},
    "Adadelta": {"learning_rate": 0.5},
    "Adagrad": {},
    "Adamax": {},
    "Nadam": {},
    "Ftrl": {},
    "Lion": {},
    "Lamb": {},
}
OPTIONS = {
    "ema": {"use_ema": True, "ema_momentum": 0.8, "ema_overwrite_frequency": 4},
    "accumulation": {"gradient_accumulation_steps": 2, "global_clipnorm": 0.1},
}
CASES = [(rule, None) for rule in RULES] + [("RMSprop", o) for o in OPTIONS] + [("Adam", "ema")]


@pytest.mark.parametrize(("writer", "reader"), LIBRARIES, ids=IDS)
@pytest.mark.parametrize(("rule", "options"), CASES)
def test_optimizers(tmp_path, rule, options, writer, reader):
    """Training goes on in the other library as in this one."""
    one, x = layered(writer, MIDDLES["none"]), data()[0]
    arguments = {"learning_rate": 0.01, **RULES[rule], **OPTIONS.get(options, {})}
    one.compile(getattr(writer.optimizers, rule)(**arguments), "categorical_crossentropy")
    fit(one, x)
    one.save(tmp_path / "m.keras")
    other = reader.models.load_model(tmp_path / "m.keras")
    for a, b in zip(one.optimizer.variables, other.optimizer.variables, strict=True):
        np.testing.assert_allclose(np.asarray(a.numpy()), np.asarray(b.numpy()), rtol=1e-6)
    one = writer.models.load_model(tmp_path / "m.keras")  # Keras cannot fit twice with use_ema
    fit(one, x, epochs=1)
    fit(other, x, epochs=1)
    assert int(one.optimizer.iterations) == int(other.optimizer.iterations)
    close(one, other, 1e-4)


@pytest.mark.parametrize(("writer", "reader"), LIBRARIES, ids=IDS)
def test_schedules(tmp_path, writer, reader):
    one, x = layered(writer, MIDDLES["none"]), data()[0]
    schedule = writer.optimizers.schedules.ExponentialDecay(0.1, 3, 0.5)
    one.compile(writer.optimizers.SGD(schedule), "mse")
    fit(one, x)
    one.save(tmp_path / "m.keras")
    other = reader.models.load_model(tmp_path / "m.keras")
    fit(one, x)
    fit(other, x)
    close(one, other)


@pytest.mark.parametrize(("writer", "reader"), LIBRARIES, ids=IDS)
@pytest.mark.parametrize(
    "loss", ["categorical_crossentropy", "Huber", "BinaryFocalCrossentropy", "KLDivergence"]
)
def test_losses_and_metrics(tmp_path, loss, writer, reader):
    one, x = layered(writer, MIDDLES["none"]), data()[0]
    given = loss if loss.islower() else getattr(writer.losses, loss)()
    found = ["accuracy", writer.metrics.AUC(num_thresholds=20), writer.metrics.MeanSquaredError()]
    one.compile("sgd", given, metrics=found, weighted_metrics=["mae"])
    fit(one, x)
    one.save(tmp_path / "m.keras")
    other = reader.models.load_model(tmp_path / "m.keras")
    results = [m.evaluate(x, data()[1], verbose=0, return_dict=True) for m in (one, other)]
    assert set(results[0]) == set(results[1])
    for name, value in results[0].items():
        assert results[1][name] == pytest.approx(value, rel=1e-4, abs=1e-5)


WEIGHTLESS = """
    Activation ActivityRegularization AlphaDropout Dropout ELU Flatten GaussianDropout GaussianNoise
    Identity LeakyReLU Permute ReLU RepeatVector Rescaling Reshape Softmax UnitNormalization
""".split()


def plain(config):
    """Without numbers of objects, and without shapes of layers that have no weights."""
    if isinstance(config, dict):
        kept = {k: plain(v) for k, v in config.items() if k != "shared_object_id"}
        if kept.get("class_name") in WEIGHTLESS:
            kept.pop("build_config", None)
        if isinstance(kept.get("axis"), list):  # as normalizations have it once they are built
            (kept["axis"],) = kept["axis"]
        policy = kept.get("class_name") == "DTypePolicy"
        return kept["config"]["name"] if policy else kept
    if isinstance(config, list | tuple):
        return [plain(value) for value in config]
    return config


@pytest.mark.parametrize("name", [n for n in MODELS if n not in ("nested", "embedded")])
def test_configurations_are_equal(name):
    """But for automatic numbers in names."""
    keras.backend.clear_session()
    ours, theirs = MODELS[name](brisknet), MODELS[name](keras)
    for config in (ours, theirs):
        for i, layer in enumerate(config.layers[1:]):
            layer.name = f"layer{i}"
    assert plain(json.loads(ours.to_json())) == plain(json.loads(theirs.to_json()))
    assert plain(ours.get_build_config()) == plain(theirs.get_build_config())


def test_compile_configurations_are_equal():
    configs = []
    for lib in (brisknet, keras):
        one = layered(lib, MIDDLES["none"])
        assert one.get_compile_config() == {}
        one.compile(
            lib.optimizers.RMSprop(lib.optimizers.schedules.CosineDecay(0.5, 10), name="r"),
            lib.losses.CategoricalCrossentropy(label_smoothing=0.25),
            metrics=["accuracy", lib.metrics.MeanAbsoluteError()],
        )
        configs.append(plain(json.loads(json.dumps(one.get_compile_config()))))
    assert configs[1].pop("jit_compile") in (True, False)  # what the backend does
    assert configs[0].pop("jit_compile") == "auto"
    assert configs[0] == configs[1]


def test_models_from_json():
    for writer, reader in LIBRARIES:
        one = nested(writer)
        other = reader.models.model_from_json(one.to_json())
        assert [w.shape for w in one.get_weights()] == [w.shape for w in other.get_weights()]


def test_layers_that_brisknet_lacks_are_named(tmp_path):
    layers = keras.layers
    one = keras.Sequential([layers.Input((4, 4, 1)), layers.Conv2D(2, 2), layers.Flatten()])
    one.save(tmp_path / "m.keras")
    with pytest.raises(
        ValueError, match=r"m\.keras' cannot be loaded: .*Conv2D of Keras is not supported"
    ):
        brisknet.models.load_model(tmp_path / "m.keras")
    one = keras.Sequential([layers.Input((4,)), layers.Lambda(lambda x: x)])
    one.save(tmp_path / "m.keras")
    with pytest.raises(ValueError, match="Lambda of Keras is not supported"):
        brisknet.models.load_model(tmp_path / "m.keras")
    inputs = keras.Input((3,))
    keras.Model(inputs, layers.Dense(2)(inputs)).save(tmp_path / "m.keras")
    with pytest.raises(ValueError, match="'Functional' of module"):
        brisknet.models.load_model(tmp_path / "m.keras")


def test_dtypes_that_brisknet_lacks_are_refused(tmp_path):
    layers = keras.layers
    one = keras.Sequential([layers.Input((4,)), layers.Dense(2, dtype="float16")])
    one.save(tmp_path / "m.keras")
    with pytest.raises(ValueError, match=r"m\.keras' cannot be loaded.*float16"):
        brisknet.models.load_model(tmp_path / "m.keras")


def test_checkpoints_of_keras(tmp_path):
    path = tmp_path / "{epoch}.weights.h5"
    one, x = layered(keras, MIDDLES["none"]), data()[0]
    one.compile("adam", "mse")
    checkpoint = keras.callbacks.ModelCheckpoint(path, save_weights_only=True)
    one.fit(x, data()[1], epochs=2, shuffle=False, verbose=0, callbacks=[checkpoint])
    other = layered(brisknet, MIDDLES["none"])
    other.compile("adam", "mse")
    other.load_weights(tmp_path / "2.weights.h5")
    assert all(map(np.array_equal, one.get_weights(), other.get_weights()))
    assert int(other.optimizer.iterations) == 4


# --- variables that are whole numbers


def normalized(lib, adapted=True, axis=None):
    """Its three normalisations have counts: of whole numbers in Keras."""
    layers, x = lib.layers, data()[0]
    first = layers.Normalization()
    if adapted:
        first.adapt(3 * x + 1)
    inner = lib.Sequential([layers.Normalization(axis=axis), layers.Dense(4)])
    more = [first, layers.Normalization(mean=1.0, variance=4.0), inner, layers.Normalization()]
    return lib.Sequential([lib.Input((6,)), *more, layers.Dense(3, activation="softmax")])


def kinds(model):
    return [np.dtype(str(v.dtype)) for v in model.weights]


@pytest.mark.parametrize(("writer", "reader"), LIBRARIES, ids=IDS)
@pytest.mark.parametrize("adapted", [True, False])
def test_normalization(tmp_path, adapted, writer, reader):
    """A file of one library, then that of the other that has loaded it, train on as the first."""
    one, x = normalized(writer, adapted), data()[0]
    one.compile(writer.optimizers.Adam(epsilon=2**-7), "categorical_crossentropy")
    fit(one, x)
    one.save(tmp_path / "m.keras")
    reader.models.load_model(tmp_path / "m.keras").save(tmp_path / "again.keras")
    models = [
        one,
        reader.models.load_model(tmp_path / "m.keras"),
        writer.models.load_model(tmp_path / "again.keras"),
    ]
    for other in models[1:]:
        assert kinds(other) == kinds(one)
        assert all(map(np.array_equal, one.get_weights(), other.get_weights()))
        np.testing.assert_allclose(
            one.predict(x, verbose=0), other.predict(x, verbose=0), rtol=1e-5, atol=1e-6
        )
    for model in models:
        fit(model, x)
    close(one, models[1])
    close(one, models[2])


@pytest.mark.parametrize(("writer", "reader"), LIBRARIES, ids=IDS)
@pytest.mark.parametrize("adapted", [True, False])
def test_weights_of_normalization(tmp_path, adapted, writer, reader):
    one, other = normalized(writer, adapted), normalized(reader, not adapted)
    one.save_weights(tmp_path / "m.weights.h5")
    other.load_weights(tmp_path / "m.weights.h5")
    assert kinds(other) == kinds(one)
    assert all(map(np.array_equal, one.get_weights(), other.get_weights()))
    other.save_weights(tmp_path / "again.weights.h5")
    again = normalized(writer, adapted)
    again.load_weights(tmp_path / "again.weights.h5")
    assert all(map(np.array_equal, one.get_weights(), again.get_weights()))


@pytest.mark.parametrize("dtype", ["int64", "uint32", "uint8", "int16"])
def test_whole_numbers_of_other_backends(tmp_path, dtype):
    """Keras's 'int' is int64 where TensorFlow is the backend, and so are the optimizer's steps."""
    h5py = pytest.importorskip("h5py")
    one = normalized(keras)
    one.compile("adam", "mse")
    fit(one, data()[0])
    path = tmp_path / "m.weights.h5"
    one.save_weights(path)
    with h5py.File(path, "a") as file:
        for name in ("layers/normalization/vars/2", "optimizer/vars/0"):
            value = file[name][()]
            del file[name]
            file[name] = value.astype(dtype)
    other = normalized(brisknet)
    other.compile("adam", "mse")
    other.load_weights(path)
    assert kinds(other) == kinds(one)
    assert all(map(np.array_equal, one.get_weights(), other.get_weights()))
    assert int(other.optimizer.iterations) == 6


class OurTable(brisknet.layers.Layer):
    def build(self, input_shape):
        self.table = self.add_weight((3,), dtype="int64", trainable=False, name="table")
        self.seed = self.add_weight((2,), dtype="uint32", trainable=False, name="seed")

    def forward(self, x):
        return x * np.float32(self.table.value.sum()), lambda dy: dy


class TheirTable(keras.layers.Layer):
    def build(self, input_shape):
        self.table = self.add_weight((3,), dtype="int32", trainable=False, name="table")
        self.seed = self.add_weight((2,), dtype="uint32", trainable=False, name="seed")

    def call(self, x):
        return x * keras.ops.cast(keras.ops.sum(self.table), "float32")


@pytest.mark.parametrize(("writer", "reader"), LIBRARIES, ids=IDS)
def test_whole_numbers_of_ones_own_layers(tmp_path, writer, reader):
    layer = {brisknet: OurTable, keras: TheirTable}
    for cls in layer.values():
        cls.__name__ = "Table"  # files have it
    numbers = [np.array([1, 2, 2**30]), np.array([0, 2**32 - 1], np.uint32)]
    one = writer.Sequential([writer.Input((2,)), layer[writer](name="table")])
    one.set_weights(numbers)
    one.save(tmp_path / "m.keras")
    other = reader.models.load_model(tmp_path / "m.keras", {"Table": layer[reader]})
    assert all(map(np.array_equal, numbers, other.get_weights()))
    np.testing.assert_allclose(one.predict(np.ones((1, 2)), verbose=0), other(np.ones((1, 2))))


# --- Keras's older HDF5 files


@pytest.mark.parametrize(("writer", "reader"), LIBRARIES, ids=IDS)
@pytest.mark.parametrize("name", [*MODELS, "normalized"])
def test_older_files(tmp_path, name, writer, reader):
    writer.utils.set_random_seed(0)
    make = MODELS.get(name, lambda lib: normalized(lib, axis=-1))  # Keras reads no axis=None
    one, x = make(writer), inputs(name)
    loss = writer.losses.CategoricalCrossentropy(label_smoothing=0.1)
    adam = writer.optimizers.Adam(epsilon=2**-7)
    one.compile(adam, loss, metrics=["accuracy", writer.metrics.AUC(num_thresholds=20)])
    fit(one, x)
    one.save(tmp_path / "m.h5")
    other = reader.models.load_model(tmp_path / "m.h5")
    assert [layer.name for layer in other.layers] == [layer.name for layer in one.layers]
    assert kinds(other) == kinds(one)
    assert all(map(np.array_equal, one.get_weights(), other.get_weights()))
    np.testing.assert_allclose(
        one.predict(x, verbose=0), other.predict(x, verbose=0), rtol=1e-5, atol=1e-6
    )
    assert [bool(v.trainable) for v in one.weights] == [bool(v.trainable) for v in other.weights]
    assert int(other.optimizer.iterations) == 6
    if name != "random" and reader is brisknet:
        fit(one, x)
        fit(other, x)
        close(one, other)
    fresh = make(reader)
    fresh.load_weights(tmp_path / "m.h5")
    again = writer.models.load_model(tmp_path / "m.h5")
    assert all(map(np.array_equal, again.get_weights(), fresh.get_weights()))


@pytest.mark.parametrize(("rule", "options"), CASES)
def test_optimizers_of_older_files(tmp_path, rule, options):
    """We read Keras's; Keras itself builds the optimizer of such a model for no weights at all."""
    one, x = layered(keras, MIDDLES["none"]), data()[0]
    arguments = {"learning_rate": 0.01, **RULES[rule], **OPTIONS.get(options, {})}
    one.compile(getattr(keras.optimizers, rule)(**arguments), "categorical_crossentropy")
    fit(one, x)
    one.save(tmp_path / "m.keras")
    one.save(tmp_path / "m.h5")  # after which Keras's model lacks its optimizer in other files
    other = brisknet.models.load_model(tmp_path / "m.h5")
    for a, b in zip(one.optimizer.variables, other.optimizer.variables, strict=True):
        np.testing.assert_allclose(np.asarray(a.numpy()), np.asarray(b.numpy()), rtol=1e-6)
    one = keras.models.load_model(tmp_path / "m.keras")  # Keras cannot fit twice with use_ema
    fit(one, x, epochs=1)
    fit(other, x, epochs=1)
    assert int(one.optimizer.iterations) == int(other.optimizer.iterations)
    close(one, other, 1e-4)


@pytest.mark.parametrize("loss", ["mse", "mae", "kld", "binary_crossentropy", "huber", "Huber"])
def test_keras_finds_the_losses_of_our_older_files(tmp_path, loss):
    one = layered(brisknet, MIDDLES["none"])
    one.compile(brisknet.optimizers.SGD(0.5), loss, metrics=["mae"])
    one.save(tmp_path / "m.h5")
    other = keras.models.load_model(tmp_path / "m.h5")
    x, y = data()
    values = [m.evaluate(x, y, verbose=0) for m in (one, other)]
    np.testing.assert_allclose(values[0], values[1], rtol=1e-5)


@pytest.mark.parametrize(("writer", "reader"), LIBRARIES, ids=IDS)
def test_older_files_by_name(tmp_path, writer, reader):
    one, x = nested(writer), data()[0]
    one.compile("adam", "categorical_crossentropy")
    fit(one, x)
    one.save(tmp_path / "m.h5")
    other = reader.Sequential([reader.Input((6,)), reader.layers.Dense(8, name="first")])
    other.load_weights(tmp_path / "m.h5", by_name=True)
    assert all(map(np.array_equal, one.get_layer("first").get_weights(), other.get_weights()))


def test_older_files_have_the_same_layout(tmp_path):
    h5py = pytest.importorskip("h5py")
    found = []
    for lib in (brisknet, keras):
        one = nested(lib)
        for i, layer in enumerate(one.layers):
            layer.name = f"layer{i}"
        one.compile("adam", "categorical_crossentropy")
        fit(one, data()[0])
        one.save(tmp_path / "m.h5")
        with h5py.File(tmp_path / "m.h5") as file:
            names = [
                n.decode() if isinstance(n, bytes) else n
                for n in file["model_weights"].attrs["layer_names"]
            ]
            counts = {n: len(file["model_weights"][n].attrs["weight_names"]) for n in names}
            training = json.loads(file.attrs["training_config"])
            attributes = sorted(file.attrs)
            groups = sorted(set(file) - {"brisknet"})
            state = len(file["optimizer_weights"].attrs["weight_names"])
        found.append((names, counts, attributes, groups, state, training["loss"]))
    assert found[0] == found[1]
