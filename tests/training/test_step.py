"""One step function serves `fit`, `train_on_batch`, the estimators and L-BFGS."""

import itertools

import numpy as np
import pytest

import brisknet as bn
from brisknet import callbacks, layers
from brisknet.data import Batch, Data
from brisknet.training.loop import executions
from brisknet.training.step import Step

RNG = np.random.default_rng(0)
X = RNG.standard_normal((24, 3)).astype(np.float32)
Y = RNG.standard_normal((24, 2)).astype(np.float32)


def model(**options):
    bn.random.set_global_seed(0)
    made = bn.Sequential(
        [
            layers.Input((3,)),
            layers.Dense(4, "tanh", kernel_regularizer="l2", name="first"),
            layers.Dense(2, activity_regularizer="l1", name="last"),
        ]
    )
    made.compile("adam", "mse", **options)
    made.optimizer.build(made.trainable_variables)
    return made


def weights(made):
    return [w.tobytes() for w in made.get_weights()]


def test_the_same_step_everywhere():
    fitted, one_by_one, made = model(), model(), model()
    fitted.fit(X, Y, batch_size=24, shuffle=False, verbose=0)
    loss = one_by_one.train_on_batch(X, Y)
    assert Step(made)(Data("test", X, Y).batch()) == loss == fitted.history.history["loss"][0]
    assert weights(made) == weights(one_by_one) == weights(fitted) != weights(model())


def test_gradients_leave_the_model_as_it_is():
    made = model(loss_weights=3.0)
    expected = made.evaluate(X, Y, verbose=0)
    before, state = weights(made), [v.numpy().tobytes() for v in made.optimizer.variables]
    step = Step(made)
    loss, outputs = step.gradients(Batch(X, Y, None))
    assert loss == pytest.approx(expected, rel=1e-6)
    assert outputs.tobytes() == made.predict(X, verbose=0).tobytes()
    assert weights(made) == before
    assert [v.numpy().tobytes() for v in made.optimizer.variables] == state
    kernel = step.variables[0]
    values, small = kernel.numpy(), 1e-2
    moved = values.copy()
    moved[0, 0] += small
    kernel.assign(moved)
    above = step.gradients(Batch(X, Y, None))[0]
    moved[0, 0] -= 2 * small
    kernel.assign(moved)
    below = step.gradients(Batch(X, Y, None))[0]
    kernel.assign(values)
    step.gradients(Batch(X, Y, None))
    assert kernel.grad[0, 0] == pytest.approx((above - below) / (2 * small), rel=1e-2)


def test_layers_frozen_between_epochs_are_left_alone():
    """What a step looks up once it looks up anew in each epoch."""
    made = model()
    seen = []

    class Freeze(callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            made.get_layer("first").trainable = epoch == 0
            seen.append(made.get_layer("first").get_weights()[0].tobytes())

    made.fit(X, Y, epochs=3, verbose=0, callbacks=[Freeze()])
    assert seen[0] != seen[1] == seen[2]


@pytest.mark.parametrize("many", [1, 2, 3, 7, 2**70])
def test_executions_have_each_batch_once(many):
    numbers, batches = [], []
    for first, last, some in executions(iter(range(5)), many):
        numbers.append((first, last))
        batches += some
    assert batches == [0, 1, 2, 3, 4]
    begins = itertools.takewhile(lambda n: n < 5, itertools.count(0, many))
    assert numbers == [(n, n + many - 1) for n in begins]
