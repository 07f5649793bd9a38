"""What a frozen model trains: nothing, whatever is freed within it, as in Keras."""

import numpy as np

import brisknet as bn
from brisknet import layers

X, Y = np.random.default_rng(1).normal(size=(8, 3)), np.ones((8, 2))


def three_layers():
    dense = layers.Dense(4, name="a"), layers.BatchNormalization(name="bn"), layers.Dense(2)
    return bn.Sequential([bn.Input((3,)), *dense])


def changed(model):
    """Which weights a step of training changes."""
    model.compile("sgd", "mse")
    before = model.get_weights()
    model.fit(X, Y, verbose=0)
    return [not np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True)]


def test_a_part_that_is_freed_in_a_frozen_model_is_not_trained(capsys):
    model = three_layers()
    model.trainable = False
    last = model.layers[-1]
    last.trainable = True
    assert [layer.trainable for layer in model.layers] == [False, False, True]
    assert model.trainable_variables == []
    assert model.non_trainable_weights == model.weights
    assert len(last.trainable_variables) == 2
    assert not any(changed(model))
    assert len(model.optimizer.variables) == 2  # iterations and learning rate
    model.summary()
    assert " Trainable params: 0 (0.00 B)" in capsys.readouterr().out


def test_statistics_of_a_normalization_that_is_freed_go_on():
    model = three_layers()
    model.trainable = False
    model.layers[0].trainable = model.layers[1].trainable = True
    assert changed(model) == [False, False, False, False, True, True, False, False]


def test_a_frozen_model_within_another():
    inner = three_layers()
    outer = bn.Sequential([bn.Input((3,)), inner, layers.Dense(2)])
    inner.trainable = False
    inner.layers[-1].trainable = True
    assert inner.trainable_variables == []
    assert len(outer.trainable_variables) == 4  # the outer one is not frozen
    assert changed(outer) == [False] * 6 + [True] * 4
    outer.trainable = False
    inner.trainable = True
    assert outer.trainable_variables == []
    assert changed(outer) == [False, False, False, False, True, True, False, False, False, False]


def test_layers_that_join_a_frozen_model_keep_their_state():
    model = bn.Sequential([bn.Input((3,)), layers.Dense(2)], trainable=False)
    model.add(layers.Dense(2))
    assert [layer.trainable for layer in model.layers] == [True, True]
    assert model.trainable_variables == []
    assert not any(changed(model))
    model.trainable = True
    assert len(model.trainable_variables) == 4
    assert all(changed(model))


def test_a_frozen_model_has_no_penalties():
    model = bn.Sequential([bn.Input((3,)), layers.Dense(2, kernel_regularizer="l2")])
    model.trainable = False
    layer = model.layers[0]
    layer.trainable = True
    assert (len(model.losses), len(layer.losses)) == (0, 1)


def test_what_is_frozen_stays_so_in_a_file(tmp_path):
    model = three_layers()
    model.trainable = False
    model.layers[-1].trainable = True
    model.save(tmp_path / "m.safetensors")
    again = bn.models.load_model(tmp_path / "m.safetensors")
    assert [layer.trainable for layer in again.layers] == [False, False, True]
    assert again.trainable == model.trainable
    assert again.trainable_variables == []
