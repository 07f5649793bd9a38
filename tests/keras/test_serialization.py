"""Configurations of what layers take, beside Keras's, key for key."""

import pytest

import brisknet
from oracle import keras

ARGUMENTS = [  # without Identity, whose gain Keras forgets
    ("initializers", "Zeros", {}),
    ("initializers", "Ones", {}),
    ("initializers", "Constant", {"value": 1.5}),
    ("initializers", "RandomNormal", {"mean": 1.0, "stddev": 0.25, "seed": 3}),
    ("initializers", "TruncatedNormal", {"mean": 1.0, "stddev": 0.25, "seed": 3}),
    ("initializers", "RandomUniform", {"minval": -1.0, "maxval": 2.0, "seed": 3}),
    (
        "initializers",
        "VarianceScaling",
        {"scale": 2.0, "mode": "fan_out", "distribution": "uniform", "seed": 3},
    ),
    *(
        ("initializers", f"{who}{kind}", {"seed": 4})
        for who in ("Glorot", "He", "Lecun")
        for kind in ("Normal", "Uniform")
    ),
    ("initializers", "GlorotUniform", {}),
    ("initializers", "Orthogonal", {"gain": 0.5, "seed": 3}),
    (
        "initializers",
        "STFT",
        {"side": "imag", "window": "hamming", "scaling": None, "periodic": True},
    ),
    ("regularizers", "L1", {"l1": 0.125}),
    ("regularizers", "L2", {"l2": 0.2}),
    ("regularizers", "L1L2", {"l1": 0.125, "l2": 0.25}),
    ("regularizers", "OrthogonalRegularizer", {"factor": 0.5, "mode": "columns"}),
    ("constraints", "MaxNorm", {"max_value": 3, "axis": [0, 1]}),
    ("constraints", "NonNeg", {}),
    ("constraints", "UnitNorm", {"axis": 1}),
    ("constraints", "MinMaxNorm", {"min_value": 0.5, "max_value": 2.0, "rate": 0.75, "axis": 1}),
]


@pytest.mark.parametrize(("module", "name", "arguments"), ARGUMENTS, ids=lambda a: str(a))
def test_the_same_configuration(module, name, arguments):
    ours, theirs = getattr(brisknet, module), getattr(keras, module)
    config = ours.serialize(getattr(ours, name)(**arguments))
    expected = theirs.serialize(getattr(theirs, name)(**arguments))
    assert config == expected
    assert ours.serialize(ours.deserialize(expected)) == expected
    assert theirs.serialize(theirs.deserialize(config)) == expected
    assert ours.get(expected).get_config() == theirs.get(config).get_config()


@pytest.mark.parametrize("name", brisknet.activations.__all__)
def test_activations(name):
    if name in ("deserialize", "get", "serialize", "threshold"):
        return
    ours, theirs = brisknet.activations, keras.activations
    assert ours.serialize(getattr(ours, name)) == theirs.serialize(getattr(theirs, name))
    assert ours.deserialize(theirs.serialize(getattr(theirs, name))) is getattr(ours, name)
    config = keras.saving.serialize_keras_object(getattr(theirs, name))
    assert ours.get(config) is getattr(ours, name)
    config = brisknet.saving.serialize_keras_object(getattr(ours, name))
    assert theirs.get(config) is getattr(theirs, name)
