"""Models in models, and layers that stand in several."""

import numpy as np
import pytest

import brisknet as bn
from brisknet import Sequential, layers
from checks import bits
from two_layers import X


def nested():
    inner = Sequential(
        [layers.Dense(3, activation="relu", name="a"), layers.Dropout(0.5)], name="in"
    )
    return Sequential([layers.Input((4,)), inner, layers.Dense(2, name="b")], name="out"), inner


def test_nested_models():
    model, inner = nested()
    assert inner.built
    assert (inner.input_shape, inner.output_shape) == ((None, 4), (None, 3))
    assert model.count_params() == 4 * 3 + 3 + 3 * 2 + 2
    assert [v.name for v in model.variables] == ["kernel", "bias"] * 2
    assert (model(X) == model.layers[1](inner(X))).all()
    assert (model.predict(X, verbose=0) == model(X)).all()
    weights = [w + 1 for w in model.get_weights()]
    model.set_weights(weights)
    assert (inner.get_weights()[0] == weights[0]).all()
    inner.trainable = False
    assert len(model.trainable_variables) == 2
    model.trainable = True
    assert len(model.trainable_variables) == 4


def test_nested_models_train_as_flat_ones():
    def trained(make):
        bn.utils.set_random_seed(1)
        model = make()
        model.compile("adam", "mse")
        model.fit(X, np.ones((6, 2)), batch_size=2, epochs=3, verbose=0)
        return bits(model)

    def flat():
        return Sequential(
            [
                layers.Input((4,)),
                layers.Dense(3, activation="relu"),
                layers.Dropout(0.5),
                layers.Dense(2),
            ]
        )

    assert trained(lambda: nested()[0]) == trained(flat)


def test_nested_model_of_another_shape():
    inner = Sequential([layers.Input((5,)), layers.Dense(3)])
    with pytest.raises(ValueError, match="last axis of 5, for which it was built"):
        Sequential([layers.Input((4,)), inner])


def test_shared_layers():
    shared = layers.Dense(4)
    one, other = Sequential([layers.Input((4,)), shared]), Sequential([layers.Input((4,)), shared])
    one.compile("sgd", "mse")
    one.fit(X, np.zeros((6, 4)), verbose=0)
    assert bits(one) == bits(other)
    with pytest.raises(ValueError, match="last axis of 4, for which it was built"):
        Sequential([layers.Input((3,)), shared])


def test_a_model_whose_first_model_gets_its_layers_later():
    inner = bn.Sequential([bn.Input((4,))])
    model = bn.Sequential([inner])
    inner.add(layers.Dense(3))
    assert model(np.ones((2, 4))).shape == (2, 3)
