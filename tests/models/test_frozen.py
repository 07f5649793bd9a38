"""Frozen layers and models: they stay, whatever is in them, and others train as ever."""

import numpy as np
import pytest

import brisknet as bn
from brisknet import Sequential, layers
from two_layers import X, two_layers


def test_trainable():
    model = two_layers()
    assert model.trainable
    model.layers[0].trainable = False
    names = [v.path.partition("/")[2] for v in model.trainable_variables]
    assert names == ["second/kernel", "second/bias"]
    names = [v.path.partition("/")[2] for v in model.non_trainable_weights]
    assert names == ["first/kernel", "first/bias"]
    model.trainable = False
    assert model.trainable_weights == []
    assert not any(layer.trainable for layer in model.layers)
    model.add(layers.Dense(1))
    assert model.trainable_weights == []
    model.trainable = True
    assert len(model.trainable_weights) == 6
    assert two_layers(trainable=False).trainable_weights == []


@pytest.mark.parametrize("frozen", [(0,), (1,), (2,), (0, 1), (0, 2), (1, 2), (0, 1, 2)], ids=str)
def test_frozen_layers_stay_and_others_train_as_ever(frozen):
    """The gradients of the others do not depend on which layers are frozen."""

    def trained(frozen):
        bn.utils.set_random_seed(3)
        model = Sequential([layers.Dense(3, activation="tanh") for _ in range(3)])
        model.build((None, 4))
        for i in frozen:
            model.layers[i].trainable = False
        before = model.get_weights()
        model.compile("sgd", "mse")
        model.fit(X, np.ones((6, 3)), batch_size=6, verbose=0)
        return before, model.get_weights()

    before, free = trained(())
    _, after = trained(frozen)
    for i in range(6):
        assert (after[i] == (before if i // 2 in frozen else free)[i]).all()
        assert (free[i] != before[i]).any()


@pytest.mark.parametrize(
    ("frozen", "wanted"), [((), [False, True]), ((0,), [False, False]), ((1,), [False, True])]
)
def test_gradients_that_nobody_needs_are_left_out(frozen, wanted):
    asked = []

    class Asked(layers.Dense):
        def forward(self, x, training=False, input_gradient=True):
            if training:
                asked.append(input_gradient)
            return super().forward(x, training, input_gradient)

    model = Sequential([Asked(3), Asked(2)])
    for i in frozen:
        model.layers[i].trainable = False
    model.compile("sgd", "mse")
    model.fit(X, np.zeros((6, 2)), verbose=0)
    assert asked == wanted


INPUTS, TARGETS = np.random.default_rng(1).normal(size=(8, 3)), np.ones((8, 2))


def three_layers():
    dense = layers.Dense(4, name="a"), layers.BatchNormalization(name="bn"), layers.Dense(2)
    return bn.Sequential([bn.Input((3,)), *dense])


def changed(model):
    """Which weights a step of training changes."""
    model.compile("sgd", "mse")
    before = model.get_weights()
    model.fit(INPUTS, TARGETS, verbose=0)
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
