"""The search for a learning rate."""

import numpy as np
import pytest

import brisknet as bn
from brisknet import callbacks, layers, optimizers

X = np.linspace(-1, 1, 640, dtype=np.float32)[:, None]
Y = X**2


def new_model(optimizer=None, epochs=2):
    bn.utils.set_random_seed(1)
    hidden = layers.Dense(16, activation="tanh")
    model = bn.Sequential([hidden, layers.Dropout(0.1), layers.Dense(1)])
    model.compile(optimizer or optimizers.Adam(0.01), "mse", metrics=["mae"])
    if epochs:
        model.fit(X, Y, epochs=epochs, verbose=0)
    return model


def after(model):
    """The bits of what is trained from here."""
    model.fit(X, Y, epochs=2, verbose=0)
    return [w.tobytes() for w in model.get_weights()]


@pytest.mark.parametrize(
    "options", [{}, {"use_ema": True}, {"gradient_accumulation_steps": 3}, {"amsgrad": True}]
)
def test_the_model_goes_on_as_if_nothing_had_been(options):
    expected = after(new_model(optimizers.Adam(0.01, **options)))
    model = new_model(optimizers.Adam(0.01, **options))
    before = [w.tobytes() for w in model.get_weights()]
    finder = callbacks.LearningRateFinder()
    model.fit(X, Y, epochs=5, verbose=0, callbacks=[finder], validation_split=0.1)
    assert [w.tobytes() for w in model.get_weights()] == before
    assert float(model.optimizer.learning_rate) == 0.01
    assert after(model) == expected


def test_an_early_end_leaves_the_model_as_it_was():
    expected = after(new_model())
    model = new_model()

    def interrupt(batch, logs):
        if batch == 7:
            raise KeyboardInterrupt

    stop = callbacks.LambdaCallback(on_train_batch_begin=interrupt)
    finder = callbacks.LearningRateFinder()
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, Y, verbose=0, callbacks=[finder, stop])
    assert len(finder.rates) == len(finder.losses) == 7
    assert after(model) == expected


def test_rates_and_losses_are_those_of_the_steps():
    model = new_model(optimizers.SGD(0.01))
    finder = callbacks.LearningRateFinder(1e-4, 1e-1, steps=15)
    model.fit(X, Y, epochs=5, verbose=0, callbacks=[finder], shuffle=False, batch_size=64)
    assert len(finder.rates) == 15
    np.testing.assert_allclose(finder.rates, np.geomspace(1e-4, 1e-1, 15))

    by_hand = new_model(optimizers.SGD(0.01))
    for i, (rate, loss) in enumerate(zip(finder.rates, finder.losses, strict=True)):
        by_hand.optimizer.learning_rate = rate
        rows = slice(64 * (i % 10), 64 * (i % 10) + 64)
        got = by_hand.train_on_batch(X[rows], Y[rows], return_dict=True)
        assert loss == pytest.approx(got["loss"], rel=1e-6)


def test_few_steps_span_the_whole_range():
    finder = callbacks.LearningRateFinder(1e-5, 1e-2)
    new_model().fit(X, Y, epochs=2, batch_size=64, verbose=0, callbacks=[finder])
    assert len(finder.rates) == 20
    assert finder.rates[-1] == pytest.approx(1e-2)


def test_several_steps_per_execution():
    expected = after(new_model())
    model = new_model()
    model.steps_per_execution = 4
    finder = callbacks.LearningRateFinder(1e-5, 1e-2)
    model.fit(X, Y, epochs=2, batch_size=64, verbose=0, callbacks=[finder])
    model.steps_per_execution = 1
    assert len(finder.rates) == len(finder.losses) == 6  # of 10 steps 4, 4 and 2
    assert finder.rates[-1] == pytest.approx(1e-2)
    assert after(model) == expected


def test_batches_without_a_number():
    model = new_model()
    finder = callbacks.LearningRateFinder(steps=8)
    model.fit(((X[:9], Y[:9]) for _ in range(20)), epochs=3, verbose=0, callbacks=[finder])
    assert len(finder.rates) == 8


def test_the_search_ends_where_the_loss_grows():
    finder = callbacks.LearningRateFinder(1e-3, 1e6, steps=200)
    history = new_model(optimizers.SGD(), 0).fit(
        X, Y, epochs=50, batch_size=32, verbose=0, callbacks=[finder]
    )
    assert 10 <= len(finder.rates) < 200
    assert len(history.epoch) < 50
    assert finder.smoothed[-1] > min(finder.smoothed) or not np.isfinite(finder.losses[-1])
    assert 1e-3 < finder.suggestion < finder.rates[int(np.nanargmin(finder.smoothed))]


def test_suggestions():
    finder = callbacks.LearningRateFinder()
    assert finder.suggestion is None
    finder.rates = np.geomspace(1e-6, 1, 60).tolist()
    finder.losses = (1 / (1 + np.exp((np.arange(60) - 30) / 3))).tolist()  # steepest at place 30
    assert finder.rates[29] <= finder.suggestion <= finder.rates[36]  # averages come later
    finder.losses = np.linspace(1, 2, 60).tolist()  # it never falls
    assert finder.suggestion is None
    finder.losses = [np.nan] * 60
    assert finder.suggestion is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"min_rate": 0}, "expected min_rate: a number above 0, got 0"),
        ({"max_rate": float("inf")}, "expected max_rate: a number above 0, got inf"),
        ({"min_rate": 1.0, "max_rate": 0.1}, "expected min_rate below max_rate, got 1.0, 0.1"),
        ({"steps": 1}, "expected steps: an integer of at least 2, got 1"),
        ({"stop_factor": 1}, "expected stop_factor: a number above 1, got 1"),
    ],
)
def test_refused_arguments(arguments, message):
    with pytest.raises(ValueError, match=rf"\[LearningRateFinder\] {message}"):
        callbacks.LearningRateFinder(**arguments)


def test_a_schedule_is_refused():
    schedule = optimizers.schedules.ExponentialDecay(0.1, 10, 0.9)
    model = bn.Sequential([layers.Dense(1)])
    model.compile(optimizers.SGD(schedule), "mse")
    with pytest.raises(ValueError, match="expected an optimizer whose learning_rate is a number"):
        model.fit(X, Y, verbose=0, callbacks=[callbacks.LearningRateFinder()])


def test_the_picture():
    pytest.importorskip("matplotlib")
    finder = callbacks.LearningRateFinder()
    with pytest.raises(ValueError, match="expected a finder that fit was called with"):
        finder.plot()
    new_model(epochs=0).fit(X, Y, epochs=5, verbose=0, callbacks=[finder])
    axes = finder.plot().axes[0]
    dots, line, _, marked = axes.lines
    assert dots.get_ydata().tolist() == finder.losses
    assert line.get_ydata().tolist() == finder.smoothed
    assert line.get_xdata().tolist() == finder.rates
    assert marked.get_xdata() == [finder.suggestion]
    assert axes.get_xscale() == "log"
    assert axes.get_ylim()[1] < 10
    with pytest.raises(TypeError, match="expected finder: a LearningRateFinder, got 3"):
        bn.plots.plot_learning_rates(3)
