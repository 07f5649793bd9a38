"""Dense: float64, finite differences, weights, refusals."""

import math

import numpy as np
import pytest

import brisknet as bk
from brisknet import activations, initializers, layers
from checks import check_layer, dense, numbers
from reference import assert_within


def test_dense_of_any_rank():
    for shape in [(3, 5), (1, 1), (4, 3, 5), (2, 3, 2, 5)]:
        layer = layers.Dense(4, activation="tanh", bias_initializer="uniform")
        check_layer(layer, dense(np.tanh), numbers(*shape), terms=math.prod(shape[:-1]) + 5)
        assert layer.compute_output_shape((None, *shape[1:])) == (None, *shape[1:-1], 4)
        assert layer(numbers(*shape)).shape == (*shape[:-1], 4)


def test_dense_without_bias():
    layer = layers.Dense(3, use_bias=False)
    check_layer(layer, dense(lambda z: z), numbers(4, 5), terms=5)
    assert layer.bias is None
    assert [v.path for v in layer.variables] == [f"{layer.name}/kernel"]


def test_dense_initial_weights():
    layer = layers.Dense(300, bias_initializer=initializers.Constant(2))
    layer.build((None, 200))
    kernel, bias = layer.get_weights()
    assert (kernel.shape, bias.shape) == ((200, 300), (300,))
    limit = math.sqrt(6 / 500)
    assert 0.99 * limit < np.abs(kernel).max() <= limit
    assert (bias == 2).all()
    given = layers.Dense(
        2, kernel_initializer=np.eye(2), bias_initializer=lambda shape, dtype: [1, 2]
    )
    assert given([[3, 4]]).tolist() == [[4, 6]]
    assert layers.Dense(2)([[0, 0]]).tolist() == [[0, 0]]


def test_frozen_dense_gives_dx_alone():
    layer = layers.Dense(3, trainable=False)
    y, backward = layer.run(numbers(4, 5))
    assert backward(np.ones_like(y)).shape == (4, 5)
    assert not any(v.has_grad or v.trainable for v in layer.variables)
    assert layer.trainable_variables == []
    assert len(layer.non_trainable_weights) == 2


def test_dense_leaves_out_dx_where_nobody_needs_it():
    layer = layers.Dense(3)
    y, backward = layer.run(numbers(4, 5), input_gradient=False)
    assert backward(np.ones_like(y)) is None
    assert layer.bias.grad.tolist() == [4, 4, 4]


@pytest.mark.parametrize("units", [0, -1, 1.5, "3", True, None])
def test_dense_units(units):
    with pytest.raises(ValueError, match=r"\[Dense\] expected units: a positive integer, got"):
        layers.Dense(units)


@pytest.mark.parametrize(
    "name",
    [
        "lora_rank",
        "lora_alpha",
        "quantization_config",
    ],
)
def test_refused_arguments_of_dense(name):
    with pytest.raises(ValueError, match=rf"\[Dense\] {name} is not supported"):
        layers.Dense(2, **{name: 1})
    layers.Dense(2, **{name: None})


def test_dense_of_a_scalar_or_an_open_axis():
    with pytest.raises(ValueError, match=r"expected x of shape .samples, ….*got a scalar"):
        layers.Dense(2)(3.0)
    with pytest.raises(ValueError, match=r"known last axis: \(None, 3, None\)"):
        layers.Dense(2).build((None, 3, None))
    layer = layers.Dense(2)
    layer(numbers(1, 3))
    with pytest.raises(ValueError, match=r"\[matmul\]"):
        layer(numbers(1, 4))
    with pytest.raises(
        ValueError, match=r"last axis of 3, for which it was built, got \(None, 4\)"
    ):
        layer.compute_output_shape((None, 4))


def test_an_activation_set_to_none():
    dense = layers.Dense(3, "relu")
    dense.activation = None
    model = bk.Sequential([bk.Input((4,)), dense])
    x = np.random.default_rng(0).standard_normal((5, 4)).astype(np.float32)
    assert_within(model.predict(x, verbose=0), x @ dense.kernel.numpy(), 1e-6)
    model.compile("sgd", "mse")
    model.fit(x, np.zeros((5, 3)), verbose=0)
    assert layers.deserialize(layers.serialize(dense)).activation is activations.linear
