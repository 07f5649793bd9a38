"""Built-in layers give what models take from them without a check."""

import numpy as np
import pytest

from brisknet import _core, layers
from brisknet.layers import unsupported
from layer_cases import CASES, CLASSES, IDS, inputs

LEAST = np.finfo(np.float32).tiny  # below are the denormals


def test_every_layer_has_a_case():
    assert {type(make()) for make, _ in CASES} == set(CLASSES)


def test_no_layer_is_called_unsupported():
    assert not set(unsupported.NAMES.split()) & set(layers.__all__)


def check_array(array, shape):
    assert type(array) is np.ndarray
    assert _core.is_floats(array)  # float32, aligned, C-contiguous
    assert array.shape == shape
    assert not np.any((array != 0) & (np.abs(array) < LEAST))


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("size", [1, 2.0**-70, 2.0**-120])
@pytest.mark.parametrize("samples", [1, 7])
@pytest.mark.parametrize(("make", "sample_shape"), CASES, ids=IDS)
def test_outputs_and_gradients(make, sample_shape, samples, size, training):
    layer = make()
    x = inputs(layer, sample_shape, samples)
    if not isinstance(layer, layers.Embedding):
        x = _core.flush(x * np.float32(size))
    layer.ensure_built((None, *sample_shape))
    for v in layer.trainable_variables:
        v.assign(np.full(v.shape, 0.7 * size))
    y, backward = layer._run(x, training)
    check_array(y, (samples, *layer.compute_output_shape(x.shape)[1:]))
    dy = np.random.default_rng(2).normal(0, size, y.shape).astype(np.float32)
    check_array(backward(_core.flush(dy, True)), x.shape)
    for v in layer.trainable_variables:
        assert v.has_grad  # of the right type and shape, as its setter checks


@pytest.mark.parametrize(("make", "sample_shape"), CASES, ids=IDS)
def test_inputs_of_run_are_checked(make, sample_shape):
    """By `run`, which custom layers and training loops call."""
    layer = make()
    x = inputs(layer, sample_shape)
    expected, backward = make().run(x)
    y, _ = make().run(np.asfortranarray(x).astype(np.float64))
    assert y.dtype == np.float32
    assert y.flags.c_contiguous
    assert y.shape == expected.shape
    dy = np.ones(y.shape)
    assert backward(dy).tobytes() == backward(dy.astype(np.float32)).tobytes()
    with pytest.raises(ValueError, match="expected dy of the output's shape"):
        backward(np.ones((1, 1, 1, 1, 1)))
    with pytest.raises(TypeError, match="expected dy: float32"):
        backward("x")
    with pytest.raises(TypeError, match="expected x: float32"):
        layer.run("x")
