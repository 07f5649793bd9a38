"""Layers' configurations and weights' paths against Keras 3, in both directions."""

import numpy as np
import pytest

import brisknet
from brisknet import layers
from oracle import keras

ONES = {"class_name": "Ones", "config": {}}
LAYERS = [
    ("ActivityRegularization", {"l1": 0.5, "l2": 0.25}),
    ("Activation", {"activation": "gelu", "name": "f"}),
    ("AlphaDropout", {"rate": 0.5, "noise_shape": (None, 1), "seed": 3}),
    ("BatchNormalization", {}),
    (
        "BatchNormalization",
        {
            "axis": 1,
            "momentum": 0.5,
            "epsilon": 0.25,
            "center": False,
            "scale": False,
            "beta_initializer": "ones",
            "gamma_initializer": "random_normal",
            "moving_mean_initializer": "ones",
            "moving_variance_initializer": "zeros",
            "beta_regularizer": "l1",
            "gamma_regularizer": "l2",
            "beta_constraint": "non_neg",
            "gamma_constraint": "unit_norm",
        },
    ),
    ("Dense", {"units": 3}),
    (
        "Dense",
        {
            "units": 3,
            "activation": "relu",
            "use_bias": False,
            "kernel_regularizer": "L1L2",
            "bias_regularizer": "l2",
            "activity_regularizer": "l2",
            "kernel_constraint": "max_norm",
            "bias_constraint": "min_max_norm",
            "trainable": False,
            "kernel_initializer": "he_normal",
            "bias_initializer": ONES,
        },
    ),
    ("Dropout", {"rate": 0.25, "noise_shape": [None, 1], "seed": 4}),
    ("Dropout", {"rate": 1}),
    ("ELU", {"alpha": 0.5}),
    ("Embedding", {"input_dim": 5, "output_dim": 3}),
    (
        "Embedding",
        {
            "input_dim": 5,
            "output_dim": 3,
            "embeddings_initializer": "ones",
            "embeddings_regularizer": "l2",
            "embeddings_constraint": "unit_norm",
        },
    ),
    ("Flatten", {}),
    ("GaussianDropout", {"rate": 0.5, "seed": 1}),
    ("GaussianNoise", {"stddev": 0.5}),
    ("Identity", {}),
    (
        "LayerNormalization",
        {
            "axis": [1, 2],
            "epsilon": 0.5,
            "center": False,
            "beta_initializer": "ones",
            "gamma_initializer": "zeros",
            "beta_regularizer": "l1",
            "gamma_regularizer": "l2",
            "beta_constraint": "non_neg",
            "gamma_constraint": "unit_norm",
        },
    ),
    ("LeakyReLU", {"negative_slope": 0.5}),
    ("Normalization", {}),
    ("Normalization", {"axis": None, "invert": True}),
    ("Normalization", {"axis": (1, -1), "mean": [1.0, 2.0], "variance": [3.0, 4.0]}),
    (
        "PReLU",
        {
            "alpha_initializer": "ones",
            "alpha_regularizer": "l2",
            "alpha_constraint": "non_neg",
            "shared_axes": [1],
        },
    ),
    ("PReLU", {}),
    ("Permute", {"dims": (2, 1)}),
    ("RMSNormalization", {"axis": -1, "epsilon": 0.5}),
    ("ReLU", {"max_value": 2.0, "negative_slope": 0.5, "threshold": 1.0}),
    ("RepeatVector", {"n": 3}),
    ("Rescaling", {"scale": 0.5, "offset": [1.0, 2.0]}),
    ("Rescaling", {"scale": np.array([1.0, 2.0])}),
    ("Reshape", {"target_shape": (2, -1)}),
    ("Softmax", {"axis": [1, 2]}),
    ("UnitNormalization", {"axis": 1}),
]


def same(config):
    """With the type of numbers as a text, and numbers in float32, as Keras has some."""
    if isinstance(config, dict):
        if config.get("class_name") == "DTypePolicy":
            return config["config"]["name"]
        return {key: same(value) for key, value in config.items()}
    if isinstance(config, float):
        return float(np.float32(config))
    return list(map(same, config)) if isinstance(config, list | tuple) else config


@pytest.mark.parametrize(("kind", "arguments"), LAYERS, ids=str)
def test_layer_config(kind, arguments):
    arguments = {"name": "its_name", **arguments}
    ours, theirs = (getattr(m.layers, kind)(**arguments) for m in (brisknet, keras))
    config, their_config = layers.serialize(ours), keras.layers.serialize(theirs)
    assert same(config) == same(their_config)
    # Each reads the other's, and gives it again.
    assert same(layers.serialize(layers.deserialize(their_config))) == same(config)
    assert same(keras.layers.serialize(keras.layers.deserialize(config))) == same(config)
    assert type(ours).from_config(ours.get_config()).get_config() == ours.get_config()


def test_every_layer_is_here():
    kinds = {kind for kind, _ in LAYERS}
    rest = {"Input", "InputLayer", "Layer", "deserialize", "serialize"}
    assert kinds == set(layers.__all__) - rest


@pytest.mark.parametrize(
    "arguments",
    [
        {"shape": (3, None), "name": "x"},
        {"shape": (3,), "batch_size": 4, "name": "x", "dtype": "int32"},
        {"batch_shape": (None, 2), "name": "x"},
    ],
)
def test_input_config(arguments):
    ours, theirs = (m.layers.InputLayer(**arguments) for m in (brisknet, keras))
    assert layers.serialize(ours) == {
        k: v for k, v in keras.layers.serialize(theirs).items() if k != "build_config"
    }
    assert layers.deserialize(keras.layers.serialize(theirs)).get_config() == ours.get_config()
    assert keras.layers.deserialize(layers.serialize(ours)).get_config() == ours.get_config()


def test_activation_that_is_a_layer():
    for module in (brisknet, keras):
        dense = module.layers.Dense(2, activation=module.layers.ReLU(1.0, name="r"), name="d")
        ours = layers.deserialize(module.layers.serialize(dense))
        ours.build((None, 2))
        ours.set_weights([np.eye(2), [0.5, -9]])
        np.testing.assert_array_equal(ours([[1, 1], [0, 0]]), [[1, 0], [0.5, 0]])


def test_layers_refused_by_name():
    masked = keras.layers.serialize(keras.layers.Embedding(2, 3, mask_zero=True))
    with pytest.raises(ValueError, match="mask_zero is not supported"):
        layers.deserialize(masked)
    with pytest.raises(ValueError, match="Conv2D of Keras is not supported"):
        layers.deserialize(keras.layers.serialize(keras.layers.Conv2D(2, 3)))
    half = keras.layers.serialize(keras.layers.Dense(2, dtype="mixed_float16"))
    with pytest.raises(ValueError, match="expected dtype 'float32'"):
        layers.deserialize(half)


def test_build_config():
    for module in (brisknet, keras):
        layer = module.layers.Dense(2)
        layer.build((None, 3))
        assert layer.get_build_config() == {"input_shape": (None, 3)}
        ours = layers.deserialize(module.layers.serialize(layer))
        assert ours.kernel.shape == (3, 2)


def test_paths():
    found = []
    for module in (brisknet, keras):
        dense, norm = module.layers.Dense, module.layers.BatchNormalization
        inner = module.Sequential([dense(2, name="a"), norm(name="b")], name="inner")
        outer = module.Sequential([dense(3, name="c"), inner], name="outer")
        outer.build((None, 4))
        alone = dense(2, name="alone")
        alone.build((None, 3))
        late = dense(2, name="late")
        module.Sequential([late], name="m")(np.zeros((1, 3), np.float32))
        made = module.Sequential([module.layers.Input((3,)), dense(2, name="d")], name="made")
        again = module.Sequential([made], name="again")
        again.build((None, 3))
        models = [outer, alone, late, made, again]
        found.append([[v.path for v in model.weights] for model in models])
        found[-1].append([layer.path for layer in (*outer.layers, alone, late)])
    assert found[0] == found[1]


def test_order_of_weights():
    """Those that train come first, whatever the order of add_weight."""
    found = []
    for module in (brisknet, keras):
        layer = module.layers.Layer(name="own")
        for i, trainable in enumerate([False, True, False, True]):
            layer.add_weight((1,), "zeros", trainable=trainable, name=f"w{i}")
        found.append([v.name for v in layer.weights])
        assert [v.name for v in layer.trainable_weights] == ["w1", "w3"]
    assert found[0] == found[1]


def test_losses():
    found = []
    for module in (brisknet, keras):
        layer = module.layers.Dense(2, kernel_regularizer="l2", bias_regularizer="l1")
        assert layer.losses == []
        layer.build((None, 3))
        layer.set_weights([np.arange(6).reshape(3, 2), np.array([3, -4])])
        found.append(np.array(layer.losses))
        layer.trainable = False
        assert layer.losses == []
    np.testing.assert_allclose(*found, rtol=1e-6)
