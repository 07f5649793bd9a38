"""ONNX files: onnxruntime computes from them what predict does."""

import sys
import zlib

import numpy as np
import pytest

import brisknet as bn
from brisknet import activations, layers
from brisknet.export import layer_nodes, onnx_export
from layer_cases import CASES, CLASSES, IDS, inputs
from reference import U, assert_within

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")

BATCHES = (1, 7)


@pytest.fixture(autouse=True)
def seeded():
    bn.utils.set_random_seed(1)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.onnx"


def run(path, x):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: x})[0]


def export(model, path, **options):
    model.export(path, verbose=False, **options)
    return onnx.load(path)


def numbers(*shape, scale=3.0, seed=1):
    return np.random.default_rng(seed).normal(0, scale, shape).astype(np.float32)


def check(layer, sample_shape, path, x=None, roundings=16):
    """The model of one layer, for batches of both sizes, within so many roundings.

    onnxruntime's exp, tanh, erf err by a few units in the last place; the formulas add some
    roundings of intermediate results, which are no larger than 1 or the input.
    """
    model = bn.Sequential([layers.Input(sample_shape), layer])
    randomize(model)
    export(model, path)
    for batch in BATCHES:
        given = numbers(batch, *sample_shape) if x is None else np.resize(x, (batch, *sample_shape))
        expected = model.predict(given, verbose=0)
        got = run(path, given)
        assert got.shape == expected.shape
        assert got.dtype == np.float32
        size = max(1, np.abs(given).max(initial=0), np.abs(expected).max(initial=0))
        assert_within(got, expected.astype(np.float64), roundings * U * size)


def randomize(model):
    """Other weights than zeros and ones; those that are variances stay positive."""
    rng = np.random.default_rng(zlib.crc32(str(model.input_shape).encode()))
    for v in model.variables:
        if v.dtype != "float32":  # a count
            continue
        v.assign(rng.uniform(0.5, 1.5, v.shape) * (1 if "var" in v.name else -0.7))


ALL_ACTIVATIONS = sorted(
    set(activations.__all__) - {"deserialize", "get", "serialize", "threshold"}
)
EDGES = [-100, -20, -3, -1, -0.5, -1e-3, -0.0, 0.0, 1e-3, 0.5, 1, 3, 6, 7, 20, 88]


@pytest.mark.parametrize("name", ALL_ACTIVATIONS)
def test_activations(name, path):
    at_edges = np.array([EDGES], np.float32)
    if name == "exponential":
        at_edges = np.minimum(at_edges, 5)  # beyond, its slope makes more of the last bit
    check(layers.Activation(name), (len(EDGES),), path, at_edges)
    check(layers.Activation(name), (2, 3, 4), path)
    if name not in ("glu", "softmax"):  # which warns
        check(layers.Activation(name), (1,), path)
    check(layers.Dense(6, activation=name), (5,), path, roundings=64)


@pytest.mark.parametrize(("make", "shape"), CASES, ids=IDS)
def test_layers(make, shape, path):
    check(make(), shape, path, inputs(make(), shape), roundings=64)


def test_all_layers_have_nodes():
    assert set(layer_nodes._NODES) == set(CLASSES)


def test_normalisations_keep_the_digits_beside_large_means(path):
    x = numbers(1, 64, scale=1.0) + np.float32(1000)
    # Inputs of 1000 have steps of 1000 U, which the mean takes over.
    check(layers.LayerNormalization(), (64,), path, x, roundings=4)
    layer = layers.BatchNormalization()
    model = bn.Sequential([layers.Input((64,)), layer])
    layer.moving_mean.assign(x[0] + numbers(64, scale=1.0, seed=2))
    export(model, path)
    assert_within(run(path, x), model.predict(x, verbose=0).astype(np.float64), 16 * U * 4)


def test_unit_normalization_of_zeros(path):
    check(layers.UnitNormalization(), (3,), path, np.zeros((1, 3), np.float32))


@pytest.mark.parametrize("shape", [(1,), (5,), (2, 3)])
def test_embedding(shape, path):
    model = bn.Sequential([layers.Input(shape), layers.Embedding(10, 3)])
    export(model, path)
    x = np.random.default_rng(1).integers(0, 10, (7, *shape)).astype(np.float32)
    np.testing.assert_array_equal(run(path, x), model.predict(x, verbose=0))
    for wrong in (-1, 10, np.nan):
        with pytest.raises(Exception, match="indices element out of data bounds"):
            run(path, np.full((1, *shape), wrong, np.float32))


def test_integer_inputs(path):
    model = bn.Sequential([layers.Input((2,), dtype="int32"), layers.Embedding(10, 3)])
    export(model, path)
    x = np.array([[0, 9]], np.int32)
    np.testing.assert_array_equal(run(path, x), model.predict(x, verbose=0))


def random_layer(rng, shape):
    """A layer for inputs of this shape, which keeps values of the size of 1."""
    names = ALL_ACTIVATIONS if len(shape) == 2 else [n for n in ALL_ACTIVATIONS if n != "glu"]
    order = [int(axis) + 1 for axis in rng.permutation(len(shape) - 1)]
    kinds = [
        lambda: layers.Dense(2 * int(rng.integers(1, 9)), activation=str(rng.choice(names))),
        lambda: layers.Dropout(0.5),
        lambda: layers.BatchNormalization(),
        lambda: layers.LayerNormalization(epsilon=0.1),
        lambda: layers.RMSNormalization(epsilon=0.1),
        lambda: layers.PReLU(alpha_initializer="uniform"),
        lambda: layers.Rescaling(0.5, offset=0.1),
        lambda: layers.Flatten(),
        lambda: layers.Permute(order),
        lambda: layers.Reshape((-1, 1)),
        lambda: bn.Sequential([layers.Dense(4, activation="gelu"), layers.Softmax()]),
    ]
    if len(shape) == 2:
        kinds.append(lambda: layers.RepeatVector(2))
    return kinds[rng.integers(len(kinds))]()


def random_model(seed):
    """Up to 7 layers for inputs of a random shape."""
    rng = np.random.default_rng(seed)
    shape = (None, *(int(n) for n in rng.integers(1, 6, rng.integers(1, 4))))
    model = bn.Sequential([layers.Input(shape[1:])])
    for _ in range(rng.integers(1, 8)):
        model.add(random_layer(rng, shape))
        shape = model.output_shape
    return model


@pytest.mark.parametrize("seed", range(60))
def test_random_models(seed, path):
    model = random_model(seed)
    export(model, path)
    for batch in BATCHES:
        x = numbers(batch, *model.input_shape[1:], scale=1.0, seed=seed)
        expected = model.predict(x, verbose=0)
        got = run(path, x)
        assert got.shape == expected.shape
        # Up to 7 layers, each of up to 16 terms a sum and slopes of a few.
        size = max(1, np.abs(expected).max())
        assert_within(got, expected.astype(np.float64), 256 * U * size)


def test_trained_model(path):
    rng = np.random.default_rng(1)
    x = rng.normal(size=(200, 4)).astype(np.float32)
    model = bn.Sequential(
        [
            layers.Input((4,)),
            layers.Normalization(),
            layers.Dense(8, activation="relu"),
            layers.BatchNormalization(),
            layers.Dropout(0.2),
            layers.Dense(3, activation="softmax"),
        ]
    )
    model.layers[0].adapt(x)
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    model.fit(x, rng.integers(0, 3, 200), epochs=3, verbose=0)
    export(model, path)
    assert_within(run(path, x), model.predict(x, verbose=0).astype(np.float64), 64 * U)
    assert run(path, x[:0]).shape == (0, 3)


# --- what a file says


def small_model():
    return bn.Sequential(
        [layers.Input((4,), name="sizes"), layers.Dense(2, name="kinds")], name="flowers"
    )


def test_metadata(path):
    model = small_model()
    proto = export(model, path)
    assert (proto.producer_name, proto.producer_version) == ("brisknet", bn.__version__)
    assert "flowers" in proto.doc_string
    assert proto.graph.name == "flowers"
    assert [o.version for o in proto.opset_import] == [18]
    assert proto.ir_version == 8
    (given,), (result,) = proto.graph.input, proto.graph.output
    assert (given.name, result.name) == ("sizes", "kinds")
    for value, length in ((given, 4), (result, 2)):
        batch, axis = value.type.tensor_type.shape.dim
        assert (batch.dim_param, axis.dim_value) == ("batch", length)
    weights = {i.name: onnx.numpy_helper.to_array(i) for i in proto.graph.initializer}
    assert weights.keys() == {v.path for v in model.variables}
    for v in model.variables:
        np.testing.assert_array_equal(weights[v.path], v.value)


def test_names_within_models_and_of_twins(path):
    inner = bn.Sequential([layers.Dense(4, name="same"), layers.Dropout(0.5)], name="inner")
    model = bn.Sequential([layers.Input((4,), name="same"), inner, layers.Dense(4, name="same")])
    proto = export(model, path)
    assert proto.graph.input[0].name == "same"
    assert proto.graph.output[0].name == "same_1"
    assert any("inner/same" in node.name for node in proto.graph.node)
    x = numbers(3, 4)
    assert_within(run(path, x), model.predict(x, verbose=0).astype(np.float64), 64 * U * 3)


def test_names_of_identities(path):
    model = bn.Sequential([layers.Input((2,)), layers.Dropout(0.5, name="last")])
    proto = export(model, path)
    assert [node.op_type for node in proto.graph.node] == ["Identity"]
    assert proto.graph.output[0].name == "last"


def test_the_same_model_gives_the_same_bytes(path):
    model = small_model()
    export(model, path)
    first = path.read_bytes()
    export(model, path)
    assert path.read_bytes() == first


def test_export_says_where(path, capsys):
    small_model().export(path)
    assert capsys.readouterr().out == f"Saved artifact at '{path}'.\n"
    small_model().export(str(path), verbose=False)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("version", range(18, min(26, onnx.defs.onnx_opset_version()) + 1))
def test_opset_version(version, path):
    model = bn.Sequential([layers.Input((4,))])
    for name in ALL_ACTIVATIONS:
        model.add(layers.Dense(4, activation=name))
    for layer in (
        layers.Reshape((2, 2)),
        layers.Softmax([1, 2]),
        layers.LayerNormalization(),
        layers.RMSNormalization(),
    ):
        model.add(layer)
    proto = export(model, path, opset_version=version)
    assert proto.opset_import[0].version == version
    x = numbers(3, 4)
    assert_within(run(path, x), model.predict(x, verbose=0).astype(np.float64), 256 * U)


# --- what is refused


@pytest.mark.parametrize("name", ["tf_saved_model", "openvino", "litert", "torch"])
def test_other_formats(name, path):
    with pytest.raises(ValueError, match=f"format '{name}' is not supported"):
        small_model().export(path, format=name)
    assert not path.exists()


@pytest.mark.parametrize("version", [17, 27, "18", True, 18.0])
def test_bad_opset_version(version, path):
    with pytest.raises(ValueError, match="expected opset_version: an integer from 18 to"):
        small_model().export(path, opset_version=version)


def test_bad_arguments(path):
    with pytest.raises(ValueError, match="expected format 'onnx', got 'ONNX'"):
        small_model().export(path, "ONNX")
    with pytest.raises(ValueError, match="input_signature is not supported"):
        small_model().export(path, input_signature=[1])
    with pytest.raises(TypeError, match="has no argument 'opset'"):
        small_model().export(path, opset=18)
    with pytest.raises(TypeError, match="expected filepath: a file's name, got 3"):
        small_model().export(3)


def test_unbuilt_models(path):
    with pytest.raises(ValueError, match="'new' is not built: give it an Input"):
        bn.Sequential([layers.Dense(2)], name="new").export(path)


def test_open_axes(path):
    model = bn.Sequential([layers.Input((None, 3)), layers.Dense(2)])
    with pytest.raises(ValueError, match=r"known except the batch's, got \(None, None, 3\)"):
        model.export(path)


class Doubled(layers.Layer):
    def forward(self, x):
        return 2 * x, lambda dy: 2 * dy


class MyDense(layers.Dense):
    pass


class MyModel(bn.Sequential):
    def forward(self, x, training=False, input_gradient=True):
        return super().forward(x, training, input_gradient)


class Renamed(bn.Sequential):
    pass


@pytest.mark.parametrize(
    "layer", [lambda: Doubled(), lambda: MyDense(2), lambda: MyModel([Doubled()])]
)
def test_own_layers(layer, path):
    path.write_bytes(b"before")
    model = bn.Sequential([layers.Input((2,)), layer()])
    with pytest.raises(
        TypeError, match=r"of class (Doubled|MyDense|MyModel): ONNX has no operator"
    ):
        model.export(path)
    assert path.read_bytes() == b"before"


def test_own_models(path):
    with pytest.raises(TypeError, match="of class MyModel"):
        MyModel([layers.Input((2,)), layers.Dense(2)]).export(path)
    export(Renamed([layers.Input((2,)), layers.Dense(2)]), path)


def test_own_activations(path):
    def cube(x):
        return x**3, lambda dy: dy * 3 * x**2

    model = bn.Sequential([layers.Input((2,)), layers.Dense(2, cube, name="mine")])
    with pytest.raises(TypeError, match=r"in layer '.*mine', got 'cube'"):
        model.export(path)


def test_too_large_models(path, monkeypatch):
    monkeypatch.setattr(onnx_export, "_MAX_BYTES", 39)
    with pytest.raises(ValueError, match="GB of weights: an ONNX file holds less than 2 GB"):
        small_model().export(path)


def test_without_onnx(path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ImportError, match=r"needs onnx: pip install 'brisknet\[onnx\]'"):
        small_model().export(path)


X = np.random.default_rng(0).standard_normal((2, 3, 4)).astype(np.float32)


def test_flatten_channels_first_in_onnx():
    pytest.importorskip("onnx")
    onnxruntime = pytest.importorskip("onnxruntime")
    from brisknet.export.onnx_export import onnx_model

    model = bn.Sequential([bn.Input((3, 4)), layers.Flatten("channels_first"), layers.Dense(2)])
    session = onnxruntime.InferenceSession(onnx_model(model).SerializeToString())
    (y,) = session.run(None, {session.get_inputs()[0].name: X})
    assert_within(y, model.predict(X, verbose=0), 1e-6)
