"""Checks of layers against float64 functions and finite differences, and the bits of models."""

import numpy as np

from reference import U, assert_within, central_differences


def numbers(*shape, seed=1):
    return np.random.default_rng(seed).uniform(-2, 2, shape).astype(np.float32)


def check_layer(layer, f, x, terms=4, training=False, slope=1):
    """y, dx and each trained weight's gradient of `layer`, whose function is f(x, *weights).

    Each result is a sum of at most `terms` products of at most 2, so its rounding errors are at
    most terms U times 2 terms. An activation adds a few U of its own (its kernel's tests say how
    many), and its slope and curvature, below 2, carry the errors on; a layer with steeper ones
    gives their size as `slope`. Finite differences in float64 err by 1e-9 or less.
    """
    __tracebackhide__ = True
    bound = 2 * (terms + 8) * 2 * terms * slope * U
    y, backward = layer.run(x, training=training)
    trained = layer.trainable_variables
    weights = [v.numpy().astype(np.float64) for v in trained]
    x64 = x.astype(np.float64)
    assert y.dtype == np.float32
    assert y.flags.c_contiguous
    assert layer.compute_output_shape((None, *x.shape[1:])) == (None, *y.shape[1:])
    assert_within(y, f(x64, *weights), bound)

    dy = np.random.default_rng(7).uniform(-1, 1, y.shape).astype(np.float32)
    dx = backward(dy)
    assert dx.dtype == np.float32
    assert dx.flags.c_contiguous
    assert_within(dx, central_differences(lambda x: dy * f(x, *weights), x64), bound)
    for i, v in enumerate(trained):

        def of_one(w, i=i):
            return dy * f(x64, *weights[:i], w, *weights[i + 1 :])

        assert_within(v.grad, central_differences(of_one, weights[i]), bound)


def dense(f):
    return lambda x, kernel, bias=0.0: f(x @ kernel + bias)


def bits(model):
    """The bits of the weights; see `state` for everything that training changes."""
    return [w.tobytes() for w in model.get_weights()]


def state(model):
    """The bits of everything that training changes."""
    return [v.value.tobytes() for v in (*model.variables, *model.optimizer.variables)]
