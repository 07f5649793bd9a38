"""clone_model: the same layers with new weights."""

import numpy as np
import pytest

import brisknet as bk
from brisknet import layers
from brisknet.models import clone_model


def model():
    inner = bk.Sequential([layers.Dense(3, name="a")], name="inner")
    return bk.Sequential(
        [layers.Input((4,), name="in"), inner, layers.Dropout(0.5, name="d"), layers.Dense(2)],
        name="outer",
    )


def test_layers_are_the_same_and_weights_new():
    original = model()
    clone = clone_model(original)
    assert clone.get_config() == original.get_config()
    assert not clone.compiled
    for a, b in zip(original.weights, clone.weights, strict=True):
        assert a is not b
        assert a.shape == b.shape
    assert not np.array_equal(original.get_weights()[0], clone.get_weights()[0])
    clone.set_weights(original.get_weights())
    x = np.ones((3, 4), np.float32)
    assert np.array_equal(clone.predict(x, verbose=0), original.predict(x, verbose=0))


def test_it_is_compiled_as_the_original():
    original = model()
    original.compile(bk.optimizers.SGD(0.25), "mse", metrics=["mae"])
    clone = clone_model(original)
    assert clone.get_compile_config() == original.get_compile_config()
    assert clone.optimizer is not original.optimizer
    clone.fit(np.ones((2, 4)), np.ones((2, 2)), verbose=0)


def test_clone_function_and_recursive():
    seen = []

    def function(layer):
        seen.append(layer.name)
        config = layer.get_config()
        if "rate" in config:
            config["rate"] = 0.25
        return type(layer).from_config(config)

    clone = clone_model(model(), clone_function=function)
    assert seen[:2] == ["inner", "d"]
    assert clone.layers[1].rate == 0.25
    seen.clear()
    clone_model(model(), clone_function=function, recursive=True)
    assert seen[:2] == ["a", "d"]


def test_a_layer_that_stands_twice_is_cloned_once():
    shared = layers.Dense(4)
    inner = bk.Sequential([shared], name="inner")
    original = bk.Sequential([layers.Input((4,)), shared, inner])
    clone = clone_model(original, recursive=True)
    assert clone.layers[0] is clone.layers[1].layers[0]


def test_frozen_models_stay_frozen():
    original = model()
    original.trainable = False
    assert clone_model(original).trainable_weights == []


class Own(bk.Sequential):
    pass


def test_classes_of_ones_own():
    original = Own([layers.Input((4,)), layers.Dense(2)])
    assert type(clone_model(original)) is Own
    with pytest.raises(ValueError, match="clone_function is for a Sequential"):
        clone_model(original, clone_function=lambda layer: layer)


@pytest.mark.parametrize("name", ["input_tensors", "call_function", "other"])
def test_refused_arguments(name):
    with pytest.raises(ValueError, match=rf"\[clone_model\] {name} is not supported"):
        clone_model(model(), **{name: 1})


def test_bad_arguments():
    with pytest.raises(TypeError, match="expected model: a Sequential, got Dense"):
        clone_model(layers.Dense(2))
    with pytest.raises(TypeError, match="expected clone_function to return a layer, got None"):
        clone_model(model(), clone_function=lambda layer: None)
