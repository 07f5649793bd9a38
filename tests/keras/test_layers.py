"""Layers, regularizers and constraints against Keras 3: outputs, gradients, trained weights.

Skipped where Keras or JAX is not installed. Results are of the size of 1, and some hundred
roundings of 2^-24 make less than 1e-4.
"""

import numpy as np
import pytest

import brisknet
from oracle import keras

RANDOM = {"gamma_initializer": "random_uniform", "beta_initializer": "random_uniform"}
LAYERS = [
    ("ReLU", {}),
    ("ReLU", {"max_value": 1.0, "negative_slope": 0.25, "threshold": 0.5}),
    ("LeakyReLU", {}),
    ("ELU", {"alpha": 0.5}),
    ("Softmax", {"axis": 1}),
    ("Softmax", {"axis": [1, 2]}),
    ("PReLU", {"alpha_initializer": "random_uniform", "alpha_regularizer": "l2"}),
    ("PReLU", {"alpha_initializer": "ones", "shared_axes": [1], "alpha_constraint": "non_neg"}),
    ("Permute", {"dims": (2, 1)}),
    ("UnitNormalization", {}),
    ("UnitNormalization", {"axis": [1, 2]}),
    ("BatchNormalization", {}),
    ("BatchNormalization", {"axis": 1, "momentum": 0.5, "epsilon": 0.1, **RANDOM}),
    ("BatchNormalization", {"center": False, "gamma_regularizer": "l1"}),
    ("BatchNormalization", {"scale": False, "trainable": False}),
    ("LayerNormalization", {}),
    ("LayerNormalization", {"axis": [1, 2], "epsilon": 0.1, **RANDOM}),
    ("LayerNormalization", {"center": False, "gamma_constraint": "max_norm"}),
    ("RMSNormalization", {}),
    ("ActivityRegularization", {"l1": 0.1, "l2": 0.2}),
    ("Dense", {"units": 3, "kernel_regularizer": "l1", "bias_regularizer": "l2"}),
    ("Dense", {"units": 3, "kernel_regularizer": "L1L2", "activity_regularizer": "l2"}),
    ("Dense", {"units": 3, "kernel_regularizer": "orthogonal_regularizer"}),
    ("Dense", {"units": 3, "kernel_constraint": "max_norm", "bias_constraint": "non_neg"}),
    ("Dense", {"units": 3, "kernel_constraint": "unit_norm"}),
    ("Dense", {"units": 3, "kernel_constraint": "min_max_norm"}),
]


@pytest.mark.parametrize(("kind", "arguments"), LAYERS, ids=str)
def test_layer_in_training(kind, arguments):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((8, 4, 5)).astype(np.float32)
    y = rng.standard_normal((8, 2))
    results = []
    for module in (brisknet, keras):
        layer = getattr(module.layers, kind)(**arguments)
        before, after = module.layers.Dense(5), module.layers.Dense(2)
        model = module.Sequential(
            [module.Input((4, 5)), before, layer, module.layers.Flatten(), after]
        )
        weights = [np.random.default_rng(1).standard_normal(w.shape) for w in model.get_weights()]
        model.set_weights([np.abs(w) / max(1, len(w)) for w in weights])
        model.compile(module.optimizers.SGD(0.01), "mse")
        names = [v.name for v in layer.weights]
        history = model.fit(x, y, batch_size=4, epochs=2, shuffle=False, verbose=0).history
        evaluated = model.evaluate(x, y, batch_size=8, verbose=0)
        outputs = model.predict(x, verbose=0)
        assert layer.compute_output_shape((None, 4, 5))[1:] == layer(before(x)).shape[1:]
        results.append((names, [history["loss"], evaluated, outputs, *model.get_weights()]))
    (names, ours), (their_names, theirs) = results
    assert names == their_names
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-4)


def test_embedding():
    x = np.random.default_rng(0).integers(0, 6, (8, 3))
    results = []
    for module in (brisknet, keras):
        layer = module.layers.Embedding(6, 4, embeddings_regularizer="l2")
        model = module.Sequential([layer, module.layers.Flatten(), module.layers.Dense(2)])
        model.build((None, 3))
        rng = np.random.default_rng(1)
        model.set_weights([rng.standard_normal(w.shape) for w in model.get_weights()])
        model.compile(module.optimizers.SGD(0.1), "mse")
        model.fit(x, np.ones((8, 2)), batch_size=4, shuffle=False, verbose=0)
        results.append(model.get_weights())
    for a, b in zip(*results, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", ["L1", "L2", "L1L2", "OrthogonalRegularizer"])
def test_regularizer(name):
    x = np.random.default_rng(0).standard_normal((4, 5)).astype(np.float32)
    ours, theirs = (getattr(m.regularizers, name)(0.5) for m in (brisknet, keras))
    np.testing.assert_allclose(ours(x), theirs(x), rtol=1e-5)
    assert ours.get_config() == theirs.get_config()


@pytest.mark.parametrize("name", ["MaxNorm", "NonNeg", "UnitNorm", "MinMaxNorm"])
def test_constraint(name):
    x = np.random.default_rng(0).standard_normal((4, 5)).astype(np.float32)
    ours, theirs = (getattr(m.constraints, name)() for m in (brisknet, keras))
    np.testing.assert_allclose(ours(x), theirs(x), rtol=1e-5)
    assert ours.get_config() == theirs.get_config()


@pytest.mark.parametrize("axis", [-1, 1, (1, 2), None])
@pytest.mark.parametrize("invert", [False, True])
def test_normalization(axis, invert):
    x = np.random.default_rng(0).normal(3, 2, (200, 3, 4)).astype(np.float32)
    results = []
    for module in (brisknet, keras):
        layer = module.layers.Normalization(axis=axis, invert=invert)
        layer.adapt(x)
        results.append(np.asarray(layer(x[:8])))
    np.testing.assert_allclose(*results, rtol=1e-5, atol=1e-5)
