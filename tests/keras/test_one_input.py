"""One input by name, the loss's weight and steps_per_execution, beside real Keras."""

import numpy as np
import pytest

import brisknet
from oracle import close, keras

pytestmark = [  # Keras's own
    pytest.mark.filterwarnings("ignore:.*The structure of `inputs`:UserWarning"),
]

X = np.arange(28, dtype=np.float32).reshape(14, 2) / 28
Y = X[:, :1]
ROUNDINGS = 14 * 2 * 8  # steps, of which each rounds a weight and its loss a few times


def models(**compiled):
    for module in (brisknet, keras):
        dense = module.layers.Dense(
            1, kernel_initializer="ones", kernel_regularizer="l2", name="out"
        )
        model = module.Sequential([module.Input((2,), name="feats"), dense])
        model.compile(module.optimizers.SGD(0.1), "mse", metrics=["mae"], **compiled)
        yield module, model


@pytest.mark.parametrize("given", [0.5, [2.0], {"out": 3.0}, -1.0, 0.0, None])
def test_loss_weights(given):
    results = []
    for _, model in models(loss_weights=given):
        x = {"feats": X, "other": X}
        history = model.fit(x, Y, batch_size=2, shuffle=False, verbose=0, validation_data=(x, Y))
        logs = {name: value[0] for name, value in history.history.items()}
        results.append(
            [*logs.values(), *model.evaluate(x, Y, verbose=0), *model.test_on_batch(x, Y)]
        )
        results[-1] += [*np.ravel(model.get_weights()[0]), *np.ravel(model.predict(x, verbose=0))]
    close(*results, 1, ROUNDINGS)


@pytest.mark.parametrize("many", [1, 2, 3, 100])
@pytest.mark.parametrize("batches", [None, 7])
def test_hooks_of_executions(many, batches):
    results = []
    for module, model in models(steps_per_execution=many):
        calls, numbers = [], []

        class Recorder(module.callbacks.Callback):
            pass

        def record(hook, calls=calls, numbers=numbers):
            def recording(self, batch, logs=None):
                calls.append((hook, batch, np.shape((logs or {}).get("outputs"))))
                numbers.extend(np.ravel(list((logs or {}).values())))

            return recording

        for kind in ("train", "test", "predict"):
            for end in ("begin", "end"):
                hook = f"on_{kind}_batch_{end}"
                setattr(Recorder, hook, record(hook))
        given = {"callbacks": [Recorder()], "verbose": 0}
        model.fit(X, Y, batch_size=2, epochs=2, shuffle=False, steps_per_epoch=batches, **given)
        model.evaluate(X, Y, batch_size=4, **given)
        model.predict(X, batch_size=4, **given)
        results.append((calls, numbers))
    (ours, our_numbers), (theirs, their_numbers) = results
    assert ours == theirs
    close(our_numbers, their_numbers, 1, ROUNDINGS)
